// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/features.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "module/commands.hpp"
#include "protocol/feature_certificate.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"

// Chapter: features of the module.

namespace hsm::module {

using namespace protocol;

namespace {

void put(ModuleSecrets& secrets, const FeatureState& state) {
    set_extension(secrets.extensions, static_cast<std::uint32_t>(StateExtension::features), false, base::encode(state));
}

} // namespace

ListFeatures::Reply run(Context& context, const ListFeatures&) {
    const auto state = context.state();
    ListFeatures::Reply reply;
    if (!state->features) return reply;
    reply.issuer = state->features->issuer;
    reply.fixed = state->features->fixed;
    reply.dynamic = context.module().dynamic_features();
    return reply;
}

Done run(Context& context, const SetFeatureIssuer& command) {
    const auto issuer = crypto::import_public(command.issuer);
    if (!(default_actions(issuer->spec(), KeyHalf::public_key) & bit(Action::verify)))
        throw Error(Status::key_type_mismatch, "an issuer signs: give the public half of a signature key");
    context.module().change(Module::Objects::drop, [&](ModuleSecrets& secrets) {
        if (find_extension(secrets.extensions, static_cast<std::uint32_t>(StateExtension::features)))
            throw Error(Status::already_exists, "this module has an issuer of features already, which stays for good");
        put(secrets, {command.issuer, 0});
    });
    return {};
}

EnableFeature::Reply run(Context& context, const EnableFeature& command) {
    auto& module = context.module();
    const auto state = context.state();
    if (!state->features)
        throw Error(Status::bad_state,
                    "this module has every feature: it was given no issuer, and needs no certificate");
    const auto certificate = read_record<FeatureCertificate>(command.certificate, "the feature certificate");
    const auto issuer = crypto::import_public(state->features->issuer);
    if (!crypto::verify(*issuer, default_signature(issuer->spec()), feature_to_sign(certificate.body),
                        certificate.signature))
        throw Error(Status::untrusted, "the feature certificate was not signed by this module's issuer");
    const auto body = base::decode<FeatureBody>(certificate.body);
    if (body.version != 1)
        throw Error(Status::record_newer, "the feature certificate is of a later version of libhsm; update this one");
    if (body.esn != module.home().facts().esn)
        throw Error(Status::untrusted, "the feature certificate is for module " + body.esn + ", not for this one");
    if (body.dynamic) {
        module.add_dynamic_features(body.features);
        return {body.features};
    }
    module.change(Module::Objects::drop, [&](ModuleSecrets& secrets) {
        const auto* value = find_extension(secrets.extensions, static_cast<std::uint32_t>(StateExtension::features));
        if (!value) throw Error(Status::bad_state, "this module has no issuer of features");
        auto features = base::decode<FeatureState>(*value);
        features.fixed |= body.features;
        put(secrets, features);
    });
    return {body.features};
}

} // namespace hsm::module
