// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/values.hpp"

#include <hsm/secret.hpp>

/// \file
/// What is stored: world, module, card, card set, softcard and key records, blobs and certificates. All DER; each
/// begins with its magic word and version (docs/formats.md). Nothing here is secret except what `sealed` says.

namespace hsm::protocol {

using Salt = std::array<std::uint8_t, 32>;

/// Bytes sealed under some key, with the salt that makes the sealing key unique (crypto/seal.hpp).
struct Sealed {
    Salt salt{};
    Bytes bytes;
    HSM_FIELDS(salt, bytes)
};

/// Room for what later versions need to say. A reader that does not know a critical one refuses the whole record with
/// record_newer; the others it passes over.
struct Extension {
    std::uint32_t id = 0;
    bool critical = false;
    Bytes value;
    HSM_FIELDS(id, critical, value)
};
using Extensions = std::vector<Extension>;

/// Throws record_newer when one of them is critical: this version knows none.
inline void check_extensions(const Extensions& extensions, const char* what) {
    for (const auto& extension : extensions)
        if (extension.critical)
            throw Error(Status::record_newer, std::string(what) + " needs a later version of libhsm; update this one");
}

/// How a passphrase becomes a key (Argon2id, RFC 9106).
struct PassphraseParams {
    std::uint32_t memory_kib = 0, passes = 0, lanes = 0;
    Salt salt{};
    HSM_FIELDS(memory_kib, passes, lanes, salt)
};

// ---- Blobs --------------------------------------------------------------------------------------------------------

enum class BlobKind : std::uint8_t { module = 1, token = 2, softcard = 3, archive = 4, admin = 5 };

/// Authenticated, in the clear. The bytes as stored are the associated data.
struct BlobHeader {
    std::string magic = "libhsm-blob";
    std::uint32_t version = 1;
    BlobKind kind = BlobKind::module;
    Hash256 world{};  ///< HKNSO
    Hash256 kek{};    ///< hash of what seals it: HKM, token hash, HKRE
    Hash256 key_id{};
    Bytes transport;  ///< archive: the sealing key, encrypted to K_RE
    Salt salt{};
    HSM_FIELDS(magic, version, kind, world, kek, key_id, transport, salt)
};

struct Blob {
    Bytes header; ///< DER of BlobHeader
    Bytes sealed; ///< KeyContents
    HSM_FIELDS(header, sealed)
};

/// Extensions of KeyContents.
enum class KeyExtension : std::uint32_t {
    trusted_by = 1, ///< 32 bytes: hash of the token whose officer trusts this wrapping key
};

/// Inside a key blob. Everything that a permit depends on is here, never in the record's public part.
struct KeyContents {
    std::uint32_t version = 1;
    KeySpec spec;
    KeyHalf half = KeyHalf::secret;
    Secret material;
    Acl acl;
    Bytes app_data;
    bool trusted = false; ///< may wrap keys whose ACL says "trusted wrapping keys only"
    Extensions extensions;
    HSM_FIELDS(version, spec, half, material, acl, app_data, trusted, extensions)
};

// ---- Certificates --------------------------------------------------------------------------------------------------

enum class CertificateKind : std::uint8_t {
    world_facts = 1,    ///< by K_NSO: WorldFactsBody, with the hashes of every key of the world
    key_generation = 2, ///< by a module's KML: GenerationBody
    module_state = 3,   ///< by a module's KLF2: ModuleStateBody
};

/// A signed statement. Signed is "libhsm-certificate" || DER of kind || body: by ECDSA with SHA-512 of it, by ML-DSA the
/// bytes themselves.
struct Certificate {
    CertificateKind kind = CertificateKind::world_facts;
    Bytes body;
    Bytes signature;
    HSM_FIELDS(kind, body, signature)
};

struct WorldFactsBody {
    std::uint32_t version = 1;
    WorldFacts facts;
    Extensions extensions;
    HSM_FIELDS(version, facts, extensions)
};

struct GenerationBody {
    std::uint32_t version = 1;
    Esn esn;
    Hash256 hknso{};
    Hash256 key_id{};
    KeySpec spec;
    Acl acl;
    ProtectorKind protector = ProtectorKind::module;
    Hash256 protector_hash{};
    std::int64_t time = 0;
    Extensions extensions;
    HSM_FIELDS(version, esn, hknso, key_id, spec, acl, protector, protector_hash, time, extensions)
};

/// Extensions of ModuleStateBody.
enum class ModuleStateExtension : std::uint32_t {
    acs_generation = 1, ///< DER INTEGER: the newest generation of administrator cards that the module knows
};

struct ModuleStateBody {
    std::uint32_t version = 1;
    Esn esn;
    Hash256 hknso{};
    Hash256 hkm{};
    Bytes kml_public; ///< SubjectPublicKeyInfo
    std::int64_t time = 0;
    Extensions extensions;
    HSM_FIELDS(version, esn, hknso, hkm, kml_public, time, extensions)
};

// ---- Host records --------------------------------------------------------------------------------------------------

/// `world`: public halves, certificates and the administrator blobs. An enrolled module believes none of it that
/// K_NSO's certificates, checked against its own HKNSO, do not say.
struct WorldRecord {
    std::string magic = "libhsm-world";
    std::uint32_t version = 1;
    Certificate facts;      ///< world_facts
    Bytes knso_public;      ///< SubjectPublicKeyInfo; its identity (crypto::Key::id) is HKNSO
    Bytes kre_public;       ///< suite's encoding; empty without recovery
    Bytes kra_public, knv_public;
    Bytes kp_public;        ///< empty without passphrase recovery
    Bytes knso_blob, km_blob, kre_blob, kra_blob, kp_blob, knv_blob; ///< each a Blob under its token
    Extensions extensions;
    HSM_FIELDS(magic, version, facts, knso_public, kre_public, kra_public, knv_public, kp_public, knso_blob, km_blob,
               kre_blob, kra_blob, kp_blob, knv_blob, extensions)
};

/// `module_<ESN>`: what the host may know of a module.
struct ModuleRecord {
    std::string magic = "libhsm-module";
    std::uint32_t version = 1;
    Certificate state;  ///< module_state
    Bytes klf2_public;  ///< SubjectPublicKeyInfo that verifies it
    Sealed mac;         ///< empty bytes sealed under KM over the rest: a module of this world wrote it
    HSM_FIELDS(magic, version, state, klf2_public, mac)
};

/// `cards_<hkltu>`.
struct CardSetRecord {
    std::string magic = "libhsm-cardset";
    std::uint32_t version = 1;
    Hash256 hknso{};
    CardSetFacts facts;
    Extensions extensions;
    HSM_FIELDS(magic, version, hknso, facts, extensions)
};

/// `softcard_<hkltu>`.
struct SoftcardRecord {
    std::string magic = "libhsm-softcard";
    std::uint32_t version = 1;
    Bytes header;               ///< DER of SoftcardHeader; associated data of everything sealed below
    PassphraseParams passphrase;
    Sealed sealed_wrap;         ///< K_w under KM and the passphrase
    Sealed sealed_token;        ///< the logical token under K_w
    std::optional<Bytes> recovery; ///< K_w encrypted to K_P
    Extensions extensions;
    Sealed mac;                 ///< nothing, sealed under KM over all the rest: a module of this world wrote it
    HSM_FIELDS(magic, version, header, passphrase, sealed_wrap, sealed_token, recovery, extensions, mac)
};

struct SoftcardHeader {
    Hash256 hknso{};
    Hash256 hkm{};
    SoftcardFacts facts;
    Extensions extensions;
    HSM_FIELDS(hknso, hkm, facts, extensions)
};

/// Extensions of a SoftcardRecord.
enum class SoftcardExtension : std::uint32_t {
    serial = 1,   ///< 8 bytes; without it, the first 8 of the token's hash
    label = 2,    ///< UTF-8, in place of the header's name
    officer = 3,  ///< DER of OfficerEnvelope
    replaced = 4, ///< DER of a SEQUENCE OF token hashes, the latest first: earlier tokens of this serial number
};

/// The logical token for the officer. Associated data: OfficerContext.
struct OfficerEnvelope {
    PassphraseParams passphrase;
    Sealed sealed_wrap;  ///< K_w under KM and the officer's passphrase
    Sealed sealed_token; ///< the logical token under that K_w
    HSM_FIELDS(passphrase, sealed_wrap, sealed_token)
};

struct OfficerContext {
    Bytes header; ///< of the record
    TokenRole role = TokenRole::officer;
    HSM_FIELDS(header, role)
};

/// A part of a front end's object (hsm/objects.hpp).
struct StoredPart {
    bool present = true;
    bool sealed = false;
    std::vector<std::array<std::uint8_t, 8>> terms; ///< keyed hashes
    Bytes data;  ///< the attributes of a part that is not sealed
    Sealed seal; ///< of the attributes, or of nothing; associated data: PartHeader
    HSM_FIELDS(present, sealed, terms, data, seal)
};

/// What the records of a front end's objects carry: KeyRecord::public_attributes, DataRecord::object.
struct ObjectData {
    std::uint32_t version = 1;
    Hash256 owner{}; ///< token; zero: the module
    std::vector<StoredPart> parts;
    Extensions extensions;
    HSM_FIELDS(version, owner, parts, extensions)
};

/// What binds a part to its record: nothing of one record goes into another.
struct PartHeader {
    std::string magic = "libhsm-part";
    std::uint32_t version = 1;
    std::string app, ident;
    Hash256 owner{};
    std::uint32_t part = 0;
    bool present = true, sealed = false;
    std::vector<std::array<std::uint8_t, 8>> terms;
    Bytes data;  ///< as StoredPart::data
    Bytes facts; ///< DER of the record's KeyFacts; empty without a key
    Salt blob{}; ///< salt of the working blob, which names it; zero without one
    HSM_FIELDS(magic, version, app, ident, owner, part, present, sealed, terms, data, facts, blob)
};

/// `data_<app>_<ident>`: an object without a key.
struct DataRecord {
    std::string magic = "libhsm-data";
    std::uint32_t version = 1;
    Hash256 hknso{};
    std::int64_t create_time = 0;
    Bytes object; ///< DER of ObjectData
    Extensions extensions;
    HSM_FIELDS(magic, version, hknso, create_time, object, extensions)
};

/// Extensions of a KeyRecord.
enum class RecordExtension : std::uint32_t {
    nvram = 1, ///< critical; DER of NvramPlace: the blob is there and not here
};

/// Where the blob of a key is that is kept in NVRAM.
struct NvramPlace {
    Esn esn;
    std::string area;
    HSM_FIELDS(esn, area)
};

/// `key_<app>_<ident>`.
struct KeyRecord {
    std::string magic = "libhsm-key";
    std::uint32_t version = 1;
    KeyFacts facts;
    Bytes blob;                          ///< working blob; empty for a key in NVRAM
    std::optional<Bytes> archive;        ///< recovery blob
    std::optional<Certificate> generation;
    Bytes public_attributes;             ///< a front end's, opaque
    Extensions extensions;
    HSM_FIELDS(magic, version, facts, blob, archive, generation, public_attributes, extensions)
};

// ---- Cards -------------------------------------------------------------------------------------------------------

enum class CardKind : std::uint8_t { blank = 0, administrator = 1, operator_card = 2 };

/// Authenticated facts of a card; associated data of the shares.
struct CardHeader {
    CardKind kind = CardKind::operator_card;
    Hash256 hknso{};
    Hash256 hkm{};            ///< what seals the shares: HKM, or the well-known KM0 (ACS)
    Hash256 set{};            ///< OCS: token hash; ACS: HKNSO
    std::string set_name;
    std::uint32_t share = 0, k = 0, n = 0;
    bool persistent = false, remoteable = false;
    std::uint32_t timeout_s = 0;
    std::uint32_t generation = 1; ///< of the ACS
    std::int64_t create_time = 0;
    Extensions extensions;
    HSM_FIELDS(kind, hknso, hkm, set, set_name, share, k, n, persistent, remoteable, timeout_s, generation, create_time,
               extensions)
};

/// One sealed share on a card.
struct CardShare {
    AdminRole role = AdminRole::nso; ///< administrator cards; operator cards: nso, without meaning
    Hash256 token{};
    std::uint32_t k = 0;             ///< quorum of this token
    Sealed sealed;                   ///< the share under K_w
    HSM_FIELDS(role, token, k, sealed)
};

/// What a card holds: only shares, sealed.
struct CardRecord {
    std::string magic = "libhsm-card";
    std::uint32_t version = 1;
    Bytes serial;                    ///< 8 bytes, fixed when the card is made
    CardKind kind = CardKind::blank;
    std::string card_name;
    Bytes header;                    ///< DER of CardHeader; empty on a blank card
    std::optional<PassphraseParams> passphrase;
    Sealed sealed_wrap;              ///< K_w under KM or KM0, and the passphrase
    std::vector<CardShare> shares;
    std::optional<Bytes> recovery;   ///< K_w encrypted to K_P
    std::optional<Sealed> fips_auth; ///< level 3: under KM("fipsauth")
    Extensions extensions;
    Sealed mac;                      ///< nothing, sealed under KM (administrator cards: KM0) over all the rest
    HSM_FIELDS(magic, version, serial, kind, card_name, header, passphrase, sealed_wrap, shares, recovery, fips_auth,
               extensions, mac)
};

} // namespace hsm::protocol

namespace hsm {

template <>
struct Fields<CardSetFacts::Card> {
    static auto of(auto& c) noexcept { return std::tie(c.number, c.name, c.has_passphrase); }
};

template <>
struct Fields<CardSetFacts> {
    static auto of(auto& f) noexcept {
        return std::tie(f.token, f.name, f.k, f.n, f.persistent, f.remoteable, f.passphrase_recovery, f.timeout_s,
                        f.create_time, f.cards);
    }
};

template <>
struct Fields<SoftcardFacts> {
    static auto of(auto& f) noexcept { return std::tie(f.token, f.name, f.passphrase_recovery, f.create_time); }
};

template <>
struct Fields<KeyFacts> {
    static auto of(auto& f) noexcept {
        return std::tie(f.app, f.ident, f.name, f.spec, f.half, f.protector, f.protector_hash, f.key_id, f.public_info,
                        f.recoverable, f.generated, f.esn, f.create_time);
    }
};

namespace base {

template <>
struct EnumRange<protocol::BlobKind> {
    static constexpr bool contains(protocol::BlobKind v) noexcept {
        return v >= protocol::BlobKind::module && v <= protocol::BlobKind::admin;
    }
};
template <>
struct EnumRange<TokenRole> {
    static constexpr bool contains(TokenRole v) noexcept { return v == TokenRole::user || v == TokenRole::officer; }
};
template <>
struct EnumRange<protocol::CardKind> {
    static constexpr bool contains(protocol::CardKind v) noexcept { return v <= protocol::CardKind::operator_card; }
};
template <>
struct EnumRange<protocol::CertificateKind> {
    static constexpr bool contains(protocol::CertificateKind v) noexcept {
        return v >= protocol::CertificateKind::world_facts && v <= protocol::CertificateKind::module_state;
    }
};

} // namespace base
} // namespace hsm
