// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// \file
/// Key types and their parameter sets, as rows. A KeySpec says everything that generating a key needs.

namespace hsm {

/// The family of a key. The numbers are stored in blobs and never change.
enum class KeyType : std::uint16_t {
    none = 0,
    rsa = 1,
    dsa = 2,
    dh = 3,
    ec = 4,       ///< ECDSA and ECDH over a named curve
    ed25519 = 5,
    ed448 = 6,
    x25519 = 7,
    x448 = 8,
    ml_dsa = 9,
    ml_kem = 10,
    slh_dsa = 11,
    aes = 20,
    des3 = 21,    ///< three-key (192 bits with parity) or two-key (128 bits) triple DES
    des = 22,
    rc4 = 23,
    chacha20 = 24,
    generic = 25, ///< a secret of any length: HMAC, KDF input, passphrase
    aes_xts = 26, ///< two AES keys of 128 or 256 bits, for XTS only
};

/// Which half of a key an object holds.
enum class KeyHalf : std::uint8_t { secret = 0, private_key = 1, public_key = 2 };

/// A named parameter set: a curve, an ML-DSA level, a finite-field group. The numbers are stored and never change.
enum class ParamSet : std::uint16_t {
    none = 0,
    p192 = 9, p224 = 10, p256 = 11, p384 = 12, p521 = 13, secp256k1 = 14,
    brainpool256 = 15, brainpool320 = 16, brainpool384 = 17, brainpool512 = 18,
    ml_dsa_44 = 30, ml_dsa_65 = 31, ml_dsa_87 = 32,
    ml_kem_512 = 40, ml_kem_768 = 41, ml_kem_1024 = 42,
    slh_dsa_sha2_128s = 50, slh_dsa_sha2_128f = 51, slh_dsa_sha2_192s = 52, slh_dsa_sha2_192f = 53,
    slh_dsa_sha2_256s = 54, slh_dsa_sha2_256f = 55, slh_dsa_shake_128s = 56, slh_dsa_shake_128f = 57,
    slh_dsa_shake_192s = 58, slh_dsa_shake_192f = 59, slh_dsa_shake_256s = 60, slh_dsa_shake_256f = 61,
    ffdhe2048 = 70, ffdhe3072 = 71, ffdhe4096 = 72, ffdhe6144 = 73, ffdhe8192 = 74,
    modp1024 = 80, modp1536 = 81, modp2048 = 82, modp3072 = 83, modp4096 = 84,
};

/// What to generate. bits is the modulus of RSA, the prime p of DSA and DH without a named group, and the length of
/// a symmetric key; types with named parameters use params and leave bits zero.
struct KeySpec {
    KeyType type = KeyType::none;
    std::uint32_t bits = 0;
    ParamSet params = ParamSet::none;
    std::uint64_t public_exponent = 0; ///< RSA only; 0 means 65537

    bool operator==(const KeySpec&) const = default;
};

/// A row of the key type table.
struct KeyTypeRow {
    KeyType type;
    std::string_view name;  ///< "RSA", "EC", "AES", ...
    bool asymmetric;
    bool sized;             ///< takes bits rather than a parameter set (DSA and DH take either)
    std::uint32_t min_bits; ///< of the type as such
    std::uint32_t max_bits;
    std::uint32_t level3_min_bits; ///< smallest that fips-140-level-3 allows; UINT32_MAX: the type is forbidden there
};

/// A row of the parameter set table.
struct ParamSetRow {
    ParamSet params;
    KeyType type;
    std::string_view name;       ///< "P-256", "ML-DSA-65", ...
    std::string_view alias;      ///< another spelling that is accepted ("NISTP256"), or empty
    std::string_view botan_name; ///< what the cryptographic library calls it
    std::uint32_t bits;          ///< nominal size, for lists
    bool level3;                 ///< allowed in fips-140-level-3
};

HSM_API std::span<const KeyTypeRow> key_type_table() noexcept;
HSM_API std::span<const ParamSetRow> param_set_table() noexcept;
HSM_API const KeyTypeRow& key_type_row(KeyType type);     ///< throws key_type_mismatch if there is none
HSM_API const ParamSetRow& param_set_row(ParamSet params); ///< throws key_type_mismatch if there is none

/// "RSA-3072", "P-256", "Ed25519", "ML-DSA-65", "AES-256", "FFDHE-2048", "HMAC-256" (generic). Case is ignored on
/// input, and the aliases of the table are accepted. Throws invalid_argument with the list of what there is.
HSM_API KeySpec parse_key_spec(std::string_view text);
HSM_API std::string to_string(const KeySpec& spec);

} // namespace hsm
