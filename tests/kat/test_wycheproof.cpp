// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/exercise.hpp"
#include "kat/keys.hpp"
#include "kat/vectors.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

/// \file
/// Project Wycheproof's vectors: edge cases that broke other implementations. One runner a schema; the files
/// are found by the beginning of their names, so that a new one runs by itself.

namespace hsm::kat {
namespace {

using nlohmann::json;

Bytes hex(const json& object, const char* name) {
    return object.contains(name) ? from_hex(object.at(name).get<std::string>()) : Bytes{};
}
std::string str(const json& object, const char* name) {
    return object.contains(name) ? object.at(name).get<std::string>() : std::string();
}
bool flagged(const json& test, const char* flag) {
    return test.contains("flags") &&
           std::ranges::any_of(test.at("flags"), [&](const auto& f) { return f == flag; });
}

/// Calls \p run(group, test, result, where) for every test of the files whose names begin so and end in \p
/// ending.
template <class Run>
void for_each_test(Tally& tally, std::string_view start, std::string_view ending, Run&& run) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(wycheproof_vectors())) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(start) && name.ends_with(ending)) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& path : files) {
        std::ifstream in(path);
        const auto document = json::parse(in);
        for (const auto& group : document.at("testGroups")) {
            for (const auto& test : group.at("tests")) {
                if (!tally.take()) continue;
                const auto where =
                    path.filename().string() + ":" + std::to_string(test.at("tcId").get<int>());
                run(group, test, test.at("result").template get<std::string>(), where);
            }
        }
    }
}

/// A key of the group, made once: groups come one after the other.
template <class Make>
const crypto::Key* group_key(const json& group, Make&& make) {
    static const json* last = nullptr;
    static crypto::KeyPtr key;
    static std::string signature;
    const auto now =
        group.contains("publicKeyDer") ? str(group, "publicKeyDer") : str(group, "privateKeyPkcs8");
    if (last != &group || now != signature || now.empty()) {
        key.reset();
        last = &group;
        signature = now;
        const auto status = status_of([&] { key = make(); });
        if (status != Status::ok) key.reset();
    }
    return key.get();
}

void run_aead(Tally& tally, std::string_view file, MechanismId id, KeyType type) {
    for_each_test(
        tally, file, "_test.json",
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            const auto key = secret_key(type, hex(test, "key"));
            const auto iv = hex(test, "iv");
            const auto aad = hex(test, "aad");
            const auto message = hex(test, "msg");
            auto ciphertext = hex(test, "ct");
            const auto tag = hex(test, "tag");
            ciphertext.insert(ciphertext.end(), tag.begin(), tag.end());
            Mechanism mechanism;
            mechanism.id = id;
            mechanism.iv = iv;
            mechanism.aad = aad;
            mechanism.length = group.at("tagSize").get<std::uint32_t>() / 8;
            if (key == nullptr) return tally.skip("key size");
            Bytes out;
            const auto status = status_of([&] { crypto::encrypt(*key, mechanism, message, out); });
            if (status == Status::mechanism_params_invalid) { // an iv or tag length that we refuse
                if (result == "valid") return tally.fail(where, "valid parameters are refused");
                return tally.ran();
            }
            if (result == "valid")
                return tally.result(where, try_cipher(*key, mechanism, message, ciphertext));
            tally.result(where, try_undecryptable(*key, mechanism, ciphertext));
        });
}

void run_mac(Tally& tally, std::string_view file, MechanismId id) {
    for_each_test(
        tally, file, "_test.json",
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            Mechanism mechanism;
            mechanism.id = id;
            if (id == MechanismId::hmac) {
                auto name = where.substr(5, where.find("_test") - 5); // hmac_sha3_256, hmac_sha512_224
                for (const auto& row : hash_table()) {
                    auto plain = std::string(row.name);
                    std::erase(plain, '-');
                    std::ranges::replace(plain, '/', '_');
                    std::ranges::transform(plain, plain.begin(),
                                           [](char c) { return static_cast<char>(std::tolower(c)); });
                    if (row.name.starts_with("SHA3-")) plain.insert(4, "_");
                    if (plain == name && !row.botan_name.empty()) mechanism.hash = row.hash;
                }
                if (mechanism.hash == Hash::none) return tally.skip(name);
            }
            const auto key =
                secret_key(id == MechanismId::hmac ? KeyType::generic : KeyType::aes, hex(test, "key"));
            if (key == nullptr) return tally.skip("key size");
            const auto iv = hex(test, "iv");
            mechanism.iv = iv;
            mechanism.length = group.at("tagSize").get<std::uint32_t>() / 8;
            const auto message = hex(test, "msg");
            const auto tag = hex(test, "tag");
            if (iv.empty() && id == MechanismId::gmac) {
                const auto status = status_of([&] { (void)crypto::verify(*key, mechanism, message, tag); });
                return tally.result(
                    where, status == Status::mechanism_params_invalid ? "" : "an empty iv is accepted");
            }
            tally.result(where, result == "valid" ? try_mac(*key, mechanism, message, tag)
                                                  : try_verify(*key, mechanism, message, tag, false));
        });
}

void run_wrap(Tally& tally, std::string_view file, MechanismId id) {
    for_each_test(tally, file, "_test.json",
                  [&](const json&, const json& test, const std::string& result, const std::string& where) {
                      const auto key = secret_key(KeyType::aes, hex(test, "key"));
                      if (key == nullptr) return tally.skip("key size");
                      Mechanism mechanism;
                      mechanism.id = id;
                      const auto message = hex(test, "msg");
                      const auto ciphertext = hex(test, "ct");
                      if (result == "valid")
                          return tally.result(where, try_cipher(*key, mechanism, message, ciphertext));
                      if (result == "acceptable") return tally.skip("sizes outside of the standard");
                      tally.result(where, try_undecryptable(*key, mechanism, ciphertext));
                  });
}

void run_cbc(Tally& tally) {
    for_each_test(tally, "aes_cbc_pkcs5", "_test.json",
                  [&](const json&, const json& test, const std::string& result, const std::string& where) {
                      const auto key = secret_key(KeyType::aes, hex(test, "key"));
                      const auto iv = hex(test, "iv");
                      Mechanism mechanism;
                      mechanism.id = MechanismId::cbc_pad;
                      mechanism.iv = iv;
                      tally.result(where, result == "valid"
                                              ? try_cipher(*key, mechanism, hex(test, "msg"), hex(test, "ct"))
                                              : try_undecryptable(*key, mechanism, hex(test, "ct")));
                  });
}

void run_kdf(Tally& tally, std::string_view file, MechanismId id) {
    for_each_test(tally, file, "_test.json",
                  [&](const json&, const json& test, const std::string& result, const std::string& where) {
                      const bool pbkdf2 = id == MechanismId::pbkdf2;
                      const auto start = std::string_view(pbkdf2 ? "pbkdf2_hmac" : "hkdf_").size();
                      const auto key = secret_key(KeyType::generic, hex(test, pbkdf2 ? "password" : "ikm"));
                      const auto salt = hex(test, "salt");
                      const auto info = hex(test, "info");
                      Mechanism mechanism;
                      mechanism.id = id;
                      mechanism.hash = parse_hash(where.substr(start, where.find("_test") - start));
                      mechanism.iv = salt;
                      mechanism.context = info;
                      mechanism.length = test.at(pbkdf2 ? "dkLen" : "size").get<std::uint32_t>();
                      if (pbkdf2) mechanism.iterations = test.at("iterationCount").get<std::uint32_t>();
                      if (result != "valid") {
                          const auto status = status_of([&] { (void)crypto::derive(*key, mechanism); });
                          return tally.result(
                              where, status == Status::mechanism_params_invalid ? "" : "was not refused");
                      }
                      tally.result(where, try_derive(*key, mechanism, hex(test, pbkdf2 ? "dk" : "okm")));
                  });
}

/// Signatures with a public key in the group. "acceptable" means that either answer is right.
void run_verify(Tally& tally, std::string_view file, std::string_view ending, MechanismId id) {
    for_each_test(
        tally, file, ending,
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            Mechanism mechanism;
            mechanism.id = id;
            if (group.contains("sha")) {
                auto sha = group.at("sha").get<std::string>();
                const bool rsa = id == MechanismId::rsa_pss || id == MechanismId::rsa_pkcs1;
                const auto hash = hash_named(sha);
                if (!hash || hash_row(*hash).botan_name.empty() || (rsa && sha.starts_with("SHAKE"))) {
                    return tally.skip(sha);
                }
                mechanism.hash = *hash;
            }
            if (id == MechanismId::rsa_pss) {
                mechanism.length = group.at("sLen").get<std::uint32_t>();
                const auto mgf = hash_named(str(group, "mgfSha"));
                if (!mgf || hash_row(*mgf).botan_name.empty())
                    return tally.skip("MGF1 with " + str(group, "mgfSha"));
                mechanism.mgf_hash = *mgf;
            }
            const auto* key =
                group_key(group, [&] { return crypto::import_public(hex(group, "publicKeyDer")); });
            if (key == nullptr) {
                if (result == "valid" && group.contains("publicKey") && id != MechanismId::ecdsa) {
                    return tally.fail(where, "a good public key is refused");
                }
                return tally.skip("a public key that libhsm refuses");
            }
            const auto context = hex(test, "ctx");
            mechanism.context = context;
            if (context.size() > 255) {
                const auto status =
                    status_of([&] { (void)crypto::verify(*key, mechanism, hex(test, "msg"), hex(test, "sig")); });
                return tally.result(where, status == Status::mechanism_params_invalid ? "" : "a long context is accepted");
            }
            if (result == "acceptable") return tally.skip("either answer is right");
            if (id == MechanismId::ecdsa && key->spec().type != KeyType::ec)
                return tally.skip("another type of key");
            tally.result(where,
                         try_verify(*key, mechanism, hex(test, "msg"), hex(test, "sig"), result == "valid"));
        });
}

void run_rsa_decrypt(Tally& tally, std::string_view file, MechanismId id) {
    for_each_test(
        tally, file, "_test.json",
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            if (where.find("sig_gen") != std::string::npos) return;
            Mechanism mechanism;
            mechanism.id = id;
            const auto label = hex(test, "label");
            mechanism.label = label;
            if (id == MechanismId::rsa_oaep) {
                const auto hash = hash_named(str(group, "sha"));
                const auto mgf = hash_named(str(group, "mgfSha"));
                if (!hash || !mgf || hash_row(*hash).botan_name.empty() ||
                    hash_row(*mgf).botan_name.empty()) {
                    return tally.skip(str(group, "sha"));
                }
                mechanism.hash = *hash;
                mechanism.mgf_hash = *mgf;
            }
            const auto* key =
                group_key(group, [&] { return crypto::import_private(hex(group, "privateKeyPkcs8")); });
            if (key == nullptr) return tally.skip("a private key that libhsm refuses");
            if (result == "acceptable") return tally.skip("either answer is right");
            tally.result(where, result == "valid"
                                    ? try_decrypt(*key, mechanism, hex(test, "msg"), hex(test, "ct"))
                                    : try_undecryptable(*key, mechanism, hex(test, "ct")));
        });
}

void run_rsa_generate(Tally& tally) {
    for_each_test(
        tally, "rsa_pkcs1_", "sig_gen_test.json",
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            const auto hash = hash_named(str(group, "sha"));
            if (!hash || hash_row(*hash).botan_name.empty()) return tally.skip(str(group, "sha"));
            const auto* key =
                group_key(group, [&] { return crypto::import_private(hex(group, "privateKeyPkcs8")); });
            if (key == nullptr) return tally.skip("a private key that libhsm refuses");
            Mechanism mechanism;
            mechanism.id = MechanismId::rsa_pkcs1;
            mechanism.hash = *hash;
            (void)result; // "acceptable" marks weak hashes; the bytes are right all the same
            tally.result(where, try_mac(*key, mechanism, hex(test, "msg"), hex(test, "sig")));
        });
}

/// Agreement: the private key is a number (EC) or raw bytes; the peer a point, raw bytes or an SPKI.
void run_agree(Tally& tally, std::string_view file, std::string_view ending) {
    for_each_test(
        tally, file, ending,
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            const auto curve = str(group, "curve");
            crypto::KeyPtr key;
            auto peer = hex(test, "public");
            const auto status = status_of([&] {
                if (curve == "curve25519" || curve == "curve448") {
                    const auto type = curve == "curve448" ? KeyType::x448 : KeyType::x25519;
                    key = raw_private({type, 0, ParamSet::none, 0}, hex(test, "private"));
                } else if (const auto params = curve_named(curve)) {
                    key = ec_private(*params, "0x" + str(test, "private"));
                    if (ending == "_ecpoint_test.json") return;
                    const auto other =
                        crypto::import_public(peer); // SPKI: what libhsm would be given is its point
                    if (!(other->spec() == key->spec()))
                        throw Error(Status::key_type_mismatch, "another curve");
                    peer = public_value(*other);
                }
            });
            if (key == nullptr) return tally.skip("curve " + curve);
            Mechanism mechanism;
            mechanism.id = MechanismId::ecdh;
            mechanism.context = peer;
            if (status != Status::ok) {
                return tally.result(where, result == "valid" ? "a good peer key is refused" : "");
            }
            if (result == "valid")
                return tally.result(where, try_derive(*key, mechanism, hex(test, "shared")));
            std::string problem;
            const auto refused = status_of([&] {
                const auto shared = crypto::derive(*key, mechanism);
                const auto expected = hex(test, "shared");
                if (result == "invalid") problem = "a bad peer key is accepted";
                if (!equal_in_constant_time(shared.view(), expected)) problem = "the secret differs";
            });
            const bool fine = refused == Status::ok || refused == Status::mechanism_params_invalid;
            tally.result(where, fine ? problem : "status " + std::to_string(static_cast<int>(refused)));
        });
}

/// Private keys as seeds (in PKCS #8), or expanded ("noseed").
void run_ml_dsa_sign(Tally& tally, std::string_view ending) {
    for_each_test(
        tally, "mldsa_", ending,
        [&](const json& group, const json& test, const std::string& result, const std::string& where) {
            const auto spec = parse_key_spec("ML-DSA-" + where.substr(6, 2));
            const auto* key = group_key(group, [&] {
                if (group.contains("privateKeyPkcs8"))
                    return crypto::import_private(hex(group, "privateKeyPkcs8"));
                if (!group.contains("privateSeed")) return expanded_private(spec, hex(group, "privateKey"));
                return raw_private(spec, hex(group, "privateSeed"));
            });
            if (key == nullptr) {
                if (result == "valid") return tally.fail(where, "a good private key is refused");
                return tally.ran();
            }
            const auto context = hex(test, "ctx");
            Mechanism mechanism;
            mechanism.id = MechanismId::ml_dsa;
            mechanism.context = context;
            mechanism.hedge = Hedge::deterministic;
            if (context.size() > 255) {
                Bytes out;
                const auto status = status_of([&] { crypto::sign(*key, mechanism, hex(test, "msg"), out); });
                return tally.result(where, status == Status::mechanism_params_invalid ? "" : "a long context is accepted");
            }
            if (result != "valid" || !test.contains("msg")) return tally.skip("not a whole message");
            if (flagged(test, "Internal")) return tally.skip("the internal form");
            const auto other = crypto::public_half(*key);
            tally.result(where + " pk",
                         public_value(*key) == hex(group, "publicKey") ? "" : "the public key differs");
            tally.result(where, try_verify(*other, mechanism, hex(test, "msg"), hex(test, "sig"), true));
            if (!flagged(test, "Randomized"))
                tally.result(where + " known", try_mac(*key, mechanism, hex(test, "msg"), hex(test, "sig")));
            mechanism.hedge = Hedge::preferred;
            tally.result(where + " sign", try_sign(*key, mechanism, hex(test, "msg")));
        });
}

/// The vectors hold seeds and keys of wrong lengths too; libhsm takes none of them.
const crypto::Key& required(const crypto::KeyPtr& key) {
    if (key == nullptr) throw Error(Status::invalid_data, "not a key");
    return *key;
}

void run_ml_kem(Tally& tally) {
    for (const auto* size : {"512", "768", "1024"}) {
        const KeySpec spec = parse_key_spec(std::string("ML-KEM-") + size);
        Mechanism mechanism;
        mechanism.id = MechanismId::ml_kem;
        const auto name = std::string("mlkem_") + size;
        for_each_test(
            tally, name + "_test", ".json",
            [&](const json&, const json& test, const std::string& result, const std::string& where) {
                std::string problem;
                const auto status = status_of([&] {
                    const auto key = raw_private(spec, hex(test, "seed"));
                    const auto shared = crypto::decapsulate(required(key), mechanism, hex(test, "c"));
                    if (to_hex(shared.view()) != str(test, "K")) problem = "the secret differs";
                    if (test.contains("ek") && public_value(*key) != hex(test, "ek"))
                        problem = "the public key differs";
                });
                if (result == "valid") return tally.result(where, status == Status::ok ? problem : "refused");
                tally.result(
                    where, status == Status::invalid_data || !problem.empty() ? "" : "bad input is accepted");
            });
        for_each_test(tally, name + "_keygen_seed", "_test.json",
                      [&](const json&, const json& test, const std::string&, const std::string& where) {
                          const auto key = raw_private(spec, hex(test, "seed"));
                          tally.result(where, public_value(required(key)) == hex(test, "ek")
                                                  ? ""
                                                  : "the public key differs");
                      });
        for_each_test(
            tally, name + "_semi_expanded", "_test.json",
            [&](const json&, const json& test, const std::string& result, const std::string& where) {
                std::string problem;
                const auto status = status_of([&] {
                    const auto key = expanded_private(spec, hex(test, "dk"));
                    const auto shared = crypto::decapsulate(required(key), mechanism, hex(test, "c"));
                    if (result == "valid" && to_hex(shared.view()) != str(test, "K")) problem = "the secret differs";
                });
                if (result == "valid") return tally.result(where, status == Status::ok ? problem : "refused");
                tally.result(where, status != Status::ok ? "" : "bad input is accepted");
            });
        for_each_test(
            tally, name + "_encaps", "_test.json",
            [&](const json&, const json& test, const std::string& result, const std::string& where) {
                const auto status =
                    status_of([&] { // our randomness is not the vector's: only the key is tried
                        (void)crypto::encapsulate(required(raw_public(spec, hex(test, "ek"))), mechanism);
                    });
                tally.result(where, (status == Status::ok) == (result != "invalid")
                                        ? ""
                                        : "the key is judged wrongly");
            });
    }
}

} // namespace

TEST_CASE("Wycheproof: symmetric", "[kat][wycheproof]") {
    Tally tally("Wycheproof symmetric", 5000);
    run_aead(tally, "aes_gcm_test", MechanismId::gcm, KeyType::aes);
    run_aead(tally, "aes_ccm", MechanismId::ccm, KeyType::aes);
    run_aead(tally, "chacha20_poly1305", MechanismId::chacha20_poly1305, KeyType::chacha20);
    run_cbc(tally);
    run_mac(tally, "aes_cmac", MechanismId::cmac);
    run_mac(tally, "aes_gmac", MechanismId::gmac);
    run_mac(tally, "hmac_", MechanismId::hmac);
    run_wrap(tally, "aes_wrap", MechanismId::key_wrap);
    run_wrap(tally, "aes_kwp", MechanismId::key_wrap_pad);
    run_kdf(tally, "hkdf_", MechanismId::hkdf);
    run_kdf(tally, "pbkdf2_", MechanismId::pbkdf2);
    tally.finish();
}

TEST_CASE("Wycheproof: signatures", "[kat][wycheproof]") {
    Tally tally("Wycheproof signatures", 17500);
    run_verify(tally, "rsa_signature_", "_test.json", MechanismId::rsa_pkcs1);
    run_rsa_generate(tally);
    for (const auto* size : {"2048", "3072", "4096", "misc"}) {
        run_verify(tally, std::string("rsa_pss_") + size, "_test.json", MechanismId::rsa_pss);
    }
    run_verify(tally, "ecdsa_", "_p1363_test.json", MechanismId::ecdsa);
    run_verify(tally, "dsa_", "_p1363_test.json", MechanismId::dsa);
    run_verify(tally, "ed25519", "_test.json", MechanismId::eddsa);
    run_verify(tally, "ed448", "_test.json", MechanismId::eddsa);
    run_verify(tally, "mldsa_", "_verify_test.json", MechanismId::ml_dsa);
    run_ml_dsa_sign(tally, "_sign_seed_test.json");
    run_ml_dsa_sign(tally, "_sign_noseed_test.json");
    tally.finish();
}

TEST_CASE("Wycheproof: RSA decryption", "[kat][wycheproof]") {
    Tally tally("Wycheproof RSA decryption", 1200);
    run_rsa_decrypt(tally, "rsa_oaep_", MechanismId::rsa_oaep);
    run_rsa_decrypt(tally, "rsa_pkcs1_", MechanismId::rsa_pkcs1);
    run_rsa_decrypt(tally, "rsa_three_primes", MechanismId::rsa_oaep);
    tally.finish();
}

TEST_CASE("Wycheproof: agreement and encapsulation", "[kat][wycheproof]") {
    Tally tally("Wycheproof agreement and ML-KEM", 11500);
    run_agree(tally, "ecdh_", "r1_test.json");
    run_agree(tally, "ecdh_", "k1_test.json");
    run_agree(tally, "ecdh_", "_ecpoint_test.json");
    run_agree(tally, "x25519_test", ".json");
    run_agree(tally, "x448_test", ".json");
    run_ml_kem(tally);
    tally.finish();
}

} // namespace hsm::kat
