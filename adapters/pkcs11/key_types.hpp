// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "attribute_table.hpp"

#include <hsm/key_type.hpp>
#include <hsm/mechanism.hpp>

/// \file
/// The key types and parameter sets of PKCS #11 and those of the core.

namespace hsm::pkcs11 {

/// A row of the key type table.
struct KeyTypeMap {
    CK_KEY_TYPE number;
    KeyType type;
    std::uint16_t family;
    std::uint16_t fixed_bytes; ///< of a secret key whose type fixes its length; 0: it has one of its own
};

const KeyTypeMap* key_type_map(std::uint64_t number) noexcept; ///< null: not ours
/// The hash that a key is bound to by its type (CKK_SHA256_HMAC); none: any.
Hash hash_of_key_type(std::uint64_t number) noexcept;
/// Edwards and Montgomery keys share a number each: the curve decides.
CK_KEY_TYPE key_type_number(const KeySpec& spec) noexcept;

/// CKA_PARAMETER_SET of ML-DSA, ML-KEM and SLH-DSA keys.
ParamSet param_set_of(KeyType type, std::uint64_t number) noexcept; ///< none: there is no such set
std::uint64_t param_set_number(ParamSet set) noexcept;              ///< 0: none

} // namespace hsm::pkcs11
