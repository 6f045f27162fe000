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

constexpr std::uint32_t operations = (bit(Action::decapsulate) << 1) - 1; // sign..decapsulate

PermissionGroup owner_group(const Usage& usage, std::uint32_t actions) {
    PermissionGroup group;
    group.limits = usage.limits;
    const auto put = [&group](std::uint32_t some, const std::vector<MechanismId>& mechanisms, bool trusted_only) {
        if (some) group.actions.push_back({some, mechanisms, {}, {}, trusted_only});
    };
    const auto trusted = usage.trusted_kek_only ? actions & bit(Action::export_wrapped) : 0;
    // A list of mechanisms is for what takes one: it must not shut out the rest.
    const auto listed = usage.mechanisms.empty() ? actions & ~trusted : actions & operations;
    put(listed, usage.mechanisms, false);
    put(actions & ~trusted & ~listed, {}, false);
    put(trusted, {}, true);
    return group;
}

AclAction blob_action(const KeyHome& home) {
    AclAction blob;
    blob.actions = bit(Action::make_blob);
    blob.blob_kinds = {home.kind};
    if (home.kind != ProtectorKind::module) blob.blob_target = to_bytes(home.token);
    return blob;
}

/// Where the key may lie, and, with \p world, its recovery.
void add_homes(Acl& acl, const std::vector<KeyHome>& homes, const Usage& usage, const WorldFacts* world) {
    if (homes.empty()) return;
    PermissionGroup blobs;
    for (const auto& home : homes) blobs.actions.push_back(blob_action(home));
    const bool recoverable = usage.recoverable && world && world->recovery;
    if (recoverable) blobs.actions.push_back({bit(Action::make_archive_blob), {}, {}, {}, false});
    acl.groups.push_back(std::move(blobs));
    if (!recoverable) return;
    // K_RA lets recovery put the key under another card set or softcard, and do nothing else with it.
    PermissionGroup recovery;
    recovery.certifier = to_bytes(world->hkra);
    recovery.actions.push_back({bit(Action::make_blob), {}, {ProtectorKind::card_set, ProtectorKind::softcard}, {}, false});
    acl.groups.push_back(std::move(recovery));
}

Acl homeless_acl(const Usage& usage, const KeySpec& spec, KeyHalf half) {
    Acl acl;
    const auto actions = owner_actions(usage, spec, half);
    const auto free = uncounted(spec, half);
    // An adjustable key has its owner's group from the beginning, with the limits of what may come.
    const auto counted = actions & ~free;
    if (counted != 0 || usage.adjustable) acl.groups.push_back(owner_group(usage, counted));
    const auto public_ones = actions & free;
    PermissionGroup group;
    if (public_ones) group.actions.push_back({public_ones, usage.mechanisms, {}, {}, false});
    const auto adjust = usage.adjustable ? bit(Action::expand_acl) : 0;
    group.actions.push_back({bit(Action::get_acl) | bit(Action::reduce_acl) | adjust, {}, {}, {}, false});
    acl.groups.push_back(std::move(group));
    return acl;
}

} // namespace

std::uint32_t owner_actions(const Usage& usage, const KeySpec& spec, KeyHalf half) {
    // A stored key's blobs are the protector's business, not the owner's: those bits have groups of their own.
    const auto blobs = bit(Action::make_blob) | bit(Action::make_archive_blob);
    return (usage.actions ? usage.actions : default_actions(spec, half)) & ~blobs;
}

Acl make_session_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, const WorldFacts* world) {
    auto acl = homeless_acl(usage, spec, half);
    add_homes(acl, usage.homes, usage, world);
    return acl;
}

Acl make_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, ProtectorKind kind, const Hash256& protector,
             const WorldFacts& world) {
    auto acl = homeless_acl(usage, spec, half);
    std::vector<KeyHome> homes{{kind, protector}};
    for (const auto& home : usage.homes)
        if (home != homes.front()) homes.push_back(home);
    add_homes(acl, homes, usage, &world);
    if (usage.security_officer_group) {
        PermissionGroup officer;
        officer.certifier = to_bytes(world.hknso);
        officer.actions.push_back({(bit(Action::make_archive_blob) << 1) - 1, {}, {}, {}, false});
        acl.groups.push_back(std::move(officer));
    }
    return acl;
}

} // namespace hsm::client
