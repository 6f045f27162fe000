// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "module/certificates.hpp"
#include "module/commands/new_key.hpp"
#include "module/counters.hpp"
#include "module/world.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"

// Chapter: making, taking in, giving out and describing keys.

namespace hsm::module {

using namespace protocol;

namespace {

KeyContents contents_of(const Permit& permit) {
    const auto& object = permit.object();
    KeyContents contents;
    contents.spec = permit.key().spec();
    contents.half = permit.key().half();
    contents.material = crypto::material(permit.key());
    contents.acl = object.acl().acl();
    contents.app_data = object.app_data;
    if (const auto by = object.trusted_by()) {
        contents.trusted = true;
        contents.extensions.push_back({static_cast<std::uint32_t>(KeyExtension::trusted_by), false, to_bytes(*by)});
    }
    return contents;
}

std::optional<Hash256> trusted_by(const KeyContents& contents) {
    if (!contents.trusted) return std::nullopt;
    Hash256 by{};
    const auto* value = find_extension(contents.extensions, static_cast<std::uint32_t>(KeyExtension::trusted_by));
    if (value && value->size() != by.size()) throw Error(Status::record_damaged, "the key's mark of trust is damaged");
    if (value) std::copy(value->begin(), value->end(), by.begin());
    return by;
}

Certificate certify_generation(Context& context, const Snapshot& state, const NewKey& made, const Acl& acl,
                               const TokenInUse& token) {
    GenerationBody body;
    body.esn = state.secrets.esn;
    body.hknso = state.enrolment().facts.hknso;
    body.key_id = made.key_id;
    body.spec = made.spec;
    body.acl = acl;
    body.protector = token.protection.kind;
    body.protector_hash = token.protection.hash;
    body.time = context.module().home().platform().clock->utc_seconds();
    return certify(state.kml(), CertificateKind::key_generation, base::encode(body));
}

crypto::KeyPtr import_material(KeyHalf half, KeyType type, ByteView material) {
    switch (half) {
    case KeyHalf::secret: return crypto::import_secret(type, material);
    case KeyHalf::private_key: return crypto::import_private(material);
    case KeyHalf::public_key: return crypto::import_public(material);
    }
    throw Error(Status::invalid_argument, "a key is secret, private or public");
}

/// A new key. In level 3 one that fails its pairwise consistency test is the end of the module: it was not the caller's
/// fault, unless the group was.
std::shared_ptr<const crypto::Key> generated(Context& context, const Snapshot& state, const GenerateKey& command) {
    try {
        return crypto::generate(command.spec, true, command.domain);
    } catch (const Error& error) {
        if (error.status() == Status::module_failed && state.level3() && command.domain.empty()) context.module().fail(error.message());
        throw;
    }
}

} // namespace

Bytes blob_of(Context& context, const Snapshot& state, KeyHandle key, TokenHandle under) {
    const auto token = use_token(context, state, under);
    Request request{.action = Action::make_blob};
    request.blob_kind = token.protection.kind;
    request.blob_target = under ? &token.kek : nullptr;
    const auto permit = authorise(context, key, request);
    return make_blob(state, token.blob_protector(), permit.object().id(), contents_of(permit));
}

NewKey load_blob(Context& context, const Snapshot& state, TokenHandle under, ByteView blob) {
    auto token = use_token(context, state, under);
    auto opened = open_blob(state, token.blob_protector(), blob);
    return install(context, state, {std::move(opened.key), std::move(opened.contents.acl), token.protection,
                                    std::move(opened.contents.app_data), trusted_by(opened.contents)});
}

NewKey run(Context& context, const GenerateKey& command) {
    const auto state = context.state();
    check_new_key(context, *state, command.acl);
    if (state->level3()) check_level3_key(command.spec);
    auto token = use_token(context, *state, command.protection.token);
    auto key = generated(context, *state, command);
    if (state->level3()) check_level3_key(key->spec());
    auto acl = command.acl;
    claim_counter(context, *state, acl, key_identity(*state, *key));
    auto made = install(context, *state, {std::move(key), acl, token.protection, command.app_data, {}});
    if (command.certificate) made.generation = certify_generation(context, *state, made, acl, token);
    return made;
}

NewKey run(Context& context, const ImportKey& command) {
    const auto state = context.state();
    check_new_key(context, *state, command.acl);
    if (state->cmts() && command.half != KeyHalf::public_key)
        throw Error(Status::mode_forbidden, "mode common-criteria-cmts forbids importing private and secret keys in the clear");
    auto token = use_token(context, *state, command.protection.token);
    std::shared_ptr<const crypto::Key> key = import_material(command.half, command.type, command.material.view());
    if (state->level3()) check_level3_key(key->spec());
    auto acl = command.acl;
    claim_counter(context, *state, acl, key_identity(*state, *key));
    return install(context, *state, {std::move(key), std::move(acl), token.protection, command.app_data, {}});
}

MakeBlob::Reply run(Context& context, const MakeBlob& command) {
    const auto state = context.state();
    return {blob_of(context, *state, command.key, command.token)};
}

MakeArchiveBlob::Reply run(Context& context, const MakeArchiveBlob& command) {
    const auto state = context.state();
    const auto permit = authorise(context, command.key, {.action = Action::make_archive_blob});
    return {make_archive_blob(*state, permit.object().id(), contents_of(permit))};
}

NewKey run(Context& context, const LoadBlob& command) {
    const auto state = context.state();
    return load_blob(context, *state, command.token, command.blob);
}

NewKey run(Context& context, const KeyInfo& command) {
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    const auto& key = static_cast<const KeyObject&>(pin.object());
    NewKey info;
    info.key = command.key;
    info.spec = key.spec();
    info.half = key.half();
    info.key_id = key.id();
    info.public_info = key.public_info();
    return info;
}

GetAcl::Reply run(Context& context, const GetAcl& command) {
    return {authorise(context, command.key, {.action = Action::get_acl}).object().acl().acl()};
}

Done run(Context& context, const ReduceAcl& command) {
    check_acl(command.acl);
    authorise(context, command.key, {.action = Action::reduce_acl}).object().reduce_acl(command.acl);
    return {};
}

ExportKey::Reply run(Context& context, const ExportKey& command) {
    const auto state = context.state();
    const auto permit = authorise(context, command.key, {.action = Action::export_plain});
    if (state->cmts() && permit.key().half() != KeyHalf::public_key)
        throw Error(Status::mode_forbidden, "mode common-criteria-cmts forbids exporting private and secret keys in the clear");
    return {crypto::export_material(permit.key())};
}

WrapKey::Reply run(Context& context, const WrapKey& command) {
    const auto kek = authorise(context, command.kek, request_for(Action::wrap, command.mechanism));
    Request request{.action = Action::export_wrapped};
    {
        const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
        request.trusted_kek = static_cast<const KeyObject&>(pin.object()).trusts(kek.object());
    }
    const auto key = authorise(context, command.key, request);
    const bool fill = key.key().half() == KeyHalf::secret;
    return {crypto::wrap(kek.key(), command.mechanism, crypto::material(key.key()).view(), fill)};
}

WrappedSize::Reply run(Context& context, const WrappedSize& command) {
    const auto kek = context.pin<KeyObject>(command.kek.value, Object::Kind::key);
    const auto key = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    return {static_cast<const KeyObject&>(kek.object()).wrapped_size(command.mechanism, static_cast<const KeyObject&>(key.object()))};
}

CheckValue::Reply run(Context& context, const CheckValue& command) {
    const auto permit = authorise(context, command.key, {.action = Action::get_acl});
    return {crypto::check_value(permit.key())};
}

GenerateGroup::Reply run(Context& context, const GenerateGroup& command) {
    if (context.module().level3()) check_level3_key({command.type, command.bits, ParamSet::none, 0});
    auto group = crypto::generate_group(command.type, command.bits, command.q_bits);
    return {std::move(group.p), std::move(group.q), std::move(group.g), std::move(group.seed)};
}

NewKey run(Context& context, const UnwrapKey& command) {
    const auto state = context.state();
    check_new_key(context, *state, command.acl);
    const auto kek = authorise(context, command.kek, request_for(Action::unwrap, command.mechanism));
    const auto size = command.half == KeyHalf::secret ? command.spec.bits / 8 : 0u;
    const auto material = crypto::unwrap(kek.key(), command.mechanism, command.wrapped, size);
    std::shared_ptr<const crypto::Key> key = import_material(command.half, command.spec.type, material.view());
    if (command.spec.type != KeyType::none && key->spec().type != command.spec.type)
        throw Error(Status::key_type_mismatch, "the wrapped key is of type " + to_string(key->spec()));
    if (state->level3()) check_level3_key(key->spec());
    return install(context, *state, {std::move(key), command.acl, kek.object().protection(), command.app_data, {}});
}

CheckGeneration::Reply run(Context& context, const CheckGeneration& command) {
    const auto state = context.state();
    CheckGeneration::Reply reply;
    try {
        const auto record = read_record<ModuleRecord>(command.module_record, "the module record");
        const auto module_body = check_module_record(*state, record);
        if (!certified(*crypto::import_public(module_body.kml_public), command.certificate, CertificateKind::key_generation)) {
            reply.reason = "the certificate's signature does not verify under the module's KML";
            return reply;
        }
        reply.body = base::decode<GenerationBody>(command.certificate.body);
        if (reply.body.esn != module_body.esn || reply.body.hknso != module_body.hknso)
            reply.reason = "the certificate names another module or world than the record";
        else if (!command.public_info.empty() && crypto::import_public(command.public_info)->id() != reply.body.key_id)
            reply.reason = "the public key in the record is not the one that the certificate names";
        else reply.valid = true;
    } catch (const Error& error) {
        reply.reason = error.what();
    }
    return reply;
}

} // namespace hsm::module
