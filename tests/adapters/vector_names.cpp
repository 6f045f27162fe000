// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "vector_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace hsm::test {

namespace {

constexpr auto none = no_number;

constexpr std::array hashes{
    HashNames{"MD5", CKM_MD5, CKM_MD5_HMAC, CKM_MD5_HMAC_GENERAL, CKM_MD5_KEY_DERIVATION, CKM_MD5_RSA_PKCS,
              none, none, none, none, none, none, none},
    HashNames{"SHA-1", CKM_SHA_1, CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL, CKM_SHA1_KEY_DERIVATION,
              CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_ECDSA_SHA1, CKM_DSA_SHA1, CKG_MGF1_SHA1,
              CKD_SHA1_KDF, CKD_SHA1_KDF_SP800, CKP_PKCS5_PBKD2_HMAC_SHA1},
    HashNames{"SHA-224", CKM_SHA224, CKM_SHA224_HMAC, CKM_SHA224_HMAC_GENERAL, CKM_SHA224_KEY_DERIVATION,
              CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, CKM_ECDSA_SHA224, CKM_DSA_SHA224, CKG_MGF1_SHA224,
              CKD_SHA224_KDF, CKD_SHA224_KDF_SP800, CKP_PKCS5_PBKD2_HMAC_SHA224},
    HashNames{"SHA-256", CKM_SHA256, CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL, CKM_SHA256_KEY_DERIVATION,
              CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, CKM_ECDSA_SHA256, CKM_DSA_SHA256, CKG_MGF1_SHA256,
              CKD_SHA256_KDF, CKD_SHA256_KDF_SP800, CKP_PKCS5_PBKD2_HMAC_SHA256},
    HashNames{"SHA-384", CKM_SHA384, CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL, CKM_SHA384_KEY_DERIVATION,
              CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, CKM_ECDSA_SHA384, CKM_DSA_SHA384, CKG_MGF1_SHA384,
              CKD_SHA384_KDF, CKD_SHA384_KDF_SP800, CKP_PKCS5_PBKD2_HMAC_SHA384},
    HashNames{"SHA-512", CKM_SHA512, CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL, CKM_SHA512_KEY_DERIVATION,
              CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, CKM_ECDSA_SHA512, CKM_DSA_SHA512, CKG_MGF1_SHA512,
              CKD_SHA512_KDF, CKD_SHA512_KDF_SP800, CKP_PKCS5_PBKD2_HMAC_SHA512},
    HashNames{"SHA-512/224", CKM_SHA512_224, CKM_SHA512_224_HMAC, CKM_SHA512_224_HMAC_GENERAL,
              CKM_SHA512_224_KEY_DERIVATION, none, none, none, none, none, none, none,
              CKP_PKCS5_PBKD2_HMAC_SHA512_224},
    HashNames{"SHA-512/256", CKM_SHA512_256, CKM_SHA512_256_HMAC, CKM_SHA512_256_HMAC_GENERAL,
              CKM_SHA512_256_KEY_DERIVATION, none, none, none, none, none, none, none,
              CKP_PKCS5_PBKD2_HMAC_SHA512_256},
    HashNames{"SHA3-224", CKM_SHA3_224, CKM_SHA3_224_HMAC, CKM_SHA3_224_HMAC_GENERAL,
              CKM_SHA3_224_KEY_DERIVATION, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS,
              CKM_ECDSA_SHA3_224, CKM_DSA_SHA3_224, CKG_MGF1_SHA3_224, CKD_SHA3_224_KDF,
              CKD_SHA3_224_KDF_SP800, none},
    HashNames{"SHA3-256", CKM_SHA3_256, CKM_SHA3_256_HMAC, CKM_SHA3_256_HMAC_GENERAL,
              CKM_SHA3_256_KEY_DERIVATION, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS,
              CKM_ECDSA_SHA3_256, CKM_DSA_SHA3_256, CKG_MGF1_SHA3_256, CKD_SHA3_256_KDF,
              CKD_SHA3_256_KDF_SP800, none},
    HashNames{"SHA3-384", CKM_SHA3_384, CKM_SHA3_384_HMAC, CKM_SHA3_384_HMAC_GENERAL,
              CKM_SHA3_384_KEY_DERIVATION, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS,
              CKM_ECDSA_SHA3_384, CKM_DSA_SHA3_384, CKG_MGF1_SHA3_384, CKD_SHA3_384_KDF,
              CKD_SHA3_384_KDF_SP800, none},
    HashNames{"SHA3-512", CKM_SHA3_512, CKM_SHA3_512_HMAC, CKM_SHA3_512_HMAC_GENERAL,
              CKM_SHA3_512_KEY_DERIVATION, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS,
              CKM_ECDSA_SHA3_512, CKM_DSA_SHA3_512, CKG_MGF1_SHA3_512, CKD_SHA3_512_KDF,
              CKD_SHA3_512_KDF_SP800, none},
    HashNames{"SHAKE128", none, none, none, CKM_SHAKE_128_KEY_DERIVATION, none, none, none, none, none, none,
              none, none},
    HashNames{"SHAKE256", none, none, none, CKM_SHAKE_256_KEY_DERIVATION, none, none, none, none, none, none,
              none, none},
};

/// Letters and digits alone, so that every spelling of a name is the same.
std::string plain(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0)
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out == "sha160" ? "sha1" : out;
}

constexpr std::array ciphers{
    CipherNames{"AES", "", CKM_AES_ECB, Iv::none},
    CipherNames{"AES", "CBC/NoPadding", CKM_AES_CBC, Iv::bytes},
    CipherNames{"AES", "CBC/PKCS7", CKM_AES_CBC_PAD, Iv::bytes},
    CipherNames{"AES", "CBC/CTS", CKM_AES_CTS, Iv::bytes},
    CipherNames{"AES", "CBC/CS1", CKM_AES_CTS, Iv::bytes},
    CipherNames{"AES", "CFB", CKM_AES_CFB128, Iv::bytes},
    CipherNames{"AES", "CFB(8)", CKM_AES_CFB8, Iv::bytes},
    CipherNames{"AES", "OFB", CKM_AES_OFB, Iv::bytes},
    CipherNames{"AES", "CTR", CKM_AES_CTR, Iv::counter},
    CipherNames{"AES", "XTS", CKM_AES_XTS, Iv::bytes},
    CipherNames{"AES", "CMAC", CKM_AES_CMAC, Iv::none},
    CipherNames{"AES", "GMAC", CKM_AES_GMAC, Iv::bytes},
    CipherNames{"DES", "", CKM_DES_ECB, Iv::none},
    CipherNames{"DES", "CBC/NoPadding", CKM_DES_CBC, Iv::bytes},
    CipherNames{"DES", "CBC/PKCS7", CKM_DES_CBC_PAD, Iv::bytes},
    CipherNames{"3DES", "", CKM_DES3_ECB, Iv::none},
    CipherNames{"3DES", "CBC/NoPadding", CKM_DES3_CBC, Iv::bytes},
    CipherNames{"3DES", "CBC/PKCS7", CKM_DES3_CBC_PAD, Iv::bytes},
    CipherNames{"3DES", "CMAC", CKM_DES3_CMAC, Iv::none},
    CipherNames{"RC4", "", CKM_RC4, Iv::none},
    CipherNames{"ChaCha(20)", "", CKM_CHACHA20, Iv::chacha20},
};

/// "AES-128" is AES, "TripleDES" is 3DES.
std::string_view cipher_of(std::string_view name) {
    if (name.starts_with("AES")) return "AES";
    return name == "TripleDES" ? "3DES" : name;
}

struct KeySize {
    std::string_view cipher;
    std::size_t bytes; ///< 0: any
    CK_KEY_TYPE type;
};
constexpr std::array key_sizes{
    KeySize{"AES", 16, CKK_AES},   KeySize{"AES", 24, CKK_AES},
    KeySize{"AES", 32, CKK_AES},   KeySize{"DES", 8, CKK_DES},
    KeySize{"3DES", 16, CKK_DES2}, KeySize{"3DES", 24, CKK_DES3},
    KeySize{"RC4", 0, CKK_RC4},    KeySize{"ChaCha(20)", 32, CKK_CHACHA20},
};

constexpr std::array curves{
    Curve{"secp192r1", "06082a8648ce3d030101", 24},
    Curve{"secp224r1", "06052b81040021", 28},
    Curve{"secp256r1", "06082a8648ce3d030107", 32},
    Curve{"secp384r1", "06052b81040022", 48},
    Curve{"secp521r1", "06052b81040023", 66},
    Curve{"secp256k1", "06052b8104000a", 32},
    Curve{"brainpoolP256r1", "06092b2403030208010107", 32},
    Curve{"brainpoolP320r1", "06092b2403030208010109", 40},
    Curve{"brainpoolP384r1", "06092b240303020801010b", 48},
    Curve{"brainpoolP512r1", "06092b240303020801010d", 64},
    Curve{"curve25519", "06032b656e", 32},
    Curve{"curve448", "06032b656f", 56},
};

struct SetName {
    std::string_view name, other;
    CK_ULONG set;
};
constexpr std::array sets{
    SetName{"ML-DSA-44", "ML-DSA-4x4", CKP_ML_DSA_44},
    SetName{"ML-DSA-65", "ML-DSA-6x5", CKP_ML_DSA_65},
    SetName{"ML-DSA-87", "ML-DSA-8x7", CKP_ML_DSA_87},
    SetName{"ML-KEM-512", "", CKP_ML_KEM_512},
    SetName{"ML-KEM-768", "", CKP_ML_KEM_768},
    SetName{"ML-KEM-1024", "", CKP_ML_KEM_1024},
    SetName{"SLH-DSA-SHA2-128s", "", CKP_SLH_DSA_SHA2_128S},
    SetName{"SLH-DSA-SHAKE-128s", "", CKP_SLH_DSA_SHAKE_128S},
    SetName{"SLH-DSA-SHA2-128f", "", CKP_SLH_DSA_SHA2_128F},
    SetName{"SLH-DSA-SHAKE-128f", "", CKP_SLH_DSA_SHAKE_128F},
    SetName{"SLH-DSA-SHA2-192s", "", CKP_SLH_DSA_SHA2_192S},
    SetName{"SLH-DSA-SHAKE-192s", "", CKP_SLH_DSA_SHAKE_192S},
    SetName{"SLH-DSA-SHA2-192f", "", CKP_SLH_DSA_SHA2_192F},
    SetName{"SLH-DSA-SHAKE-192f", "", CKP_SLH_DSA_SHAKE_192F},
    SetName{"SLH-DSA-SHA2-256s", "", CKP_SLH_DSA_SHA2_256S},
    SetName{"SLH-DSA-SHAKE-256s", "", CKP_SLH_DSA_SHAKE_256S},
    SetName{"SLH-DSA-SHA2-256f", "", CKP_SLH_DSA_SHA2_256F},
    SetName{"SLH-DSA-SHAKE-256f", "", CKP_SLH_DSA_SHAKE_256F},
};

} // namespace

const HashNames* hash_named(std::string_view name) {
    const auto wanted = plain(name);
    const auto at =
        std::ranges::find_if(hashes, [&](const HashNames& row) { return plain(row.name) == wanted; });
    return at == hashes.end() ? nullptr : &*at;
}

std::string_view innermost(std::string_view text) {
    // "SHA-3(256)" is a name with brackets of its own: what stands inside must be a name again.
    for (;;) {
        const auto open = text.find('(');
        const auto close = text.rfind(')');
        if (open == std::string_view::npos || close == std::string_view::npos || hash_named(text) != nullptr)
            return text;
        text = text.substr(open + 1, close - open - 1);
    }
}

const CipherNames* cipher_named(std::string_view cipher, std::string_view mode) {
    const auto at = std::ranges::find_if(
        ciphers, [&](const CipherNames& row) { return row.cipher == cipher_of(cipher) && row.mode == mode; });
    return at == ciphers.end() ? nullptr : &*at;
}

CK_KEY_TYPE cipher_key_type(std::string_view cipher, std::size_t bytes) {
    for (const auto& row : key_sizes)
        if (row.cipher == cipher_of(cipher) && (row.bytes == 0 || row.bytes == bytes)) return row.type;
    return no_number;
}

const Curve* curve_named(std::string_view name) {
    const auto wanted =
        name.starts_with("brainpoolP") ? "brainpool" + std::string(name.substr(10)) : std::string(name);
    const auto at = std::ranges::find_if(curves, [&](const Curve& row) {
        return row.name == wanted || (row.name.starts_with("brainpool") &&
                                      wanted == "brainpool" + std::string(row.name.substr(10)));
    });
    return at == curves.end() ? nullptr : &*at;
}

CK_ULONG parameter_set_named(std::string_view name) {
    const auto at =
        std::ranges::find_if(sets, [&](const SetName& row) { return row.name == name || row.other == name; });
    return at == sets.end() ? no_number : at->set;
}

} // namespace hsm::test
