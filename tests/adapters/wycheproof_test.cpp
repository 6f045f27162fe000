// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "vector_keys.hpp"
#include "wycheproof.hpp"

#include <catch2/catch_test_macros.hpp>

// Project Wycheproof's vectors for secret keys through the C interface: keys come in by C_CreateObject, and
// what can be done in parts is done in parts as well.

namespace hsm::test {

namespace {

using kat::Tally;

std::string try_cipher(Trial& trial, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const Wycheproof& w,
                       const ByteString& sealed) {
    return w.valid ? trial.cipher(mechanism, key, w.hex("msg"), sealed)
                   : trial.undecryptable(mechanism, key, sealed);
}

/// "hmac_sha512_224_test.json:1" after \p start gives "sha512_224".
std::string hash_of_file(const std::string& where, const std::string& start) {
    return where.substr(start.size(), where.find("_test") - start.size());
}

} // namespace

TEST_CASE("Wycheproof: authenticated encryption", "[pkcs11][wycheproof]") {
    Trial trial;
    Tally tally("pkcs11 aead", 1010);
    const auto run = [&](const std::string& file, CK_KEY_TYPE type, auto&& mechanism_of) {
        for_each_test(tally, file, "_test.json", [&](const Wycheproof& w) {
            const auto key = trial.import(secret_key(type, w.hex("key")));
            if (!key.ok()) return tally.skip("key size");
            auto iv = w.hex("iv"), aad = w.hex("aad"), sealed = w.hex("ct");
            const auto tag = w.hex("tag");
            sealed.insert(sealed.end(), tag.begin(), tag.end());
            tally.result(w.where, mechanism_of(w, iv, aad, [&](CK_MECHANISM& m) {
                             return try_cipher(trial, m, key, w, sealed);
                         }));
        });
    };
    const auto tag_bits = [](const Wycheproof& w) { return w.group.at("tagSize").get<CK_ULONG>(); };
    run("aes_gcm_test", CKK_AES, [&](const Wycheproof& w, auto& iv, auto& aad, auto&& go) {
        CK_GCM_PARAMS parameters = {data(iv), size(iv), size(iv) * 8, data(aad), size(aad), tag_bits(w)};
        Mechanism mechanism(CKM_AES_GCM, &parameters);
        return go(mechanism);
    });
    run("aes_ccm_test", CKK_AES, [&](const Wycheproof& w, auto& iv, auto& aad, auto&& go) {
        CK_CCM_PARAMS parameters = {size(w.hex("msg")), data(iv),  size(iv),
                                    data(aad),          size(aad), tag_bits(w) / 8};
        Mechanism mechanism(CKM_AES_CCM, &parameters);
        return go(mechanism);
    });
    run("chacha20_poly1305_test", CKK_CHACHA20, [](const Wycheproof&, auto& iv, auto& aad, auto&& go) {
        CK_SALSA20_CHACHA20_POLY1305_PARAMS parameters = {data(iv), size(iv), data(aad), size(aad)};
        Mechanism mechanism(CKM_CHACHA20_POLY1305, &parameters);
        return go(mechanism);
    });
    tally.finish();
}

TEST_CASE("Wycheproof: ciphers and codes", "[pkcs11][wycheproof]") {
    Trial trial;
    Tally tally("pkcs11 ciphers and codes", 3870);
    for_each_test(tally, "aes_cbc_pkcs5", "_test.json", [&](const Wycheproof& w) {
        const auto key = trial.import(secret_key(CKK_AES, w.hex("key")));
        Mechanism mechanism(CKM_AES_CBC_PAD, w.hex("iv"));
        tally.result(w.where, try_cipher(trial, mechanism, key, w, w.hex("ct")));
    });
    for_each_test(tally, "aes_xts", "_test.json", [&](const Wycheproof& w) {
        auto iv = w.hex("iv");
        iv.resize(16); // the number of the sector, with the low byte first
        const auto key = trial.import(secret_key(CKK_AES_XTS, w.hex("key")));
        if (!key.ok()) return tally.skip("key size");
        Mechanism mechanism(CKM_AES_XTS, iv);
        tally.result(w.where, try_cipher(trial, mechanism, key, w, w.hex("ct")));
    });
    const auto code = [&](const std::string& file, CK_KEY_TYPE type, auto&& mechanisms) {
        for_each_test(tally, file, "_test.json", [&](const Wycheproof& w) {
            const auto key = trial.import(secret_key(type, w.hex("key")));
            const auto [whole, general] = mechanisms(w);
            if (!key.ok() || whole == no_number) return tally.skip(key.ok() ? "hash" : "key size");
            const auto message = w.hex("msg"), tag = w.hex("tag");
            CK_MECHANISM_INFO info = {};
            HSM_REQUIRE_OK(p11().C_GetMechanismInfo(trial.slot, whole, &info));
            CK_ULONG bytes = w.group.at("tagSize").get<CK_ULONG>() / 8;
            Mechanism cut(general, &bytes);
            if (w.valid) tally.result(w.where, trial.sign(cut, key, message, tag));
            tally.result(w.where, trial.verify(cut, key, message, tag, w.valid));
            if (!w.valid || general == whole) return;
            // Without a length it is the whole code, which begins with the cut one.
            Mechanism uncut(whole);
            ByteString all(64);
            auto length = size(all);
            HSM_REQUIRE_OK(p11().C_SignInit(trial.session, &uncut, key));
            HSM_REQUIRE_OK(p11().C_Sign(trial.session, data(message), size(message), all.data(), &length));
            all.resize(tag.size());
            tally.result(w.where + " whole", all == tag ? "" : "begins with " + hex_text(all));
        });
    };
    using Pair = std::pair<CK_MECHANISM_TYPE, CK_MECHANISM_TYPE>;
    code("aes_cmac", CKK_AES, [](const Wycheproof&) { return Pair{CKM_AES_CMAC, CKM_AES_CMAC_GENERAL}; });
    code("hmac_sha", CKK_GENERIC_SECRET, [](const Wycheproof& w) {
        const auto* hash = hash_named(hash_of_file(w.where, "hmac_"));
        return hash == nullptr ? Pair{no_number, no_number} : Pair{hash->hmac, hash->hmac_general};
    });
    for_each_test(tally, "aes_gmac", "_test.json", [&](const Wycheproof& w) {
        const auto key = trial.import(secret_key(CKK_AES, w.hex("key")));
        const auto iv = w.hex("iv"), message = w.hex("msg"), tag = w.hex("tag");
        if (!key.ok() || (!iv.empty() && tag.size() != 16)) return tally.skip("key or tag size");
        Mechanism mechanism(CKM_AES_GMAC, iv);
        if (iv.empty()) {
            const auto rv = p11().C_SignInit(trial.session, &mechanism, key);
            return tally.result(w.where,
                                rv == CKR_MECHANISM_PARAM_INVALID ? "" : "an empty iv: " + rv_name(rv));
        }
        if (w.valid) tally.result(w.where, trial.sign(mechanism, key, message, tag));
        tally.result(w.where, trial.verify(mechanism, key, message, tag, w.valid));
    });
    tally.finish();
}

TEST_CASE("Wycheproof: key wrapping", "[pkcs11][wycheproof]") {
    Trial trial;
    Tally tally("pkcs11 key wrapping", 340);
    const auto run = [&](const std::string& file, CK_MECHANISM_TYPE type) {
        for_each_test(tally, file, "_test.json", [&](const Wycheproof& w) {
            const auto wrapping = trial.import(secret_key(CKK_AES, w.hex("key")));
            const auto message = w.hex("msg"), blob = w.hex("ct");
            if (!wrapping.ok()) return tally.skip("key size");
            Mechanism mechanism(type);
            auto made = secret_key(CKK_GENERIC_SECRET, {}).without(CKA_VALUE);
            CK_OBJECT_HANDLE key = 0;
            const auto rv = p11().C_UnwrapKey(trial.session, &mechanism, wrapping, data(blob), size(blob),
                                              made.data(), made.count(), &key);
            if (!w.valid) return tally.result(w.where, rv == CKR_OK ? "unwraps what is wrong" : "");
            if (message.empty()) return tally.skip("an empty key");
            if (rv != CKR_OK) return tally.fail(w.where, rv_name(rv));
            if (trial.session.value(key, CKA_VALUE) != message) return tally.fail(w.where, "another key");
            ByteString again(blob.size() + 16);
            auto length = size(again);
            const auto wrapped =
                p11().C_WrapKey(trial.session, &mechanism, wrapping, key, again.data(), &length);
            again.resize(wrapped == CKR_OK ? length : 0);
            (void)p11().C_DestroyObject(trial.session, key);
            tally.result(w.where,
                         again == blob ? "" : "wraps to " + hex_text(again) + " " + rv_name(wrapped));
        });
    };
    run("aes_wrap", CKM_AES_KEY_WRAP);
    run("aes_kwp", CKM_AES_KEY_WRAP_KWP);
    tally.finish();
}

TEST_CASE("Wycheproof: HKDF and PBKDF2", "[pkcs11][wycheproof]") {
    Trial trial;
    Tally tally("pkcs11 hkdf and pbkdf2", 510);
    for_each_test(tally, "hkdf_sha", "_test.json", [&](const Wycheproof& w) {
        const auto* hash = hash_named(hash_of_file(w.where, "hkdf_"));
        const auto key = trial.import(secret_key(CKK_GENERIC_SECRET, w.hex("ikm")));
        if (!key.ok() || hash == nullptr) return tally.skip("key or hash");
        if (w.number("size") > 4096) return tally.skip("longer than a key may be");
        const auto salt = w.hex("salt"), info = w.hex("info");
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
        const auto problem = trial.derive(mechanism, key, derived_secret(w.number("size")), w.hex("okm"));
        tally.result(w.where, w.valid ? problem : problem.empty() ? "derives too much" : "");
    });
    for_each_test(tally, "pbkdf2_hmacsha", "_test.json", [&](const Wycheproof& w) {
        const auto* hash = hash_named(hash_of_file(w.where, "pbkdf2_hmac"));
        const auto password = w.hex("password"), salt = w.hex("salt");
        if (hash == nullptr || password.empty() || !w.valid)
            return tally.skip("hash, an empty password, or more than there can be");
        CK_PKCS5_PBKD2_PARAMS2 parameters = {
            CKZ_SALT_SPECIFIED, data(salt), size(salt), w.number("iterationCount"),
            hash->pbkdf2,       nullptr,    0,          data(password),
            size(password)};
        Mechanism mechanism(CKM_PKCS5_PBKD2, &parameters);
        auto made = derived_secret(w.number("dkLen"));
        CK_OBJECT_HANDLE key = 0;
        const auto rv = p11().C_GenerateKey(trial.session, &mechanism, made.data(), made.count(), &key);
        if (rv != CKR_OK) return tally.fail(w.where, rv_name(rv));
        const auto got = trial.session.value(key, CKA_VALUE);
        (void)p11().C_DestroyObject(trial.session, key);
        tally.result(w.where, got == w.hex("dk") ? "" : "derives " + hex_text(got));
    });
    tally.finish();
}

} // namespace hsm::test
