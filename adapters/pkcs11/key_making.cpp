// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "key_making.hpp"

#include "fault.hpp"
#include "key_attributes.hpp"
#include "key_types.hpp"

#include <hsm/encoding.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace hsm::pkcs11 {

namespace {

/// What a generating mechanism makes.
struct GeneratorRow {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE type;
};
constexpr std::array generators{
    GeneratorRow{CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA},
    GeneratorRow{CKM_EC_KEY_PAIR_GEN, CKK_EC},
    GeneratorRow{CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS},
    GeneratorRow{CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY},
    GeneratorRow{CKM_DSA_KEY_PAIR_GEN, CKK_DSA},
    GeneratorRow{CKM_DH_PKCS_KEY_PAIR_GEN, CKK_DH},
    GeneratorRow{CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA},
    GeneratorRow{CKM_ML_KEM_KEY_PAIR_GEN, CKK_ML_KEM},
    GeneratorRow{CKM_SLH_DSA_KEY_PAIR_GEN, CKK_SLH_DSA},
    GeneratorRow{CKM_AES_KEY_GEN, CKK_AES},
    GeneratorRow{CKM_AES_XTS_KEY_GEN, CKK_AES_XTS},
    GeneratorRow{CKM_DES_KEY_GEN, CKK_DES},
    GeneratorRow{CKM_DES2_KEY_GEN, CKK_DES2},
    GeneratorRow{CKM_DES3_KEY_GEN, CKK_DES3},
    GeneratorRow{CKM_RC4_KEY_GEN, CKK_RC4},
    GeneratorRow{CKM_CHACHA20_KEY_GEN, CKK_CHACHA20},
    GeneratorRow{CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET},
    GeneratorRow{CKM_HKDF_KEY_GEN, CKK_HKDF},
    GeneratorRow{CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC},
    GeneratorRow{CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC},
    GeneratorRow{CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC},
    GeneratorRow{CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC},
    GeneratorRow{CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC},
    GeneratorRow{CKM_SHA512_224_KEY_GEN, CKK_SHA512_224_HMAC},
    GeneratorRow{CKM_SHA512_256_KEY_GEN, CKK_SHA512_256_HMAC},
    GeneratorRow{CKM_SHA3_224_KEY_GEN, CKK_SHA3_224_HMAC},
    GeneratorRow{CKM_SHA3_256_KEY_GEN, CKK_SHA3_256_HMAC},
    GeneratorRow{CKM_SHA3_384_KEY_GEN, CKK_SHA3_384_HMAC},
    GeneratorRow{CKM_SHA3_512_KEY_GEN, CKK_SHA3_512_HMAC},
};

const KeyTypeMap& generated_type(const Token& token, const CK_MECHANISM& mechanism, CK_FLAGS purpose) {
    (void)token.mechanism(mechanism.mechanism, purpose);
    const auto bound = bind_mechanism(mechanism, purpose);
    const auto row = std::ranges::find(generators, bound.row->type, &GeneratorRow::mechanism);
    if (row == generators.end()) refuse(CKR_MECHANISM_INVALID);
    return *key_type_map(row->type);
}

/// What is to be stored comes with a certificate of its birth.
Key generate(Token& token, const KeySpec& spec, const Usage& usage, const Attributes& attributes, ByteView domain = {}) {
    if (attributes.flag(CKA_TOKEN)) return token.objects().generate(spec, usage, token.seals(attributes), domain);
    return World(token.world()).generate_session(spec, usage, token.module(), domain);
}

/// DSA and DH keys are made in the group that the template names; other keys in none.
Bytes domain_of(const KeySpec& spec, const Attributes& attributes) {
    if (spec.type != KeyType::dsa && spec.type != KeyType::dh) return {};
    PublicComponents group;
    group.spec = spec;
    group.p = to_bytes(attributes.bytes(CKA_PRIME));
    group.g = to_bytes(attributes.bytes(CKA_BASE));
    group.q = to_bytes(attributes.bytes(CKA_SUBPRIME));
    return domain_parameters(group);
}

/// The curve that a pair is on decides between the two types that share a number.
void check_pair_templates(const Attributes& public_half, const Attributes& private_half) {
    for (const auto type : {CKA_PARAMETER_SET, CKA_EC_PARAMS, CKA_PUBLIC_EXPONENT, CKA_PRIME, CKA_SUBPRIME, CKA_BASE}) {
        if (!private_half.has(type)) continue;
        if (!same_value(type, public_half.bytes(type), private_half.bytes(type))) refuse(CKR_TEMPLATE_INCONSISTENT);
    }
}

} // namespace

ObjectPtr key_object(Token& token, CK_OBJECT_HANDLE handle, CK_RV otherwise) {
    ObjectPtr object;
    try {
        object = token.object(handle);
    } catch (const Fault&) {
        refuse(otherwise);
    }
    if (!object->is_key()) refuse(otherwise);
    return object;
}

PreparedKey prepare_secret_key(Session& session, SecretKeyRequest request) {
    PreparedKey out;
    if (!request.inner_template.empty()) apply_template(request.given, request.inner_template);
    out.attributes = complete(std::move(request.given), CKO_SECRET_KEY, request.type, request.origin, session.maker());
    const auto* map = key_type_map(out.attributes.number(CKA_KEY_TYPE));
    if (request.natural_size && !map->fixed_bytes) out.attributes.fill_number(CKA_VALUE_LEN, request.natural_size);
    out.spec = spec_to_generate(out.attributes, map->type);
    out.usage = usage_of(out.attributes, session.token());
    return out;
}

CK_OBJECT_HANDLE finish_secret_key(Session& session, PreparedKey prepared, Key key) {
    describe_key(prepared.attributes, key, session.token().settings());
    return session.token().add(std::move(prepared.attributes), std::move(key), session.caller());
}

CK_OBJECT_HANDLE generate_key(Session& session, const CK_MECHANISM& mechanism, Attributes given) {
    if (makes_domain_parameters(mechanism.mechanism)) return generate_domain(session, mechanism, std::move(given));
    if (mechanism.mechanism == CKM_PKCS5_PBKD2) return derive_from_password(session, mechanism, std::move(given));
    const auto& map = generated_type(session.token(), mechanism, CKF_GENERATE);
    SecretKeyRequest request{std::move(given), {way_generate, mechanism.mechanism, nullptr}, map.number, 0, {}};
    auto prepared = prepare_secret_key(session, std::move(request));
    auto key = generate(session.token(), prepared.spec, prepared.usage, prepared.attributes);
    return finish_secret_key(session, std::move(prepared), std::move(key));
}

std::pair<CK_OBJECT_HANDLE, CK_OBJECT_HANDLE> generate_pair(Session& session, const CK_MECHANISM& mechanism, Attributes public_half,
                                                            Attributes private_half) {
    auto& token = session.token();
    const auto& map = generated_type(token, mechanism, CKF_GENERATE_KEY_PAIR);
    check_pair_templates(public_half, private_half);
    const Origin origin{way_generate, mechanism.mechanism};
    public_half = complete(std::move(public_half), CKO_PUBLIC_KEY, map.number, origin, session.maker());
    private_half = complete(std::move(private_half), CKO_PRIVATE_KEY, map.number, origin, session.maker());
    const auto spec = spec_to_generate(public_half, map.type);
    auto key = generate(token, spec, usage_of(private_half, token), private_half, domain_of(spec, public_half));
    describe_key(public_half, key, token.settings());
    describe_key(private_half, key, token.settings());
    return token.add_pair(std::move(public_half), std::move(private_half), std::move(key), session.caller());
}

} // namespace hsm::pkcs11
