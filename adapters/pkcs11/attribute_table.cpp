// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "attribute_table.hpp"

#include "fault.hpp"
#include "pkcs11_vendor.h"

#include <algorithm>
#include <array>

namespace hsm::pkcs11 {

namespace {

using enum AttributeKind;

constexpr std::uint16_t asymmetric = class_public | class_private, exportable = class_private | class_secret;
constexpr std::uint16_t with_domain = asymmetric | class_domain;

// Sorted by type.
constexpr std::array table{
    AttributeRow{CKA_CLASS, number, class_any, way_new, family_any, 0},
    AttributeRow{CKA_TOKEN, boolean, class_any, way_new | way_copy, family_any, 0},
    AttributeRow{CKA_PRIVATE, boolean, class_any, way_new | way_copy, family_any, 0},
    AttributeRow{CKA_LABEL, bytes, class_storage, way_new | way_set, family_any, 0},
    AttributeRow{CKA_UNIQUE_ID, bytes, class_any, 0, family_any, 0},
    AttributeRow{CKA_APPLICATION, bytes, class_data, way_create, family_any, 0},
    AttributeRow{CKA_VALUE, bytes, class_data | class_certificate | class_key, way_create, family_any & ~(family_rsa), trait_material},
    AttributeRow{CKA_OBJECT_ID, bytes, class_data, way_create, family_any, 0},
    AttributeRow{CKA_CERTIFICATE_TYPE, number, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_ISSUER, bytes, class_certificate, way_create | way_set, family_any, 0},
    AttributeRow{CKA_SERIAL_NUMBER, bytes, class_certificate, way_create | way_set, family_any, 0},
    AttributeRow{CKA_AC_ISSUER, bytes, class_certificate, way_create | way_set, family_any, 0},
    AttributeRow{CKA_OWNER, bytes, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_ATTR_TYPES, bytes, class_certificate, way_create | way_set, family_any, 0},
    AttributeRow{CKA_TRUSTED, boolean, class_certificate | class_public | class_secret, way_new | way_set, family_any, trait_officer},
    AttributeRow{CKA_CERTIFICATE_CATEGORY, number, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_JAVA_MIDP_SECURITY_DOMAIN, number, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_URL, bytes, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_HASH_OF_SUBJECT_PUBLIC_KEY, bytes, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_HASH_OF_ISSUER_PUBLIC_KEY, bytes, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_NAME_HASH_ALGORITHM, number, class_certificate, way_create, family_any, 0},
    AttributeRow{CKA_CHECK_VALUE, bytes, class_certificate | class_secret, way_create | way_unwrap | way_generate, family_any, 0},
    AttributeRow{CKA_KEY_TYPE, number, class_key | class_domain, way_new, family_any, 0},
    AttributeRow{CKA_SUBJECT, bytes, class_certificate | asymmetric, way_new | way_set, family_any, 0},
    AttributeRow{CKA_ID, bytes, class_certificate | class_key, way_new | way_set, family_any, 0},
    AttributeRow{CKA_SENSITIVE, boolean, exportable, way_new | way_set, family_any, trait_latch_true},
    AttributeRow{CKA_ENCRYPT, boolean, class_public | class_secret, way_new | way_set, family_any, 0},
    AttributeRow{CKA_DECRYPT, boolean, exportable, way_new | way_set, family_any, 0},
    AttributeRow{CKA_WRAP, boolean, class_public | class_secret, way_new | way_set, family_any, 0},
    AttributeRow{CKA_UNWRAP, boolean, exportable, way_new | way_set, family_any, 0},
    AttributeRow{CKA_SIGN, boolean, exportable, way_new | way_set, family_any, 0},
    AttributeRow{CKA_SIGN_RECOVER, boolean, class_private, way_new | way_set, family_any, 0},
    AttributeRow{CKA_VERIFY, boolean, class_public | class_secret, way_new | way_set, family_any, 0},
    AttributeRow{CKA_VERIFY_RECOVER, boolean, class_public, way_new | way_set, family_any, 0},
    AttributeRow{CKA_DERIVE, boolean, class_key, way_new | way_set, family_any, 0},
    AttributeRow{CKA_START_DATE, date, class_certificate | class_key, way_new | way_set, family_any, 0},
    AttributeRow{CKA_END_DATE, date, class_certificate | class_key, way_new | way_set, family_any, 0},
    AttributeRow{CKA_MODULUS, bytes, asymmetric, way_create, family_rsa, 0},
    AttributeRow{CKA_MODULUS_BITS, number, class_public, way_generate, family_rsa, 0},
    AttributeRow{CKA_PUBLIC_EXPONENT, bytes, asymmetric, way_create | way_generate, family_rsa, 0},
    AttributeRow{CKA_PRIVATE_EXPONENT, bytes, class_private, way_create, family_rsa, trait_material},
    AttributeRow{CKA_PRIME_1, bytes, class_private, way_create, family_rsa, trait_material},
    AttributeRow{CKA_PRIME_2, bytes, class_private, way_create, family_rsa, trait_material},
    AttributeRow{CKA_EXPONENT_1, bytes, class_private, way_create, family_rsa, trait_material},
    AttributeRow{CKA_EXPONENT_2, bytes, class_private, way_create, family_rsa, trait_material},
    AttributeRow{CKA_COEFFICIENT, bytes, class_private, way_create, family_rsa, trait_material},
    AttributeRow{CKA_PUBLIC_KEY_INFO, bytes, class_certificate | asymmetric, way_create, family_any, 0},
    AttributeRow{CKA_PRIME, bytes, with_domain, way_create | way_generate, family_dsa | family_dh, 0},
    AttributeRow{CKA_SUBPRIME, bytes, with_domain, way_create | way_generate, family_dsa | family_dh, 0},
    AttributeRow{CKA_BASE, bytes, with_domain, way_create | way_generate, family_dsa | family_dh, 0},
    AttributeRow{CKA_PRIME_BITS, number, class_domain, way_generate, family_dsa | family_dh, 0},
    AttributeRow{CKA_SUBPRIME_BITS, number, class_domain, way_generate, family_dsa, 0},
    AttributeRow{CKA_VALUE_BITS, number, class_private, way_generate, family_dh, 0},
    AttributeRow{CKA_VALUE_LEN, number, class_secret, way_generate | way_unwrap, family_symmetric, 0},
    AttributeRow{CKA_EXTRACTABLE, boolean, exportable, way_new | way_set, family_any, trait_latch_false},
    AttributeRow{CKA_LOCAL, boolean, class_key | class_domain, 0, family_any, 0},
    AttributeRow{CKA_NEVER_EXTRACTABLE, boolean, exportable, 0, family_any, 0},
    AttributeRow{CKA_ALWAYS_SENSITIVE, boolean, exportable, 0, family_any, 0},
    AttributeRow{CKA_KEY_GEN_MECHANISM, number, class_key, 0, family_any, 0},
    AttributeRow{CKA_MODIFIABLE, boolean, class_storage, way_new | way_copy, family_any, 0},
    AttributeRow{CKA_COPYABLE, boolean, class_storage, way_new | way_set, family_any, trait_latch_false},
    AttributeRow{CKA_DESTROYABLE, boolean, class_storage, way_new | way_copy, family_any, 0},
    AttributeRow{CKA_EC_PARAMS, bytes, with_domain, way_create | way_generate, family_ec, 0},
    // On private keys too: what most programs look for there, though the standard has it on public keys only.
    AttributeRow{CKA_EC_POINT, bytes, asymmetric, way_create, family_ec, 0},
    AttributeRow{CKA_ALWAYS_AUTHENTICATE, boolean, class_private, way_new, family_any, 0},
    AttributeRow{CKA_WRAP_WITH_TRUSTED, boolean, exportable, way_new | way_set, family_any, trait_latch_true},
    AttributeRow{CKA_PROFILE_ID, number, class_profile, 0, family_any, 0},
    AttributeRow{CKA_PARAMETER_SET, number, asymmetric, way_create | way_generate, family_ml_dsa | family_ml_kem | family_slh_dsa, 0},
    AttributeRow{CKA_ENCAPSULATE_TEMPLATE, attributes, class_public, way_new, family_any, 0},
    AttributeRow{CKA_DECAPSULATE_TEMPLATE, attributes, class_private, way_new, family_any, 0},
    AttributeRow{CKA_ENCAPSULATE, boolean, class_public, way_new | way_set, family_any, 0},
    AttributeRow{CKA_DECAPSULATE, boolean, class_private, way_new | way_set, family_any, 0},
    AttributeRow{CKA_SEED, bytes, class_private, way_create, family_ml_dsa | family_ml_kem, trait_material},
    AttributeRow{CKA_WRAP_TEMPLATE, attributes, class_public | class_secret, way_new, family_any, 0},
    AttributeRow{CKA_UNWRAP_TEMPLATE, attributes, exportable, way_new, family_any, 0},
    AttributeRow{CKA_DERIVE_TEMPLATE, attributes, exportable, way_new, family_any, 0},
    AttributeRow{CKA_ALLOWED_MECHANISMS, numbers, class_key, way_new, family_any, 0},
    AttributeRow{CKA_NFKM_APPNAME, bytes, class_key, 0, family_any, 0},
    AttributeRow{CKA_NFKM_HASH, bytes, class_key, 0, family_any, 0},
    AttributeRow{CKA_NFKM_ID, bytes, class_key, 0, family_any, 0},
};

constexpr bool ascending() {
    for (std::size_t i = 1; i < table.size(); ++i)
        if (table[i - 1].type >= table[i].type) return false;
    return true;
}
static_assert(ascending(), "attribute rows must be sorted by type");

struct ClassRow {
    CK_OBJECT_CLASS object_class;
    std::uint16_t bit;
};
constexpr std::array classes{
    ClassRow{CKO_DATA, class_data},         ClassRow{CKO_CERTIFICATE, class_certificate},
    ClassRow{CKO_PUBLIC_KEY, class_public}, ClassRow{CKO_PRIVATE_KEY, class_private},
    ClassRow{CKO_SECRET_KEY, class_secret}, ClassRow{CKO_DOMAIN_PARAMETERS, class_domain},
    ClassRow{CKO_PROFILE, class_profile},
};

} // namespace

std::uint16_t class_bit(std::uint64_t object_class) noexcept {
    for (const auto& row : classes)
        if (row.object_class == object_class) return row.bit;
    return 0;
}

const AttributeRow* attribute_row(CK_ATTRIBUTE_TYPE type) noexcept {
    const auto row = std::ranges::lower_bound(table, type, {}, &AttributeRow::type);
    return row != table.end() && row->type == type ? &*row : nullptr;
}

Attributes parse_template(const CK_ATTRIBUTE* attributes, CK_ULONG count, bool nested) {
    if ((!attributes && count) || count > max_template_count) refuse(CKR_ARGUMENTS_BAD);
    Attributes out;
    for (CK_ULONG i = 0; i < count; ++i) {
        const auto* row = attribute_row(attributes[i].type);
        if (!row) refuse(CKR_ATTRIBUTE_TYPE_INVALID);
        if (out.has(row->type)) refuse(CKR_TEMPLATE_INCONSISTENT);
        out.set(row->type, portable(row->kind, attributes[i], nested));
    }
    return out;
}

void check_named(const Attributes& given, std::uint64_t object_class, std::optional<std::uint64_t> key_type, Way way) {
    const auto bit = class_bit(object_class);
    const auto family = key_type ? family_bit(*key_type) : std::uint16_t{family_any};
    for (std::size_t i = 0; i < given.size(); ++i) {
        const auto& row = *attribute_row(given.type_at(i));
        if (!(row.classes & bit) || !(row.families & family)) refuse(CKR_TEMPLATE_INCONSISTENT);
        if (!(row.ways & way)) refuse(CKR_ATTRIBUTE_READ_ONLY);
    }
}

} // namespace hsm::pkcs11
