// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"

// Stock ACLs: what a person wants, as permission groups.

namespace hsm::client {

namespace {

/// Actions that tell nothing and cost nothing: never counted against a limit.
std::uint32_t uncounted(const KeySpec& spec, KeyHalf half) {
    std::uint32_t actions = bit(Action::get_acl) | bit(Action::reduce_acl);
    if (half != KeyHalf::secret) actions |= bit(Action::verify) | bit(Action::encrypt) | bit(Action::encapsulate);
    (void)spec;
    return actions;
}

PermissionGroup owner_group(const Usage& usage, std::uint32_t actions) {
    PermissionGroup group;
    group.limits = usage.limits;
    group.actions.push_back({actions, usage.mechanisms, {}, {}, false});
    return group;
}

std::uint32_t wanted_actions(const Usage& usage, const KeySpec& spec, KeyHalf half) {
    // A stored key's blobs are the protector's business, not the owner's: those bits have groups of their own.
    const auto blobs = bit(Action::make_blob) | bit(Action::make_archive_blob);
    return (usage.actions ? usage.actions : default_actions(spec, half)) & ~blobs;
}

} // namespace

Acl make_session_acl(const Usage& usage, const KeySpec& spec, KeyHalf half) {
    Acl acl;
    const auto actions = wanted_actions(usage, spec, half);
    const auto free = uncounted(spec, half);
    if (const auto counted = actions & ~free; counted != 0) acl.groups.push_back(owner_group(usage, counted));
    const auto public_ones = actions & free;
    PermissionGroup group;
    if (public_ones) group.actions.push_back({public_ones, usage.mechanisms, {}, {}, false});
    group.actions.push_back({bit(Action::get_acl) | bit(Action::reduce_acl), {}, {}, {}, false});
    acl.groups.push_back(std::move(group));
    return acl;
}

Acl make_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, ProtectorKind kind, const Hash256& protector,
             const WorldFacts& world) {
    auto acl = make_session_acl(usage, spec, half);
    AclAction blob;
    blob.actions = bit(Action::make_blob);
    blob.blob_kinds = {kind};
    if (kind != ProtectorKind::module) blob.blob_target = to_bytes(protector);
    PermissionGroup blobs;
    blobs.actions.push_back(std::move(blob));
    const bool recoverable = usage.recoverable && world.recovery;
    if (recoverable) blobs.actions.push_back({bit(Action::make_archive_blob), {}, {}, {}, false});
    acl.groups.push_back(std::move(blobs));
    if (recoverable) {
        // K_RA lets recovery put the key under another card set or softcard, and do nothing else with it.
        PermissionGroup recovery;
        recovery.certifier = to_bytes(world.hkra);
        recovery.actions.push_back({bit(Action::make_blob), {}, {ProtectorKind::card_set, ProtectorKind::softcard}, {}, false});
        acl.groups.push_back(std::move(recovery));
    }
    if (usage.security_officer_group) {
        PermissionGroup officer;
        officer.certifier = to_bytes(world.hknso);
        officer.actions.push_back({(bit(Action::make_archive_blob) << 1) - 1, {}, {}, {}, false});
        acl.groups.push_back(std::move(officer));
    }
    return acl;
}

} // namespace hsm::client
