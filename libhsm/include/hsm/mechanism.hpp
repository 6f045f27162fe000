// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/handle.hpp>
#include <hsm/key_type.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
    eddsa = 5,      ///< RFC 8032: pure; prehashed gives Ed25519ph / Ed448ph (the data is the message all the same);
                    ///< context (255 bytes at most) gives Ed25519ctx, also an empty one with empty_context
    dsa = 6,        ///< FIPS 186-4; r || s
    ml_dsa = 7,     ///< FIPS 204; context (255 bytes at most); hedge; hash set gives HashML-DSA, prehashed: the data
                    ///< is the hash value
    slh_dsa = 8,    ///< FIPS 205; as ml_dsa
    // MACs: sign and verify with a symmetric key.
    hmac = 20,      ///< RFC 2104; length: bytes of the tag, 0 means all
    cmac = 21,      ///< SP 800-38B; length as hmac
    gmac = 22,      ///< SP 800-38D; iv
    tls12_mac = 23, ///< RFC 5246 7.4.9: PRF(secret, label, data); hash, label ("client finished"), length (0: 12 bytes);
                    ///< the data is the hash of the handshake messages
    // Encryption. The block cipher is the key's.
    rsa_oaep = 30,  ///< RFC 8017 7.1; hash, mgf_hash, label
    ecb = 31,
    cbc = 32,       ///< iv; whole blocks
    cbc_pad = 33,   ///< iv; PKCS #7 padding
    ctr = 34,       ///< iv: the first counter block; length: bits of the counter. 0 means all, and those wrap around as
                    ///< SP 800-38A has it; with fewer, data that would make the counter wrap is refused (invalid_data)
    gcm = 35,       ///< iv, aad; length: bytes of the tag, 0 means 16; the tag follows the ciphertext
    ccm = 36,       ///< iv (nonce), aad; length: bytes of the tag
    stream = 37,    ///< RC4, or ChaCha20 with iv
    chacha20_poly1305 = 38, ///< RFC 8439
    cbc_cts = 39,   ///< iv; ciphertext stealing, CS1 of SP 800-38A's addendum; at least a block of data
    cfb8 = 40,      ///< iv
    cfb128 = 41,    ///< iv; the segment is a whole block (64 bits with DES)
    ofb = 42,       ///< iv
    xts = 43,       ///< SP 800-38E; iv: the tweak, 16 bytes; the message is one data unit of 16 bytes or more
    // Key wrapping (wrap, unwrap; also encrypt, decrypt).
    key_wrap = 50,       ///< RFC 3394; iv: 8 bytes instead of the standard's, or empty
    key_wrap_pad = 51,   ///< RFC 5649; iv: 4 bytes instead of the standard's A65959A6, or empty
    key_wrap_pkcs7 = 52, ///< RFC 3394 over data with PKCS #7 padding to 8 bytes; iv as key_wrap
    rsa_aes_key_wrap = 53, ///< wrap and unwrap only: RSA-OAEP (hash, mgf_hash, label) of a new AES key of `length` bits
                           ///< (128, 192, 256; 0 means 256), then that key's key_wrap_pad of the material
    // Agreement and derivation. length: bytes of the result; 0 means what the row says, else it is required.
    ecdh = 60,         ///< SP 800-56A 5.7.1.2 and RFC 7748: context is the peer's public value (SEC 1 point, or the raw
                       ///< u of X25519, X448); kdf says what becomes of the secret; kdf none: its last `length` bytes
    ecdh_cofactor = 61,
    dh = 62,           ///< SP 800-56A 5.7.1.1: context is the peer's public value; kdf as ecdh
    hkdf = 63,         ///< RFC 5869: hash, iv (salt) or second (a key that is the salt), context (info), length
    sp800_108_counter = 64,  ///< hash (none: CMAC of an AES or DES3 key); label, context, length: the form with 32 bits
                             ///< each of counter and length; or segments, length, and then no label and context
    sp800_108_feedback = 65, ///< as above, iv
    sp800_108_pipeline = 66,
    sp800_56c_one_step = 67, ///< hash; iv (salt, HMAC form), context (fixed info), length
    sp800_56c_two_step = 68,
    pbkdf2 = 69,       ///< RFC 8018: hash, iv (salt), iterations, length
    // Bytes of keys put together and cut, as PKCS #11 has it. All of these but digest_key and the two that encrypt can
    // be undone: what they make is never more exportable than what it was made from (the module refuses).
    concatenate_keys = 70, ///< base || second; length 0: all of it, else its first bytes (so in the next four)
    concatenate_data = 71, ///< base || context
    concatenate_to_data = 72, ///< context || base
    xor_data = 73,     ///< base XOR context, as long as the shorter
    extract_bits = 74, ///< `length` bytes from bit `offset` on, bit 0 being the top bit of the first byte; wraps around
    digest_key = 75,   ///< hash of the base; length 0: as long as the hash; SHAKE gives any length
    ecb_encrypt_data = 76, ///< context encrypted by the base; whole blocks
    cbc_encrypt_data = 77, ///< iv
    hkdf_extract = 78, ///< RFC 5869 2.2: hash, iv or second; the result is as long as the hash
    hkdf_expand = 79,  ///< RFC 5869 2.3: hash, context (info), length
    // Encapsulation.
    ml_kem = 80,       ///< FIPS 203
    // TLS 1.2 (RFC 5246 5 and 8.1): hash; the base is the PRF's secret.
    tls12_prf = 81,    ///< label, context (seed), length
    tls12_master_secret = 82, ///< context: client random || server random; the result has 48 bytes
    tls12_extended_master_secret = 83, ///< RFC 7627; context: the session hash
    tls12_key_block = 84, ///< context: server random || client random; length: all parts of the block together
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

/// What becomes of the secret that two parties agree on.
enum class AgreementKdf : std::uint8_t {
    none = 0,      ///< nothing; or, with hash set, x963 (what libhsm did before this field was there)
    x963 = 1,      ///< ANSI X9.63: H(Z || counter || label); label: SharedInfo
    one_step = 2,  ///< SP 800-56C 4.1 with a hash: H(counter || Z || label); label: FixedInfo
};

/// Randomness of ML-DSA and SLH-DSA signatures.
enum class Hedge : std::uint8_t { preferred = 0, required = 1, deterministic = 2 };

/// A piece of the input of SP 800-108's PRF, in the order in which the pieces are fed.
struct KdfSegment {
    enum class Kind : std::uint8_t {
        iteration = 1, ///< counter mode: the counter. Feedback, pipeline: K(i-1) or A(i); width 0
        counter = 2,   ///< feedback and pipeline: the optional counter
        length = 3,    ///< bits of the result, by sum
        bytes = 4,     ///< data: label, separator, context
    };
    enum class Sum : std::uint8_t {
        keys = 0,   ///< as many bits as are asked for
        blocks = 1, ///< as many as the PRF's calls give together
    };
    Kind kind = Kind::bytes;
    std::uint8_t width = 0;     ///< bits of the number: 8, 16, 24, 32; length also 40, 48, 56, 64
    bool little_endian = false;
    Sum sum = Sum::keys;
    ByteView bytes;
};

/// What Mechanism::segments holds. Throws mechanism_params_invalid.
HSM_API Bytes encode_segments(std::span<const KdfSegment> segments);
/// The inverse; views into \p encoded. Throws mechanism_params_invalid.
HSM_API std::vector<KdfSegment> decode_segments(ByteView encoded);

/// How an operation is to be done. The views belong to the caller and must live as long as the call (a channel
/// copies what it needs).
struct Mechanism {
    MechanismId id = MechanismId::none;
    Hash hash = Hash::none;
    Hash mgf_hash = Hash::none;    ///< none: the same as hash
    bool prehashed = false;        ///< the data is already the hash value (RSA, ECDSA, DSA, ML-DSA, SLH-DSA), or
                                   ///< Ed25519ph / Ed448ph
    std::uint32_t length = 0;      ///< see MechanismId
    std::uint32_t iterations = 0;  ///< pbkdf2
    ByteView iv;
    ByteView aad;
    ByteView label;
    ByteView context;
    Hedge hedge = Hedge::preferred; ///< ml_dsa, slh_dsa; signing only
    AgreementKdf kdf = AgreementKdf::none; ///< ecdh, ecdh_cofactor, dh
    bool empty_context = false;    ///< eddsa with an Ed25519 key: Ed25519ctx although the context is empty
    std::uint32_t offset = 0;      ///< extract_bits
    KeyHandle second;              ///< concatenate_keys, hkdf, hkdf_extract: needs `derive` as the base does
    ByteView segments;             ///< sp800_108_*: encode_segments(), or empty
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
    bool invertible = false; ///< derivation whose result gives its inputs away: it may be exported only as they may
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
