// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/pke.hpp"
#include "module/cards.hpp"
#include "module/object_table.hpp"
#include "module/snapshot.hpp"
#include "protocol/records.hpp"

#include <hsm/sync.hpp>

#include <array>

/// \file
/// Making a Security World, and believing one: what an enrolled module takes from a world file is what K_NSO's
/// certificate, checked against its own HKNSO, says.

namespace hsm::module {

inline constexpr std::array admin_roles{AdminRole::nso, AdminRole::load, AdminRole::recovery, AdminRole::passphrase,
                                        AdminRole::nvram};

[[nodiscard]] crypto::PkeSuite pke_suite(CipherSuite suite);
[[nodiscard]] std::uint32_t quorum(const WorldFacts& facts, AdminRole role);
[[nodiscard]] const Hash256& admin_token(const WorldFacts& facts, AdminRole role);
[[nodiscard]] const Hash256& admin_key_id(const WorldFacts& facts, AdminRole role);
[[nodiscard]] const Bytes& admin_blob(const protocol::WorldRecord& record, AdminRole role);

/// Fills in the defaults and checks the options; throws invalid_argument, mode_forbidden with what to change.
[[nodiscard]] WorldOptions checked_options(WorldOptions options);

/// A world being made: its tokens and keys, until commit_world.
struct WorldData {
    WorldFacts facts;
    protocol::WorldRecord record;
    ModuleSecrets secrets;                                            ///< of the module, enrolled
    std::array<std::vector<crypto::Share>, admin_roles.size()> shares; ///< by role, then by card
    std::vector<bool> written;
};

class WorldObject : public Object {
public:
    WorldObject(std::uint64_t client, WorldData from) : Object(Kind::world, client), data(std::move(from)) {}
    Sync<WorldData> data;
};

/// Makes every key and token of a new world. Takes about a second with RSA.
[[nodiscard]] WorldData make_world(const WorldOptions& options, const ModuleSecrets& module, std::int64_t now);

/// The keys of a checked world under new tokens, for a new ACS: the same keys, another generation. \p secrets: the present
/// tokens, by role. \p module stays as it is but for the facts. Throws untrusted when the record does not hold the
/// certified keys.
[[nodiscard]] WorldData replace_admin_tokens(const protocol::WorldRecord& record, const WorldFacts& facts,
                                             const std::array<Secret, admin_roles.size()>& secrets, const ModuleSecrets& module);

/// The facts as the record states them, unverified. Throws record_newer for what this version does not know.
[[nodiscard]] WorldFacts world_facts(const protocol::WorldRecord& record);

/// Checks the record's certificate, and every public key in it against the certified hashes. \p hknso: what the module
/// knows; none (before enrolment) means the record need only be consistent in itself. Throws untrusted, foreign_world.
[[nodiscard]] WorldFacts check_world(const protocol::WorldRecord& record, const Hash256* hknso);

/// The module's own membership, from a checked record and its module key.
[[nodiscard]] Enrolment make_enrolment(const WorldFacts& facts, const protocol::WorldRecord& record, Secret km);

/// `module_<ESN>` for the host's directory.
[[nodiscard]] protocol::ModuleRecord make_module_record(const Snapshot& state, std::int64_t now);
/// Throws untrusted unless a module of this world wrote it. Returns the certified body.
[[nodiscard]] protocol::ModuleStateBody check_module_record(const Snapshot& state, const protocol::ModuleRecord& record);

/// An administrator secret under its token.
[[nodiscard]] Bytes seal_admin(const Secret& token, const Hash256& token_hash, const Hash256& hknso, const Hash256& key_id,
                               const protocol::KeyContents& contents);
[[nodiscard]] protocol::KeyContents open_admin(const Secret& token, ByteView blob, const Hash256& key_id);

} // namespace hsm::module
