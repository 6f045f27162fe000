// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/client.hpp>
#include <hsm/key.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// A Security World: its card sets, softcards and keys, as stored in the key management data.

namespace hsm {

/// What protects a key at rest, loaded and ready: the module itself, or a logical token whose cards or passphrase
/// were presented. Copying copies a reference; the last one to go unloads the token. Thread-safe.
class HSM_API Protector {
public:
    static Protector module_key(std::uint32_t module = 1); ///< protection by the module alone
    [[nodiscard]] ProtectorKind kind() const;
    [[nodiscard]] const Hash256& hash() const; ///< of the token; zero for module_key
    [[nodiscard]] std::uint32_t module() const;
    [[nodiscard]] TokenHandle token() const;   ///< zero for module_key

    struct Loaded;
    explicit Protector(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)) {}

private:
    std::shared_ptr<const Loaded> loaded_;
};

struct CardSetOptions {
    std::string name;
    std::uint32_t k = 1, n = 1;
    std::vector<std::string> card_names; ///< of cards 1..n; missing ones are empty
    bool persistent = false;
    bool remoteable = false;
    bool passphrase_recovery = true;     ///< has an effect only if the world has it
    std::uint32_t timeout_s = 0;
};

/// The cards of a set being presented one by one, by a caller who waits for a person between two of them. Move-only,
/// thread-bound.
class HSM_API CardSetLoading {
public:
    CardSetLoading(CardSetLoading&&) noexcept;
    CardSetLoading& operator=(CardSetLoading&&) noexcept;
    ~CardSetLoading();
    /// Takes a card of the set that is in a slot of the module and was not presented yet. Returns how many more are
    /// needed. Throws no_card, passphrase_wrong, passphrase_required, passphrase_delayed: the loading goes on.
    std::uint32_t present(const Secret& passphrase);
    Protector finish(); ///< token_incomplete while cards are missing

    struct State;
    explicit CardSetLoading(std::unique_ptr<State> state);

private:
    std::unique_ptr<State> state_;
};

/// What to generate or import, and under which name.
struct KeyRequest {
    std::string app = "simple"; ///< application name: lower-case letters, digits, '-'
    std::string ident;          ///< unique in the application; no '_'
    std::string name;           ///< free text for people
    KeySpec spec;
    Usage usage;                ///< actions 0: default_actions of the type
    bool replace = false;       ///< an existing app+ident is replaced; else already_exists
    /// The key's blob is kept in NVRAM of its module (hsm/nvram.hpp) and nowhere else: it cannot be recovered, and is lost
    /// when the module is initialised again. Needs a prepared place, or Nvram::authorise(); not with replace.
    bool nvram = false;
    Bytes domain;               ///< DSA, DH: domain_parameters() of the group to generate in; empty: by spec
};

/// Answer of World::verify_key.
struct KeyCheck {
    KeyFacts facts;
    bool certificate_valid = false; ///< made in a module of this world, and the certificate's facts match the record
    Esn esn;                        ///< the module that signed
    Acl acl;                        ///< as at generation
    std::vector<std::string> notes; ///< what a person should know: imported, weak, not recoverable, ...
};

/// A Security World. Copying copies a reference. Thread-safe.
class HSM_API World {
public:
    [[nodiscard]] const WorldFacts& facts() const;       ///< as the world file says
    /// Lets the module check the world file's certificates against its own HKNSO. Throws untrusted, foreign_world.
    void check(std::uint32_t module = 1) const;

    // Operator card sets.
    [[nodiscard]] std::vector<CardSetFacts> card_sets() const;
    [[nodiscard]] CardSetFacts card_set(std::string_view name_or_hash) const; ///< not_found; invalid_argument if ambiguous
    CardSetFacts create_card_set(std::uint32_t module, const CardSetOptions& options, Authoriser& authoriser,
                                 const NewCards& cards = {});
    Protector load_card_set(std::uint32_t module, const Hash256& token, Authoriser& authoriser);
    [[nodiscard]] CardSetLoading begin_card_set(std::uint32_t module, const Hash256& token);
    void forget_card_set(const Hash256& token);          ///< removes the host's record only

    // Softcards.
    [[nodiscard]] std::vector<SoftcardFacts> softcards() const;
    [[nodiscard]] SoftcardFacts softcard(std::string_view name_or_hash) const;
    SoftcardFacts create_softcard(std::uint32_t module, const std::string& name, const Secret& passphrase,
                                  bool passphrase_recovery = false);
    Protector load_softcard(std::uint32_t module, const Hash256& token, const Secret& passphrase);
    Protector load_softcard(std::uint32_t module, const Hash256& token, Authoriser& authoriser); ///< asks, again if wrong
    void change_softcard_passphrase(std::uint32_t module, const Hash256& token, const Secret& old_one, const Secret& new_one);
    void delete_softcard(const Hash256& token);          ///< bad_state while keys are under it

    // Keys.
    Key generate(const KeyRequest& request, const Protector& protector);
    /// \p material: raw bytes (secret), unencrypted PKCS #8 (private) or SubjectPublicKeyInfo (public). For
    /// KeyHalf::private_key and public_key the spec is read from the material.
    Key import(const KeyRequest& request, KeyHalf half, const Secret& material, const Protector& protector);
    /// A key that is not stored: gone when the last reference goes.
    Key generate_session(const KeySpec& spec, const Usage& usage, std::uint32_t module = 1, ByteView domain = {});
    Key import_session(KeyHalf half, const KeySpec& spec, const Secret& material, const Usage& usage, std::uint32_t module = 1);

    /// Call before making or importing a key, where somebody can be asked. In mode fips-140-level-3 that needs a card of this
    /// world in a slot of the module: when there is none, \p authoriser is asked to insert one until there is. Throws
    /// needs_fips_auth when it gives up; does nothing in other modes.
    void authorise_new_key(std::uint32_t module, Authoriser& authoriser) const;

    [[nodiscard]] std::optional<KeyFacts> find(std::string_view app, std::string_view ident) const;
    [[nodiscard]] std::vector<KeyFacts> keys(std::string_view app = {}) const; ///< all, or of one application
    [[nodiscard]] std::size_t key_count() const;         ///< without reading the records
    [[nodiscard]] Key load(const KeyFacts& facts, const Protector& protector) const;
    /// Loads the protector that the key needs (asking for cards or a passphrase), then the key.
    [[nodiscard]] Key load(std::string_view app, std::string_view ident, Authoriser& authoriser, std::uint32_t module = 1) const;
    /// Throws not_found. A key in NVRAM goes from there first: its module must be here.
    void remove(std::string_view app, std::string_view ident);
    void rename(std::string_view app, std::string_view ident, std::string_view new_app, std::string_view new_ident);
    [[nodiscard]] KeyCheck verify_key(const KeyFacts& facts, std::uint32_t module = 1) const;

    /// Records that are damaged or do not belong here, by name. Reads every record.
    [[nodiscard]] std::vector<Problem> problems() const;
    void reindex() const; ///< rebuilds the derived index

    struct State;
    explicit World(std::shared_ptr<State> state) : state_(std::move(state)) {}
    [[nodiscard]] const std::shared_ptr<State>& state() const noexcept { return state_; }

private:
    std::shared_ptr<State> state_;
};

} // namespace hsm
