// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "client/link.hpp"
#include "protocol/keys.hpp"
#include "store/store.hpp"

#include <hsm/sync.hpp>
#include <hsm/world.hpp>

#include <memory>
#include <optional>

/// \file
/// What stands behind the public handles Client, World, Protector and Key.

namespace hsm {

struct LoadedKey {
    std::shared_ptr<client::Link> link;
    std::uint32_t module = 0;
    KeyHandle handle;
    KeySpec spec;
    KeyHalf half = KeyHalf::secret;
    Hash256 id{};
    Bytes public_info;
    std::shared_ptr<World::State> world; ///< whose recovery counts for keys made from this one; null: of no world
    std::optional<protocol::Certificate> generation; ///< of a key that was made a moment ago

    ~LoadedKey() {
        if (link) link->destroy(module, handle.value);
    }
};

struct Protector::Loaded {
    std::shared_ptr<client::Link> link; ///< null for module_key
    std::uint32_t module = 1;
    ProtectorKind kind = ProtectorKind::module;
    Hash256 hash{};
    TokenHandle token;

    ~Loaded() {
        if (link) link->destroy(module, token.value);
    }
};

struct Client::State {
    std::shared_ptr<client::Link> link;
    Locations locations;
    base::FileSystem* files = nullptr;
    base::Clock* clock = nullptr;
    std::unique_ptr<store::Store> store; ///< of kmlocal
    base::Path tokens_file;              ///< of hsm preload; empty: none
};

struct World::State {
    std::shared_ptr<Client::State> client;
    Bytes record;
    WorldFacts facts; ///< as the file says
    Sync<std::optional<WorldFacts>> verified;
};

namespace client {

/// Composition: a client over a connection. Finishes a directory change that a crash interrupted.
std::shared_ptr<Client::State> make_state(std::unique_ptr<protocol::Connection> connection, Locations locations,
                                          base::FileSystem& files, base::Clock& clock,
                                          const std::function<Secret(const Esn&)>& start_passphrase);

/// A store with the terms that libhsm looks keys and objects up by.
std::unique_ptr<store::Store> open_store(base::FileSystem& files, base::Clock& clock, const base::Path& directory,
                                         std::shared_ptr<store::ChangeCounter> counter = nullptr);
inline constexpr std::uint32_t term_key_id = 1, term_name = 2, term_protector = 3, term_owner = 4;

/// Takes over a token that is loaded.
Protector make_protector(Client::State& client, std::uint32_t module, ProtectorKind kind, const Hash256& hash, TokenHandle token);

/// What the host keeps about a module, signed anew.
void write_module_record(Client::State& client, std::uint32_t module);

/// Shows the module the dynamic feature certificates of Locations::certs. One that does not serve is a line in the log.
void present_features(Client::State& client, const ModuleFacts& module);

/// The token, if another program has loaded it for this one and it can still be taken.
std::optional<Protector> take_preloaded(Client::State& client, std::uint32_t module, const Hash256& token);

/// A front end's part of a record; nullopt for a key record without one. Throws record_damaged, record_newer.
std::optional<protocol::ObjectData> object_data(const protocol::KeyRecord& record);
protocol::ObjectData object_data(const protocol::DataRecord& record);

/// Where the blob of a key in NVRAM is; nullopt for all others. Throws record_damaged.
std::optional<protocol::NvramPlace> nvram_place(const protocol::KeyRecord& record);
/// Puts a key that is in the module into NVRAM there.
protocol::NvramPlace keep_in_nvram(Link& link, const Protector& protector, KeyHandle key);
protocol::NewKey load_from_nvram(Link& link, const Protector& protector, const protocol::NvramPlace& place);
/// Nothing happens when it is not there any more. Throws no_module when its module is not here.
void remove_from_nvram(Link& link, const protocol::NvramPlace& place);

/// \p world: whose keys can be recovered, where this key is one of them or makes some.
Key make_key(const std::shared_ptr<Link>& link, std::uint32_t module, const protocol::NewKey& made,
             std::shared_ptr<World::State> world = nullptr);

/// First 40 hexadecimal digits: file names.
std::string short_hash(const Hash256& hash);

/// The stock ACL: the owner's group, an unlimited group for blobs and public operations, recovery, and (on wish) K_NSO.
Acl make_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, ProtectorKind kind, const Hash256& protector,
             const WorldFacts& world);
/// Of a session key: blobs for usage.homes only. \p world: adds recovery for a key that has a home.
Acl make_session_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, const WorldFacts* world = nullptr);
/// The same with what the module has verified of \p world; null, or a key without a home: no recovery.
Acl make_session_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, World::State* world, std::uint32_t module);
/// The actions of the owner's group.
std::uint32_t owner_actions(const Usage& usage, const KeySpec& spec, KeyHalf half);

/// The world file lies on an untrusted host: this is what the module has verified of it.
WorldFacts verified_facts(World::State& world, std::uint32_t module);

/// The type of key in a PKCS #8 PrivateKeyInfo or a SubjectPublicKeyInfo, from its algorithm identifier. Throws
/// invalid_data with what was expected.
KeyType type_of_encoded(KeyHalf half, ByteView der);

} // namespace client
} // namespace hsm
