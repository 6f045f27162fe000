// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "module/commands/admin.hpp"
#include "module/commands/new_key.hpp"

#include <algorithm>

// Chapter: recovering keys from their archive blobs.

namespace hsm::module {

using namespace protocol;

namespace {

bool names(const Bytes& value, const Hash256& hash) {
    return std::equal(value.begin(), value.end(), hash.begin(), hash.end());
}

bool lists(const AclAction& action, ProtectorKind kind) {
    return action.blob_kinds.empty() ||
           std::find(action.blob_kinds.begin(), action.blob_kinds.end(), kind) != action.blob_kinds.end();
}

/// Recovery's own right in the key's ACL: a new blob under a token of this kind, certified by K_RA.
bool recovery_allowed(const Acl& acl, const Hash256& hkra, ProtectorKind kind) {
    return std::any_of(acl.groups.begin(), acl.groups.end(), [&](const PermissionGroup& group) {
        return names(group.certifier, hkra) &&
               std::any_of(group.actions.begin(), group.actions.end(), [&](const AclAction& action) {
                   return (action.actions & bit(Action::make_blob)) && action.blob_target.empty() &&
                          lists(action, kind);
               });
    });
}

} // namespace

Acl move_acl(Acl acl, const Hash256& from, const TokenInUse& to) {
    for (auto& group : acl.groups)
        for (auto& action : group.actions) {
            if (!names(action.blob_target, from)) continue;
            if (!lists(action, to.protection.kind))
                throw Error(Status::invalid_argument,
                            "keys of a card set are recovered to a card set, keys of a softcard to a "
                            "softcard");
            action.blob_target = to_bytes(to.kek);
        }
    return acl;
}

RecoverKey::Reply run(Context& context, const RecoverKey& command) {
    const auto state = context.state();
    const auto admin =
        opened_admin(context, command.recovery, AdminRole::recovery, "keys are recovered with the token for recovery");
    if (!command.to) throw Error(Status::invalid_argument, "keys are recovered to a card set or a softcard");
    const auto to = use_token(context, *state, command.to);
    const auto kre = open_admin(admin.secret, admin.record->kre_blob, admin.facts.hkre);
    auto opened = open_archive_blob(*state, kre.material, command.archive);
    // K_RE opens, K_RA authorises: both are needed, though the same cards open them.
    const auto kra_contents = open_admin(admin.secret, admin.record->kra_blob, admin.facts.hkra);
    const auto kra = crypto::restore(kra_contents.spec, kra_contents.half, kra_contents.material.view());
    if (kra->id() != state->enrolment().facts.hkra)
        throw Error(Status::untrusted, "the recovery key is not the certified one");
    if (!recovery_allowed(opened.contents.acl, kra->id(), to.protection.kind))
        throw Error(Status::access_denied, "the key's ACL does not allow recovery to put it under another token");
    opened.contents.acl = move_acl(std::move(opened.contents.acl), command.from, to);
    RecoverKey::Reply reply;
    reply.spec = opened.key->spec();
    reply.half = opened.key->half();
    reply.key_id = opened.key_id;
    reply.public_info = crypto::public_info(*opened.key);
    reply.blob = make_blob(*state, to.blob_protector(), opened.key_id, opened.contents);
    reply.archive = make_archive_blob(*state, opened.key_id, opened.contents);
    return reply;
}

} // namespace hsm::module
