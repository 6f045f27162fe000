// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "key_attributes.hpp"

#include "fault.hpp"
#include "key_types.hpp"
#include "mechanisms.hpp"
#include "token.hpp"

#include <hsm/encoding.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace hsm::pkcs11 {

namespace {

struct UsageRow {
    CK_ATTRIBUTE_TYPE type;
    Action action;
};
constexpr std::array usage_rows{
    UsageRow{CKA_SIGN, Action::sign},       UsageRow{CKA_SIGN_RECOVER, Action::sign},
    UsageRow{CKA_VERIFY, Action::verify},   UsageRow{CKA_VERIFY_RECOVER, Action::encrypt}, // the raw public operation
    UsageRow{CKA_ENCRYPT, Action::encrypt}, UsageRow{CKA_DECRYPT, Action::decrypt},
    UsageRow{CKA_WRAP, Action::wrap},       UsageRow{CKA_UNWRAP, Action::unwrap},
    UsageRow{CKA_DERIVE, Action::derive},   UsageRow{CKA_ENCAPSULATE, Action::encapsulate},
    UsageRow{CKA_DECAPSULATE, Action::decapsulate},
};

/// The core's mechanisms that CKA_ALLOWED_MECHANISMS names. What it says of hashes is checked by the front end.
std::vector<MechanismId> allowed_mechanisms(ByteView list) {
    std::vector<MechanismId> out;
    for (std::size_t i = 0; i + 8 <= list.size(); i += 8) {
        const auto* row = mechanism_row_of(static_cast<CK_MECHANISM_TYPE>(number_of(list.subspan(i, 8))));
        const auto add = [&](MechanismId id) {
            if (std::ranges::find(out, id) == out.end()) out.push_back(id);
        };
        const auto id = row ? row->id : MechanismId::none;
        add(id);
        if (id == MechanismId::hkdf) {
            add(MechanismId::hkdf_extract);
            add(MechanismId::hkdf_expand);
        }
        if (id == MechanismId::rsa_pkcs1) add(MechanismId::rsa_raw); // C_VerifyRecover takes the padding off itself
    }
    return out;
}

ByteView required(const Attributes& attributes, CK_ATTRIBUTE_TYPE type) {
    const auto value = attributes.find(type);
    if (!value) refuse(CKR_TEMPLATE_INCOMPLETE);
    return *value;
}

Bytes copy(ByteView bytes) { return to_bytes(bytes); }

std::uint64_t exponent_of(ByteView bytes) {
    while (!bytes.empty() && bytes.front() == 0) bytes = bytes.subspan(1);
    if (bytes.empty() || bytes.size() > 8) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

KeySpec ec_spec(ByteView parameters) {
    try {
        return spec_of_ec_parameters(parameters);
    } catch (const Error& error) {
        refuse(error.status() == Status::not_supported ? CKR_CURVE_NOT_SUPPORTED : CKR_DOMAIN_PARAMS_INVALID);
    }
}

/// The curve must be of the kind that the key type names.
KeySpec ec_spec(const Attributes& attributes, CK_KEY_TYPE number) {
    auto spec = ec_spec(required(attributes, CKA_EC_PARAMS));
    if (key_type_number(spec) != number) refuse(CKR_TEMPLATE_INCONSISTENT);
    return spec;
}

KeySpec set_spec(const Attributes& attributes, KeyType type) {
    if (!attributes.has(CKA_PARAMETER_SET)) refuse(CKR_TEMPLATE_INCOMPLETE);
    KeySpec spec{type, 0, param_set_of(type, attributes.number(CKA_PARAMETER_SET)), 0};
    if (spec.params == ParamSet::none) refuse(CKR_PARAMETER_SET_NOT_SUPPORTED);
    return spec;
}

/// A point as programs give it: with its OCTET STRING or without.
Bytes point_of(ByteView value) {
    try {
        return copy(octet_string_content(value));
    } catch (const Error&) {
        return copy(value);
    }
}

PublicComponents public_components(const Attributes& attributes, const KeyTypeMap& map) {
    PublicComponents out;
    out.spec.type = map.type;
    switch (map.family) {
    case family_rsa:
        out.n = copy(required(attributes, CKA_MODULUS));
        out.e = copy(required(attributes, CKA_PUBLIC_EXPONENT));
        break;
    case family_ec:
        out.spec = ec_spec(attributes, map.number);
        out.y = point_of(required(attributes, CKA_EC_POINT));
        break;
    case family_dsa:
        out.q = copy(required(attributes, CKA_SUBPRIME));
        [[fallthrough]];
    case family_dh:
        out.p = copy(required(attributes, CKA_PRIME));
        out.g = copy(required(attributes, CKA_BASE));
        out.y = copy(required(attributes, CKA_VALUE));
        break;
    default:
        out.spec = set_spec(attributes, map.type);
        out.y = copy(required(attributes, CKA_VALUE));
    }
    return out;
}

Secret secret_value(const Attributes& attributes, CK_ATTRIBUTE_TYPE type) { return Secret(attributes.bytes(type)); }

PrivateComponents private_components(const Attributes& attributes, const KeyTypeMap& map) {
    PrivateComponents out;
    out.pub.spec.type = map.type;
    switch (map.family) {
    case family_rsa:
        out.pub.n = copy(required(attributes, CKA_MODULUS));
        out.pub.e = copy(attributes.bytes(CKA_PUBLIC_EXPONENT));
        (void)required(attributes, CKA_PRIVATE_EXPONENT);
        out.d = secret_value(attributes, CKA_PRIVATE_EXPONENT);
        out.p = secret_value(attributes, CKA_PRIME_1);
        out.q = secret_value(attributes, CKA_PRIME_2);
        out.dp = secret_value(attributes, CKA_EXPONENT_1);
        out.dq = secret_value(attributes, CKA_EXPONENT_2);
        out.qinv = secret_value(attributes, CKA_COEFFICIENT);
        break;
    case family_ec:
        out.pub.spec = ec_spec(attributes, map.number);
        (void)required(attributes, CKA_VALUE);
        out.x = secret_value(attributes, CKA_VALUE);
        if (attributes.has(CKA_EC_POINT)) out.pub.y = point_of(attributes.bytes(CKA_EC_POINT));
        break;
    case family_dsa:
        out.pub.q = copy(required(attributes, CKA_SUBPRIME));
        [[fallthrough]];
    case family_dh:
        out.pub.p = copy(required(attributes, CKA_PRIME));
        out.pub.g = copy(required(attributes, CKA_BASE));
        (void)required(attributes, CKA_VALUE);
        out.x = secret_value(attributes, CKA_VALUE);
        break;
    default:
        out.pub.spec = set_spec(attributes, map.type);
        out.seed = secret_value(attributes, CKA_SEED);
        out.expanded = secret_value(attributes, CKA_VALUE);
        if (out.seed.empty() && out.expanded.empty()) refuse(CKR_TEMPLATE_INCOMPLETE);
    }
    return out;
}

} // namespace

Usage usage_of(const Attributes& attributes, const Token& token) {
    Usage usage;
    usage.actions = bit(Action::get_acl) | bit(Action::reduce_acl); // never empty: that would mean "what suits the type"
    for (const auto& row : usage_rows)
        if (attributes.flag(row.type)) usage.actions |= bit(row.action);
    const bool extractable = attributes.flag(CKA_EXTRACTABLE), sensitive = attributes.flag(CKA_SENSITIVE, true);
    if (extractable) usage.actions |= bit(Action::export_wrapped);
    if (extractable && !sensitive) usage.actions |= bit(Action::export_plain);
    usage.trusted_kek_only = attributes.flag(CKA_WRAP_WITH_TRUSTED);
    usage.mechanisms = allowed_mechanisms(attributes.bytes(CKA_ALLOWED_MECHANISMS));
    if (attributes.flag(CKA_ALWAYS_AUTHENTICATE)) usage.limits.push_back({UseLimit::Kind::authorisation, 1, {}, {}});
    if (attributes.flag(CKA_TOKEN) || attributes.flag(CKA_COPYABLE, true)) {
        usage.homes = token.objects().homes();
        // What is private lies under the token and nowhere else.
        if (attributes.flag(CKA_PRIVATE) && usage.homes.size() > 1)
            std::erase_if(usage.homes, [](const KeyHome& home) { return home.kind == ProtectorKind::module; });
    }
    usage.adjustable = attributes.flag(CKA_MODIFIABLE, true);
    return usage;
}

KeySpec spec_to_generate(const Attributes& attributes, KeyType type) {
    KeySpec spec;
    spec.type = type;
    switch (type) {
    case KeyType::rsa:
        if (!attributes.has(CKA_MODULUS_BITS)) refuse(CKR_TEMPLATE_INCOMPLETE);
        spec.bits = static_cast<std::uint32_t>(std::min<std::uint64_t>(attributes.number(CKA_MODULUS_BITS), 0xffffffff));
        if (attributes.has(CKA_PUBLIC_EXPONENT)) spec.public_exponent = exponent_of(attributes.bytes(CKA_PUBLIC_EXPONENT));
        return spec;
    case KeyType::ec: return ec_spec(attributes, CKK_EC);
    case KeyType::ed25519: return ec_spec(attributes, CKK_EC_EDWARDS);
    case KeyType::x25519: return ec_spec(attributes, CKK_EC_MONTGOMERY);
    case KeyType::ml_dsa:
    case KeyType::ml_kem:
    case KeyType::slh_dsa: return set_spec(attributes, type);
    case KeyType::dsa:
    case KeyType::dh:
        spec.bits = bits_of(required(attributes, CKA_PRIME));
        (void)required(attributes, CKA_BASE);
        if (type == KeyType::dsa) (void)required(attributes, CKA_SUBPRIME);
        return spec;
    default: break;
    }
    const auto* map = key_type_map(attributes.number(CKA_KEY_TYPE));
    auto bytes = std::uint64_t{map ? map->fixed_bytes : 0u};
    if (attributes.has(CKA_VALUE_LEN)) {
        const auto asked = attributes.number(CKA_VALUE_LEN);
        if ((bytes && asked != bytes) || asked == 0 || asked > 4096) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
        bytes = asked;
    }
    if (bytes == 0) refuse(CKR_TEMPLATE_INCOMPLETE);
    if (type == KeyType::aes && bytes != 16 && bytes != 24 && bytes != 32) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    if (type == KeyType::aes_xts && bytes != 32 && bytes != 64) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    spec.bits = static_cast<std::uint32_t>(bytes * 8);
    return spec;
}

void describe_public(Attributes& attributes, ByteView public_info, bool raw_edwards_points) {
    const bool is_public = attributes.number(CKA_CLASS) == CKO_PUBLIC_KEY;
    const auto parts = components_of_spki(public_info);
    attributes.set(CKA_PUBLIC_KEY_INFO, public_info);
    switch (parts.spec.type) {
    case KeyType::rsa:
        attributes.set(CKA_MODULUS, parts.n);
        attributes.set(CKA_PUBLIC_EXPONENT, parts.e);
        if (is_public) attributes.set_number(CKA_MODULUS_BITS, bits_of(parts.n));
        return;
    case KeyType::dsa:
    case KeyType::dh:
        attributes.set(CKA_PRIME, parts.p);
        attributes.set(CKA_BASE, parts.g);
        if (parts.spec.type == KeyType::dsa) attributes.set(CKA_SUBPRIME, parts.q);
        if (is_public) attributes.set(CKA_VALUE, parts.y);
        return;
    case KeyType::ml_dsa:
    case KeyType::ml_kem:
    case KeyType::slh_dsa:
        attributes.set_number(CKA_PARAMETER_SET, param_set_number(parts.spec.params));
        if (is_public) attributes.set(CKA_VALUE, parts.y);
        return;
    default: break;
    }
    attributes.fill(CKA_EC_PARAMS, ec_parameters(parts.spec));
    const bool raw = raw_edwards_points && parts.spec.type != KeyType::ec;
    attributes.set(CKA_EC_POINT, raw ? parts.y : octet_string(parts.y));
}

std::uint32_t bits_of(ByteView number) {
    while (!number.empty() && number.front() == 0) number = number.subspan(1);
    return number.empty() ? 0 : static_cast<std::uint32_t>(number.size() * 8 - static_cast<std::size_t>(std::countl_zero(number.front())));
}

bool same_value(CK_ATTRIBUTE_TYPE type, ByteView one, ByteView other) {
    if (std::ranges::equal(one, other)) return true;
    if (type != CKA_EC_PARAMS) return false;
    try {
        return spec_of_ec_parameters(one) == spec_of_ec_parameters(other);
    } catch (const Error&) {
        return false; // what is no curve of ours equals itself only
    }
}

Material material_of(const Attributes& attributes) {
    const auto* map = key_type_map(attributes.number(CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION));
    if (!map) refuse(attributes.has(CKA_KEY_TYPE) ? CKR_ATTRIBUTE_VALUE_INVALID : CKR_TEMPLATE_INCOMPLETE);
    Material out;
    out.spec.type = map->type;
    try {
        switch (attributes.number(CKA_CLASS)) {
        case CKO_PUBLIC_KEY:
            out.half = KeyHalf::public_key;
            out.bytes = Secret(ByteView(spki_from(public_components(attributes, *map))));
            break;
        case CKO_PRIVATE_KEY:
            out.half = KeyHalf::private_key;
            out.bytes = pkcs8_from(private_components(attributes, *map));
            break;
        default:
            (void)required(attributes, CKA_VALUE);
            out.bytes = secret_value(attributes, CKA_VALUE);
            if (out.bytes.empty() || (map->fixed_bytes && map->fixed_bytes != out.bytes.size())) refuse(CKR_ATTRIBUTE_VALUE_INVALID);
            out.spec.bits = static_cast<std::uint32_t>(out.bytes.size() * 8);
            return out;
        }
    } catch (const Error& error) {
        refuse(error.status() == Status::not_supported ? CKR_FUNCTION_NOT_SUPPORTED : CKR_ATTRIBUTE_VALUE_INVALID);
    }
    out.spec = {}; // the encoding says it
    return out;
}

void forget_material(Attributes& attributes) {
    if (attributes.number(CKA_CLASS) == CKO_PUBLIC_KEY) return;
    std::vector<CK_ATTRIBUTE_TYPE> hidden;
    for (std::size_t i = 0; i < attributes.size(); ++i)
        if (attribute_row(attributes.type_at(i))->traits & trait_material) hidden.push_back(attributes.type_at(i));
    for (const auto type : hidden) attributes.erase(type);
}

std::optional<Secret> material_value(CK_ATTRIBUTE_TYPE type, const Attributes& attributes, const Key& key) {
    auto exported = key.export_plain();
    if (attributes.number(CKA_CLASS) == CKO_SECRET_KEY) return type == CKA_VALUE ? std::optional(std::move(exported)) : std::nullopt;
    auto parts = components_of_pkcs8(exported.view());
    switch (type) {
    case CKA_PRIVATE_EXPONENT: return std::move(parts.d);
    case CKA_PRIME_1: return std::move(parts.p);
    case CKA_PRIME_2: return std::move(parts.q);
    case CKA_EXPONENT_1: return std::move(parts.dp);
    case CKA_EXPONENT_2: return std::move(parts.dq);
    case CKA_COEFFICIENT: return std::move(parts.qinv);
    case CKA_SEED: return std::move(parts.seed);
    case CKA_VALUE: return parts.x.empty() ? std::move(parts.expanded) : std::move(parts.x);
    default: return std::nullopt;
    }
}

} // namespace hsm::pkcs11
