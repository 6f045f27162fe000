// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "key_types.hpp"

#include <algorithm>
#include <array>

namespace hsm::pkcs11 {

namespace {

constexpr std::array types{
    KeyTypeMap{CKK_RSA, KeyType::rsa, family_rsa, 0},
    KeyTypeMap{CKK_DSA, KeyType::dsa, family_dsa, 0},
    KeyTypeMap{CKK_DH, KeyType::dh, family_dh, 0},
    KeyTypeMap{CKK_EC, KeyType::ec, family_ec, 0},
    KeyTypeMap{CKK_EC_EDWARDS, KeyType::ed25519, family_ec, 0},
    KeyTypeMap{CKK_EC_MONTGOMERY, KeyType::x25519, family_ec, 0},
    KeyTypeMap{CKK_ML_DSA, KeyType::ml_dsa, family_ml_dsa, 0},
    KeyTypeMap{CKK_ML_KEM, KeyType::ml_kem, family_ml_kem, 0},
    KeyTypeMap{CKK_SLH_DSA, KeyType::slh_dsa, family_slh_dsa, 0},
    KeyTypeMap{CKK_GENERIC_SECRET, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_AES, KeyType::aes, family_symmetric, 0},
    KeyTypeMap{CKK_AES_XTS, KeyType::aes_xts, family_symmetric, 0},
    KeyTypeMap{CKK_DES, KeyType::des, family_symmetric, 8},
    KeyTypeMap{CKK_DES2, KeyType::des3, family_symmetric, 16},
    KeyTypeMap{CKK_DES3, KeyType::des3, family_symmetric, 24},
    KeyTypeMap{CKK_RC4, KeyType::rc4, family_symmetric, 0},
    KeyTypeMap{CKK_CHACHA20, KeyType::chacha20, family_symmetric, 32},
    KeyTypeMap{CKK_HKDF, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_MD5_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA_1_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA224_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA256_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA384_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA512_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA512_224_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA512_256_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA3_224_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA3_256_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA3_384_HMAC, KeyType::generic, family_symmetric, 0},
    KeyTypeMap{CKK_SHA3_512_HMAC, KeyType::generic, family_symmetric, 0},
};

struct HashMap {
    CK_KEY_TYPE number;
    Hash hash;
};
constexpr std::array bound_to_hash{
    HashMap{CKK_MD5_HMAC, Hash::md5},
    HashMap{CKK_SHA_1_HMAC, Hash::sha1},
    HashMap{CKK_SHA224_HMAC, Hash::sha224},
    HashMap{CKK_SHA256_HMAC, Hash::sha256},
    HashMap{CKK_SHA384_HMAC, Hash::sha384},
    HashMap{CKK_SHA512_HMAC, Hash::sha512},
    HashMap{CKK_SHA512_224_HMAC, Hash::sha512_224},
    HashMap{CKK_SHA512_256_HMAC, Hash::sha512_256},
    HashMap{CKK_SHA3_224_HMAC, Hash::sha3_224},
    HashMap{CKK_SHA3_256_HMAC, Hash::sha3_256},
    HashMap{CKK_SHA3_384_HMAC, Hash::sha3_384},
    HashMap{CKK_SHA3_512_HMAC, Hash::sha3_512},
};

struct SetMap {
    ParamSet params;
    KeyType type;
    std::uint64_t number;
};
constexpr std::array sets{
    SetMap{ParamSet::ml_dsa_44, KeyType::ml_dsa, CKP_ML_DSA_44},
    SetMap{ParamSet::ml_dsa_65, KeyType::ml_dsa, CKP_ML_DSA_65},
    SetMap{ParamSet::ml_dsa_87, KeyType::ml_dsa, CKP_ML_DSA_87},
    SetMap{ParamSet::ml_kem_512, KeyType::ml_kem, CKP_ML_KEM_512},
    SetMap{ParamSet::ml_kem_768, KeyType::ml_kem, CKP_ML_KEM_768},
    SetMap{ParamSet::ml_kem_1024, KeyType::ml_kem, CKP_ML_KEM_1024},
    SetMap{ParamSet::slh_dsa_sha2_128s, KeyType::slh_dsa, CKP_SLH_DSA_SHA2_128S},
    SetMap{ParamSet::slh_dsa_shake_128s, KeyType::slh_dsa, CKP_SLH_DSA_SHAKE_128S},
    SetMap{ParamSet::slh_dsa_sha2_128f, KeyType::slh_dsa, CKP_SLH_DSA_SHA2_128F},
    SetMap{ParamSet::slh_dsa_shake_128f, KeyType::slh_dsa, CKP_SLH_DSA_SHAKE_128F},
    SetMap{ParamSet::slh_dsa_sha2_192s, KeyType::slh_dsa, CKP_SLH_DSA_SHA2_192S},
    SetMap{ParamSet::slh_dsa_shake_192s, KeyType::slh_dsa, CKP_SLH_DSA_SHAKE_192S},
    SetMap{ParamSet::slh_dsa_sha2_192f, KeyType::slh_dsa, CKP_SLH_DSA_SHA2_192F},
    SetMap{ParamSet::slh_dsa_shake_192f, KeyType::slh_dsa, CKP_SLH_DSA_SHAKE_192F},
    SetMap{ParamSet::slh_dsa_sha2_256s, KeyType::slh_dsa, CKP_SLH_DSA_SHA2_256S},
    SetMap{ParamSet::slh_dsa_shake_256s, KeyType::slh_dsa, CKP_SLH_DSA_SHAKE_256S},
    SetMap{ParamSet::slh_dsa_sha2_256f, KeyType::slh_dsa, CKP_SLH_DSA_SHA2_256F},
    SetMap{ParamSet::slh_dsa_shake_256f, KeyType::slh_dsa, CKP_SLH_DSA_SHAKE_256F},
};

} // namespace

const KeyTypeMap* key_type_map(std::uint64_t number) noexcept {
    const auto row = std::ranges::find(types, number, &KeyTypeMap::number);
    return row != types.end() ? &*row : nullptr;
}

Hash hash_of_key_type(std::uint64_t number) noexcept {
    const auto row = std::ranges::find(bound_to_hash, number, &HashMap::number);
    return row != bound_to_hash.end() ? row->hash : Hash::none;
}

std::uint16_t family_bit(std::uint64_t key_type) noexcept {
    const auto* row = key_type_map(key_type);
    return row ? row->family : std::uint16_t{0};
}

CK_KEY_TYPE key_type_number(const KeySpec& spec) noexcept {
    switch (spec.type) {
    case KeyType::ed448: return CKK_EC_EDWARDS;
    case KeyType::x448: return CKK_EC_MONTGOMERY;
    case KeyType::des3: return spec.bits == 128 ? CKK_DES2 : CKK_DES3;
    default: break;
    }
    const auto row = std::ranges::find(types, spec.type, &KeyTypeMap::type);
    return row != types.end() ? row->number : CK_UNAVAILABLE_INFORMATION;
}

ParamSet param_set_of(KeyType type, std::uint64_t number) noexcept {
    for (const auto& row : sets)
        if (row.type == type && row.number == number) return row.params;
    return ParamSet::none;
}

std::uint64_t param_set_number(ParamSet set) noexcept {
    const auto row = std::ranges::find(sets, set, &SetMap::params);
    return row != sets.end() ? row->number : 0;
}

} // namespace hsm::pkcs11
