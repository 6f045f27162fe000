// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "fault.hpp"
#include "key_attributes.hpp"
#include "key_making.hpp"
#include "key_types.hpp"

#include <algorithm>
#include <cstring>

// Wrapping and unwrapping, encapsulation.

namespace hsm::pkcs11 {

namespace {

/// GCM and CCM for wrapping: the parameter may leave the nonce to us (PKCS #11 3.2, 6.13.4: CK_GCM_WRAP_PARAMS). \p token
/// makes it; null: a question for the length, or unwrapping.
BoundMechanism bind_wrap(const CK_MECHANISM& mechanism, CK_FLAGS purpose, std::optional<ByteView> aad, std::size_t data_length,
                         const Token* token) {
    const auto* row = mechanism_row_of(mechanism.mechanism);
    if (!row || !(row->flags & purpose)) refuse(CKR_MECHANISM_INVALID);
    BoundMechanism out;
    const auto nonce = [&](CK_BYTE_PTR at, CK_ULONG size, CK_ULONG fixed_bits, CK_GENERATOR_FUNCTION how) {
        if (!at || size < 7 || fixed_bits % 8 || fixed_bits / 8 > size) refuse(CKR_MECHANISM_PARAM_INVALID);
        if (purpose == CKF_WRAP && how != CKG_NO_GENERATE) {
            if (size - fixed_bits / 8 < 7) refuse(CKR_MECHANISM_PARAM_INVALID); // too few to be random
            const auto random = token ? token->random(size - fixed_bits / 8) : Bytes();
            std::copy(random.begin(), random.end(), at + fixed_bits / 8);
        }
        out.core.iv = {at, size};
    };
    if (row->id == MechanismId::gcm && mechanism.pParameter && mechanism.ulParameterLen == sizeof(CK_GCM_WRAP_PARAMS)) {
        CK_GCM_WRAP_PARAMS given;
        std::memcpy(&given, mechanism.pParameter, sizeof given);
        nonce(given.pIv, given.ulIvLen, given.ulIvFixedBits, given.ivGenerator);
        if (given.ulTagBits % 8 || given.ulTagBits < 32 || given.ulTagBits > 128) refuse(CKR_MECHANISM_PARAM_INVALID);
        out.core.length = static_cast<std::uint32_t>(given.ulTagBits / 8);
        if (given.pAAD) out.core.aad = {given.pAAD, given.ulAADLen};
    } else if (row->id == MechanismId::ccm && mechanism.pParameter && mechanism.ulParameterLen == sizeof(CK_CCM_WRAP_PARAMS)) {
        CK_CCM_WRAP_PARAMS given;
        std::memcpy(&given, mechanism.pParameter, sizeof given);
        nonce(given.pNonce, given.ulNonceLen, given.ulNonceFixedBits, given.nonceGenerator);
        if (given.ulMACLen < 4 || given.ulMACLen > 16) refuse(CKR_MECHANISM_PARAM_INVALID);
        out.core.length = static_cast<std::uint32_t>(given.ulMACLen);
        out.data_length = data_length;
        if (given.pAAD) out.core.aad = {given.pAAD, given.ulAADLen};
    } else {
        return [&] {
            auto bound = bind_mechanism(mechanism, purpose);
            if (aad) bound.core.aad = *aad;
            return bound;
        }();
    }
    out.row = row;
    out.core.id = row->id;
    if (aad) out.core.aad = *aad;
    return out;
}

bool authenticates(MechanismId id) {
    return id == MechanismId::gcm || id == MechanismId::ccm || id == MechanismId::chacha20_poly1305;
}

void check_authenticated(const MechanismMapRow& row, std::optional<ByteView> aad) {
    if (aad && !authenticates(row.id)) refuse(CKR_MECHANISM_INVALID);
}

/// The wrapping key's template must fit the key that is to be wrapped.
void check_wrap_template(const Object& kek, const Object& key) {
    const auto demanded = Attributes::decode(kek.attributes().bytes(CKA_WRAP_TEMPLATE));
    for (std::size_t i = 0; i < demanded.size(); ++i) {
        const auto have = key.attributes().find(demanded.type_at(i));
        if (!have || !same_value(demanded.type_at(i), *have, demanded.value_at(i))) refuse(CKR_KEY_NOT_WRAPPABLE);
    }
}

void check_wrappable(const Object& key, const Object& kek) {
    const auto& attributes = key.attributes();
    if (key.object_class() == CKO_PUBLIC_KEY) refuse(CKR_KEY_NOT_WRAPPABLE);
    if (!attributes.flag(CKA_EXTRACTABLE)) refuse(CKR_KEY_UNEXTRACTABLE);
    if (attributes.flag(CKA_WRAP_WITH_TRUSTED) && !kek.attributes().flag(CKA_TRUSTED)) refuse(CKR_KEY_NOT_WRAPPABLE);
    check_wrap_template(kek, key);
}

/// What the core refuses, in the words of wrapping.
template <class Body>
auto wrapping(bool unwrap, Body&& body) {
    try {
        return body();
    } catch (const Error& error) {
        switch (error.status()) {
        case Status::invalid_data: refuse(unwrap ? CKR_WRAPPED_KEY_INVALID : CKR_KEY_SIZE_RANGE);
        case Status::invalid_signature: refuse(CKR_WRAPPED_KEY_INVALID);
        case Status::not_extractable:
        case Status::access_denied: refuse(unwrap ? CKR_KEY_FUNCTION_NOT_PERMITTED : CKR_KEY_UNEXTRACTABLE);
        case Status::key_type_mismatch: refuse(unwrap ? CKR_WRAPPED_KEY_INVALID : CKR_KEY_NOT_WRAPPABLE);
        case Status::key_size_range: refuse(unwrap ? CKR_WRAPPED_KEY_LEN_RANGE : CKR_KEY_SIZE_RANGE);
        default: throw;
        }
    }
}

void check_kek(const Object& kek, const MechanismMapRow& row, CK_ATTRIBUTE_TYPE usage, bool unwrap) {
    try {
        check_key_for(kek, row, usage);
    } catch (const Fault& fault) {
        if (fault.code != CKR_KEY_TYPE_INCONSISTENT) throw;
        refuse(unwrap ? CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT : CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
    }
}

} // namespace

CK_RV wrap_key(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE kek_handle, CK_OBJECT_HANDLE key_handle,
               std::optional<ByteView> aad, const Output& out) {
    auto& token = session.token();
    const auto* row = &token.mechanism(mechanism.mechanism, CKF_WRAP);
    check_authenticated(*row, aad);
    const auto kek = key_object(token, kek_handle, CKR_WRAPPING_KEY_HANDLE_INVALID);
    const auto key = key_object(token, key_handle, CKR_KEY_HANDLE_INVALID);
    check_kek(*kek, *row, CKA_WRAP, false);
    check_wrappable(*key, *kek);
    const auto with = token.key_of(*kek), what = token.key_of(*key);
    // A question, or a buffer that is too short, uses neither key and makes no nonce.
    const auto size = wrapping(false, [&] { return with.wrapped_size(bind_wrap(mechanism, CKF_WRAP, aad, 0, nullptr).core, what); });
    if (out.asks() || *out.length < size) return announce(out, size);
    const auto bound = bind_wrap(mechanism, CKF_WRAP, aad, 0, &token);
    return deliver(out, wrapping(false, [&] { return with.wrap(bound.core, what); }));
}

CK_OBJECT_HANDLE unwrap_key(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE kek_handle, ByteView wrapped,
                            Attributes given, std::optional<ByteView> aad) {
    auto& token = session.token();
    if (token.settings().no_unwrap) refuse(CKR_FUNCTION_NOT_SUPPORTED);
    const auto* row = &token.mechanism(mechanism.mechanism, CKF_UNWRAP);
    check_authenticated(*row, aad);
    const auto kek = key_object(token, kek_handle, CKR_UNWRAPPING_KEY_HANDLE_INVALID);
    check_kek(*kek, *row, CKA_UNWRAP, true);
    const auto bound = bind_wrap(mechanism, CKF_UNWRAP, aad, wrapped.size(), nullptr);
    apply_template(given, kek->attributes().bytes(CKA_UNWRAP_TEMPLATE));
    session.single_use.admit(kek_handle, *kek, [&] { return token.key_of(*kek); });
    if (!given.has(CKA_CLASS) || !given.has(CKA_KEY_TYPE)) refuse(CKR_TEMPLATE_INCOMPLETE);
    auto attributes = [&] {
        given.fill_flag(CKA_EXTRACTABLE, true); // the standard's default, for unwrapped keys only
        return complete(std::move(given), std::nullopt, std::nullopt, {way_unwrap}, session.maker());
    }();
    const auto object_class = attributes.number(CKA_CLASS);
    if (object_class != CKO_SECRET_KEY && object_class != CKO_PRIVATE_KEY) refuse(CKR_TEMPLATE_INCONSISTENT);
    const auto* map = key_type_map(attributes.number(CKA_KEY_TYPE));
    KeySpec spec; // of a private key the encoding says what it is: two curves share a number
    auto half = KeyHalf::private_key;
    if (object_class == CKO_SECRET_KEY) {
        half = KeyHalf::secret;
        spec.type = map->type;
        spec.bits = static_cast<std::uint32_t>(attributes.number(CKA_VALUE_LEN, map->fixed_bytes) * 8);
    }
    auto key = wrapping(true, [&] { return token.key_of(*kek).unwrap(bound.core, wrapped, spec, half, usage_of(attributes, token)); });
    if (half == KeyHalf::private_key && key_type_number(key.spec()) != map->number) refuse(CKR_TEMPLATE_INCONSISTENT);
    if (half == KeyHalf::secret && spec.bits && key.spec().bits != spec.bits) refuse(CKR_WRAPPED_KEY_LEN_RANGE);
    describe_key(attributes, key, token.settings());
    return token.add(std::move(attributes), std::move(key), session.caller());
}

std::size_t ciphertext_size(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE handle) {
    const auto* row = &session.token().mechanism(mechanism.mechanism, CKF_ENCAPSULATE);
    const auto object = key_object(session.token(), handle, CKR_KEY_HANDLE_INVALID);
    check_key_for(*object, *row, CKA_ENCAPSULATE);
    switch (object->attributes().number(CKA_PARAMETER_SET)) { // FIPS 203, table 3
    case CKP_ML_KEM_512: return 768;
    case CKP_ML_KEM_768: return 1088;
    default: return 1568;
    }
}

namespace {

constexpr std::size_t shared_secret_size = 32; // FIPS 203, table 3

SecretKeyRequest shared_secret(Attributes given, const Object& object, CK_ATTRIBUTE_TYPE inner) {
    return {std::move(given), {way_unwrap}, CKK_GENERIC_SECRET, shared_secret_size, object.attributes().bytes(inner)};
}

} // namespace

CK_OBJECT_HANDLE encapsulate(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE handle, Attributes given,
                             Bytes& ciphertext) {
    auto& token = session.token();
    const auto bound = bind_mechanism(mechanism, CKF_ENCAPSULATE);
    const auto object = key_object(token, handle, CKR_KEY_HANDLE_INVALID);
    check_key_for(*object, *bound.row, CKA_ENCAPSULATE);
    return new_secret_key(session, shared_secret(std::move(given), *object, CKA_ENCAPSULATE_TEMPLATE),
                          [&](const KeySpec& spec, const Usage& usage) {
                              return token.key_of(*object).encapsulate(bound.core, spec, usage, ciphertext);
                          });
}

CK_OBJECT_HANDLE decapsulate(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE handle, Attributes given,
                             ByteView ciphertext) {
    auto& token = session.token();
    const auto bound = bind_mechanism(mechanism, CKF_DECAPSULATE);
    const auto object = key_object(token, handle, CKR_KEY_HANDLE_INVALID);
    check_key_for(*object, *bound.row, CKA_DECAPSULATE);
    session.single_use.admit(handle, *object, [&] { return token.key_of(*object); });
    return new_secret_key(session, shared_secret(std::move(given), *object, CKA_DECAPSULATE_TEMPLATE),
                          [&](const KeySpec& spec, const Usage& usage) {
                              return wrapping(true, [&] { return token.key_of(*object).decapsulate(bound.core, ciphertext, spec, usage); });
                          });
}

} // namespace hsm::pkcs11
