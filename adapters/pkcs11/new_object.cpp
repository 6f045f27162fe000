// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "new_object.hpp"

#include "fault.hpp"
#include "key_attributes.hpp"
#include "key_types.hpp"

#include <algorithm>
#include <array>

namespace hsm::pkcs11 {

namespace {

/// What a key can do if its template names no use at all.
struct DefaultUse {
    CK_ATTRIBUTE_TYPE type;
    std::uint16_t classes;
    std::uint32_t key_types; ///< bits of KeyType
};

constexpr std::uint32_t types(auto... type) { return (bit(type) | ...); }
constexpr auto signing = types(KeyType::rsa, KeyType::dsa, KeyType::ec, KeyType::ed25519, KeyType::ml_dsa, KeyType::slh_dsa);
constexpr auto rsa = types(KeyType::rsa);
constexpr auto agreeing = types(KeyType::x25519, KeyType::dh); // these can do nothing else: elsewhere the standard says false
constexpr auto kem = types(KeyType::ml_kem);
constexpr auto block_ciphers = types(KeyType::aes, KeyType::des3, KeyType::des);
constexpr auto ciphers = block_ciphers | types(KeyType::rc4, KeyType::chacha20, KeyType::aes_xts);
constexpr auto codes = block_ciphers | types(KeyType::generic);

constexpr std::array default_uses{
    DefaultUse{CKA_SIGN, class_private, signing},      DefaultUse{CKA_VERIFY, class_public, signing},
    DefaultUse{CKA_SIGN, class_secret, codes},         DefaultUse{CKA_VERIFY, class_secret, codes},
    DefaultUse{CKA_SIGN_RECOVER, class_private, rsa},  DefaultUse{CKA_VERIFY_RECOVER, class_public, rsa},
    DefaultUse{CKA_DECRYPT, class_private, rsa},       DefaultUse{CKA_ENCRYPT, class_public, rsa},
    DefaultUse{CKA_DECRYPT, class_secret, ciphers},    DefaultUse{CKA_ENCRYPT, class_secret, ciphers},
    DefaultUse{CKA_UNWRAP, class_private, rsa},        DefaultUse{CKA_WRAP, class_public, rsa},
    DefaultUse{CKA_UNWRAP, class_secret, block_ciphers}, DefaultUse{CKA_WRAP, class_secret, block_ciphers},
    DefaultUse{CKA_DERIVE, class_private, agreeing},   DefaultUse{CKA_DERIVE, class_public, agreeing},
    DefaultUse{CKA_DECAPSULATE, class_private, kem},   DefaultUse{CKA_ENCAPSULATE, class_public, kem},
};

constexpr std::array<CK_ATTRIBUTE_TYPE, 11> uses{CKA_SIGN, CKA_VERIFY, CKA_SIGN_RECOVER, CKA_VERIFY_RECOVER, CKA_ENCRYPT, CKA_DECRYPT,
                                                 CKA_WRAP, CKA_UNWRAP, CKA_DERIVE, CKA_ENCAPSULATE, CKA_DECAPSULATE};

void default_usage(Attributes& attributes, std::uint16_t bit_of_class, KeyType type) {
    const bool named = std::ranges::any_of(uses, [&](auto use) { return attributes.has(use); });
    if (!named)
        for (const auto& row : default_uses)
            if ((row.classes & bit_of_class) && (row.key_types & bit(type))) attributes.set_flag(row.type, true);
    for (const auto use : uses)
        if (attribute_row(use)->classes & bit_of_class) attributes.fill_flag(use, false);
}

void default_empty(Attributes& attributes, std::initializer_list<CK_ATTRIBUTE_TYPE> list) {
    for (const auto type : list) attributes.fill(type, {});
}

/// What the caller says must be so; an empty value means that there is to be none (PKCS #11 3.2, 4.11).
void put_check_value(Attributes& attributes, ByteView computed) {
    attributes.fill(CKA_CHECK_VALUE, computed);
    const auto said = attributes.bytes(CKA_CHECK_VALUE);
    if (!said.empty() && !std::ranges::equal(said, computed)) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
}

void complete_key(Attributes& attributes, std::uint16_t bit_of_class, const KeyTypeMap& map, const Origin& origin) {
    default_empty(attributes, {CKA_ID, CKA_START_DATE, CKA_END_DATE, CKA_ALLOWED_MECHANISMS});
    if (bit_of_class & (class_public | class_private)) default_empty(attributes, {CKA_SUBJECT});
    default_usage(attributes, bit_of_class, map.type);
    attributes.set_flag(CKA_LOCAL, origin.way == way_generate);
    attributes.set_number(CKA_KEY_GEN_MECHANISM, origin.way == way_generate ? origin.mechanism : ~std::uint64_t{0});
    if (bit_of_class & (class_public | class_secret)) {
        attributes.fill_flag(CKA_TRUSTED, false);
        default_empty(attributes, {CKA_WRAP_TEMPLATE});
    }
    if (bit_of_class & (class_private | class_secret)) {
        attributes.fill_flag(CKA_SENSITIVE, bit_of_class == class_private);
        attributes.fill_flag(CKA_EXTRACTABLE, false);
        attributes.fill_flag(CKA_WRAP_WITH_TRUSTED, false);
        default_empty(attributes, {CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE});
        const bool sensitive = attributes.flag(CKA_SENSITIVE), extractable = attributes.flag(CKA_EXTRACTABLE);
        const bool made_here = origin.way == way_generate, derived = origin.base != nullptr;
        attributes.set_flag(CKA_ALWAYS_SENSITIVE, sensitive && (made_here || (derived && origin.base->flag(CKA_ALWAYS_SENSITIVE))));
        attributes.set_flag(CKA_NEVER_EXTRACTABLE,
                            !extractable && (made_here || (derived && origin.base->flag(CKA_NEVER_EXTRACTABLE))));
    }
    if (bit_of_class == class_private) {
        attributes.fill_flag(CKA_ALWAYS_AUTHENTICATE, false);
        if (attributes.flag(CKA_ALWAYS_AUTHENTICATE) && !attributes.flag(CKA_PRIVATE)) refuse(CKR_TEMPLATE_INCONSISTENT);
    }
}

void complete_certificate(Attributes& attributes, const Token& token) {
    if (!attributes.has(CKA_CERTIFICATE_TYPE)) refuse(CKR_TEMPLATE_INCOMPLETE);
    const auto type = attributes.number(CKA_CERTIFICATE_TYPE);
    if (type != CKC_X_509 && type != CKC_WTLS && type != CKC_X_509_ATTR_CERT) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    const bool by_url = type == CKC_X_509 && !attributes.bytes(CKA_URL).empty();
    if (!attributes.has(CKA_VALUE) && !by_url) refuse(CKR_TEMPLATE_INCOMPLETE);
    if (!attributes.has(type == CKC_X_509_ATTR_CERT ? CKA_OWNER : CKA_SUBJECT)) refuse(CKR_TEMPLATE_INCOMPLETE);
    attributes.fill_flag(CKA_TRUSTED, false);
    attributes.fill_number(CKA_CERTIFICATE_CATEGORY, 0);
    default_empty(attributes, {CKA_VALUE, CKA_START_DATE, CKA_END_DATE, CKA_PUBLIC_KEY_INFO});
    if (const auto value = attributes.bytes(CKA_VALUE); !value.empty()) {
        auto check = token.digest(Hash::sha1, value);
        check.resize(3);
        put_check_value(attributes, check);
    }
    if (type == CKC_X_509) {
        default_empty(attributes, {CKA_ID, CKA_ISSUER, CKA_SERIAL_NUMBER, CKA_URL, CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
                                   CKA_HASH_OF_ISSUER_PUBLIC_KEY});
        attributes.fill_number(CKA_JAVA_MIDP_SECURITY_DOMAIN, 0);
    }
}

void complete_domain(Attributes& attributes, const KeyTypeMap& map, const Origin& origin) {
    attributes.set_flag(CKA_LOCAL, origin.way == way_generate);
    if (origin.way == way_generate) return; // the rest is made
    if (map.family != family_dsa && map.family != family_dh) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    for (const auto type : {CKA_PRIME, CKA_BASE}) if (attributes.bytes(type).empty()) refuse(CKR_TEMPLATE_INCOMPLETE);
    attributes.set_number(CKA_PRIME_BITS, bits_of(attributes.bytes(CKA_PRIME)));
    if (map.family != family_dsa) return;
    if (attributes.bytes(CKA_SUBPRIME).empty()) refuse(CKR_TEMPLATE_INCOMPLETE);
    attributes.set_number(CKA_SUBPRIME_BITS, bits_of(attributes.bytes(CKA_SUBPRIME)));
}

/// Private by default is what holds secrets, when there is a user who could see it.
bool private_by_default(std::uint16_t bit_of_class, const Token& token) {
    return (bit_of_class & (class_data | class_private | class_secret)) && token.user() == CKU_USER;
}

} // namespace

void complete_foreign_key(Attributes& attributes, bool generated) {
    const auto* map = key_type_map(attributes.number(CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));
    const auto bit_of_class = class_bit(attributes.number(CKA_CLASS));
    attributes.set_flag(CKA_TOKEN, true);
    for (const auto type : {CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE}) attributes.set_flag(type, false);
    if (bit_of_class != class_public) attributes.set_flag(CKA_SENSITIVE, true);
    complete_key(attributes, bit_of_class, *map, {generated ? way_generate : way_create});
}

void check_may_write(bool token_object, bool private_object, const Maker& maker) {
    if (token_object && !maker.read_write) refuse(CKR_SESSION_READ_ONLY);
    if (token_object && maker.token.settings().write_protected) refuse(CKR_TOKEN_WRITE_PROTECTED);
    if (private_object && maker.token.user() != CKU_USER) refuse(CKR_USER_NOT_LOGGED_IN);
}

Attributes complete(Attributes given, std::optional<CK_OBJECT_CLASS> object_class, std::optional<CK_KEY_TYPE> key_type,
                    const Origin& origin, const Maker& maker) {
    if (object_class) {
        given.fill_number(CKA_CLASS, *object_class);
        if (given.number(CKA_CLASS) != *object_class) refuse(CKR_TEMPLATE_INCONSISTENT);
    }
    if (!given.has(CKA_CLASS)) refuse(CKR_TEMPLATE_INCOMPLETE);
    const auto bit_of_class = class_bit(given.number(CKA_CLASS));
    if (!bit_of_class || bit_of_class == class_profile) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    const bool keyed = bit_of_class & (class_key | class_domain);
    const KeyTypeMap* map = nullptr;
    if (keyed) {
        if (key_type) given.fill_number(CKA_KEY_TYPE, *key_type);
        if (key_type && origin.way == way_generate && given.number(CKA_KEY_TYPE) != *key_type) refuse(CKR_TEMPLATE_INCONSISTENT);
        if (!given.has(CKA_KEY_TYPE)) refuse(CKR_TEMPLATE_INCOMPLETE);
        map = key_type_map(given.number(CKA_KEY_TYPE));
        if (!map) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
        const bool secret = map->family == family_symmetric;
        if (secret != (bit_of_class == class_secret)) refuse(CKR_TEMPLATE_INCONSISTENT);
        if (secret && maker.token.settings().no_symmetric) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    }
    check_named(given, given.number(CKA_CLASS), map ? std::optional(map->number) : std::nullopt, origin.way);
    given.fill_flag(CKA_TOKEN, false);
    given.fill_flag(CKA_PRIVATE, private_by_default(bit_of_class, maker.token));
    check_may_write(given.flag(CKA_TOKEN), given.flag(CKA_PRIVATE), maker);
    if (given.flag(CKA_TRUSTED) && maker.token.user() != CKU_SO) refuse(CKR_ATTRIBUTE_READ_ONLY);
    for (const auto type : {CKA_MODIFIABLE, CKA_COPYABLE, CKA_DESTROYABLE}) given.fill_flag(type, true);
    default_empty(given, {CKA_LABEL});
    given.set(CKA_UNIQUE_ID, view(to_hex(maker.token.random(16))));
    if (bit_of_class & class_key) complete_key(given, bit_of_class, *map, origin);
    if (bit_of_class == class_certificate) complete_certificate(given, maker.token);
    if (bit_of_class == class_data) default_empty(given, {CKA_APPLICATION, CKA_OBJECT_ID, CKA_VALUE});
    if (bit_of_class == class_domain) complete_domain(given, *map, origin);
    return given;
}

void describe_key(Attributes& attributes, const Key& key, const Settings& settings) {
    if (key.half() != KeyHalf::secret) {
        describe_public(attributes, key.public_info(), settings.raw_edwards_points);
        return;
    }
    attributes.set_number(CKA_VALUE_LEN, key.spec().bits / 8);
    put_check_value(attributes, key.check_value());
}

void apply_template(Attributes& given, ByteView inner) {
    const auto demanded = Attributes::decode(inner);
    for (std::size_t i = 0; i < demanded.size(); ++i) {
        const auto type = demanded.type_at(i);
        given.fill(type, demanded.value_at(i));
        if (!same_value(type, given.bytes(type), demanded.value_at(i))) refuse(CKR_TEMPLATE_INCONSISTENT);
    }
}

Attributes changed(const Attributes& old, const Attributes& changes, bool copying, const Maker& maker) {
    auto out = old;
    const auto bit_of_class = class_bit(old.number(CKA_CLASS));
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto type = changes.type_at(i);
        const auto value = changes.value_at(i);
        const auto& row = *attribute_row(type);
        if (!(row.classes & bit_of_class)) refuse(CKR_ATTRIBUTE_TYPE_INVALID);
        const bool same = old.has(type) && std::ranges::equal(old.bytes(type), value);
        const bool allowed = (row.ways & way_set) || (copying && (row.ways & way_copy));
        if (!allowed) refuse(CKR_ATTRIBUTE_READ_ONLY);
        if (same) continue;
        if ((row.traits & trait_latch_true) && old.flag(type)) refuse(CKR_ATTRIBUTE_READ_ONLY);
        if ((row.traits & trait_latch_false) && !old.flag(type)) refuse(CKR_ATTRIBUTE_READ_ONLY);
        if ((row.traits & trait_officer) && maker.token.user() != CKU_SO) refuse(CKR_ATTRIBUTE_READ_ONLY);
        out.set(type, value);
    }
    return out;
}

bool usage_differs(const Attributes& before, const Attributes& after) {
    const auto differs = [&](CK_ATTRIBUTE_TYPE type) { return before.flag(type) != after.flag(type); };
    return std::ranges::any_of(uses, differs) || differs(CKA_SENSITIVE) || differs(CKA_EXTRACTABLE) || differs(CKA_WRAP_WITH_TRUSTED);
}

} // namespace hsm::pkcs11
