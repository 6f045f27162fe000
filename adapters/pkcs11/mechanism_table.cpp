// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "mechanisms.hpp"

#include <algorithm>
#include <array>

// Every CKM_ number that this module has. A row says which mechanism of the core it means; what the core can do with it
// stands in the core's own table.

namespace hsm::pkcs11 {

namespace {

using M = MechanismId;
using P = Parameter;

constexpr CK_FLAGS signs = CKF_SIGN | CKF_VERIFY;
constexpr CK_FLAGS signs_messages = signs | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY;
constexpr CK_FLAGS crypts = CKF_ENCRYPT | CKF_DECRYPT;
constexpr CK_FLAGS crypts_messages = crypts | CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MULTI_MESSAGE;
constexpr CK_FLAGS wraps = CKF_WRAP | CKF_UNWRAP;
constexpr CK_FLAGS curves = CKF_EC_F_P | CKF_EC_OID | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;
constexpr CK_FLAGS edwards = CKF_EC_OID | CKF_EC_CURVENAME | CKF_EC_COMPRESS;

struct HashNumbers { // the mechanisms that a hash has
    Hash hash;
    CK_MECHANISM_TYPE digest, hmac, hmac_general, rsa, pss, ecdsa, dsa, ml_dsa, slh_dsa, derive, key_gen;
};
constexpr CK_MECHANISM_TYPE absent = CK_UNAVAILABLE_INFORMATION;
constexpr std::array hashes{
    HashNumbers{Hash::md5, CKM_MD5, CKM_MD5_HMAC, CKM_MD5_HMAC_GENERAL, CKM_MD5_RSA_PKCS, absent, absent, absent, absent, absent,
                CKM_MD5_KEY_DERIVATION, absent},
    HashNumbers{Hash::sha1, CKM_SHA_1, CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS,
                CKM_ECDSA_SHA1, CKM_DSA_SHA1, absent, absent, CKM_SHA1_KEY_DERIVATION, CKM_SHA_1_KEY_GEN},
    HashNumbers{Hash::sha224, CKM_SHA224, CKM_SHA224_HMAC, CKM_SHA224_HMAC_GENERAL, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS,
                CKM_ECDSA_SHA224, CKM_DSA_SHA224, CKM_HASH_ML_DSA_SHA224, CKM_HASH_SLH_DSA_SHA224, CKM_SHA224_KEY_DERIVATION,
                CKM_SHA224_KEY_GEN},
    HashNumbers{Hash::sha256, CKM_SHA256, CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS,
                CKM_ECDSA_SHA256, CKM_DSA_SHA256, CKM_HASH_ML_DSA_SHA256, CKM_HASH_SLH_DSA_SHA256, CKM_SHA256_KEY_DERIVATION,
                CKM_SHA256_KEY_GEN},
    HashNumbers{Hash::sha384, CKM_SHA384, CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS,
                CKM_ECDSA_SHA384, CKM_DSA_SHA384, CKM_HASH_ML_DSA_SHA384, CKM_HASH_SLH_DSA_SHA384, CKM_SHA384_KEY_DERIVATION,
                CKM_SHA384_KEY_GEN},
    HashNumbers{Hash::sha512, CKM_SHA512, CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS,
                CKM_ECDSA_SHA512, CKM_DSA_SHA512, CKM_HASH_ML_DSA_SHA512, CKM_HASH_SLH_DSA_SHA512, CKM_SHA512_KEY_DERIVATION,
                CKM_SHA512_KEY_GEN},
    HashNumbers{Hash::sha512_224, CKM_SHA512_224, CKM_SHA512_224_HMAC, CKM_SHA512_224_HMAC_GENERAL, absent, absent, absent, absent,
                absent, absent, CKM_SHA512_224_KEY_DERIVATION, CKM_SHA512_224_KEY_GEN},
    HashNumbers{Hash::sha512_256, CKM_SHA512_256, CKM_SHA512_256_HMAC, CKM_SHA512_256_HMAC_GENERAL, absent, absent, absent, absent,
                absent, absent, CKM_SHA512_256_KEY_DERIVATION, CKM_SHA512_256_KEY_GEN},
    HashNumbers{Hash::sha3_224, CKM_SHA3_224, CKM_SHA3_224_HMAC, CKM_SHA3_224_HMAC_GENERAL, CKM_SHA3_224_RSA_PKCS,
                CKM_SHA3_224_RSA_PKCS_PSS, CKM_ECDSA_SHA3_224, CKM_DSA_SHA3_224, CKM_HASH_ML_DSA_SHA3_224, CKM_HASH_SLH_DSA_SHA3_224,
                CKM_SHA3_224_KEY_DERIVATION, CKM_SHA3_224_KEY_GEN},
    HashNumbers{Hash::sha3_256, CKM_SHA3_256, CKM_SHA3_256_HMAC, CKM_SHA3_256_HMAC_GENERAL, CKM_SHA3_256_RSA_PKCS,
                CKM_SHA3_256_RSA_PKCS_PSS, CKM_ECDSA_SHA3_256, CKM_DSA_SHA3_256, CKM_HASH_ML_DSA_SHA3_256, CKM_HASH_SLH_DSA_SHA3_256,
                CKM_SHA3_256_KEY_DERIVATION, CKM_SHA3_256_KEY_GEN},
    HashNumbers{Hash::sha3_384, CKM_SHA3_384, CKM_SHA3_384_HMAC, CKM_SHA3_384_HMAC_GENERAL, CKM_SHA3_384_RSA_PKCS,
                CKM_SHA3_384_RSA_PKCS_PSS, CKM_ECDSA_SHA3_384, CKM_DSA_SHA3_384, CKM_HASH_ML_DSA_SHA3_384, CKM_HASH_SLH_DSA_SHA3_384,
                CKM_SHA3_384_KEY_DERIVATION, CKM_SHA3_384_KEY_GEN},
    HashNumbers{Hash::sha3_512, CKM_SHA3_512, CKM_SHA3_512_HMAC, CKM_SHA3_512_HMAC_GENERAL, CKM_SHA3_512_RSA_PKCS,
                CKM_SHA3_512_RSA_PKCS_PSS, CKM_ECDSA_SHA3_512, CKM_DSA_SHA3_512, CKM_HASH_ML_DSA_SHA3_512, CKM_HASH_SLH_DSA_SHA3_512,
                CKM_SHA3_512_KEY_DERIVATION, CKM_SHA3_512_KEY_GEN},
    HashNumbers{Hash::shake128, absent, absent, absent, absent, absent, absent, absent, CKM_HASH_ML_DSA_SHAKE128,
                CKM_HASH_SLH_DSA_SHAKE128, CKM_SHAKE_128_KEY_DERIVATION, absent},
    HashNumbers{Hash::shake256, absent, absent, absent, absent, absent, absent, absent, CKM_HASH_ML_DSA_SHAKE256,
                CKM_HASH_SLH_DSA_SHAKE256, CKM_SHAKE_256_KEY_DERIVATION, absent},
};

constexpr MechanismMapRow rsa_row(CK_MECHANISM_TYPE type, M id, Hash hash, bool prehashed, P parameter, CK_FLAGS flags, Form form) {
    return {type, id, hash, prehashed, parameter, flags, family_rsa, KeyType::rsa, Unit::bits, 1024, 16384, form};
}
constexpr MechanismMapRow ec_row(CK_MECHANISM_TYPE type, M id, Hash hash, bool prehashed, CK_FLAGS flags, Form form) {
    return {type, id, hash, prehashed, P::none, flags | curves, family_ec, KeyType::ec, Unit::bits, 192, 521, form};
}
constexpr MechanismMapRow aes_row(CK_MECHANISM_TYPE type, M id, P parameter, CK_FLAGS flags, Form form = Form::stream) {
    return {type, id, Hash::none, false, parameter, flags, family_symmetric, KeyType::aes, Unit::bytes, 16, 32, form};
}
constexpr MechanismMapRow des_row(CK_MECHANISM_TYPE type, M id, P parameter, CK_FLAGS flags, KeyType key) {
    return {type, id, Hash::none, false, parameter, flags, family_symmetric, key, Unit::none, 0, 0, Form::stream};
}
constexpr MechanismMapRow secret_row(CK_MECHANISM_TYPE type, M id, Hash hash, P parameter, CK_FLAGS flags, Unit unit = Unit::bits,
                                     Form form = Form::stream) {
    return {type, id, hash, false, parameter, flags, family_symmetric, KeyType::none, unit, unit == Unit::bits ? 8ul : 1ul,
            unit == Unit::bits ? 4096ul * 8 : 4096ul, form};
}
constexpr MechanismMapRow set_row(CK_MECHANISM_TYPE type, M id, Hash hash, bool prehashed, P parameter, CK_FLAGS flags, KeyType key,
                                  std::uint16_t family, CK_ULONG smallest, CK_ULONG largest, Form form) {
    return {type, id, hash, prehashed, parameter, flags, family, key, Unit::parameter_set, smallest, largest, form};
}
constexpr MechanismMapRow ml_dsa_row(CK_MECHANISM_TYPE type, Hash hash, bool prehashed, P parameter, CK_FLAGS flags, Form form) {
    return set_row(type, flags & CKF_GENERATE_KEY_PAIR ? M::none : M::ml_dsa, hash, prehashed, parameter, flags, KeyType::ml_dsa,
                   family_ml_dsa, CKP_ML_DSA_44, CKP_ML_DSA_87, form);
}
constexpr MechanismMapRow slh_dsa_row(CK_MECHANISM_TYPE type, Hash hash, bool prehashed, P parameter, CK_FLAGS flags, Form form) {
    return set_row(type, flags & CKF_GENERATE_KEY_PAIR ? M::none : M::slh_dsa, hash, prehashed, parameter, flags, KeyType::slh_dsa,
                   family_slh_dsa, CKP_SLH_DSA_SHA2_128S, CKP_SLH_DSA_SHAKE_256F, form);
}
constexpr MechanismMapRow group_row(CK_MECHANISM_TYPE type, M id, Hash hash, bool prehashed, P parameter, CK_FLAGS flags,
                                    std::uint16_t family, Form form) {
    return {type, id, hash, prehashed, parameter, flags, family, family == family_dsa ? KeyType::dsa : KeyType::dh, Unit::bits,
            1024, family == family_dsa ? 3072ul : 8192ul, form};
}

constexpr std::array fixed_rows{
    rsa_row(CKM_RSA_PKCS_KEY_PAIR_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR, Form::single),
    rsa_row(CKM_RSA_PKCS, M::rsa_pkcs1, Hash::none, false, P::none, signs | crypts | wraps | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER,
            Form::single),
    rsa_row(CKM_RSA_X_509, M::rsa_raw, Hash::none, false, P::none, signs | crypts | CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER,
            Form::single),
    rsa_row(CKM_RSA_PKCS_PSS, M::rsa_pss, Hash::none, true, P::pss, signs, Form::single),
    rsa_row(CKM_RSA_PKCS_OAEP, M::rsa_oaep, Hash::none, false, P::oaep, crypts | wraps, Form::single),
    rsa_row(CKM_RSA_AES_KEY_WRAP, M::rsa_aes_key_wrap, Hash::none, false, P::rsa_aes, wraps, Form::single),
    ec_row(CKM_EC_KEY_PAIR_GEN, M::none, Hash::none, false, CKF_GENERATE_KEY_PAIR, Form::single),
    ec_row(CKM_ECDSA, M::ecdsa, Hash::none, false, signs, Form::single),
    MechanismMapRow{CKM_EC_EDWARDS_KEY_PAIR_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR | edwards, family_ec,
                    KeyType::ed25519, Unit::bits, 255, 448, Form::single},
    MechanismMapRow{CKM_EDDSA, M::eddsa, Hash::none, false, P::eddsa_optional, signs_messages | edwards, family_ec, KeyType::ed25519,
                    Unit::bits, 255, 448, Form::collect},
    MechanismMapRow{CKM_EC_MONTGOMERY_KEY_PAIR_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR | edwards, family_ec,
                    KeyType::x25519, Unit::bits, 255, 448, Form::single},
    MechanismMapRow{CKM_ECDH1_DERIVE, M::ecdh, Hash::none, false, P::derive, CKF_DERIVE | curves, family_ec, KeyType::none,
                    Unit::bits, 192, 521, Form::single},
    MechanismMapRow{CKM_ECDH1_COFACTOR_DERIVE, M::ecdh_cofactor, Hash::none, false, P::derive, CKF_DERIVE | curves, family_ec,
                    KeyType::none, Unit::bits, 192, 521, Form::single},
    group_row(CKM_DSA_KEY_PAIR_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR, family_dsa, Form::single),
    group_row(CKM_DSA_PARAMETER_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE, family_dsa, Form::single),
    group_row(CKM_DSA_PROBABILISTIC_PARAMETER_GEN, M::none, Hash::none, false, P::derive, CKF_GENERATE, family_dsa, Form::single),
    group_row(CKM_DSA, M::dsa, Hash::none, false, P::none, signs, family_dsa, Form::single),
    group_row(CKM_DH_PKCS_KEY_PAIR_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR, family_dh, Form::single),
    group_row(CKM_DH_PKCS_PARAMETER_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE, family_dh, Form::single),
    group_row(CKM_DH_PKCS_DERIVE, M::dh, Hash::none, false, P::derive, CKF_DERIVE, family_dh, Form::single),
    MechanismMapRow{CKM_PUB_KEY_FROM_PRIV_KEY, M::none, Hash::none, false, P::none, CKF_DERIVE,
                    family_any & ~family_symmetric, KeyType::none, Unit::none, 0, 0, Form::single},
    ml_dsa_row(CKM_ML_DSA_KEY_PAIR_GEN, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR, Form::single),
    ml_dsa_row(CKM_ML_DSA, Hash::none, false, P::context, signs_messages, Form::collect),
    ml_dsa_row(CKM_HASH_ML_DSA, Hash::none, true, P::hash_context, signs, Form::single),
    set_row(CKM_ML_KEM_KEY_PAIR_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR, KeyType::ml_kem, family_ml_kem,
            CKP_ML_KEM_512, CKP_ML_KEM_1024, Form::single),
    set_row(CKM_ML_KEM, M::ml_kem, Hash::none, false, P::none, CKF_ENCAPSULATE | CKF_DECAPSULATE, KeyType::ml_kem, family_ml_kem,
            CKP_ML_KEM_512, CKP_ML_KEM_1024, Form::single),
    slh_dsa_row(CKM_SLH_DSA_KEY_PAIR_GEN, Hash::none, false, P::none, CKF_GENERATE_KEY_PAIR, Form::single),
    slh_dsa_row(CKM_SLH_DSA, Hash::none, false, P::context, signs_messages, Form::collect),
    slh_dsa_row(CKM_HASH_SLH_DSA, Hash::none, true, P::hash_context, signs, Form::single),
    aes_row(CKM_AES_KEY_GEN, M::none, P::none, CKF_GENERATE, Form::single),
    aes_row(CKM_AES_ECB, M::ecb, P::none, crypts | wraps),
    aes_row(CKM_AES_CBC, M::cbc, P::iv16, crypts | wraps),
    aes_row(CKM_AES_CBC_PAD, M::cbc_pad, P::iv16, crypts | wraps),
    aes_row(CKM_AES_CTR, M::ctr, P::ctr, crypts | wraps),
    aes_row(CKM_AES_CTS, M::cbc_cts, P::iv16, crypts | wraps, Form::collect),
    aes_row(CKM_AES_OFB, M::ofb, P::iv16, crypts | wraps),
    aes_row(CKM_AES_CFB8, M::cfb8, P::iv16, crypts | wraps),
    aes_row(CKM_AES_CFB128, M::cfb128, P::iv16, crypts | wraps),
    aes_row(CKM_AES_GCM, M::gcm, P::gcm, crypts_messages | wraps, Form::collect),
    aes_row(CKM_AES_CCM, M::ccm, P::ccm, crypts_messages | wraps, Form::collect),
    aes_row(CKM_AES_CMAC, M::cmac, P::none, signs),
    aes_row(CKM_AES_CMAC_GENERAL, M::cmac, P::mac_length, signs),
    aes_row(CKM_AES_GMAC, M::gmac, P::iv_any, signs),
    aes_row(CKM_AES_KEY_WRAP, M::key_wrap, P::iv_optional, crypts | wraps, Form::collect),
    aes_row(CKM_AES_KEY_WRAP_PAD, M::key_wrap_pad, P::iv_optional, crypts | wraps, Form::collect),
    aes_row(CKM_AES_KEY_WRAP_KWP, M::key_wrap_pad, P::iv_optional, crypts | wraps, Form::collect),
    aes_row(CKM_AES_KEY_WRAP_PKCS7, M::key_wrap_pkcs7, P::iv_optional, crypts | wraps, Form::collect),
    MechanismMapRow{CKM_AES_XTS_KEY_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE, family_symmetric, KeyType::aes_xts,
                    Unit::bytes, 32, 64, Form::single},
    MechanismMapRow{CKM_AES_XTS, M::xts, Hash::none, false, P::iv16, crypts, family_symmetric, KeyType::aes_xts, Unit::bytes, 32, 64,
                    Form::collect},
    aes_row(CKM_AES_ECB_ENCRYPT_DATA, M::ecb_encrypt_data, P::derive, CKF_DERIVE, Form::single),
    aes_row(CKM_AES_CBC_ENCRYPT_DATA, M::cbc_encrypt_data, P::derive, CKF_DERIVE, Form::single),
    des_row(CKM_DES_KEY_GEN, M::none, P::none, CKF_GENERATE, KeyType::des),
    des_row(CKM_DES_ECB, M::ecb, P::none, crypts | wraps, KeyType::des),
    des_row(CKM_DES_CBC, M::cbc, P::iv8, crypts | wraps, KeyType::des),
    des_row(CKM_DES_CBC_PAD, M::cbc_pad, P::iv8, crypts | wraps, KeyType::des),
    des_row(CKM_DES_ECB_ENCRYPT_DATA, M::ecb_encrypt_data, P::derive, CKF_DERIVE, KeyType::des),
    des_row(CKM_DES_CBC_ENCRYPT_DATA, M::cbc_encrypt_data, P::derive, CKF_DERIVE, KeyType::des),
    des_row(CKM_DES2_KEY_GEN, M::none, P::none, CKF_GENERATE, KeyType::des3),
    des_row(CKM_DES3_KEY_GEN, M::none, P::none, CKF_GENERATE, KeyType::des3),
    des_row(CKM_DES3_ECB, M::ecb, P::none, crypts | wraps, KeyType::des3),
    des_row(CKM_DES3_CBC, M::cbc, P::iv8, crypts | wraps, KeyType::des3),
    des_row(CKM_DES3_CBC_PAD, M::cbc_pad, P::iv8, crypts | wraps, KeyType::des3),
    des_row(CKM_DES3_CMAC, M::cmac, P::none, signs, KeyType::des3),
    des_row(CKM_DES3_CMAC_GENERAL, M::cmac, P::mac_length, signs, KeyType::des3),
    des_row(CKM_DES3_ECB_ENCRYPT_DATA, M::ecb_encrypt_data, P::derive, CKF_DERIVE, KeyType::des3),
    des_row(CKM_DES3_CBC_ENCRYPT_DATA, M::cbc_encrypt_data, P::derive, CKF_DERIVE, KeyType::des3),
    MechanismMapRow{CKM_RC4_KEY_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE, family_symmetric, KeyType::rc4, Unit::bits, 40,
                    2048, Form::single},
    MechanismMapRow{CKM_RC4, M::stream, Hash::none, false, P::none, crypts, family_symmetric, KeyType::rc4, Unit::bits, 40, 2048,
                    Form::stream},
    MechanismMapRow{CKM_CHACHA20_KEY_GEN, M::none, Hash::none, false, P::none, CKF_GENERATE, family_symmetric, KeyType::chacha20,
                    Unit::none, 0, 0, Form::single},
    MechanismMapRow{CKM_CHACHA20, M::stream, Hash::none, false, P::chacha20, crypts, family_symmetric, KeyType::chacha20, Unit::none,
                    0, 0, Form::stream},
    MechanismMapRow{CKM_CHACHA20_POLY1305, M::chacha20_poly1305, Hash::none, false, P::chacha20_poly1305, crypts_messages,
                    family_symmetric, KeyType::chacha20, Unit::none, 0, 0, Form::collect},
    secret_row(CKM_GENERIC_SECRET_KEY_GEN, M::none, Hash::none, P::none, CKF_GENERATE),
    secret_row(CKM_HKDF_KEY_GEN, M::none, Hash::none, P::none, CKF_GENERATE),
    secret_row(CKM_PKCS5_PBKD2, M::pbkdf2, Hash::none, P::derive, CKF_GENERATE),
    secret_row(CKM_HKDF_DERIVE, M::hkdf, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_HKDF_DATA, M::hkdf, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_SP800_108_COUNTER_KDF, M::sp800_108_counter, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_SP800_108_FEEDBACK_KDF, M::sp800_108_feedback, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_SP800_108_DOUBLE_PIPELINE_KDF, M::sp800_108_pipeline, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_CONCATENATE_BASE_AND_KEY, M::concatenate_keys, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_CONCATENATE_BASE_AND_DATA, M::concatenate_data, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_CONCATENATE_DATA_AND_BASE, M::concatenate_to_data, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_XOR_BASE_AND_DATA, M::xor_data, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_EXTRACT_KEY_FROM_KEY, M::extract_bits, Hash::none, P::derive, CKF_DERIVE),
    secret_row(CKM_TLS12_MASTER_KEY_DERIVE, M::tls12_master_secret, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS12_MASTER_KEY_DERIVE_DH, M::tls12_master_secret, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE, M::tls12_extended_master_secret, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS12_EXTENDED_MASTER_KEY_DERIVE_DH, M::tls12_extended_master_secret, Hash::none, P::derive, CKF_DERIVE,
               Unit::bytes),
    secret_row(CKM_TLS12_KEY_AND_MAC_DERIVE, M::tls12_key_block, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS12_KEY_SAFE_DERIVE, M::tls12_key_block, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS_KDF, M::tls12_prf, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS12_KDF, M::tls12_prf, Hash::none, P::derive, CKF_DERIVE, Unit::bytes),
    secret_row(CKM_TLS_MAC, M::tls12_mac, Hash::none, P::tls_mac, signs, Unit::bytes, Form::collect),
    secret_row(CKM_TLS12_MAC, M::tls12_mac, Hash::none, P::tls_mac, signs, Unit::bytes, Form::collect),
};

// What a hash adds: at most these.
constexpr std::array<MechanismMapRow, 11> rows_of(const HashNumbers& h) {
    return {{
        {h.digest, M::digest, h.hash, false, P::none, CKF_DIGEST, 0, KeyType::none, Unit::none, 0, 0, Form::stream},
        secret_row(h.hmac, M::hmac, h.hash, P::none, signs_messages),
        secret_row(h.hmac_general, M::hmac, h.hash, P::mac_length, signs_messages),
        rsa_row(h.rsa, M::rsa_pkcs1, h.hash, false, P::none, signs_messages, Form::stream),
        rsa_row(h.pss, M::rsa_pss, h.hash, false, P::pss, signs_messages, Form::stream),
        ec_row(h.ecdsa, M::ecdsa, h.hash, false, signs_messages, Form::stream),
        group_row(h.dsa, M::dsa, h.hash, false, P::none, signs_messages, family_dsa, Form::stream),
        ml_dsa_row(h.ml_dsa, h.hash, false, P::context, signs_messages, Form::collect),
        slh_dsa_row(h.slh_dsa, h.hash, false, P::context, signs_messages, Form::collect),
        secret_row(h.derive, M::digest_key, h.hash, P::none, CKF_DERIVE),
        secret_row(h.key_gen, M::none, h.hash, P::none, CKF_GENERATE),
    }};
}

constexpr std::size_t hash_row_count() {
    std::size_t count = 0;
    for (const auto& hash : hashes)
        for (const auto& row : rows_of(hash)) count += row.type != absent;
    return count;
}

constexpr auto make_table() {
    std::array<MechanismMapRow, fixed_rows.size() + hash_row_count()> all{};
    auto* at = std::ranges::copy(fixed_rows, all.begin()).out;
    for (const auto& hash : hashes)
        for (const auto& row : rows_of(hash))
            if (row.type != absent) *at++ = row;
    std::ranges::sort(all, {}, &MechanismMapRow::type);
    return all;
}

constexpr auto table = make_table();

constexpr bool unique() {
    for (std::size_t i = 1; i < table.size(); ++i)
        if (table[i - 1].type == table[i].type) return false;
    return true;
}
static_assert(unique(), "a mechanism has two rows");

} // namespace

std::span<const MechanismMapRow> mechanism_map() noexcept { return table; }

const MechanismMapRow* mechanism_row_of(CK_MECHANISM_TYPE type) noexcept {
    const auto row = std::ranges::lower_bound(table, type, {}, &MechanismMapRow::type);
    return row != table.end() && row->type == type ? &*row : nullptr;
}

Hash hash_of(CK_MECHANISM_TYPE digest) noexcept {
    const auto row = std::ranges::find(hashes, digest, &HashNumbers::digest);
    return row != hashes.end() ? row->hash : Hash::none;
}

} // namespace hsm::pkcs11
