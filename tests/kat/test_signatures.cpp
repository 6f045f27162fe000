// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/exercise.hpp"
#include "kat/keys.hpp"
#include "kat/vectors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>

/// \file
/// Signatures and RSA encryption against .vec files.

namespace hsm::kat {
namespace {

/// "PSS(SHA-256)", "PKCS1v15(Raw,MD5)", "Raw" ... to a mechanism; false if libhsm does not have it.
bool parse_padding(const std::string& text, Mechanism& mechanism) {
    const auto open = text.find('(');
    const auto scheme = text.substr(0, open);
    auto inside = open == std::string::npos ? std::string() : text.substr(open + 1, text.size() - open - 2);
    if (scheme == "Raw") {
        mechanism.id = MechanismId::rsa_raw;
        return true;
    }
    if (scheme == "PKCS1v15" || scheme == "EME-PKCS1-v1_5") {
        mechanism.id = MechanismId::rsa_pkcs1;
        if (inside == "Raw" || inside.empty()) return true;
        if (inside.starts_with("Raw,")) {
            inside = inside.substr(4);
            mechanism.prehashed = true;
        }
    } else if (scheme == "PSS" || scheme == "PSS_Raw") {
        mechanism.id = MechanismId::rsa_pss;
        mechanism.prehashed = scheme == "PSS_Raw";
        mechanism.length = salt_is_hash;
        const auto comma = inside.find(",MGF1,");
        if (comma != std::string::npos) {
            mechanism.length = static_cast<std::uint32_t>(std::stoul(inside.substr(comma + 6)));
            inside = inside.substr(0, comma);
        }
    } else {
        return false;
    }
    const auto hash = hash_named(inside);
    if (hash) mechanism.hash = *hash;
    return hash.has_value();
}

/// RSA, DSA and other keys are expensive to make and stay the same from case to case.
class KeyCache {
public:
    template <class Make>
    const crypto::Key* get(const std::string& name, Make&& make) {
        const auto found = keys_.find(name);
        if (found != keys_.end()) return found->second.get();
        return keys_.emplace(name, make()).first->second.get();
    }

private:
    std::map<std::string, crypto::KeyPtr> keys_;
};

void run_rsa_sign(Tally& tally, const std::string& path, Values values, const char* pss) {
    KeyCache keys;
    for (const auto& c : read_vec(path, "Signature", values)) {
        if (!tally.take()) continue;
        Mechanism mechanism;
        const auto salt = c.hex("Nonce");
        const auto padding = pss == nullptr ? c.section
                                            : std::string(pss) + "(" + c.str("Hash") + ",MGF1," +
                                                  std::to_string(salt.size()) + ")";
        if (!parse_padding(padding, mechanism)) {
            tally.skip(padding);
            continue;
        }
        const auto* key = keys.get(c.str("P") + c.str("Q") + c.str("E"),
                                   [&] { return rsa_private(c.str("P"), c.str("Q"), c.str("E")); });
        if (key == nullptr) {
            tally.skip("RSA keys below 1024 bits");
            continue;
        }
        const auto message = c.hex("Msg");
        const auto signature = c.hex("Signature");
        if (mechanism.id == MechanismId::rsa_pss) {
            if (pss == nullptr) mechanism.length = static_cast<std::uint32_t>(salt.size());
            tally.result(c.where(), try_verify(*key, mechanism, message, signature, true));
            tally.result(c.where() + " sign", try_sign(*key, mechanism, message));
        } else {
            tally.result(c.where(), try_mac(*key, mechanism, message, signature));
        }
    }
}

void run_rsa_verify(Tally& tally, const std::string& path, const char* last, bool valid, Values values) {
    KeyCache keys;
    for (const auto& c : read_vec(path, last, values)) {
        if (!tally.take()) continue;
        Mechanism mechanism;
        if (!parse_padding(c.section, mechanism)) {
            tally.skip(c.section);
            continue;
        }
        const auto* key =
            keys.get(c.str("N") + c.str("E"), [&] { return rsa_public(c.str("N"), c.str("E")); });
        if (key == nullptr) {
            tally.skip("RSA keys below 1024 bits");
            continue;
        }
        auto signature = c.hex(last);
        const std::size_t size = (key->spec().bits + 7) / 8;
        if (valid && signature.size() < size) signature.insert(signature.begin(), size - signature.size(), 0);
        if (valid && mechanism.id == MechanismId::rsa_pss) {
            // The files do not say how long the salt is: one length must do.
            bool any = false;
            for (std::uint32_t salt = 0; salt <= 64 && !any; ++salt) {
                mechanism.length = salt;
                any = crypto::verify(*key, mechanism, c.hex("Msg"), signature);
            }
            if (!any) {
                tally.fail(c.where(), "no salt length makes the signature valid");
                continue;
            }
        }
        tally.result(c.where(), try_verify(*key, mechanism, c.hex("Msg"), signature, valid));
    }
}

/// "OAEP(SHA-256,MGF1(SHA-1),label)".
bool parse_oaep(const std::string& text, Mechanism& mechanism, std::string& label) {
    if (!text.starts_with("OAEP(")) return false;
    const auto inside = text.substr(5, text.size() - 6);
    const auto comma = inside.find(',');
    const auto hash = hash_named(inside.substr(0, comma));
    if (!hash) return false;
    mechanism.id = MechanismId::rsa_oaep;
    mechanism.hash = *hash;
    if (comma == std::string::npos) return true;
    const auto mgf = inside.find("MGF1(", comma);
    const auto close = inside.find(')', mgf);
    const auto mgf_hash = hash_named(inside.substr(mgf + 5, close - mgf - 5));
    if (!mgf_hash) return false;
    mechanism.mgf_hash = *mgf_hash;
    if (close + 1 < inside.size()) label = inside.substr(close + 2);
    return true;
}

void run_rsa_decrypt(Tally& tally, const std::string& path, const char* last, Values values) {
    KeyCache keys;
    for (const auto& c : read_vec(path, last, values)) {
        if (!tally.take()) continue;
        Mechanism mechanism;
        std::string label;
        if (!parse_oaep(c.section, mechanism, label) && !parse_padding(c.section, mechanism)) {
            tally.skip(c.section);
            continue;
        }
        mechanism.label = view(label);
        const auto* key = keys.get(c.str("P") + c.str("Q") + c.str("E"),
                                   [&] { return rsa_private(c.str("P"), c.str("Q"), c.str("E")); });
        if (key == nullptr) {
            tally.skip("RSA keys below 1024 bits");
            continue;
        }
        const std::size_t size = (key->spec().bits + 7) / 8;
        auto message = c.hex("Msg");
        auto ciphertext = c.hex("Ciphertext");
        if (ciphertext.size() < size) ciphertext.insert(ciphertext.begin(), size - ciphertext.size(), 0);
        if (mechanism.id == MechanismId::rsa_raw) { // as long as the modulus, in both directions
            if (message.size() < size) message.insert(message.begin(), size - message.size(), 0);
            tally.result(c.where(), try_cipher(*key, mechanism, message, ciphertext));
            continue;
        }
        tally.result(c.where(), try_decrypt(*key, mechanism, message, ciphertext));
        ciphertext.back() ^= 1;
        tally.result(c.where() + " changed", try_undecryptable(*key, mechanism, ciphertext));
    }
}

/// ECDSA and DSA: the nonce is ours to choose, so a given signature is verified and a new one made.
void check_group(Tally& tally, const Case& c, const crypto::Key* key, MechanismId id) {
    const auto& hash_name = c.str("Hash");
    auto hash = hash_name.empty() || hash_name == "Raw" ? std::optional(Hash::none) : hash_named(hash_name);
    const bool prehashed = hash_name.starts_with("Raw(");
    if (prehashed) hash = hash_named(hash_name.substr(4, hash_name.size() - 5));
    if (key == nullptr || !hash) {
        tally.skip(key == nullptr ? "a curve or size that libhsm does not have" : hash_name);
        return;
    }
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = *hash;
    mechanism.prehashed = prehashed;
    const auto message = c.hex("Msg");
    tally.result(c.where(), try_verify(*key, mechanism, message, c.hex("Signature"), c.str("Valid") != "0"));
    if (key->half() == KeyHalf::private_key)
        tally.result(c.where() + " sign", try_sign(*key, mechanism, message));
}

void run_dsa(Tally& tally, const std::string& path) {
    KeyCache keys;
    for (const auto& c : read_vec(path, "Signature", Values::kept)) {
        if (!tally.take()) continue;
        const auto* key = keys.get(c.str("P") + c.str("G") + c.str("X") + c.str("Y"), [&] {
            return c.has("X") ? dsa_private(c.str("P"), c.str("Q"), c.str("G"), c.str("X"))
                              : dsa_public(c.str("P"), c.str("Q"), c.str("G"), c.str("Y"));
        });
        check_group(tally, c, key, MechanismId::dsa);
    }
}

void run_ecdsa(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Signature", Values::kept)) {
        if (!tally.take()) continue;
        const auto curve = curve_named(c.str("Group"));
        crypto::KeyPtr key;
        if (curve)
            key = c.has("X") ? ec_private(*curve, c.str("X")) : ec_public(*curve, c.str("Px"), c.str("Py"));
        check_group(tally, c, key.get(), MechanismId::ecdsa);
    }
}

void run_bad_points(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "InvalidKeyY", Values::kept)) {
        if (!tally.take()) continue;
        const auto curve = curve_named(c.str("Group"));
        if (!curve) {
            tally.skip(c.str("Group"));
            continue;
        }
        bool accepted = false;
        const auto status = status_of(
            [&] { accepted = ec_public(*curve, c.str("InvalidKeyX"), c.str("InvalidKeyY")) != nullptr; });
        tally.result(c.where(), accepted && status == Status::ok ? "a point off the curve was imported" : "");
    }
}

void run_eddsa(Tally& tally, const std::string& path, KeyType type) {
    for (const auto& c : read_vec(path, "Signature", Values::kept)) {
        if (!tally.take()) continue;
        const bool ed448 = type == KeyType::ed448;
        const auto message = c.hex("Msg");
        const auto signature = c.hex("Signature");
        Mechanism mechanism;
        mechanism.id = MechanismId::eddsa;
        mechanism.prehashed = c.section == "Ed25519ph" || c.section == "Ed448ph";
        if ((!mechanism.prehashed && c.section != "Pure") || !c.str("Context").empty()) {
            tally.skip(c.section + " with a context or hash");
            continue;
        }
        const KeySpec spec{type, 0, ParamSet::none, 0};
        const auto* public_name = ed448 ? "PublicKey" : "Pubkey";
        const auto* name = ed448 ? "PrivateKey" : "Privkey";
        crypto::KeyPtr key;
        if (!c.hex(name).empty()) key = raw_private(spec, c.hex(name));
        const bool valid = c.str("Valid") != "0";
        crypto::KeyPtr other;
        const auto status = status_of([&] {
            other = c.has(public_name) ? raw_public(spec, c.hex(public_name)) : crypto::public_half(*key);
        });
        if (status != Status::ok) { // a public key that is refused verifies nothing
            tally.result(c.where(), valid ? "a good public key is refused" : "");
            continue;
        }
        tally.result(c.where(), try_verify(*other, mechanism, message, signature, valid));
        if (!valid || key == nullptr) continue;
        tally.result(c.where() + " sign", try_mac(*key, mechanism, message, signature));
        tally.result(c.where() + " id",
                     key->id() == other->id() ? "" : "the halves have different identities");
    }
}

/// Ours: contexts and prehashes, each with its private key.
void run_eddsa_contexts(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Signature")) {
        if (!tally.take()) continue;
        const KeySpec spec{c.section.starts_with("Ed448") ? KeyType::ed448 : KeyType::ed25519, 0, ParamSet::none, 0};
        const auto key = raw_private(spec, c.hex("PrivateKey"));
        const auto context = c.hex("Context");
        Mechanism mechanism;
        mechanism.id = MechanismId::eddsa;
        mechanism.prehashed = c.section.ends_with("ph");
        mechanism.context = context;
        tally.result(c.where(), try_mac(*key, mechanism, c.hex("Msg"), c.hex("Signature")));
        // Another context, and none, make another signature.
        const auto other = crypto::public_half(*key);
        for (const auto* text : {"", "another"}) {
            mechanism.context = view(text);
            if (mechanism.context.empty() && context.empty()) continue;
            tally.result(c.where() + " other context",
                         try_verify(*other, mechanism, c.hex("Msg"), c.hex("Signature"), false));
        }
    }
}

/// ed25519_verify.vec states validity as a value that stays in force.
void run_ed25519_verify(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Signature", Values::kept)) {
        if (!tally.take()) continue;
        Mechanism mechanism;
        mechanism.id = MechanismId::eddsa;
        crypto::KeyPtr key;
        const auto status = status_of([&] {
            key = raw_public({KeyType::ed25519, 0, ParamSet::none, 0}, c.hex("Pubkey"));
        });
        if (status != Status::ok) { // a public key that is refused verifies nothing
            tally.result(c.where(), c.str("Valid") == "0" ? "" : "a good public key is refused");
            continue;
        }
        tally.result(c.where(),
                     try_verify(*key, mechanism, c.hex("Msg"), c.hex("Signature"), c.str("Valid") == "1"));
    }
}

} // namespace

TEST_CASE("RSA signatures", "[kat]") {
    Tally tally("RSA signatures", 1000);
    const auto dir = botan_vectors() + "pubkey/";
    run_rsa_sign(tally, dir + "rsa_sig.vec", Values::cleared, nullptr);
    run_rsa_sign(tally, dir + "rsa_pss.vec", Values::kept, "PSS");
    run_rsa_sign(tally, dir + "rsa_pss_raw.vec", Values::kept, "PSS_Raw");
    run_rsa_verify(tally, dir + "rsa_verify.vec", "Signature", true, Values::cleared);
    run_rsa_verify(tally, dir + "rsa_invalid.vec", "InvalidSignature", false, Values::kept);
    tally.finish();
}

TEST_CASE("RSA encryption", "[kat]") {
    Tally tally("RSA encryption", 180);
    const auto dir = botan_vectors() + "pubkey/";
    run_rsa_decrypt(tally, dir + "rsaes.vec", "Ciphertext", Values::cleared);
    run_rsa_decrypt(tally, dir + "rsa_decrypt.vec", "Msg", Values::kept);
    tally.finish();
}

TEST_CASE("DSA", "[kat]") {
    Tally tally("DSA", 600);
    for (const auto* name : {"dsa_prob", "dsa_rfc6979", "dsa_verify"}) {
        run_dsa(tally, botan_vectors() + "pubkey/" + name + ".vec");
    }
    tally.finish();
}

TEST_CASE("ECDSA", "[kat]") {
    Tally tally("ECDSA", 700);
    for (const auto* name : {"ecdsa_prob", "ecdsa_rfc6979", "ecdsa_verify"}) {
        run_ecdsa(tally, botan_vectors() + "pubkey/" + name + ".vec");
    }
    run_bad_points(tally, botan_vectors() + "pubkey/ecdsa_invalid.vec");
    tally.finish();
}

TEST_CASE("EdDSA", "[kat]") {
    Tally tally("EdDSA", 2200);
    run_eddsa(tally, own_vectors() + "ed25519.vec", KeyType::ed25519);
    run_eddsa_contexts(tally, own_vectors() + "eddsa_context.vec");
    run_eddsa(tally, botan_vectors() + "pubkey/ed25519.vec", KeyType::ed25519);
    run_ed25519_verify(tally, botan_vectors() + "pubkey/ed25519_verify.vec");
    run_eddsa(tally, botan_vectors() + "pubkey/ed448.vec", KeyType::ed448);
    tally.finish();
}

} // namespace hsm::kat
