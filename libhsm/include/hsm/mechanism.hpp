// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/key_type.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// \file
/// Mechanisms: what can be done with a key, and how. A mechanism is a scheme; the hash, the lengths and the rest are
/// its parameters, so that a new hash adds a row and no code.

namespace hsm {

/// Hash functions (FIPS 180-4, FIPS 202, RFC 1320, RFC 1321). The numbers are stored and never change.
enum class Hash : std::uint8_t {
    none = 0,
    md4 = 1, md5 = 2, sha1 = 3,
    sha224 = 4, sha256 = 5, sha384 = 6, sha512 = 7, sha512_224 = 8, sha512_256 = 9,
    sha3_224 = 10, sha3_256 = 11, sha3_384 = 12, sha3_512 = 13,
    shake128 = 14, ///< 32 bytes of output, as pre-hash of SLH-DSA and ML-DSA
    shake256 = 15, ///< 64 bytes of output
};

struct HashRow {
    Hash hash;
    std::string_view name;       ///< "SHA-256"
    std::string_view botan_name;
    std::uint32_t size;          ///< bytes of output
    std::uint32_t block;         ///< bytes of a block
    bool level3;                 ///< allowed in fips-140-level-3 for signing
};

/// Schemes. The numbers are stored in ACLs and never change.
enum class MechanismId : std::uint16_t {
    none = 0,
    // Signatures.
    rsa_pkcs1 = 1,  ///< RFC 8017 8.2 and 7.2: sign, verify, encrypt, decrypt. hash none: the caller gives the DigestInfo
    rsa_pss = 2,    ///< RFC 8017 8.1. length: salt bytes, or salt_is_hash
    rsa_raw = 3,    ///< RFC 8017 5.1/5.2 without padding; data as long as the modulus (shorter: zeros in front)
    ecdsa = 4,      ///< FIPS 186-5; r || s, each as long as the order
    eddsa = 5,      ///< RFC 8032: pure; prehashed gives Ed25519ph / Ed448ph; context as defined there
    dsa = 6,        ///< FIPS 186-4; r || s
    ml_dsa = 7,     ///< FIPS 204; context; hash set gives HashML-DSA
    slh_dsa = 8,    ///< FIPS 205; context; hash set gives HashSLH-DSA
    // MACs: sign and verify with a symmetric key.
    hmac = 20,      ///< RFC 2104; length: bytes of the tag, 0 means all
    cmac = 21,      ///< SP 800-38B; length as hmac
    gmac = 22,      ///< SP 800-38D; iv
    // Encryption. The block cipher is the key's.
    rsa_oaep = 30,  ///< RFC 8017 7.1; hash, mgf_hash, label
    ecb = 31,
    cbc = 32,       ///< iv; whole blocks
    cbc_pad = 33,   ///< iv; PKCS #7 padding
    ctr = 34,       ///< iv: the first counter block; length: bits of the counter, 0 means 128
    gcm = 35,       ///< iv, aad; length: bytes of the tag, 0 means 16; the tag follows the ciphertext
    ccm = 36,       ///< iv (nonce), aad; length: bytes of the tag
    stream = 37,    ///< RC4, or ChaCha20 with iv
    chacha20_poly1305 = 38, ///< RFC 8439
    // Key wrapping (wrap, unwrap; also encrypt, decrypt).
    key_wrap = 50,     ///< RFC 3394
    key_wrap_pad = 51, ///< RFC 5649
    // Agreement and derivation.
    ecdh = 60,         ///< SP 800-56A 5.7.1.2 and RFC 7748: context is the peer's public value; hash none: raw x
    ecdh_cofactor = 61,
    dh = 62,           ///< SP 800-56A 5.7.1.1: context is the peer's public value
    hkdf = 63,         ///< RFC 5869: hash, iv (salt), context (info), length
    sp800_108_counter = 64,  ///< hash; label, context, length
    sp800_108_feedback = 65, ///< as above, iv
    sp800_108_pipeline = 66,
    sp800_56c_one_step = 67, ///< hash; iv (salt, HMAC form), context (fixed info), length
    sp800_56c_two_step = 68,
    pbkdf2 = 69,       ///< RFC 8018: hash, iv (salt), iterations, length
    // Encapsulation.
    ml_kem = 80,       ///< FIPS 203
    // Without a key.
    digest = 90,
};

/// What is done with a key. Also the bits of an ACL's OpPermissions (bit = value).
enum class Action : std::uint8_t {
    sign = 0,
    verify = 1,
    encrypt = 2,
    decrypt = 3,
    wrap = 4,            ///< use as key encryption key
    unwrap = 5,
    derive = 6,
    encapsulate = 7,
    decapsulate = 8,
    export_plain = 9,    ///< leave the module in the clear
    export_wrapped = 10, ///< leave the module under a wrapping key
    get_acl = 11,
    reduce_acl = 12,
    expand_acl = 13,
    certify = 14,        ///< act as certifier for another key's permission groups
    make_blob = 15,
    make_archive_blob = 16,
};

inline constexpr std::uint32_t bit(Action action) noexcept { return 1u << static_cast<unsigned>(action); }

/// How an operation is to be done. The views belong to the caller and must live as long as the call (a channel
/// copies what it needs).
struct Mechanism {
    MechanismId id = MechanismId::none;
    Hash hash = Hash::none;
    Hash mgf_hash = Hash::none;    ///< none: the same as hash
    bool prehashed = false;        ///< the data is already the hash value (RSA, ECDSA, DSA), or Ed25519ph / Ed448ph
    std::uint32_t length = 0;      ///< see MechanismId
    std::uint32_t iterations = 0;  ///< pbkdf2
    ByteView iv;
    ByteView aad;
    ByteView label;
    ByteView context;
};

/// Mechanism::length of rsa_pss for "as long as the hash".
inline constexpr std::uint32_t salt_is_hash = 0xffffffff;

/// A row of the mechanism table.
struct MechanismRow {
    MechanismId id;
    std::string_view name;   ///< "RSA-PSS", "GCM", ...
    std::uint32_t actions;   ///< bits of Action
    std::uint32_t key_types; ///< bits of KeyType
    bool needs_hash;
    bool takes_iv;
    bool multi_part;         ///< data may come in several pieces
    std::uint32_t level3_actions; ///< actions that fips-140-level-3 allows
};

inline constexpr std::uint32_t bit(KeyType type) noexcept { return 1u << static_cast<unsigned>(type); }

HSM_API std::span<const HashRow> hash_table() noexcept;
HSM_API std::span<const MechanismRow> mechanism_table() noexcept;
HSM_API const HashRow& hash_row(Hash hash);                   ///< throws mechanism_params_invalid
HSM_API const MechanismRow& mechanism_row(MechanismId id);    ///< throws mechanism_invalid
HSM_API Hash parse_hash(std::string_view text);               ///< "SHA-256", "sha256"; throws invalid_argument
HSM_API std::string_view action_name(Action action) noexcept; ///< "sign", "export-plain", ...

/// "RSA-PSS/SHA-256", "ECDSA/SHA-384", "Ed25519" style text to a mechanism, for tools. Throws invalid_argument.
HSM_API Mechanism parse_mechanism(std::string_view text);

/// The mechanism that a person means who says just "sign with this key".
HSM_API Mechanism default_signature(const KeySpec& spec);

} // namespace hsm
