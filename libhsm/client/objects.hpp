// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "client/state.hpp"
#include "store/siphash.hpp"

#include <hsm/objects.hpp>

/// \file
/// How the objects of a front end lie in records, and what they are found by.

namespace hsm {

namespace client {

/// The keys of an owner's search terms.
struct SearchKeys {
    store::SipKey clear{};
    std::optional<store::SipKey> sealed; ///< while the user is there
    ~SearchKeys();
};

/// The term of a part. Owner, application and visibility are in the key. Without a search term: that of all its parts.
[[nodiscard]] store::Term part_term(const store::SipKey& key, std::uint32_t part, const SearchTerm* term) noexcept;

/// A record as it lies in the store.
struct ObjectRecord {
    store::RecordName name;
    Bytes bytes;
    protocol::ObjectData object;
    std::optional<protocol::KeyRecord> key; ///< none: a data record
    std::int64_t create_time = 0;

    [[nodiscard]] std::uint64_t version() const noexcept;
};

/// Decodes one. Throws record_damaged, record_newer. Nullopt for a key record that is no front end's.
[[nodiscard]] std::optional<ObjectRecord> decode_object_record(const store::RecordName& name, Bytes bytes);

/// What a part's seal is bound to.
[[nodiscard]] protocol::PartHeader part_header(const ObjectRecord& record, std::uint32_t part);

} // namespace client

struct Objects::State {
    State(World from, std::string application, std::uint32_t number, const Hash256& token)
        : world(std::move(from)), app(std::move(application)), module(number), owner(token),
          key_prefix("key_" + app + "_"), data_prefix("data_" + app + "_") {}

    [[nodiscard]] Client::State& client() const { return *world.state()->client; }
    [[nodiscard]] std::shared_ptr<const client::SearchKeys> keys();
    [[nodiscard]] std::optional<Protector> user();
    [[nodiscard]] TokenHandle token_for(bool sealed); ///< throws bad_state for a sealed part without the user
    [[nodiscard]] ProtectorKind owner_kind() const;   ///< card set or softcard

    /// None: no such record of this owner.
    [[nodiscard]] std::optional<client::ObjectRecord> find(const std::string& ident) const;
    void seal(client::ObjectRecord& record, std::uint32_t part, const ObjectPart& from);
    /// Nullopt: sealed, and the user is not there. Throws untrusted.
    [[nodiscard]] std::optional<Secret> open(const client::ObjectRecord& record, std::uint32_t part);
    void put_key(client::ObjectRecord& record, const Key& key, bool sealed);

    World world;
    std::string app;
    std::uint32_t module;
    Hash256 owner;
    std::string key_prefix, data_prefix; ///< of file names
    struct Session {
        std::shared_ptr<const client::SearchKeys> keys;
        std::optional<Protector> user;
    };
    Sync<Session> session;
};

} // namespace hsm
