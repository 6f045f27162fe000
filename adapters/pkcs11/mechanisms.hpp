// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "attribute_table.hpp"

#include <hsm/facts.hpp>
#include <hsm/mechanism.hpp>

#include <span>

/// \file
/// Which mechanism of the core a CKM_ number means, and how its parameter looks.

namespace hsm::pkcs11 {

/// What the parameter of a mechanism is.
enum class Parameter : std::uint8_t {
    none,            ///< nothing
    iv16, iv8,       ///< an initialisation vector of 16 or 8 bytes
    iv_any,          ///< GMAC
    iv_optional,     ///< key wrap: the default value, or 8 (4 with padding) bytes
    mac_length,      ///< CK_ULONG, bytes of the code
    ctr, gcm, ccm,   ///< their structures
    chacha20, chacha20_poly1305,
    pss, oaep,
    eddsa_optional,  ///< none, or CK_EDDSA_PARAMS
    context,         ///< none, or CK_SIGN_ADDITIONAL_CONTEXT
    hash_context,    ///< CK_HASH_SIGN_ADDITIONAL_CONTEXT: the hash is named there
    derive,          ///< read by the derivation itself (derive_params.cpp)
    rsa_aes,         ///< CK_RSA_AES_KEY_WRAP_PARAMS
    tls_mac,         ///< CK_TLS_MAC_PARAMS
};

/// Units of the sizes that C_GetMechanismInfo says.
enum class Unit : std::uint8_t { none, bits, bytes, parameter_set };

/// How data reaches the mechanism.
enum class Form : std::uint8_t {
    stream,  ///< in parts as they come
    collect, ///< in parts that are kept until the end: the scheme looks at the message twice
    single,  ///< in one call only
};

struct MechanismMapRow {
    CK_MECHANISM_TYPE type;
    MechanismId id;        ///< none: of the front end's own (key generation)
    Hash hash;             ///< fixed by the type; none: in the parameter, or not there
    bool prehashed;        ///< the caller gives the value of a hash that the parameter names
    Parameter parameter;
    CK_FLAGS flags;        ///< CKF_SIGN and so on
    std::uint16_t families;///< FamilyBit of the keys
    KeyType key_type;      ///< none: all of the family
    Unit unit;
    CK_ULONG min_size, max_size;
    Form form;
};

std::span<const MechanismMapRow> mechanism_map() noexcept;
const MechanismMapRow* mechanism_row_of(CK_MECHANISM_TYPE type) noexcept; ///< null: not ours

/// What a world in this mode leaves of a mechanism. No flags: it is not there.
struct AllowedMechanism {
    CK_FLAGS flags = 0;
    CK_ULONG min_size = 0, max_size = 0;
};
AllowedMechanism allowed_in(const MechanismMapRow& row, WorldMode mode);

/// A mechanism with its parameter: the core's mechanism, whose views point into \c storage or into the caller's memory
/// (until own() copied it).
struct BoundMechanism {
    const MechanismMapRow* row = nullptr;
    Mechanism core;
    std::size_t data_length = 0; ///< CCM: of the plaintext, as announced
    WipedBytes storage;

    /// Copies what the views point to: an operation outlives the call of its Init. \p spare: memory to use for it.
    void own(WipedBytes spare = {});
};

/// Reads the parameter. Throws Fault: CKR_MECHANISM_INVALID (unknown, or not for any of \p purpose, bits of CKF_),
/// CKR_MECHANISM_PARAM_INVALID.
BoundMechanism bind_mechanism(const CK_MECHANISM& mechanism, CK_FLAGS purpose);

Hash hash_of(CK_MECHANISM_TYPE digest) noexcept;   ///< CKM_SHA256 -> sha256; none: not a digest
Hash hash_of_mgf(CK_RSA_PKCS_MGF_TYPE mgf) noexcept;

/// Bytes of a signature or code under this key.
std::size_t signature_size(const BoundMechanism& mechanism, const KeySpec& spec);
/// Bytes of output for \p input bytes: exact, or the most it can be.
std::size_t output_bound(const BoundMechanism& mechanism, const KeySpec& spec, bool encrypting, std::size_t input);

/// A PSS salt must leave room for the hash in this key's modulus (RFC 8017, 9.1.1). Throws Fault
/// (CKR_MECHANISM_PARAM_INVALID).
void check_parameter_fits(const BoundMechanism& mechanism, const KeySpec& spec);

/// Lengths of input that the mechanism cannot take. Throws Fault (CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE).
void check_lengths(const BoundMechanism& mechanism, const KeySpec& spec, Action action, std::size_t input);

} // namespace hsm::pkcs11
