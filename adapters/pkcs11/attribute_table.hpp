// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "attributes.hpp"

/// \file
/// What each attribute is: its kind, the objects that have it, and who may set it when (PKCS #11 3.2, section 4).

namespace hsm::pkcs11 {

inline constexpr CK_ULONG max_attribute_size = 256u << 10;
inline constexpr CK_ULONG max_template_count = 256;

/// Classes of objects, as bits.
enum ClassBit : std::uint16_t {
    class_data = 1, class_certificate = 2, class_public = 4, class_private = 8, class_secret = 16, class_domain = 32,
    class_profile = 64,
    class_key = class_public | class_private | class_secret,
    class_storage = class_data | class_certificate | class_key | class_domain,
    class_any = class_storage | class_profile,
};
std::uint16_t class_bit(std::uint64_t object_class) noexcept; ///< 0: not one of ours

/// Families of key types, as bits: which components a key has.
enum FamilyBit : std::uint16_t {
    family_rsa = 1, family_dsa = 2, family_dh = 4, family_ec = 8, family_ml_dsa = 16, family_ml_kem = 32, family_slh_dsa = 64,
    family_symmetric = 128,
    family_any = 255,
};
std::uint16_t family_bit(std::uint64_t key_type) noexcept; ///< 0: not one of ours

/// How an object comes to be, or what happens to it: where an attribute may be named.
enum Way : std::uint16_t {
    way_create = 1,   ///< C_CreateObject
    way_generate = 2, ///< C_GenerateKey, C_GenerateKeyPair
    way_unwrap = 4,   ///< C_UnwrapKey, C_DeriveKey, C_EncapsulateKey, C_DecapsulateKey
    way_copy = 8,     ///< C_CopyObject
    way_set = 16,     ///< C_SetAttributeValue (and C_CopyObject)
    way_new = way_create | way_generate | way_unwrap,
};

enum Trait : std::uint16_t {
    trait_none = 0,
    trait_material = 1,    ///< of private and secret keys: hidden while sensitive or not extractable
    trait_latch_true = 2,  ///< once true, for ever
    trait_latch_false = 4, ///< once false, for ever
    trait_officer = 8,     ///< true by the security officer only
};

struct AttributeRow {
    CK_ATTRIBUTE_TYPE type;
    AttributeKind kind;
    std::uint16_t classes;
    std::uint16_t ways;
    std::uint16_t families; ///< of keys and domain parameters; family_any where it does not matter
    std::uint16_t traits;
};

const AttributeRow* attribute_row(CK_ATTRIBUTE_TYPE type) noexcept; ///< null: unknown

/// A template as a set. Throws Fault: CKR_ARGUMENTS_BAD (no memory behind it), CKR_ATTRIBUTE_TYPE_INVALID (unknown),
/// CKR_ATTRIBUTE_VALUE_INVALID, CKR_TEMPLATE_INCONSISTENT (a type twice). Says nothing about what fits together.
Attributes parse_template(const CK_ATTRIBUTE* attributes, CK_ULONG count, bool nested = false);

/// Whether every attribute of \p given may be named in this \p way for such an object. Throws Fault:
/// CKR_ATTRIBUTE_READ_ONLY, CKR_TEMPLATE_INCONSISTENT (of another class or key type).
void check_named(const Attributes& given, std::uint64_t object_class, std::optional<std::uint64_t> key_type, Way way);

} // namespace hsm::pkcs11
