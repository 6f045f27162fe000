// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/acl.hpp>
#include <hsm/bytes.hpp>
#include <hsm/key_type.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// What there is to know about worlds, modules, cards and keys, as plain values. The numbers of the enumerations are
/// stored and travel in frames; they never change.

namespace hsm {

enum class WorldMode : std::uint8_t { unrestricted = 1, fips_140_level_3 = 2, common_criteria_cmts = 3 };

/// The algorithms of a world's own keys.
enum class CipherSuite : std::uint8_t {
    ecp521_xwing_aes256 = 1,   ///< K_NSO P-521, recovery X25519 + ML-KEM-768
    ecp521_rsa3072_aes256 = 2, ///< K_NSO P-521, recovery RSA-3072-OAEP (the default in level 3)
    mldsa87_xwing_aes256 = 3,  ///< K_NSO ML-DSA-87, recovery X25519 + ML-KEM-768
};

/// Administrator tokens: each is split on its own over the same N cards of the ACS.
enum class AdminRole : std::uint8_t {
    nso = 1,        ///< opens K_NSO: everything; quorum K
    load = 2,       ///< opens the copy of the module key: load the world on a module; quorum m
    recovery = 3,   ///< opens K_RE and K_RA: recover keys; quorum r
    passphrase = 4, ///< opens K_P: replace lost passphrases; quorum p
    nvram = 5,      ///< opens K_NV: NVRAM areas; quorum nv
};

/// How many administrator cards each power needs. 1 <= load, recovery, passphrase, nvram <= k <= n <= 64.
struct AcsQuora {
    std::uint32_t k = 1, n = 1;
    std::uint32_t load = 0, recovery = 0, passphrase = 0, nvram = 0; ///< 0 in a request means k

    bool operator==(const AcsQuora&) const = default;
};

/// How long what administrator cards opened stays open, in seconds: 6 minutes for each of the \p n cards of the set, and an
/// hour at least.
constexpr std::uint32_t administrator_timeout_s(std::uint32_t n) noexcept { return n * 360 < 3600 ? 3600 : n * 360; }

/// What a world is made with.
struct WorldOptions {
    WorldMode mode = WorldMode::unrestricted;
    std::optional<CipherSuite> suite;    ///< none: the mode's default
    AcsQuora quora;
    bool recovery = true;                ///< keys can be recovered by r administrator cards; cannot be added later
    bool passphrase_recovery = false;    ///< lost passphrases can be replaced by p cards; cannot be added later
    bool warn_short_passphrases = true;
    bool test_parameters = false;        ///< cheap passphrase hashing, for tests only; nfkmverify says so
};

/// What the world's certificates say; verified by an enrolled module against its own copy of HKNSO.
struct WorldFacts {
    WorldMode mode = WorldMode::unrestricted;
    CipherSuite suite = CipherSuite::ecp521_xwing_aes256;
    AcsQuora quora;
    bool recovery = false;
    bool passphrase_recovery = false;
    bool warn_short_passphrases = true;
    bool test_parameters = false;
    std::int64_t create_time = 0;        ///< seconds since 1970, UTC
    std::uint32_t acs_generation = 1;    ///< grows when the ACS is replaced
    Hash256 hknso{};                     ///< identity of the world
    Hash256 hkm{}, hkre{}, hkra{}, hkp{}, hknv{};
    Hash256 token_nso{}, token_load{}, token_recovery{}, token_passphrase{}, token_nvram{};
};

enum class ModuleMode : std::uint8_t { operational = 1, pre_initialisation = 2, maintenance = 3, failed = 4 };

/// Answer of enquiry for one module.
struct ModuleFacts {
    std::uint32_t number = 0;
    Esn esn;
    ModuleMode mode = ModuleMode::operational;
    std::string failure;                 ///< why, when mode is failed
    bool enrolled = false;               ///< in a world
    Hash256 hknso{};
    Hash256 hkml{};
    std::uint32_t slots = 0;
    std::uint64_t objects = 0;           ///< loaded by this process
    std::uint64_t commands = 0;          ///< executed by this process
    std::string pending_swap;            ///< a directory change that the host has still to finish, or empty
    bool protected_start = false;        ///< the module's own state is under a passphrase
    bool test_parameters = false;
    std::string version;                 ///< of libhsm
    std::string crypto_version;          ///< of the cryptographic library
};

enum class SlotState : std::uint8_t {
    empty = 0,
    blank = 1,
    administrator = 2, ///< a card of this world's ACS
    operator_card = 3, ///< a card of one of this world's OCSs
    foreign = 4,       ///< another world's, or unreadable without a world
    damaged = 5,
};

/// A card slot and what is in it.
struct SlotFacts {
    std::uint32_t slot = 0;
    SlotState state = SlotState::empty;
    std::string card_path;   ///< where the virtual card lies
    std::string serial;      ///< the card's own number, hex
    Hash256 set{};           ///< OCS: token hash; ACS: HKNSO
    std::uint32_t share = 0; ///< number of the card in its set, 1..n
    std::uint32_t k = 0, n = 0;
    std::string set_name, card_name;
    bool has_passphrase = false;
    std::string problem;     ///< for damaged and foreign: what is the matter
};

/// An operator card set as the host's record describes it.
struct CardSetFacts {
    struct Card {
        std::uint32_t number = 0;
        std::string name;
        bool has_passphrase = false;
    };
    Hash256 token{};             ///< HKLTU: identity of the set
    std::string name;
    std::uint32_t k = 1, n = 1;
    bool persistent = false;     ///< keys stay usable after the last card is removed
    bool remoteable = false;
    bool passphrase_recovery = false;
    std::uint32_t timeout_s = 0; ///< keys are unloaded this long after loading; 0: never
    std::int64_t create_time = 0;
    std::vector<Card> cards;
};

struct SoftcardFacts {
    Hash256 token{};
    std::string name;
    bool passphrase_recovery = false;
    std::int64_t create_time = 0;
};

/// For whom a token is loaded. The module holds the roles apart: the officer can set passphrases, re-initialise, and
/// mark wrapping keys as trusted; no private key and nothing sealed under the token can be loaded or read by the officer.
enum class TokenRole : std::uint8_t { user = 1, officer = 2 };

/// A token as the host's record describes it.
struct TokenFacts {
    Hash256 token{};        ///< HKLTU; a re-initialised token gets another
    std::string serial;     ///< 16 upper-case hexadecimal digits, random, kept when the token is re-initialised
    std::string label;      ///< UTF-8, up to 64 bytes
    bool has_officer = false;
    bool has_user = false;  ///< the user's passphrase was set
    std::int64_t create_time = 0;
    std::uint32_t user_failures = 0, officer_failures = 0; ///< wrong passphrases in a row, as the module counts them
};

/// A stored key as its record describes it. Everything here is public and, until the module has loaded the blob,
/// only as trustworthy as the host.
struct KeyFacts {
    std::string app, ident, name;
    KeySpec spec;
    KeyHalf half = KeyHalf::private_key;
    ProtectorKind protector = ProtectorKind::module;
    Hash256 protector_hash{};     ///< token of the card set or softcard; zero for module
    Hash256 key_id{};
    Bytes public_info;            ///< SubjectPublicKeyInfo; empty for a secret key
    bool recoverable = false;     ///< has an archive blob
    bool generated = false;       ///< made inside a module, with a certificate (else imported)
    Esn esn;                      ///< module that made it; of a key in NVRAM, the module that holds it
    std::int64_t create_time = 0;
    std::string nvram_area{};     ///< of a key in NVRAM (KeyRequest::nvram): its area; else empty
};

/// A record that cannot be used, and why.
struct Problem {
    std::string name;   ///< file name of the record
    Status status = Status::record_damaged;
    std::string text;
};

HSM_API std::string_view to_string(WorldMode mode) noexcept;
HSM_API std::string_view to_string(CipherSuite suite) noexcept;
HSM_API std::string_view to_string(ModuleMode mode) noexcept;
HSM_API std::string_view to_string(SlotState state) noexcept;
HSM_API std::string_view to_string(AdminRole role) noexcept;
HSM_API WorldMode parse_world_mode(std::string_view text);     ///< throws invalid_argument with the choices
HSM_API CipherSuite parse_cipher_suite(std::string_view text); ///< also "ECp521mAES"; throws invalid_argument

} // namespace hsm
