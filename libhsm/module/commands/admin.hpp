// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/commands.hpp"
#include "module/objects.hpp"
#include "module/world.hpp"

/// \file
/// What the chapters about administrator cards share: their tokens, complete and alive, and which set of cards is
/// current.

namespace hsm::module {

/// A complete administrator token and the record it belongs to.
struct OpenedAdmin {
    AdminRole role = AdminRole::nso;
    Secret secret;
    std::shared_ptr<const protocol::WorldRecord> record;
    WorldFacts facts;
    Protection protection;
};

/// Throws token_incomplete, card_removed, token_expired; invalid_argument for a token that is none, or not for one
/// role.
[[nodiscard]] OpenedAdmin opened_admin(Context& context, TokenHandle handle);
/// The same for one role: throws invalid_argument, saying \p otherwise.
[[nodiscard]] OpenedAdmin opened_admin(Context& context, TokenHandle handle, AdminRole role, const char* otherwise);

/// All tokens of an administrator card set.
struct OpenedAdminSet {
    std::array<Secret, admin_role_count> secrets; ///< by role
    std::shared_ptr<const protocol::WorldRecord> record;
    WorldFacts facts;
    bool foreign = false;
};
[[nodiscard]] OpenedAdminSet opened_admin_set(Context& context, TokenHandle handle);

/// A world record checked against the module's own HKNSO (before enrolment: in itself), and no older than what the
/// module has seen: after the ACS was replaced, an earlier record would let the old cards in again. Throws untrusted,
/// foreign_world. A newer one is taken note of, durably, where the module's directory can be written.
[[nodiscard]] WorldFacts admin_facts(Context& context, const protocol::WorldRecord& record);

/// Takes note of a record that is newer than what the module knows. Returns the generation that it knows then.
std::uint32_t adopt(Context& context, const protocol::WorldRecord& record);

/// The softcard's record with a new passphrase for its user, whatever the old one was. \p kp: K_P's private half.
[[nodiscard]] Bytes recover_softcard(Context& context, const Bytes& record, CipherSuite suite, const Secret& kp,
                                     const Secret& passphrase);

} // namespace hsm::module
