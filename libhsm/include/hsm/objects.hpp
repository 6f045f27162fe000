// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/world.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Objects of a front end: keys, certificates and data with attributes in the front end's own encoding, which the module
/// keeps authentic and, where asked, secret; found by terms without being read.

namespace hsm {

/// What a part can be found by: a tag of the front end's and a value. Terms lie in the record as keyed hashes, so that the
/// host learns nothing of the values.
struct SearchTerm {
    std::uint32_t tag = 0;
    ByteView value;
};

/// A part of an object record. A key pair has two (0: the private key, 1: the public key); everything else has one. A
/// part that was destroyed by itself stays as an empty place.
struct ObjectPart {
    bool present = true;
    bool sealed = false;     ///< secret: under the token, readable while its user is logged in; else in the clear, authentic
    bool readable = true;    ///< reading: false for a sealed part without the user
    Secret attributes;       ///< the front end's encoding
    std::vector<SearchTerm> terms; ///< when writing; reading leaves it empty
};

/// A record as read.
struct StoredObject {
    std::string ident;
    std::uint64_t version = 0;     ///< another number whenever the record was changed
    std::vector<ObjectPart> parts;
    std::optional<KeyFacts> key;   ///< none: certificate or data
};

/// An object that a search found. Not read yet: its record may be gone when it is.
struct ObjectMatch {
    std::string ident;
    std::uint32_t part = 0;
    bool sealed = false;
};

/// The objects of one owner in one application's name space ("pkcs11"). The owner is a token (softcard or card set) or,
/// without one, the module. Thread-safe. All calls throw hsm::Error.
class HSM_API Objects {
public:
    Objects(World world, std::string app, std::uint32_t module, const Hash256& owner = {});

    /// From now on sealed parts can be read, written and found, and keys under the token loaded. \p user: the owner,
    /// loaded in the user's role.
    void open(const Protector& user);
    void close() noexcept; ///< forgets the user

    /// The terms that all match; none: everything of the owner. Sealed parts are found while open only. In no order.
    [[nodiscard]] std::vector<ObjectMatch> find(std::span<const SearchTerm> terms) const;
    /// None: there is no such record (any more). Throws record_damaged, and untrusted when the record was tampered with.
    [[nodiscard]] std::optional<StoredObject> read(const std::string& ident) const;
    /// Grows whenever anybody changed an object of this world. One load: cheap enough to look at before each use. Changes by
    /// tools that copy files, and by processes with another directory of modules, count once refresh() has seen them.
    [[nodiscard]] std::uint64_t changes() const noexcept;
    /// Looks for files that were copied in or taken away by other tools: see store.hpp. To be called before a search.
    void refresh();

    /// Stores a new record with one durable write and returns its ident. \p key: the key that it holds, whose ACL lets it
    /// be stored under the owner (sealed part 0) or the module.
    std::string create(std::vector<ObjectPart> parts, const Key* key = nullptr);
    /// Replaces a record that is still at \p version; throws bad_state when somebody changed it meanwhile. \p key: stores
    /// the key again, with the ACL that it has now; none: the key's blob stays as it is. A sealed part that was read without
    /// the user (readable false) is kept as it is. Without its private part (part 0 not present, no \p key) a pair keeps
    /// no blob, and load() gives its public half.
    void replace(const std::string& ident, std::uint64_t version, std::vector<ObjectPart> parts, const Key* key = nullptr);
    void remove(const std::string& ident); ///< not_found when it is gone already

    /// Loads the key of a record: under the owner if part 0 is sealed, else under the module.
    [[nodiscard]] Key load(const std::string& ident) const;
    /// The same key loaded once more, for an ACL of its own. \p sealed: it may be stored under the owner, else the module.
    [[nodiscard]] Key copy(const Key& key, bool sealed) const;
    /// Keys under this owner that no front end keeps, of any application: made by generatekey and the like. Reads every
    /// record.
    [[nodiscard]] std::vector<KeyFacts> others() const;
    /// Loads one of them; bad_state where the owner is a token and not open.
    [[nodiscard]] Key load_other(const KeyFacts& facts) const;
    /// A new key that create() is to store, with its generation certificate. \p sealed: as part 0 will be. \p usage names
    /// the homes. \p domain: see World::generate_session.
    [[nodiscard]] Key generate(const KeySpec& spec, const Usage& usage, bool sealed, ByteView domain = {}) const;
    /// Where keys of this owner may lie: for Usage::homes.
    [[nodiscard]] std::vector<KeyHome> homes() const;

    struct State;

private:
    std::shared_ptr<State> state_;
};

} // namespace hsm
