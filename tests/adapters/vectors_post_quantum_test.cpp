// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "vector_keys.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>

// ML-DSA, ML-KEM and SLH-DSA against .vec files through the C interface.

namespace hsm::test {

namespace {

using kat::Case;
using kat::read_vec;
using kat::Tally;
using kat::Values;

std::string pubkey(const char* file) { return kat::botan_vectors() + "pubkey/" + file + ".vec"; }

struct PreHashRow {
    std::string_view hash;
    CK_MECHANISM_TYPE ml_dsa, slh_dsa;
    CK_MECHANISM_TYPE digest; ///< no_number: no digest of the interface, which cannot choose its length
};
constexpr std::array pre_hashes{
    PreHashRow{"SHA-256", CKM_HASH_ML_DSA_SHA256, CKM_HASH_SLH_DSA_SHA256, CKM_SHA256},
    PreHashRow{"SHA-512", CKM_HASH_ML_DSA_SHA512, CKM_HASH_SLH_DSA_SHA512, CKM_SHA512},
    PreHashRow{"SHAKE128", CKM_HASH_ML_DSA_SHAKE128, CKM_HASH_SLH_DSA_SHAKE128, no_number},
    PreHashRow{"SHAKE256", CKM_HASH_ML_DSA_SHAKE256, CKM_HASH_SLH_DSA_SHAKE256, no_number},
};

ByteString signed_once(Trial& trial, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in) {
    ByteString signature(1 << 16);
    auto length = size(signature);
    HSM_REQUIRE_OK(p11().C_SignInit(trial.session, &mechanism, key));
    HSM_REQUIRE_OK(p11().C_Sign(trial.session, data(in), size(in), signature.data(), &length));
    signature.resize(length);
    return signature;
}

} // namespace

TEST_CASE("Vectors: ML-DSA", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 ML-DSA", 180);
    for (const auto& c : read_vec(pubkey("ml_dsa_verify"), "Valid", Values::kept)) {
        if (!tally.take()) continue;
        const bool valid = c.str("Valid") == "1";
        const auto& key = trial.kept(c.str("Key"), [&] {
            return set_public(CKK_ML_DSA, parameter_set_named(c.str("Mode")), bytes(c, "Key"))
                .boolean(CKA_VERIFY, true);
        });
        if (!key.ok()) {
            tally.result(c.where(), valid ? "a good public key is refused: " + key.why() : "");
            continue;
        }
        Mechanism mechanism(CKM_ML_DSA);
        tally.result(c.where(), trial.verify(mechanism, key, bytes(c, "Msg"), bytes(c, "Signature"), valid));
    }
    tally.finish();
}

TEST_CASE("Vectors: ML-KEM", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 ML-KEM", 64);
    for (const auto& c : read_vec(pubkey("ml_kem_acvp_keygen"), "DK")) {
        if (!tally.take()) continue;
        const auto set = parameter_set_named(c.section);
        auto seed = bytes(c, "D");
        const auto z = bytes(c, "Z");
        seed.insert(seed.end(), z.begin(), z.end());
        const auto key =
            trial.import(set_private(CKK_ML_KEM, set, CKA_SEED, seed).boolean(CKA_DECAPSULATE, true));
        if (!key.ok()) {
            tally.fail(c.where(), "key: " + key.why());
            continue;
        }
        // The public half that the token computes is the one that the vector's begins with.
        Mechanism mechanism(CKM_ML_KEM), other_half(CKM_PUB_KEY_FROM_PRIV_KEY);
        Template made;
        made.number(CKA_CLASS, CKO_PUBLIC_KEY).boolean(CKA_ENCAPSULATE, true);
        CK_OBJECT_HANDLE other = 0, sent = 0, received = 0;
        HSM_REQUIRE_OK(p11().C_DeriveKey(trial.session, &other_half, key, made.data(), made.count(), &other));
        const auto value = trial.session.value(other, CKA_VALUE);
        ByteString sealed(2048);
        auto length = size(sealed);
        auto secret = derived_secret(32);
        HSM_REQUIRE_OK(p11().C_EncapsulateKey(trial.session, &mechanism, other, secret.data(), secret.count(),
                                              sealed.data(), &length, &sent));
        HSM_REQUIRE_OK(p11().C_DecapsulateKey(trial.session, &mechanism, key, secret.data(), secret.count(),
                                              sealed.data(), length, &received));
        const bool same = trial.session.value(sent, CKA_VALUE) == trial.session.value(received, CKA_VALUE);
        // The file has the first 16 bytes of SHAKE-256 of the public value.
        const auto base = trial.import(secret_key(CKK_GENERIC_SECRET, value));
        Mechanism shake(CKM_SHAKE_256_KEY_DERIVATION);
        tally.result(c.where(), same ? trial.derive(shake, base, derived_secret(16), bytes(c, "EK"))
                                     : "the secrets differ");
        for (const auto handle : {other, sent, received})
            HSM_CHECK_OK(p11().C_DestroyObject(trial.session, handle));
    }
    tally.finish();
}

TEST_CASE("Vectors: SLH-DSA", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 SLH-DSA", 12);
    for (const auto& c : read_vec(pubkey("slh_dsa_generic"), "Signature")) {
        if (!tally.take()) continue;
        const auto set = parameter_set_named(c.str("Instance"));
        const auto key =
            trial.import(set_public(CKK_SLH_DSA, set, bytes(c, "PublicKey")).boolean(CKA_VERIFY, true));
        Mechanism mechanism(CKM_SLH_DSA);
        tally.result(c.where(), trial.verify(mechanism, key, bytes(c, "Msg"), bytes(c, "Signature"),
                                             c.str("Valid") == "1"));
    }
    for (const auto& c : read_vec(pubkey("slh_dsa"), "HashSigRand")) {
        const auto& name = c.str("SphincsParameterSet");
        if (name.back() == 's') { // signs for a second; the other sets have the same code
            tally.skip("a slow set");
            continue;
        }
        if (!tally.take()) continue;
        const auto set = parameter_set_named(name);
        const auto key =
            trial.import(set_private(CKK_SLH_DSA, set, CKA_VALUE, bytes(c, "sk")).boolean(CKA_SIGN, true));
        const auto other =
            trial.import(set_public(CKK_SLH_DSA, set, bytes(c, "pk")).boolean(CKA_VERIFY, true));
        CK_SIGN_ADDITIONAL_CONTEXT parameters = {CKH_DETERMINISTIC_REQUIRED, nullptr, 0};
        Mechanism mechanism(CKM_SLH_DSA, &parameters);
        const auto in = bytes(c, "msg");
        auto signature = signed_once(trial, mechanism, key, in);
        // The file has the hash of the deterministic signature.
        const auto hash = name.find("SHAKE") != std::string::npos ? CKM_SHA3_256 : CKM_SHA256;
        tally.result(c.where(),
                     trial.digest_of(hash, signature) == bytes(c, "HashSigDet") ? "" : "another signature");
        tally.result(c.where() + " verify", trial.verify(mechanism, other, in, signature, true));
        signature[signature.size() / 3] ^= 1;
        tally.result(c.where() + " changed", trial.verify(mechanism, other, in, signature, false));
    }
    tally.finish();
}

TEST_CASE("Vectors: HashML-DSA and HashSLH-DSA", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 HashML-DSA, HashSLH-DSA", 34);
    for (const auto& c : read_vec(kat::own_vectors() + "prehash.vec", "HashSignature")) {
        if (!tally.take()) continue;
        const bool slh = c.str("Instance").starts_with("SLH");
        const auto set = parameter_set_named(c.str("Instance"));
        const auto* row = std::ranges::find(pre_hashes, c.str("Hash"), &PreHashRow::hash);
        REQUIRE(row != pre_hashes.end());
        const auto type = slh ? CKK_SLH_DSA : CKK_ML_DSA;
        const auto key =
            trial.import(set_private(type, set, slh ? CKA_VALUE : CKA_SEED, bytes(c, "PrivateKey"))
                             .boolean(CKA_SIGN, true));
        const auto context = bytes(c, "Context"), message = bytes(c, "Msg"),
                   expected = bytes(c, "HashSignature");
        CK_SIGN_ADDITIONAL_CONTEXT parameters = {CKH_DETERMINISTIC_REQUIRED, data(context), size(context)};
        Mechanism hashing(slh ? row->slh_dsa : row->ml_dsa, &parameters);
        const auto signature = signed_once(trial, hashing, key, message);
        tally.result(c.where(),
                     trial.digest_of(CKM_SHA256, signature) == expected ? "" : "another signature");
        Mechanism other_half(CKM_PUB_KEY_FROM_PRIV_KEY);
        Template made;
        made.number(CKA_CLASS, CKO_PUBLIC_KEY).boolean(CKA_VERIFY, true);
        CK_OBJECT_HANDLE other = 0;
        HSM_REQUIRE_OK(p11().C_DeriveKey(trial.session, &other_half, key, made.data(), made.count(), &other));
        tally.result(c.where() + " verify", trial.verify(hashing, other, message, signature, true));
        HSM_CHECK_OK(p11().C_DestroyObject(trial.session, other));
        if (row->digest == no_number) continue;
        // The value of the hash made outside, and its name in the parameter.
        CK_HASH_SIGN_ADDITIONAL_CONTEXT with_hash = {CKH_DETERMINISTIC_REQUIRED, data(context), size(context),
                                                     row->digest};
        Mechanism hashed(slh ? CKM_HASH_SLH_DSA : CKM_HASH_ML_DSA, &with_hash);
        const auto of_value = signed_once(trial, hashed, key, trial.digest_of(row->digest, message));
        tally.result(c.where() + " of the value", of_value == signature ? "" : "another signature");
    }
    tally.finish();
}

} // namespace hsm::test
