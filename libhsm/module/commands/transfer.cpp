// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "module/commands/admin.hpp"
#include "module/commands/new_key.hpp"

#include <algorithm>

// Chapter: keys that come from another Security World, with the administrators of both.

namespace hsm::module {

using namespace protocol;

namespace {

/// The other world as a module of it would see it; gone at the end of the command.
Snapshot as_module_of(const OpenedAdminSet& world) {
    auto contents = open_admin(world.secrets[1], world.record->km_blob, world.facts.hkm);
    ModuleSecrets secrets;
    secrets.enrolment = make_enrolment(world.facts, *world.record, std::move(contents.material));
    return Snapshot(std::move(secrets));
}

bool is_archive(const Bytes& bytes) {
    return base::decode<BlobHeader>(base::decode<Blob>(bytes).header).kind == BlobKind::archive;
}

OpenedBlob open(const OpenedAdminSet& world, const Snapshot& state, const Bytes& blob) {
    if (!is_archive(blob)) return open_blob(state, {ProtectorKind::module, world.facts.hkm, nullptr}, blob);
    const auto kre = open_admin(world.secrets[2], world.record->kre_blob, world.facts.hkre);
    return open_archive_blob(state, kre.material, blob);
}

void need_no_cmts(const WorldFacts& facts) {
    if (facts.mode == WorldMode::common_criteria_cmts)
        throw Error(Status::mode_forbidden,
                    "keys neither leave nor enter a Security World in mode common-criteria-cmts");
}

/// What the other world's administrators might do, this one's may.
void change_certifiers(Acl& acl, const WorldFacts& from, const WorldFacts& to) {
    const std::pair<const Hash256*, const Hash256*> hashes[] = {
        {&from.hknso, &to.hknso}, {&from.hkra, &to.hkra}, {&from.hknv, &to.hknv}};
    for (auto& group : acl.groups)
        for (const auto& [old_one, new_one] : hashes)
            if (std::equal(group.certifier.begin(), group.certifier.end(), old_one->begin(), old_one->end())) {
                group.certifier = to_bytes(*new_one);
                break;
            }
}

} // namespace

RecoverKey::Reply run(Context& context, const TransferKey& command) {
    const auto state = context.state();
    const auto source = opened_admin_set(context, command.source);
    const auto destination = opened_admin_set(context, command.destination);
    if (!source.foreign || destination.foreign)
        throw Error(Status::invalid_argument, "keys come from another Security World into the module's own");
    need_no_cmts(source.facts);
    need_no_cmts(destination.facts);
    const auto to = use_token(context, *state, command.to);
    if (is_zero(command.from) != (to.protection.kind == ProtectorKind::module))
        throw Error(Status::invalid_argument,
                    "a key under a card set or softcard comes under one, a key under the module under the module");
    auto opened = open(source, as_module_of(source), command.blob);
    auto& contents = opened.contents;
    change_certifiers(contents.acl, source.facts, destination.facts);
    contents.acl = move_acl(std::move(contents.acl), is_zero(command.from) ? source.facts.hkm : command.from, to);
    // Those who trusted it are of another world.
    contents.trusted = false;
    std::erase_if(contents.extensions, [](const Extension& each) {
        return each.id == static_cast<std::uint32_t>(KeyExtension::trusted_by);
    });
    check_new_key(context, *state, contents.acl);
    if (state->level3()) check_level3_key(opened.key->spec());
    RecoverKey::Reply reply;
    reply.spec = opened.key->spec();
    reply.half = opened.key->half();
    reply.key_id = key_identity(*state, *opened.key);
    reply.public_info = crypto::public_info(*opened.key);
    reply.blob = make_blob(*state, to.blob_protector(), reply.key_id, contents);
    if (state->enrolment().facts.recovery && is_archive(command.blob))
        reply.archive = make_archive_blob(*state, reply.key_id, contents);
    return reply;
}

} // namespace hsm::module
