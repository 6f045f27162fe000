// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "mechanisms.hpp"

#include <algorithm>
#include <array>

// What a world's mode leaves of a mechanism, from the core's own tables. The module refuses all the same: this is so that
// C_GetMechanismInfo does not promise what will be refused.

namespace hsm::pkcs11 {

namespace {

/// What a flag lets a key do. Where a hash that is too weak now forbids it, what was made long ago may still be read.
struct FlagUse {
    CK_FLAGS flags;
    Action action;
    bool reads;
};
constexpr std::array uses{
    FlagUse{CKF_SIGN | CKF_SIGN_RECOVER | CKF_MESSAGE_SIGN, Action::sign, false},
    FlagUse{CKF_VERIFY | CKF_MESSAGE_VERIFY, Action::verify, true},
    FlagUse{CKF_ENCRYPT | CKF_MESSAGE_ENCRYPT, Action::encrypt, false},
    FlagUse{CKF_DECRYPT | CKF_MESSAGE_DECRYPT, Action::decrypt, true},
    FlagUse{CKF_WRAP, Action::wrap, false},
    FlagUse{CKF_UNWRAP, Action::unwrap, true},
    FlagUse{CKF_DERIVE | CKF_GENERATE, Action::derive, false}, // CKM_PKCS5_PBKD2 is a derivation that is called a generation
    FlagUse{CKF_ENCAPSULATE, Action::encapsulate, false},
    FlagUse{CKF_DECAPSULATE, Action::decapsulate, true},
};
constexpr CK_FLAGS all_uses = CKF_SIGN | CKF_SIGN_RECOVER | CKF_MESSAGE_SIGN | CKF_VERIFY | CKF_VERIFY_RECOVER | CKF_MESSAGE_VERIFY |
                              CKF_ENCRYPT | CKF_DECRYPT | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_WRAP | CKF_UNWRAP |
                              CKF_DERIVE | CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_ENCAPSULATE | CKF_DECAPSULATE | CKF_DIGEST;

/// SP 800-131A: SHA-1 is no longer for signatures, and still good inside HMAC and by itself.
bool good_hash(const MechanismMapRow& row) {
    if (row.hash == Hash::none || row.id == MechanismId::none || hash_row(row.hash).level3) return true;
    return row.hash == Hash::sha1 && (row.id == MechanismId::hmac || row.id == MechanismId::digest);
}

CK_FLAGS uses_in_level3(const MechanismMapRow& row) {
    if (row.id == MechanismId::none) return row.flags;
    const bool good = good_hash(row);
    if (row.id == MechanismId::digest) return good ? row.flags : 0;
    const auto allowed = mechanism_row(row.id).level3_actions;
    CK_FLAGS kept = row.flags & ~all_uses;
    for (const auto& use : uses)
        if ((allowed & bit(use.action)) && (good || use.reads)) kept |= row.flags & use.flags;
    // C_VerifyRecover takes the padding off what the raw operation gives.
    if (mechanism_row(MechanismId::rsa_raw).level3_actions & bit(Action::encrypt)) kept |= row.flags & CKF_VERIFY_RECOVER;
    return kept;
}

/// The type of key that a row is for; where it is for several, the one that a mode forbids last.
KeyType type_of(const MechanismMapRow& row) {
    if (row.key_type != KeyType::none) return row.key_type;
    return row.families == family_symmetric ? KeyType::generic : row.families == family_ec ? KeyType::ec : KeyType::none;
}

} // namespace

AllowedMechanism allowed_in(const MechanismMapRow& row, WorldMode mode) {
    AllowedMechanism out{row.flags, row.min_size, row.max_size};
    if (mode != WorldMode::fips_140_level_3) return out;
    out.flags = uses_in_level3(row);
    if (const auto type = type_of(row); type != KeyType::none) {
        const auto smallest = key_type_row(type).level3_min_bits;
        if (smallest == UINT32_MAX) return {};
        if (row.unit == Unit::bits) out.min_size = std::max<CK_ULONG>(out.min_size, smallest);
        if (row.unit == Unit::bytes) out.min_size = std::max<CK_ULONG>(out.min_size, smallest / 8);
    }
    if (!(out.flags & all_uses)) return {};
    return out;
}

} // namespace hsm::pkcs11
