// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "derivation.hpp"

#include "fault.hpp"
#include "key_attributes.hpp"
#include "key_types.hpp"

#include <algorithm>

namespace hsm::pkcs11 {

namespace {

/// What gives its inputs away when it is known is at least as secret as they are (PKCS #11 3.2, 6.43).
void inherit_secrecy(Attributes& given, const Object& base, const Derivation& derivation) {
    if (!mechanism_row(derivation.mechanism.core.id).invertible) return;
    const auto inherit = [&](const Attributes& from) {
        if (from.flag(CKA_SENSITIVE)) given.fill_flag(CKA_SENSITIVE, true);
        if (!from.flag(CKA_EXTRACTABLE)) given.fill_flag(CKA_EXTRACTABLE, false);
        if (from.flag(CKA_SENSITIVE) && !given.flag(CKA_SENSITIVE)) refuse(CKR_TEMPLATE_INCONSISTENT);
        if (!from.flag(CKA_EXTRACTABLE) && given.flag(CKA_EXTRACTABLE)) refuse(CKR_TEMPLATE_INCONSISTENT);
    };
    inherit(base.attributes());
    for (const auto& other : derivation.more) inherit(other->attributes());
}

CK_OBJECT_HANDLE derive_one(Session& session, const Object& base, Derivation& derivation, Attributes given) {
    auto& token = session.token();
    SecretKeyRequest request{std::move(given), {way_unwrap, CK_UNAVAILABLE_INFORMATION, &base.attributes()}, CKK_GENERIC_SECRET,
                             derivation.natural_size, base.attributes().bytes(CKA_DERIVE_TEMPLATE)};
    return new_secret_key(session, std::move(request), [&](const KeySpec& spec, const Usage& usage) {
        auto& core = derivation.mechanism.core;
        if (core.id != MechanismId::hkdf_extract && core.id != MechanismId::tls12_master_secret &&
            core.id != MechanismId::tls12_extended_master_secret)
            core.length = spec.bits / 8;
        if (!derivation.version) return token.key_of(base).derive(core, spec, usage);
        // The version that the client put in front of its premaster secret goes out with the master secret.
        core.length = 0;
        auto made = token.key_of(base).derive_all(core, std::vector{DerivedPart{spec, usage}}, 2);
        *derivation.version = {made.bytes.at(0), made.bytes.at(1)};
        return std::move(made.keys.at(0));
    });
}

/// Several keys from one output: all of them or none.
std::vector<CK_OBJECT_HANDLE> derive_several(Session& session, const Object& base, Derivation& derivation,
                                             std::vector<PreparedKey> prepared, std::uint32_t public_bytes, Bytes& in_the_clear) {
    auto& token = session.token();
    std::vector<DerivedPart> parts;
    for (const auto& key : prepared) parts.push_back({key.spec, key.usage});
    auto made = token.key_of(base).derive_all(derivation.mechanism.core, parts, public_bytes);
    in_the_clear = std::move(made.bytes);
    std::vector<CK_OBJECT_HANDLE> handles;
    try {
        for (std::size_t i = 0; i < prepared.size(); ++i)
            handles.push_back(finish_secret_key(session, std::move(prepared[i]), std::move(made.keys[i])));
    } catch (...) {
        for (const auto handle : handles) token.destroy(handle);
        throw;
    }
    return handles;
}

PreparedKey prepare(Session& session, Attributes given, const Object& base, std::size_t size) {
    return prepare_secret_key(session, {std::move(given), {way_unwrap, CK_UNAVAILABLE_INFORMATION, &base.attributes()},
                                        CKK_GENERIC_SECRET, size, base.attributes().bytes(CKA_DERIVE_TEMPLATE)});
}

CK_OBJECT_HANDLE derive_with_additional(Session& session, const Object& base, Derivation& derivation, Attributes given) {
    std::vector<PreparedKey> prepared;
    prepared.push_back(prepare(session, std::move(given), base, 0));
    for (CK_ULONG i = 0; i < derivation.additional_count; ++i) {
        const auto& more = derivation.additional[i];
        if (!more.phKey) refuse(CKR_MECHANISM_PARAM_INVALID);
        prepared.push_back(prepare(session, parse_template(more.pTemplate, more.ulAttributeCount), base, 0));
    }
    Bytes none;
    const auto handles = derive_several(session, base, derivation, std::move(prepared), 0, none);
    for (CK_ULONG i = 0; i < derivation.additional_count; ++i) *derivation.additional[i].phKey = handles[i + 1];
    return handles[0];
}

/// Two MAC secrets, two keys, two initialisation vectors (RFC 5246 6.3). The template is that of the keys; the MAC secrets
/// are generic secrets with its flags. They have no handle but those in the parameter.
CK_OBJECT_HANDLE derive_key_block(Session& session, const Object& base, Derivation& derivation, const Attributes& given) {
    auto mac_template = given;
    mac_template.erase(CKA_KEY_TYPE);
    mac_template.erase(CKA_VALUE_LEN);
    for (const auto type : {CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP}) mac_template.erase(type);
    mac_template.set_flag(CKA_SIGN, true);
    mac_template.set_flag(CKA_VERIFY, true);
    std::vector<PreparedKey> prepared;
    if (derivation.mac_size)
        for (int i = 0; i < 2; ++i) prepared.push_back(prepare(session, mac_template, base, derivation.mac_size));
    if (derivation.key_size)
        for (int i = 0; i < 2; ++i) prepared.push_back(prepare(session, given, base, derivation.key_size));
    const auto ivs = static_cast<std::uint32_t>(2 * derivation.iv_size);
    if (ivs && (!derivation.key_material->pIVClient || !derivation.key_material->pIVServer)) refuse(CKR_MECHANISM_PARAM_INVALID);
    Bytes iv_bytes;
    const auto handles = derive_several(session, base, derivation, std::move(prepared), ivs, iv_bytes);
    auto& out = *derivation.key_material;
    auto next = handles.begin();
    if (derivation.mac_size) {
        out.hClientMacSecret = *next++;
        out.hServerMacSecret = *next++;
    }
    if (derivation.key_size) {
        out.hClientKey = *next++;
        out.hServerKey = *next++;
    }
    if (ivs) {
        std::copy_n(iv_bytes.begin(), derivation.iv_size, out.pIVClient);
        std::copy_n(iv_bytes.begin() + static_cast<std::ptrdiff_t>(derivation.iv_size), derivation.iv_size, out.pIVServer);
    }
    return 0;
}

/// CKM_HKDF_DATA makes a data object: the value leaves the module as soon as it is made.
CK_OBJECT_HANDLE derive_data(Session& session, const Object& base, Derivation& derivation, Attributes given) {
    auto& token = session.token();
    auto bytes = given.number(CKA_VALUE_LEN, derivation.natural_size);
    if (bytes == 0 || bytes > 4096) refuse(CKR_TEMPLATE_INCOMPLETE);
    given.erase(CKA_VALUE_LEN);
    auto attributes = complete(std::move(given), CKO_DATA, std::nullopt, {way_unwrap}, session.maker());
    Usage usage;
    usage.actions = bit(Action::export_plain);
    KeySpec spec{KeyType::generic, static_cast<std::uint32_t>(bytes * 8), ParamSet::none, 0};
    derivation.mechanism.core.length = derivation.mechanism.core.id == MechanismId::hkdf_extract ? 0 : static_cast<std::uint32_t>(bytes);
    const auto value = token.key_of(base).derive(derivation.mechanism.core, spec, usage).export_plain();
    attributes.set(CKA_VALUE, value.view());
    return token.add(std::move(attributes), {}, session.caller());
}

/// The other half of a private key, which is no secret: CKA_DERIVE does not matter.
CK_OBJECT_HANDLE derive_public(Session& session, const CK_MECHANISM& mechanism, const Object& base, Attributes given) {
    (void)bind_mechanism(mechanism, CKF_DERIVE);
    if (base.object_class() != CKO_PRIVATE_KEY) refuse(CKR_KEY_TYPE_INCONSISTENT);
    given.fill_number(CKA_KEY_TYPE, base.attributes().number(CKA_KEY_TYPE));
    if (given.number(CKA_KEY_TYPE) != base.attributes().number(CKA_KEY_TYPE)) refuse(CKR_TEMPLATE_INCONSISTENT);
    auto attributes = complete(std::move(given), CKO_PUBLIC_KEY, std::nullopt, {way_unwrap}, session.maker());
    describe_public(attributes, base.attributes().bytes(CKA_PUBLIC_KEY_INFO), session.token().settings().raw_edwards_points);
    return session.token().add(std::move(attributes), {}, session.caller());
}

CK_OBJECT_HANDLE derive_from(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base_handle, Attributes given) {
    auto& token = session.token();
    const auto* row = &token.mechanism(mechanism.mechanism, CKF_DERIVE);
    const auto base = key_object(token, base_handle, CKR_KEY_HANDLE_INVALID);
    if (row->type == CKM_PUB_KEY_FROM_PRIV_KEY) return derive_public(session, mechanism, *base, std::move(given));
    check_key_for(*base, *row, CKA_DERIVE);
    session.single_use.admit(base_handle, *base, [&] { return token.key_of(*base); });
    auto derivation = bind_derivation(token, mechanism, *base);
    inherit_secrecy(given, *base, derivation);
    if (row->type == CKM_HKDF_DATA) return derive_data(session, *base, derivation, std::move(given));
    if (derivation.key_material) return derive_key_block(session, *base, derivation, given);
    if (derivation.additional_count) return derive_with_additional(session, *base, derivation, std::move(given));
    return derive_one(session, *base, derivation, std::move(given));
}

} // namespace

CK_OBJECT_HANDLE derive_key(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base_handle, Attributes given) {
    try {
        return derive_from(session, mechanism, base_handle, std::move(given));
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data) throw;
        refuse(CKR_MECHANISM_PARAM_INVALID); // the peer's value, or data that the mechanism cannot take
    }
}

CK_OBJECT_HANDLE derive_from_password(Session& session, const CK_MECHANISM& mechanism, Attributes given) {
    auto& token = session.token();
    auto derivation = bind_password_derivation(mechanism);
    given.fill_number(CKA_KEY_TYPE, CKK_GENERIC_SECRET); // the template may want another type
    SecretKeyRequest request{std::move(given), {way_generate, mechanism.mechanism, nullptr}, std::nullopt, 0, {}};
    return new_secret_key(session, std::move(request), [&](const KeySpec& spec, const Usage& usage) {
        Usage derives;
        derives.actions = bit(Action::derive);
        const auto password = World(token.world())
                                  .import_session(KeyHalf::secret, {KeyType::generic, 0, ParamSet::none, 0}, derivation.password, derives,
                                                  token.module());
        derivation.mechanism.core.length = spec.bits / 8;
        return password.derive(derivation.mechanism.core, spec, usage);
    });
}

} // namespace hsm::pkcs11
