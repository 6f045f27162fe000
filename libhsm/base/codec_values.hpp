// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/codec.hpp>

#include <hsm/acl.hpp>
#include <hsm/error.hpp>
#include <hsm/key_type.hpp>
#include <hsm/mechanism.hpp>

/// \file
/// The fields of the public value structs, and the numbers that their enums know. A decoder refuses an
/// action, a limit or a mechanism that it does not know; it never ignores one.

namespace hsm {

template <>
struct Fields<KeySpec> {
    static auto of(auto& v) noexcept { return std::tie(v.type, v.bits, v.params, v.public_exponent); }
};

/// Views: a decoded Mechanism points into the input.
template <>
struct Fields<Mechanism> {
    static auto of(auto& v) noexcept {
        return std::tie(v.id, v.hash, v.mgf_hash, v.prehashed, v.length, v.iterations, v.iv, v.aad, v.label,
                        v.context, v.hedge, v.kdf, v.empty_context, v.offset, v.second, v.segments);
    }
};

template <>
struct Fields<UseLimit> {
    static auto of(auto& v) noexcept { return std::tie(v.kind, v.value, v.id, v.esn); }
};

template <>
struct Fields<AclAction> {
    static auto of(auto& v) noexcept {
        return std::tie(v.actions, v.mechanisms, v.blob_kinds, v.blob_target, v.trusted_kek_only);
    }
    static bool valid(const AclAction& v) noexcept {
        return (v.actions >> (static_cast<unsigned>(Action::make_archive_blob) + 1)) == 0;
    }
};

template <>
struct Fields<PermissionGroup> {
    static auto of(auto& v) noexcept { return std::tie(v.certifier, v.esn, v.limits, v.actions); }
};

template <>
struct Fields<Acl> {
    static auto of(auto& v) noexcept { return std::tie(v.groups); }
};

template <>
struct Fields<Usage> {
    static auto of(auto& v) noexcept {
        return std::tie(v.actions, v.mechanisms, v.limits, v.recoverable, v.security_officer_group);
    }
};

} // namespace hsm

namespace hsm::base {

template <>
struct EnumRange<KeyType> {
    static constexpr bool contains(KeyType v) noexcept {
        return v <= KeyType::slh_dsa || (v >= KeyType::aes && v <= KeyType::aes_xts);
    }
};
template <>
struct EnumRange<KeyHalf> {
    static constexpr bool contains(KeyHalf v) noexcept { return v <= KeyHalf::public_key; }
};
template <>
struct EnumRange<ParamSet> {
    static constexpr bool contains(ParamSet v) noexcept {
        return v == ParamSet::none || (v >= ParamSet::p192 && v <= ParamSet::modp4096);
    }
};
template <>
struct EnumRange<Hash> {
    static constexpr bool contains(Hash v) noexcept { return v <= Hash::shake256; }
};
template <>
struct EnumRange<MechanismId> {
    static constexpr bool contains(MechanismId v) noexcept { return v <= MechanismId::digest; }
};
template <>
struct EnumRange<Hedge> {
    static constexpr bool contains(Hedge v) noexcept { return v <= Hedge::deterministic; }
};
template <>
struct EnumRange<AgreementKdf> {
    static constexpr bool contains(AgreementKdf v) noexcept { return v <= AgreementKdf::one_step; }
};
template <>
struct EnumRange<Action> {
    static constexpr bool contains(Action v) noexcept { return v <= Action::make_archive_blob; }
};
template <>
struct EnumRange<UseLimit::Kind> {
    static constexpr bool contains(UseLimit::Kind v) noexcept {
        return v >= UseLimit::Kind::authorisation && v <= UseLimit::Kind::nonvolatile;
    }
};
template <>
struct EnumRange<ProtectorKind> {
    static constexpr bool contains(ProtectorKind v) noexcept {
        return v >= ProtectorKind::module && v <= ProtectorKind::softcard;
    }
};

} // namespace hsm::base
