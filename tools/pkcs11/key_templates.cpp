// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/key_templates.hpp"

#include "console.hpp"
#include "encoding.hpp"

#include <hsm/encoding.hpp>
#include <hsm/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools::pkcs11 {

namespace {

struct UseRow {
    std::string_view word;
    CK_ATTRIBUTE_TYPE private_use, public_use;
};
constexpr auto use_rows = std::to_array<UseRow>({
    {"sign", CKA_SIGN, CKA_VERIFY},
    {"decrypt", CKA_DECRYPT, CKA_ENCRYPT},
    {"unwrap", CKA_UNWRAP, CKA_WRAP},
    {"derive", CKA_DERIVE, CKA_DERIVE},
    {"decapsulate", CKA_DECAPSULATE, CKA_ENCAPSULATE},
});

struct TypeRow {
    KeyType type;
    CK_KEY_TYPE number;
};
constexpr auto type_rows = std::to_array<TypeRow>({
    {KeyType::rsa, CKK_RSA},
    {KeyType::dsa, CKK_DSA},
    {KeyType::dh, CKK_DH},
    {KeyType::ec, CKK_EC},
    {KeyType::ed25519, CKK_EC_EDWARDS},
    {KeyType::ed448, CKK_EC_EDWARDS},
    {KeyType::x25519, CKK_EC_MONTGOMERY},
    {KeyType::x448, CKK_EC_MONTGOMERY},
    {KeyType::ml_dsa, CKK_ML_DSA},
    {KeyType::ml_kem, CKK_ML_KEM},
    {KeyType::slh_dsa, CKK_SLH_DSA},
});

struct SetRow {
    ParamSet params;
    CK_ULONG number;
};
constexpr auto set_rows = std::to_array<SetRow>({
    {ParamSet::ml_dsa_44, CKP_ML_DSA_44},
    {ParamSet::ml_dsa_65, CKP_ML_DSA_65},
    {ParamSet::ml_dsa_87, CKP_ML_DSA_87},
    {ParamSet::ml_kem_512, CKP_ML_KEM_512},
    {ParamSet::ml_kem_768, CKP_ML_KEM_768},
    {ParamSet::ml_kem_1024, CKP_ML_KEM_1024},
    {ParamSet::slh_dsa_sha2_128s, CKP_SLH_DSA_SHA2_128S},
    {ParamSet::slh_dsa_shake_128s, CKP_SLH_DSA_SHAKE_128S},
    {ParamSet::slh_dsa_sha2_128f, CKP_SLH_DSA_SHA2_128F},
    {ParamSet::slh_dsa_shake_128f, CKP_SLH_DSA_SHAKE_128F},
    {ParamSet::slh_dsa_sha2_192s, CKP_SLH_DSA_SHA2_192S},
    {ParamSet::slh_dsa_shake_192s, CKP_SLH_DSA_SHAKE_192S},
    {ParamSet::slh_dsa_sha2_192f, CKP_SLH_DSA_SHA2_192F},
    {ParamSet::slh_dsa_shake_192f, CKP_SLH_DSA_SHAKE_192F},
    {ParamSet::slh_dsa_sha2_256s, CKP_SLH_DSA_SHA2_256S},
    {ParamSet::slh_dsa_shake_256s, CKP_SLH_DSA_SHAKE_256S},
    {ParamSet::slh_dsa_sha2_256f, CKP_SLH_DSA_SHA2_256F},
    {ParamSet::slh_dsa_shake_256f, CKP_SLH_DSA_SHAKE_256F},
});

/// The part that all have.
Template begin(CK_OBJECT_CLASS object_class, const ObjectNames& names, bool is_private) {
    Template out;
    out.number(CKA_CLASS, object_class).flag(CKA_TOKEN, true).flag(CKA_PRIVATE, is_private);
    out.bytes(CKA_LABEL, view(names.label)).bytes(CKA_ID, names.id);
    return out;
}

void add_type(Template& out, const KeySpec& spec) {
    const auto row = std::ranges::find(type_rows, spec.type, &TypeRow::type);
    if (row == type_rows.end()) throw Error(Status::not_supported, "PKCS #11 has no keys of this type");
    out.number(CKA_KEY_TYPE, row->number);
    if (row->number == CKK_EC || row->number == CKK_EC_EDWARDS || row->number == CKK_EC_MONTGOMERY)
        out.bytes(CKA_EC_PARAMS, ec_parameters(spec));
    const auto set = std::ranges::find(set_rows, spec.params, &SetRow::params);
    if (set != set_rows.end()) out.number(CKA_PARAMETER_SET, set->number);
}

void add_group(Template& out, const PublicComponents& key) {
    if (key.spec.type == KeyType::rsa) out.bytes(CKA_MODULUS, key.n).bytes(CKA_PUBLIC_EXPONENT, key.e);
    if (key.spec.type != KeyType::dsa && key.spec.type != KeyType::dh) return;
    out.bytes(CKA_PRIME, key.p).bytes(CKA_BASE, key.g);
    if (key.spec.type == KeyType::dsa) out.bytes(CKA_SUBPRIME, key.q);
}

void add_secret(Template& out, CK_ATTRIBUTE_TYPE type, const Secret& value) {
    if (!value.empty()) out.bytes(type, value.view());
}

void add_uses(Template& out, const KeyUse& use, CK_ATTRIBUTE_TYPE UseRow::*which) {
    for (const auto& row : use_rows)
        if (std::ranges::find(use.actions, row.word) != use.actions.end()) out.flag(row.*which, true);
}

} // namespace

void check_use(const KeyUse& use) {
    for (const auto& word : use.actions) {
        if (std::ranges::find(use_rows, word, &UseRow::word) == use_rows.end())
            throw Error(Status::invalid_argument,
                        fmt::format("--allow: \"{}\" is none of {}; choose some of them", escaped(word), use_words));
    }
}

Template private_key_template(ByteView pkcs8, const ObjectNames& names, const KeyUse& use) {
    const auto key = components_of_pkcs8(pkcs8);
    auto out = begin(CKO_PRIVATE_KEY, names, use.behind_login);
    add_type(out, key.pub.spec);
    out.flag(CKA_SENSITIVE, true).flag(CKA_EXTRACTABLE, use.extractable);
    add_uses(out, use, &UseRow::private_use);
    add_group(out, key.pub);
    add_secret(out, CKA_PRIVATE_EXPONENT, key.d);
    add_secret(out, CKA_PRIME_1, key.p);
    add_secret(out, CKA_PRIME_2, key.q);
    add_secret(out, CKA_EXPONENT_1, key.dp);
    add_secret(out, CKA_EXPONENT_2, key.dq);
    add_secret(out, CKA_COEFFICIENT, key.qinv);
    add_secret(out, CKA_SEED, key.seed);
    add_secret(out, CKA_VALUE, key.x.empty() ? key.expanded : key.x);
    return out;
}

Template public_key_template(ByteView public_info, const ObjectNames& names, const KeyUse& use) {
    const auto key = components_of_spki(public_info);
    auto out = begin(CKO_PUBLIC_KEY, names, false);
    add_type(out, key.spec);
    add_uses(out, use, &UseRow::public_use);
    add_group(out, key);
    switch (key.spec.type) {
    case KeyType::rsa: break;
    case KeyType::ec:
    case KeyType::ed25519:
    case KeyType::ed448:
    case KeyType::x25519:
    case KeyType::x448: out.bytes(CKA_EC_POINT, octet_string(key.y)); break;
    default: out.bytes(CKA_VALUE, key.y);
    }
    return out;
}

Template certificate_template(ByteView certificate, const ObjectNames& names) {
    const auto parts = certificate_parts(certificate);
    auto out = begin(CKO_CERTIFICATE, names, false);
    out.number(CKA_CERTIFICATE_TYPE, CKC_X_509).bytes(CKA_VALUE, certificate);
    out.bytes(CKA_SUBJECT, parts.subject).bytes(CKA_ISSUER, parts.issuer).bytes(CKA_SERIAL_NUMBER, parts.serial);
    return out;
}

} // namespace hsm::tools::pkcs11
