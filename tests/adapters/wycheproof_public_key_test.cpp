// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "vector_keys.hpp"
#include "wycheproof.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>

// Project Wycheproof's vectors for key pairs through the C interface.

namespace hsm::test {

namespace {

using kat::Tally;
using nlohmann::json;

/// The key of a group, made once: groups come one after the other. What is expensive to bring in, because its
/// primes are looked at, is for the first groups of each file only; the core's suite has them all.
class GroupKey {
public:
    explicit GroupKey(Trial& trial, std::size_t groups_per_file = ~std::size_t{0})
        : trial_(trial), most_(groups_per_file) {}
    /// Null: enough of this file.
    const Imported* get(const Wycheproof& w, const std::function<Template()>& make) {
        const auto file = w.where.substr(0, w.where.find(':'));
        if (file != file_) groups_ = 0;
        if (file != file_ || &w.group != group_) {
            key_.reset();
            file_ = file;
            group_ = &w.group;
            if (++groups_ <= most_) key_.emplace(trial_.import(make()));
        }
        return key_ ? &*key_ : nullptr;
    }

private:
    Trial& trial_;
    std::size_t most_, groups_ = 0;
    std::string file_;
    const json* group_ = nullptr;
    std::optional<Imported> key_;
};

/// Why a test does not run with this key.
std::string no_use(const Imported* key) { return key == nullptr ? "one key of many" : "key: " + key->why(); }

Template rsa_public_of(const json& key) {
    return public_key(CKK_RSA)
        .bytes(CKA_MODULUS, number_of(key, "modulus"))
        .bytes(CKA_PUBLIC_EXPONENT, number_of(key, "publicExponent"))
        .boolean(CKA_VERIFY, true);
}

/// As much of the private key as the file has.
Template rsa_private_of(const json& key) {
    auto out = private_key(CKK_RSA).boolean(CKA_SIGN, true).boolean(CKA_DECRYPT, true);
    const std::pair<const char*, CK_ATTRIBUTE_TYPE> parts[] = {{"modulus", CKA_MODULUS},
                                                               {"publicExponent", CKA_PUBLIC_EXPONENT},
                                                               {"privateExponent", CKA_PRIVATE_EXPONENT},
                                                               {"prime1", CKA_PRIME_1},
                                                               {"prime2", CKA_PRIME_2},
                                                               {"exponent1", CKA_EXPONENT_1},
                                                               {"exponent2", CKA_EXPONENT_2},
                                                               {"coefficient", CKA_COEFFICIENT}};
    for (const auto& [name, type] : parts)
        if (key.contains(name)) out.bytes(type, number_of(key, name));
    return out;
}

CK_ULONG set_of(const std::string& name, const std::string& where) { // "mldsa_44_verify_test.json:1"
    const auto start = where.find('_') + 1;
    return parameter_set_named(name + where.substr(start, where.find('_', start) - start));
}

/// A context of more than 255 bytes is refused at Init.
bool long_context(Trial& trial, Tally& tally, const Wycheproof& w, CK_MECHANISM& mechanism,
                  CK_OBJECT_HANDLE key, bool signs) {
    if (w.hex("ctx").size() <= 255) return false;
    const auto rv = signs ? p11().C_SignInit(trial.session, &mechanism, key)
                          : p11().C_VerifyInit(trial.session, &mechanism, key);
    tally.result(w.where, rv == CKR_MECHANISM_PARAM_INVALID ? "" : "a long context: " + rv_name(rv));
    return true;
}

} // namespace

TEST_CASE("Wycheproof: RSA signatures", "[pkcs11][wycheproof]") {
    Trial trial;
    GroupKey keys(trial);
    Tally tally("pkcs11 rsa signatures", 6620);
    for_each_test(tally, "rsa_signature_", "_test.json", [&](const Wycheproof& w) {
        const auto* hash = hash_named(w.text_of_group("sha"));
        if (hash == nullptr || hash->rsa == no_number) return tally.skip(w.text_of_group("sha"));
        const auto* key = keys.get(w, [&] { return rsa_public_of(w.group.at("publicKey")); });
        if (key == nullptr || !key->ok()) return tally.skip(no_use(key));
        Mechanism mechanism(hash->rsa);
        tally.result(w.where, trial.verify(mechanism, *key, w.hex("msg"), w.hex("sig"), w.valid));
    });
    for_each_test(tally, "rsa_pkcs1_", "_sig_gen_test.json", true, [&](const Wycheproof& w) {
        const auto* hash =
            hash_named(w.text_of_group("sha")); // "acceptable" marks weak hashes; the bytes are right
        if (hash == nullptr || hash->rsa == no_number) return tally.skip(w.text_of_group("sha"));
        const auto* key = keys.get(w, [&] { return rsa_private_of(w.group.at("privateKey")); });
        if (key == nullptr || !key->ok()) return tally.skip(no_use(key));
        Mechanism mechanism(hash->rsa);
        tally.result(w.where, trial.sign(mechanism, *key, w.hex("msg"), w.hex("sig")));
    });
    for_each_test(tally, "rsa_pss_", "_test.json", [&](const Wycheproof& w) {
        const auto* hash = hash_named(w.text_of_group("sha"));
        const auto* mgf = hash_named(w.text_of_group("mgfSha"));
        if (hash == nullptr || mgf == nullptr || hash->pss == no_number || mgf->mgf == no_number)
            return tally.skip(w.text_of_group("sha") + ", " + w.text_of_group("mgfSha"));
        const auto* key = keys.get(w, [&] { return rsa_public_of(w.group.at("publicKey")); });
        if (key == nullptr || !key->ok()) return tally.skip(no_use(key));
        CK_RSA_PKCS_PSS_PARAMS parameters = {hash->digest, mgf->mgf, w.group.at("sLen").get<CK_ULONG>()};
        Mechanism mechanism(hash->pss, &parameters);
        tally.result(w.where, trial.verify(mechanism, *key, w.hex("msg"), w.hex("sig"), w.valid));
    });
    tally.finish();
}

TEST_CASE("Wycheproof: RSA decryption", "[pkcs11][wycheproof]") {
    Trial trial;
    GroupKey keys(trial, 6);
    Tally tally("pkcs11 rsa decryption", 640);
    const auto decrypt = [&](const Wycheproof& w, CK_MECHANISM& mechanism) {
        const auto* key = keys.get(w, [&] { return rsa_private_of(w.group.at("privateKey")); });
        if (key == nullptr || !key->ok()) return tally.skip(no_use(key));
        tally.result(w.where, w.valid ? trial.decrypt(mechanism, *key, w.hex("msg"), w.hex("ct"))
                                      : trial.undecryptable(mechanism, *key, w.hex("ct")));
    };
    for (const auto* start : {"rsa_oaep_", "rsa_three_primes_oaep_"}) {
        for_each_test(tally, start, "_test.json", [&](const Wycheproof& w) {
            const auto* hash = hash_named(w.text_of_group("sha"));
            const auto* mgf = hash_named(w.text_of_group("mgfSha"));
            if (hash == nullptr || mgf == nullptr || mgf->mgf == no_number)
                return tally.skip(w.text_of_group("sha") + ", " + w.text_of_group("mgfSha"));
            auto label = w.hex("label");
            CK_RSA_PKCS_OAEP_PARAMS parameters = {hash->digest, mgf->mgf, CKZ_DATA_SPECIFIED, data(label),
                                                  size(label)};
            Mechanism mechanism(CKM_RSA_PKCS_OAEP, &parameters);
            decrypt(w, mechanism);
        });
    }
    for_each_test(tally, "rsa_pkcs1_", "_test.json", [&](const Wycheproof& w) {
        if (w.where.find("sig_gen") != std::string::npos) return;
        Mechanism mechanism(CKM_RSA_PKCS);
        decrypt(w, mechanism);
    });
    tally.finish();
}

TEST_CASE("Wycheproof: ECDSA, DSA and EdDSA", "[pkcs11][wycheproof]") {
    Trial trial;
    GroupKey keys(trial), dsa_keys(trial, 2);
    Tally tally("pkcs11 ecdsa, dsa and eddsa", 4210);
    for_each_test(tally, "ecdsa_", "_p1363_test.json", [&](const Wycheproof& w) {
        const auto* hash = hash_named(w.text_of_group("sha"));
        const auto* curve = curve_named(w.group.at("publicKey").value("curve", std::string()));
        if (hash == nullptr || hash->ecdsa == no_number || curve == nullptr)
            return tally.skip("curve or hash");
        const auto* key = keys.get(w, [&] {
            return public_key(CKK_EC)
                .bytes(CKA_EC_PARAMS, from_hex_text(curve->oid))
                .bytes(CKA_EC_POINT, hex_of(w.group.at("publicKey"), "uncompressed"));
        });
        if (key == nullptr || !key->ok()) return tally.skip(no_use(key));
        Mechanism mechanism(hash->ecdsa);
        tally.result(w.where, trial.verify(mechanism, *key, w.hex("msg"), w.hex("sig"), w.valid));
    });
    for_each_test(tally, "dsa_", "_p1363_test.json", [&](const Wycheproof& w) {
        const auto* hash = hash_named(w.text_of_group("sha"));
        if (hash == nullptr || hash->dsa == no_number) return tally.skip(w.text_of_group("sha"));
        const auto* key = dsa_keys.get(w, [&] {
            const auto& given = w.group.at("publicKey");
            return public_key(CKK_DSA)
                .bytes(CKA_PRIME, number_of(given, "p"))
                .bytes(CKA_SUBPRIME, number_of(given, "q"))
                .bytes(CKA_BASE, number_of(given, "g"))
                .bytes(CKA_VALUE, number_of(given, "y"));
        });
        if (key == nullptr || !key->ok()) return tally.skip(no_use(key));
        Mechanism mechanism(hash->dsa);
        tally.result(w.where, trial.verify(mechanism, *key, w.hex("msg"), w.hex("sig"), w.valid));
    });
    for (const std::size_t length : {32u, 57u}) {
        for_each_test(tally, length == 32 ? "ed25519" : "ed448", "_test.json", [&](const Wycheproof& w) {
            const auto* key =
                keys.get(w, [&] { return edwards_public(hex_of(w.group.at("publicKey"), "pk"), length); });
            if (!key->ok()) return w.valid ? tally.fail(w.where, "key: " + key->why()) : tally.ran();
            CK_EDDSA_PARAMS parameters = {CK_FALSE, 0, nullptr};
            Mechanism pure(CKM_EDDSA), with(CKM_EDDSA, &parameters);
            tally.result(w.where,
                         trial.verify(length == 32 ? pure : with, *key, w.hex("msg"), w.hex("sig"), w.valid));
        });
    }
    tally.finish();
}

TEST_CASE("Wycheproof: ML-DSA", "[pkcs11][wycheproof]") {
    Trial trial;
    GroupKey keys(trial);
    Tally tally("pkcs11 ml-dsa", 1240);
    for_each_test(tally, "mldsa_", "_verify_test.json", [&](const Wycheproof& w) {
        const auto set = set_of("ML-DSA-", w.where);
        const auto* key =
            keys.get(w, [&] { return set_public(CKK_ML_DSA, set, hex_of(w.group, "publicKey")); });
        if (!key->ok()) return w.valid ? tally.fail(w.where, "key: " + key->why()) : tally.ran();
        const auto context = w.hex("ctx");
        CK_SIGN_ADDITIONAL_CONTEXT parameters = {CKH_HEDGE_PREFERRED, data(context), size(context)};
        Mechanism mechanism(CKM_ML_DSA, &parameters);
        if (long_context(trial, tally, w, mechanism, *key, false)) return;
        tally.result(w.where, trial.verify(mechanism, *key, w.hex("msg"), w.hex("sig"), w.valid));
    });
    for (const std::string form : {"seed", "noseed"}) {
        for_each_test(tally, "mldsa_", "_sign_" + form + "_test.json", [&](const Wycheproof& w) {
            const bool seed = form == "seed";
            const auto set = set_of("ML-DSA-", w.where);
            const auto value = hex_of(w.group, seed ? "privateSeed" : "privateKey");
            const auto* key = keys.get(w, [&] {
                return set_private(CKK_ML_DSA, set, seed ? CKA_SEED : CKA_VALUE, value)
                    .boolean(CKA_SIGN, true);
            });
            if (!key->ok()) return w.valid ? tally.fail(w.where, "key: " + key->why()) : tally.ran();
            const auto context = w.hex("ctx"), message = w.hex("msg"), signature = w.hex("sig");
            CK_SIGN_ADDITIONAL_CONTEXT parameters = {CKH_DETERMINISTIC_REQUIRED, data(context),
                                                     size(context)};
            Mechanism mechanism(CKM_ML_DSA, &parameters);
            if (long_context(trial, tally, w, mechanism, *key, true)) return;
            if (!w.valid || !w.test.contains("msg") || w.flagged("Internal"))
                return tally.skip("not a whole message");
            const auto other = trial.import(set_public(CKK_ML_DSA, set, hex_of(w.group, "publicKey")));
            tally.result(w.where, trial.verify(mechanism, other, message, signature, true));
            if (!w.flagged("Randomized"))
                tally.result(w.where + " sign", trial.sign(mechanism, *key, message, signature));
        });
    }
    tally.finish();
}

TEST_CASE("Wycheproof: ML-KEM", "[pkcs11][wycheproof]") {
    Trial trial;
    Tally tally("pkcs11 ml-kem", 1450);
    Mechanism mechanism(CKM_ML_KEM);
    const auto opens = [&](const Wycheproof& w, CK_ATTRIBUTE_TYPE what, const char* name) -> std::string {
        const auto key = trial.import(set_private(CKK_ML_KEM, set_of("ML-KEM-", w.where), what, w.hex(name)));
        if (!key.ok()) return "key: " + key.why();
        const auto sealed = w.hex("c");
        auto made = derived_secret(0);
        CK_OBJECT_HANDLE secret = 0;
        const auto rv = p11().C_DecapsulateKey(trial.session, &mechanism, key, made.data(), made.count(),
                                               data(sealed), size(sealed), &secret);
        if (rv != CKR_OK) return rv_name(rv);
        const auto got = trial.session.value(secret, CKA_VALUE);
        (void)p11().C_DestroyObject(trial.session, secret);
        return got == w.hex("K") ? "" : "another secret";
    };
    const auto public_value = [&](const Wycheproof& w) -> std::string {
        const auto key =
            trial.import(set_private(CKK_ML_KEM, set_of("ML-KEM-", w.where), CKA_SEED, w.hex("seed")));
        if (!key.ok()) return "key: " + key.why();
        Mechanism other_half(CKM_PUB_KEY_FROM_PRIV_KEY);
        Template public_template;
        public_template.number(CKA_CLASS, CKO_PUBLIC_KEY);
        return trial.derive(other_half, key, public_template, w.hex("ek"));
    };
    for (const std::string start : {"mlkem_512", "mlkem_768", "mlkem_1024"}) {
        for_each_test(tally, start + "_test", ".json", [&](const Wycheproof& w) {
            auto problem = opens(w, CKA_SEED, "seed");
            if (w.valid && problem.empty() && w.test.contains("ek")) problem = public_value(w);
            tally.result(w.where, w.valid ? problem : problem.empty() ? "bad input is accepted" : "");
        });
        for_each_test(tally, start + "_keygen_seed", "_test.json",
                      [&](const Wycheproof& w) { tally.result(w.where, public_value(w)); });
        for_each_test(tally, start + "_semi_expanded", "_test.json", [&](const Wycheproof& w) {
            const auto problem = opens(w, CKA_VALUE, "dk");
            tally.result(w.where, w.valid                                          ? problem
                                  : problem.empty() || problem == "another secret" ? "bad input is accepted"
                                                                                   : "");
        });
        for_each_test(tally, start + "_encaps", "_test.json", [&](const Wycheproof& w) {
            // The randomness is ours, not the vector's: only the key is tried.
            const auto key = trial.import(set_public(CKK_ML_KEM, set_of("ML-KEM-", w.where), w.hex("ek")));
            auto made = derived_secret(0);
            ByteString sealed(2048);
            auto length = size(sealed);
            CK_OBJECT_HANDLE secret = 0;
            const auto rv = key.ok() ? p11().C_EncapsulateKey(trial.session, &mechanism, key, made.data(),
                                                              made.count(), sealed.data(), &length, &secret)
                                     : CKR_KEY_HANDLE_INVALID;
            if (rv == CKR_OK) (void)p11().C_DestroyObject(trial.session, secret);
            tally.result(w.where, (rv == CKR_OK) == w.valid
                                      ? ""
                                      : "the key is judged wrongly: " + key.why() + " " + rv_name(rv));
        });
    }
    tally.finish();
}

TEST_CASE("Wycheproof: key agreement", "[pkcs11][wycheproof]") {
    Trial trial;
    Tally tally("pkcs11 key agreement", 6020);
    const auto run = [&](const std::string& file, const std::string& ending, CK_KEY_TYPE type) {
        for_each_test(tally, file, ending, [&](const Wycheproof& w) {
            const bool info =
                file == "ecdh_" && ending == "r1_test.json"; // the peer as a SubjectPublicKeyInfo
            const auto* curve = curve_named(w.text_of_group("curve"));
            if (curve == nullptr) return tally.skip("curve");
            if (info && !w.valid) return tally.skip("an encoding that does not come through this interface");
            const auto key = trial.import(
                private_key(type)
                    .boolean(CKA_DERIVE, true)
                    .bytes(CKA_EC_PARAMS, from_hex_text(curve->oid))
                    .bytes(CKA_VALUE, type == CKK_EC ? number_of(w.test, "private") : w.hex("private")));
            if (!key.ok()) return tally.skip("private key: " + key.why());
            auto point = w.hex("public");
            const auto longest = 2 * curve->bytes + 1;
            if (info && point.size() > longest)
                point.erase(point.begin(), point.end() - static_cast<std::ptrdiff_t>(longest));
            CK_ECDH1_DERIVE_PARAMS parameters = {CKD_NULL, 0, nullptr, size(point), data(point)};
            Mechanism mechanism(CKM_ECDH1_DERIVE, &parameters);
            const auto problem = trial.derive(mechanism, key, derived_secret(0), w.hex("shared"));
            tally.result(w.where, w.valid                           ? problem
                                  : problem.starts_with("derive: ") ? ""
                                                                    : "agrees on what is wrong");
        });
    };
    run("ecdh_", "_ecpoint_test.json", CKK_EC);
    run("ecdh_", "r1_test.json", CKK_EC);
    run("x25519_test", ".json", CKK_EC_MONTGOMERY);
    run("x448_test", ".json", CKK_EC_MONTGOMERY);
    tally.finish();
}

} // namespace hsm::test
