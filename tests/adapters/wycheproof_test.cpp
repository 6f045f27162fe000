// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

// Project Wycheproof's vectors through the C interface: keys come in by C_CreateObject, and what can be done
// in parts is done in parts as well.

namespace hsm::test {
namespace {

using kat::Tally;
using nlohmann::json;

ByteString hex(const json& object, const char* name) {
    return object.contains(name) ? from_hex_text(object.at(name).get<std::string>()) : ByteString{};
}

/// A number without leading zeros.
ByteString number(const json& object, const char* name) {
    auto text = object.at(name).get<std::string>();
    if (text.size() % 2 != 0) text.insert(text.begin(), '0');
    auto bytes = from_hex_text(text);
    bytes.erase(bytes.begin(), std::find_if(bytes.begin(), bytes.end(), [](CK_BYTE b) { return b != 0; }));
    return bytes;
}

/// Calls \p run(group, test, valid, where) for the tests of the files whose names begin so.
template <class Run>
void for_each_test(Tally& tally, const std::string& start, const std::string& ending, Run&& run) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(kat::wycheproof_vectors())) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(start) && name.ends_with(ending)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& path : files) {
        std::ifstream in(path);
        const auto document = json::parse(in);
        for (const auto& group : document.at("testGroups")) {
            for (const auto& test : group.at("tests")) {
                const auto result = test.at("result").template get<std::string>();
                if (result == "acceptable" || !tally.take()) continue;
                run(group, test, result == "valid",
                    path.filename().string() + ":" + std::to_string(test.at("tcId").template get<int>()));
            }
        }
    }
}

/// A key of the session; empty when the token refuses it. Destroyed with this object.
class Imported {
public:
    Imported(UserToken& token, Template key) : token_(token) {
        rv_ = p11().C_CreateObject(token_.session, key.data(), key.count(), &handle_);
    }
    ~Imported() {
        if (rv_ == CKR_OK) (void)p11().C_DestroyObject(token_.session, handle_);
    }
    Imported(const Imported&) = delete;
    Imported& operator=(const Imported&) = delete;
    [[nodiscard]] bool ok() const { return rv_ == CKR_OK; }
    operator CK_OBJECT_HANDLE() const { return handle_; } // NOLINT(google-explicit-constructor)
    [[nodiscard]] std::string why() const { return rv_name(rv_); }

private:
    UserToken& token_;
    CK_RV rv_ = CKR_GENERAL_ERROR;
    CK_OBJECT_HANDLE handle_ = 0;
};

Template secret_key(CK_KEY_TYPE type, const ByteString& value) {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, type).bytes(CKA_VALUE, value);
    for (const auto use : {CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE})
        key.boolean(use, true);
    return key.boolean(CKA_EXTRACTABLE, true).boolean(CKA_SENSITIVE, false);
}

Template public_key(CK_KEY_TYPE type) {
    Template key;
    return key.number(CKA_CLASS, CKO_PUBLIC_KEY).number(CKA_KEY_TYPE, type).boolean(CKA_VERIFY, true);
}

CK_ULONG size(const ByteString& bytes) { return static_cast<CK_ULONG>(bytes.size()); }
CK_BYTE_PTR data(const ByteString& bytes) {
    static CK_BYTE nothing = 0;
    return bytes.empty() ? &nothing : const_cast<CK_BYTE_PTR>(bytes.data());
}

/// One call or parts; the output, or the result that is not CKR_OK.
struct Output {
    CK_RV rv = CKR_OK;
    ByteString bytes;
};

using OneCall = CK_RV (*)(CK_SESSION_HANDLE, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR);

Output whole(OneCall call, CK_SESSION_HANDLE session, const ByteString& in) {
    Output out;
    out.bytes.resize(in.size() + 1024);
    auto length = size(out.bytes);
    out.rv = call(session, data(in), size(in), out.bytes.data(), &length);
    out.bytes.resize(out.rv == CKR_OK ? length : 0);
    return out;
}

Output in_parts(OneCall update, CK_C_EncryptFinal final, CK_SESSION_HANDLE session, const ByteString& in) {
    Output out;
    for (std::size_t at = 0; at < in.size() && out.rv == CKR_OK; at += 7) {
        const ByteString part(in.begin() + static_cast<std::ptrdiff_t>(at),
                              in.begin() + static_cast<std::ptrdiff_t>(std::min(at + 7, in.size())));
        auto more = whole(update, session, part);
        out.rv = more.rv;
        out.bytes.insert(out.bytes.end(), more.bytes.begin(), more.bytes.end());
    }
    if (out.rv != CKR_OK) return out;
    ByteString last(in.size() + 1024);
    auto length = size(last);
    out.rv = final(session, last.data(), &length);
    if (out.rv == CKR_OK)
        out.bytes.insert(out.bytes.end(), last.begin(), last.begin() + static_cast<std::ptrdiff_t>(length));
    return out;
}

/// Encrypts and decrypts both ways; what went wrong, or nothing.
std::string try_cipher(UserToken& token, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key,
                       const ByteString& plain, const ByteString& cipher, bool valid) {
    const CK_SESSION_HANDLE session = token.session;
    const auto& f = p11();
    for (const bool parts : {false, true}) {
        if (valid) {
            if (const auto rv = f.C_EncryptInit(session, &mechanism, key); rv != CKR_OK)
                return "init: " + rv_name(rv);
            const auto out = parts ? in_parts(f.C_EncryptUpdate, f.C_EncryptFinal, session, plain)
                                   : whole(f.C_Encrypt, session, plain);
            if (out.rv != CKR_OK) return "encrypt: " + rv_name(out.rv);
            if (out.bytes != cipher) return "encrypts to " + hex_text(out.bytes);
        }
        const auto rv = f.C_DecryptInit(session, &mechanism, key);
        if (rv == CKR_MECHANISM_PARAM_INVALID && !valid) return {};
        if (rv != CKR_OK) return "init: " + rv_name(rv);
        const auto out = parts ? in_parts(f.C_DecryptUpdate, f.C_DecryptFinal, session, cipher)
                               : whole(f.C_Decrypt, session, cipher);
        if (!valid && out.rv == CKR_OK) return "decrypts what is wrong";
        if (valid && out.rv != CKR_OK) return "decrypt: " + rv_name(out.rv);
        if (valid && out.bytes != plain) return "decrypts to " + hex_text(out.bytes);
    }
    return {};
}

/// Verifies in one call and in parts, and where 3.2 allows with the signature first.
std::string try_verify(UserToken& token, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key,
                       const ByteString& message, const ByteString& signature, bool valid) {
    const CK_SESSION_HANDLE session = token.session;
    const auto& f = p11();
    for (const bool parts : {false, true}) {
        if (const auto rv = f.C_VerifyInit(session, &mechanism, key); rv != CKR_OK)
            return "init: " + rv_name(rv);
        CK_RV rv = CKR_OK;
        if (parts) {
            const auto half = size(message) / 2;
            rv = f.C_VerifyUpdate(session, data(message), half);
            if (rv == CKR_OK) rv = f.C_VerifyUpdate(session, data(message) + half, size(message) - half);
            if (rv == CKR_OK) rv = f.C_VerifyFinal(session, data(signature), size(signature));
        } else {
            rv = f.C_Verify(session, data(message), size(message), data(signature), size(signature));
        }
        if (valid && rv != CKR_OK) return "verify: " + rv_name(rv);
        if (!valid && rv != CKR_SIGNATURE_INVALID && rv != CKR_SIGNATURE_LEN_RANGE)
            return "verify says " + rv_name(rv);
    }
    return {};
}

struct HashRow {
    std::string name; ///< as Wycheproof's files have it
    CK_MECHANISM_TYPE digest, hmac, rsa, pss, ecdsa;
    CK_ULONG mgf;
};

const HashRow* hash_row(const std::string& name) {
    static const std::vector<HashRow> rows = {
        {"SHA-1", CKM_SHA_1, CKM_SHA_1_HMAC, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_ECDSA_SHA1,
         CKG_MGF1_SHA1},
        {"SHA-224", CKM_SHA224, CKM_SHA224_HMAC, CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS,
         CKM_ECDSA_SHA224, CKG_MGF1_SHA224},
        {"SHA-256", CKM_SHA256, CKM_SHA256_HMAC, CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS,
         CKM_ECDSA_SHA256, CKG_MGF1_SHA256},
        {"SHA-384", CKM_SHA384, CKM_SHA384_HMAC, CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS,
         CKM_ECDSA_SHA384, CKG_MGF1_SHA384},
        {"SHA-512", CKM_SHA512, CKM_SHA512_HMAC, CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS,
         CKM_ECDSA_SHA512, CKG_MGF1_SHA512},
        {"SHA3-224", CKM_SHA3_224, CKM_SHA3_224_HMAC, CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS,
         CKM_ECDSA_SHA3_224, CKG_MGF1_SHA3_224},
        {"SHA3-256", CKM_SHA3_256, CKM_SHA3_256_HMAC, CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS,
         CKM_ECDSA_SHA3_256, CKG_MGF1_SHA3_256},
        {"SHA3-384", CKM_SHA3_384, CKM_SHA3_384_HMAC, CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS,
         CKM_ECDSA_SHA3_384, CKG_MGF1_SHA3_384},
        {"SHA3-512", CKM_SHA3_512, CKM_SHA3_512_HMAC, CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS,
         CKM_ECDSA_SHA3_512, CKG_MGF1_SHA3_512},
    };
    const auto at = std::ranges::find(rows, name, &HashRow::name);
    return at == rows.end() ? nullptr : &*at;
}

ByteString curve_oid(const std::string& name) {
    static const std::map<std::string, std::string> oids = {{"secp224r1", "06052b81040021"},
                                                            {"secp256r1", "06082a8648ce3d030107"},
                                                            {"secp384r1", "06052b81040022"},
                                                            {"secp521r1", "06052b81040023"},
                                                            {"secp256k1", "06052b8104000a"},
                                                            {"brainpoolP256r1", "06092b2403030208010107"},
                                                            {"brainpoolP384r1", "06092b240303020801010b"},
                                                            {"brainpoolP512r1", "06092b240303020801010d"},
                                                            {"curve25519", "06032b656e"},
                                                            {"curve448", "06032b656f"}};
    const auto at = oids.find(name);
    return at == oids.end() ? ByteString{} : from_hex_text(at->second);
}

Template rsa_public(const json& group) {
    const auto& key = group.at("publicKey");
    return public_key(CKK_RSA)
        .bytes(CKA_MODULUS, number(key, "modulus"))
        .bytes(CKA_PUBLIC_EXPONENT, number(key, "publicExponent"));
}

} // namespace

TEST_CASE("Wycheproof: authenticated encryption", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 aead", 900);
    const auto run = [&](const std::string& file, CK_KEY_TYPE type, auto&& mechanism_of) {
        for_each_test(tally, file, "_test.json",
                      [&](const json& group, const json& test, bool valid, const std::string& where) {
                          const Imported key(token, secret_key(type, hex(test, "key")));
                          if (!key.ok()) return tally.skip("key size");
                          auto iv = hex(test, "iv"), aad = hex(test, "aad"), cipher = hex(test, "ct");
                          const auto tag = hex(test, "tag"), plain = hex(test, "msg");
                          cipher.insert(cipher.end(), tag.begin(), tag.end());
                          tally.result(where,
                                       mechanism_of(group, iv, aad, plain, [&](CK_MECHANISM& mechanism) {
                                           return try_cipher(token, mechanism, key, plain, cipher, valid);
                                       }));
                      });
    };
    run("aes_gcm_test", CKK_AES, [](const json& group, auto& iv, auto& aad, auto&, auto&& go) {
        CK_GCM_PARAMS parameters = {data(iv),  size(iv),  size(iv) * 8,
                                    data(aad), size(aad), group.at("tagSize").get<CK_ULONG>()};
        Mechanism mechanism(CKM_AES_GCM, &parameters);
        return go(mechanism);
    });
    run("aes_ccm_test", CKK_AES, [](const json& group, auto& iv, auto& aad, auto& plain, auto&& go) {
        CK_CCM_PARAMS parameters = {size(plain), data(iv),  size(iv),
                                    data(aad),   size(aad), group.at("tagSize").get<CK_ULONG>() / 8};
        Mechanism mechanism(CKM_AES_CCM, &parameters);
        return go(mechanism);
    });
    run("chacha20_poly1305_test", CKK_CHACHA20, [](const json&, auto& iv, auto& aad, auto&, auto&& go) {
        CK_SALSA20_CHACHA20_POLY1305_PARAMS parameters = {data(iv), size(iv), data(aad), size(aad)};
        Mechanism mechanism(CKM_CHACHA20_POLY1305, &parameters);
        return go(mechanism);
    });
    tally.finish();
}

TEST_CASE("Wycheproof: AES-CBC with padding, CMAC and HMAC", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 secret keys", 1500);
    for_each_test(tally, "aes_cbc_pkcs5", "_test.json",
                  [&](const json&, const json& test, bool valid, const std::string& where) {
                      const Imported key(token, secret_key(CKK_AES, hex(test, "key")));
                      Mechanism mechanism(CKM_AES_CBC_PAD, hex(test, "iv"));
                      tally.result(
                          where, try_cipher(token, mechanism, key, hex(test, "msg"), hex(test, "ct"), valid));
                  });
    const auto mac = [&](const std::string& file, CK_KEY_TYPE type, CK_MECHANISM_TYPE full,
                         CK_MECHANISM_TYPE general, CK_ULONG bits) {
        for_each_test(tally, file, "_test.json",
                      [&](const json& group, const json& test, bool valid, const std::string& where) {
                          const Imported key(token, secret_key(type, hex(test, "key")));
                          if (!key.ok()) return tally.skip("key size");
                          auto length = group.at("tagSize").get<CK_ULONG>();
                          CK_ULONG parameter = length / 8;
                          Mechanism cut(general, &parameter), uncut(full);
                          tally.result(where, try_verify(token, length == bits ? uncut : cut, key,
                                                         hex(test, "msg"), hex(test, "tag"), valid));
                      });
    };
    mac("aes_cmac", CKK_AES, CKM_AES_CMAC, CKM_AES_CMAC_GENERAL, 128);
    mac("hmac_sha1_", CKK_GENERIC_SECRET, CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL, 160);
    mac("hmac_sha256_", CKK_GENERIC_SECRET, CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL, 256);
    mac("hmac_sha384_", CKK_GENERIC_SECRET, CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL, 384);
    mac("hmac_sha512_test", CKK_GENERIC_SECRET, CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL, 512);
    mac("hmac_sha3_256_", CKK_GENERIC_SECRET, CKM_SHA3_256_HMAC, CKM_SHA3_256_HMAC_GENERAL, 256);
    mac("hmac_sha3_512_", CKK_GENERIC_SECRET, CKM_SHA3_512_HMAC, CKM_SHA3_512_HMAC_GENERAL, 512);
    tally.finish();
}

TEST_CASE("Wycheproof: RSA signatures", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 rsa signatures", 2000);
    for_each_test(
        tally, "rsa_signature_", "_test.json",
        [&](const json& group, const json& test, bool valid, const std::string& where) {
            const auto* hash = hash_row(group.at("sha").get<std::string>());
            if (hash == nullptr) return tally.skip("hash");
            const Imported key(token, rsa_public(group));
            if (!key.ok()) return tally.skip("key: " + key.why());
            Mechanism mechanism(hash->rsa);
            tally.result(where, try_verify(token, mechanism, key, hex(test, "msg"), hex(test, "sig"), valid));
        });
    for_each_test(
        tally, "rsa_pss_", "_test.json",
        [&](const json& group, const json& test, bool valid, const std::string& where) {
            const auto* hash = hash_row(group.at("sha").get<std::string>());
            const auto* mgf = hash_row(group.value("mgfSha", std::string()));
            if (hash == nullptr || mgf == nullptr) return tally.skip("hash");
            const Imported key(token, rsa_public(group));
            if (!key.ok()) return tally.skip("key: " + key.why());
            CK_RSA_PKCS_PSS_PARAMS parameters = {hash->digest, mgf->mgf, group.at("sLen").get<CK_ULONG>()};
            Mechanism mechanism(hash->pss, &parameters);
            tally.result(where, try_verify(token, mechanism, key, hex(test, "msg"), hex(test, "sig"), valid));
        });
    tally.finish();
}

TEST_CASE("Wycheproof: ECDSA and EdDSA", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 ecdsa and eddsa", 2000);
    for_each_test(
        tally, "ecdsa_", "_p1363_test.json",
        [&](const json& group, const json& test, bool valid, const std::string& where) {
            const auto* hash = hash_row(group.at("sha").get<std::string>());
            const auto oid = curve_oid(group.at("publicKey").at("curve").get<std::string>());
            if (hash == nullptr || oid.empty()) return tally.skip("curve or hash");
            const Imported key(token, public_key(CKK_EC)
                                          .bytes(CKA_EC_PARAMS, oid)
                                          .bytes(CKA_EC_POINT, hex(group.at("publicKey"), "uncompressed")));
            if (!key.ok()) return tally.skip("key: " + key.why());
            Mechanism mechanism(hash->ecdsa);
            tally.result(where, try_verify(token, mechanism, key, hex(test, "msg"), hex(test, "sig"), valid));
        });
    for_each_test(tally, "ed", "_test.json",
                  [&](const json& group, const json& test, bool valid, const std::string& where) {
                      if (!where.starts_with("ed25519") && !where.starts_with("ed448")) return;
                      const bool small = where.starts_with("ed25519");
                      const Imported key(
                          token, public_key(CKK_EC_EDWARDS)
                                     .bytes(CKA_EC_PARAMS, from_hex_text(small ? "06032b6570" : "06032b6571"))
                                     .bytes(CKA_EC_POINT, hex(group.at("publicKey"), "pk")));
                      if (!key.ok()) return valid ? tally.fail(where, "key: " + key.why()) : tally.ran();
                      CK_EDDSA_PARAMS parameters = {CK_FALSE, 0, nullptr};
                      Mechanism pure(CKM_EDDSA), with(CKM_EDDSA, &parameters);
                      tally.result(where, try_verify(token, small ? pure : with, key, hex(test, "msg"),
                                                     hex(test, "sig"), valid));
                  });
    tally.finish();
}

TEST_CASE("Wycheproof: ML-DSA", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 ml-dsa", 200);
    for_each_test(
        tally, "mldsa_", "_verify_test.json",
        [&](const json& group, const json& test, bool valid, const std::string& where) {
            const CK_ULONG set = where.starts_with("mldsa_44")   ? CKP_ML_DSA_44
                                 : where.starts_with("mldsa_65") ? CKP_ML_DSA_65
                                                                 : CKP_ML_DSA_87;
            const Imported key(token, public_key(CKK_ML_DSA)
                                          .number(CKA_PARAMETER_SET, set)
                                          .bytes(CKA_VALUE, hex(group, "publicKey")));
            if (!key.ok()) return valid ? tally.fail(where, "key: " + key.why()) : tally.ran();
            const auto context = hex(test, "ctx");
            CK_SIGN_ADDITIONAL_CONTEXT parameters = {CKH_HEDGE_PREFERRED, data(context), size(context)};
            Mechanism mechanism(CKM_ML_DSA, &parameters);
            if (context.size() > 255) {
                const auto rv = p11().C_VerifyInit(token.session, &mechanism, key);
                return tally.result(
                    where, rv == CKR_MECHANISM_PARAM_INVALID ? "" : "a long context: " + rv_name(rv));
            }
            tally.result(where, try_verify(token, mechanism, key, hex(test, "msg"), hex(test, "sig"), valid));
        });
    tally.finish();
}

TEST_CASE("Wycheproof: key agreement", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 key agreement", 1000);
    const auto run = [&](const std::string& file, const std::string& ending, CK_KEY_TYPE type) {
        for_each_test(
            tally, file, ending,
            [&](const json& group, const json& test, bool valid, const std::string& where) {
                const auto oid = curve_oid(group.at("curve").get<std::string>());
                if (oid.empty()) return tally.skip("curve");
                Template private_key;
                private_key.number(CKA_CLASS, CKO_PRIVATE_KEY)
                    .number(CKA_KEY_TYPE, type)
                    .boolean(CKA_DERIVE, true);
                private_key.bytes(CKA_EC_PARAMS, oid)
                    .bytes(CKA_VALUE, type == CKK_EC ? number(test, "private") : hex(test, "private"));
                const Imported key(token, private_key);
                if (!key.ok()) return tally.skip("private key: " + key.why());
                const auto point = hex(test, "public"), shared = hex(test, "shared");
                CK_ECDH1_DERIVE_PARAMS parameters = {CKD_NULL, 0, nullptr, size(point), data(point)};
                Mechanism mechanism(CKM_ECDH1_DERIVE, &parameters);
                Template made;
                made.number(CKA_CLASS, CKO_SECRET_KEY)
                    .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
                    .boolean(CKA_SENSITIVE, false)
                    .boolean(CKA_EXTRACTABLE, true);
                CK_OBJECT_HANDLE secret = 0;
                const auto rv =
                    p11().C_DeriveKey(token.session, &mechanism, key, made.data(), made.count(), &secret);
                if (!valid) return tally.result(where, rv == CKR_OK ? "agrees on what is wrong" : "");
                if (rv != CKR_OK) return tally.fail(where, rv_name(rv));
                const auto got = token.session.value(secret, CKA_VALUE);
                (void)p11().C_DestroyObject(token.session, secret);
                tally.result(where, got == shared ? "" : "agrees on " + hex_text(got));
            });
    };
    run("ecdh_", "_ecpoint_test.json", CKK_EC);
    run("x25519_test", ".json", CKK_EC_MONTGOMERY);
    run("x448_test", ".json", CKK_EC_MONTGOMERY);
    tally.finish();
}

TEST_CASE("Wycheproof: key wrapping", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 key wrapping", 400);
    const auto run = [&](const std::string& file, CK_MECHANISM_TYPE type) {
        for_each_test(tally, file, "_test.json",
                      [&](const json&, const json& test, bool valid, const std::string& where) {
                          const Imported wrapping(token, secret_key(CKK_AES, hex(test, "key")));
                          const auto message = hex(test, "msg"), blob = hex(test, "ct");
                          if (!wrapping.ok()) return tally.skip("key size");
                          Mechanism mechanism(type);
                          auto made = secret_key(CKK_GENERIC_SECRET, {}).without(CKA_VALUE);
                          CK_OBJECT_HANDLE key = 0;
                          const auto rv = p11().C_UnwrapKey(token.session, &mechanism, wrapping, data(blob),
                                                            size(blob), made.data(), made.count(), &key);
                          if (!valid) return tally.result(where, rv == CKR_OK ? "unwraps what is wrong" : "");
                          if (message.empty()) return tally.skip("an empty key");
                          if (rv != CKR_OK) return tally.fail(where, rv_name(rv));
                          if (token.session.value(key, CKA_VALUE) != message)
                              return tally.fail(where, "another key");
                          ByteString again(blob.size() + 16);
                          auto length = size(again);
                          const auto wrapped = p11().C_WrapKey(token.session, &mechanism, wrapping, key,
                                                               again.data(), &length);
                          again.resize(wrapped == CKR_OK ? length : 0);
                          (void)p11().C_DestroyObject(token.session, key);
                          tally.result(where, again == blob
                                                  ? ""
                                                  : "wraps to " + hex_text(again) + " " + rv_name(wrapped));
                      });
    };
    run("aes_wrap", CKM_AES_KEY_WRAP);
    run("aes_kwp", CKM_AES_KEY_WRAP_KWP);
    tally.finish();
}

TEST_CASE("Wycheproof: HKDF", "[pkcs11][wycheproof]") {
    UserToken token;
    Tally tally("pkcs11 hkdf", 200);
    for_each_test(tally, "hkdf_sha", "_test.json",
                  [&](const json&, const json& test, bool valid, const std::string& where) {
                      const auto name = where.substr(8, where.find('_', 8) - 8); // "1", "256"
                      const auto* hash = hash_row("SHA-" + name);
                      const Imported key(token, secret_key(CKK_GENERIC_SECRET, hex(test, "ikm")));
                      if (!key.ok() || hash == nullptr) return tally.skip("key or hash");
                      if (test.at("size").get<CK_ULONG>() > 4096)
                          return tally.skip("longer than a key may be");
                      const auto salt = hex(test, "salt"), info = hex(test, "info");
                      CK_HKDF_PARAMS parameters = {CK_TRUE,
                                                   CK_TRUE,
                                                   hash->digest,
                                                   salt.empty() ? CKF_HKDF_SALT_NULL : CKF_HKDF_SALT_DATA,
                                                   data(salt),
                                                   size(salt),
                                                   0,
                                                   data(info),
                                                   size(info)};
                      Mechanism mechanism(CKM_HKDF_DERIVE, &parameters);
                      Template made;
                      made.number(CKA_CLASS, CKO_SECRET_KEY)
                          .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
                          .number(CKA_VALUE_LEN, test.at("size").get<CK_ULONG>())
                          .boolean(CKA_SENSITIVE, false)
                          .boolean(CKA_EXTRACTABLE, true);
                      CK_OBJECT_HANDLE derived = 0;
                      const auto rv = p11().C_DeriveKey(token.session, &mechanism, key, made.data(),
                                                        made.count(), &derived);
                      if (!valid) return tally.result(where, rv == CKR_OK ? "derives too much" : "");
                      if (rv != CKR_OK) return tally.fail(where, rv_name(rv));
                      const auto got = token.session.value(derived, CKA_VALUE);
                      (void)p11().C_DestroyObject(token.session, derived);
                      tally.result(where, got == hex(test, "okm") ? "" : "derives " + hex_text(got));
                  });
    tally.finish();
}

} // namespace hsm::test
