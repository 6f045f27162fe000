// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/ml_dsa.hpp"
#include "crypto/slh_dsa.hpp"
#include "kat/exercise.hpp"
#include "kat/keys.hpp"
#include "kat/vectors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <map>

/// \file
/// ML-DSA (FIPS 204), ML-KEM (FIPS 203) and SLH-DSA (FIPS 205) against .vec files. The library's vectors give
/// 48-byte seeds of a generator of its own for some; those need a deterministic generator and are left to the
/// vectors that give key seeds (ACVP's and Wycheproof's).

namespace hsm::kat {
namespace {

KeySpec spec_named(std::string_view botan_name) {
    for (const auto& row : param_set_table()) {
        if (row.botan_name == botan_name) return {row.type, 0, row.params, 0};
    }
    throw Error(Status::not_found, "no parameter set " + std::string(botan_name));
}

Mechanism mechanism_of(MechanismId id) {
    Mechanism mechanism;
    mechanism.id = id;
    return mechanism;
}

/// The beginning of SHAKE-256 that the files give instead of long values.
std::string fingerprint(ByteView data) {
    Bytes out;
    crypto::digest(Hash::shake256, data, out);
    return to_hex(ByteView(out).first(16));
}

/// M' = 0 || length of the context || message.
constexpr std::array<std::uint8_t, 2> plain_prefix{};

/// Slow sets ("s") sign and hash for a second: two vectors of each.
class SlowSets {
public:
    bool enough(ParamSet params) {
        const auto name = param_set_row(params).name;
        return name.back() == 's' && ++count_[params] > 2;
    }

private:
    std::map<ParamSet, int> count_;
};

} // namespace

TEST_CASE("ML-DSA verification", "[kat]") {
    Tally tally("ML-DSA verification", 215);
    std::map<std::string, crypto::KeyPtr> keys;
    for (const auto& c : read_vec(botan_vectors() + "pubkey/ml_dsa_verify.vec", "Valid", Values::kept)) {
        if (!tally.take()) continue;
        auto& key = keys[c.str("Key")];
        if (key == nullptr) {
            if (const auto status =
                    status_of([&] { key = raw_public(spec_named(c.str("Mode")), c.hex("Key")); });
                status != Status::ok) {
                tally.result(c.where(), c.str("Valid") == "0" ? "" : "a good public key is refused");
                continue;
            }
        }
        const bool valid = c.str("Valid") == "1";
        tally.result(c.where(), try_verify(*key, mechanism_of(MechanismId::ml_dsa), c.hex("Msg"),
                                           c.hex("Signature"), valid));
        // Ours must agree with the library's.
        const auto mu = crypto::ml_dsa_mu(c.hex("Key"), plain_prefix, c.hex("Msg"));
        tally.result(c.where() + " ours",
                     crypto::ml_dsa_verify_mu(key->spec().params, c.hex("Key"), mu, c.hex("Signature")) == valid
                         ? ""
                         : "our verification differs");
    }
    tally.finish();
}

TEST_CASE("ML-KEM key generation", "[kat]") {
    Tally tally("ML-KEM key generation", 75);
    for (const auto& c : read_vec(botan_vectors() + "pubkey/ml_kem_acvp_keygen.vec", "DK")) {
        if (!tally.take()) continue;
        auto seed = c.hex("D");
        const auto z = c.hex("Z");
        seed.insert(seed.end(), z.begin(), z.end());
        const auto key = raw_private(spec_named(c.section), seed);
        const auto mechanism = mechanism_of(MechanismId::ml_kem);
        const auto sent = crypto::encapsulate(*crypto::public_half(*key), mechanism);
        const auto received = crypto::decapsulate(*key, mechanism, sent.ciphertext);
        const bool same = equal_in_constant_time(sent.shared.view(), received.view());
        const bool known = fingerprint(public_value(*key)) == c.str("EK");
        tally.result(c.where(), !same ? "the secrets differ" : !known ? "the public key differs" : "");
    }
    tally.finish();
}

TEST_CASE("SLH-DSA", "[kat]") {
    Tally tally("SLH-DSA", 22);
    SlowSets slow;
    for (const auto& c : read_vec(botan_vectors() + "pubkey/slh_dsa_generic.vec", "Signature")) {
        if (!tally.take()) continue;
        const auto spec = spec_named(c.str("Instance"));
        if (slow.enough(spec.params)) {
            tally.skip("more than two of a slow set");
            continue;
        }
        const auto key = raw_public(spec, c.hex("PublicKey"));
        tally.result(c.where(), try_verify(*key, mechanism_of(MechanismId::slh_dsa), c.hex("Msg"),
                                           c.hex("Signature"), c.str("Valid") == "1"));
    }
    for (const auto& c : read_vec(botan_vectors() + "pubkey/slh_dsa.vec", "HashSigRand")) {
        if (!tally.take()) continue;
        const auto spec = spec_named(c.str("SphincsParameterSet"));
        if (slow.enough(spec.params)) {
            tally.skip("more than two of a slow set");
            continue;
        }
        const auto key = raw_private(spec, c.hex("sk"));
        tally.result(c.where() + " pk", public_value(*key) == c.hex("pk") ? "" : "the public key differs");
        Bytes signature;
        const auto mechanism = mechanism_of(MechanismId::slh_dsa);
        crypto::sign(*key, mechanism, c.hex("msg"),
                     signature); // the vectors' signature is deterministic, ours is not
        const auto other = crypto::public_half(*key);
        tally.result(c.where(), try_verify(*other, mechanism, c.hex("msg"), signature, true));
        auto deterministic = mechanism;
        deterministic.hedge = Hedge::deterministic;
        Bytes known;
        crypto::sign(*key, deterministic, c.hex("msg"), known);
        Bytes hashed;
        crypto::digest(spec.params >= ParamSet::slh_dsa_shake_128s ? Hash::sha3_256 : Hash::sha256, known, hashed);
        tally.result(c.where() + " deterministic",
                     hashed == c.hex("HashSigDet") ? "" : "the deterministic signature differs");
        // Ours, bit for bit as the library's.
        const auto ours = crypto::slh_dsa_sign(spec.params, c.hex("sk"), plain_prefix, c.hex("msg"), {});
        tally.result(c.where() + " ours", ours == known ? "" : "our signature differs");
        auto wrong = ours;
        wrong[wrong.size() / 3] ^= 1;
        const bool good = crypto::slh_dsa_verify(spec.params, c.hex("pk"), plain_prefix, c.hex("msg"), ours) &&
                          !crypto::slh_dsa_verify(spec.params, c.hex("pk"), plain_prefix, c.hex("msg"), wrong);
        tally.result(c.where() + " ours verified", good ? "" : "our verification is wrong");
    }
    tally.finish();
}

namespace {

struct PreHash {
    Hash hash;
    const char* oid; ///< DER, as FIPS 204 5.4.1 and FIPS 205 10.2.2 have it
};

constexpr std::array<PreHash, 11> pre_hashes{{
    {Hash::sha224, "0609608648016503040204"},   {Hash::sha256, "0609608648016503040201"},
    {Hash::sha384, "0609608648016503040202"},   {Hash::sha512, "0609608648016503040203"},
    {Hash::sha512_256, "0609608648016503040206"}, {Hash::sha3_224, "0609608648016503040207"},
    {Hash::sha3_256, "0609608648016503040208"}, {Hash::sha3_384, "0609608648016503040209"},
    {Hash::sha3_512, "060960864801650304020a"}, {Hash::shake128, "060960864801650304020b"},
    {Hash::shake256, "060960864801650304020c"},
}};

Bytes pre_hash_prefix(const PreHash& row, std::string_view context) {
    Bytes out{1, static_cast<std::uint8_t>(context.size())};
    out.insert(out.end(), context.begin(), context.end());
    const auto oid = from_hex(row.oid);
    out.insert(out.end(), oid.begin(), oid.end());
    return out;
}

} // namespace

TEST_CASE("HashML-DSA and HashSLH-DSA", "[kat]") {
    // What is signed, spelt out here; the signatures over it are held to vectors above.
    Tally tally("HashML-DSA, HashSLH-DSA", 130);
    for (const auto* name : {"ML-DSA-44", "ML-DSA-87", "SLH-DSA-SHA2-128f"}) {
        const auto key = crypto::generate(parse_key_spec(name), false);
        const auto params = key->spec().params;
        const bool slh = key->spec().type == KeyType::slh_dsa;
        const auto pub = public_value(*key);
        for (const auto& row : pre_hashes) {
            for (const std::string_view context : {"", "a context"}) {
                if (!tally.take()) continue;
                auto mechanism = default_signature(key->spec());
                mechanism.hash = row.hash;
                mechanism.context = view(context);
                const auto message = view("the message to sign");
                const auto where = std::string(name) + " " + std::string(hash_row(row.hash).name);
                Bytes signature;
                crypto::sign(*key, mechanism, message, signature);
                Bytes value;
                crypto::digest(row.hash, message, value);
                const auto prefix = pre_hash_prefix(row, context);
                const bool valid =
                    slh ? crypto::slh_dsa_verify(params, pub, prefix, value, signature)
                        : crypto::ml_dsa_verify_mu(params, pub, crypto::ml_dsa_mu(pub, prefix, value), signature);
                tally.result(where, valid ? "" : "not a signature of the standard's M'");
                if (slh && row.hash != Hash::sha256) continue;
                tally.result(where + " verify", try_verify(*key, mechanism, message, signature, true));
                mechanism.prehashed = true;
                tally.result(where + " of the value", try_verify(*key, mechanism, value, signature, true));
                mechanism.hash = Hash::none;
                mechanism.prehashed = false;
                tally.result(where + " not pure", try_verify(*key, mechanism, message, signature, false));
            }
        }
    }
    tally.finish();
}

TEST_CASE("HashML-DSA and HashSLH-DSA: signatures of another implementation", "[kat]") {
    Tally tally("HashML-DSA, HashSLH-DSA vectors", 54);
    const auto sha256 = [](ByteView data) {
        Bytes out;
        crypto::digest(Hash::sha256, data, out);
        return out;
    };
    for (const auto& c : read_vec(own_vectors() + "prehash.vec", "HashSignature")) {
        if (!tally.take()) continue;
        const auto key = raw_private(parse_key_spec(c.str("Instance")), c.hex("PrivateKey"));
        const auto context = c.hex("Context"), message = c.hex("Msg");
        auto mechanism = default_signature(key->spec());
        mechanism.hash = parse_hash(c.str("Hash"));
        mechanism.context = context;
        mechanism.hedge = Hedge::deterministic;
        Bytes signature, value;
        crypto::sign(*key, mechanism, message, signature);
        tally.result(c.where() + " pk", sha256(public_value(*key)) == c.hex("HashPublicKey") ? "" : "the public key differs");
        tally.result(c.where(), sha256(signature) == c.hex("HashSignature") ? "" : "the signature differs");
        crypto::digest(mechanism.hash, message, value);
        mechanism.prehashed = true;
        signature.clear();
        crypto::sign(*key, mechanism, value, signature);
        tally.result(c.where() + " of the value", sha256(signature) == c.hex("HashSignature") ? "" : "the signature differs");
    }
    tally.finish();
}

TEST_CASE("expanded keys of ML-DSA", "[kat]") {
    for (const auto* name : {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"}) {
        INFO(name);
        const auto key = crypto::generate(parse_key_spec(name), false);
        const auto both = crypto::export_material(*key);
        const auto again = crypto::import_private(both.view());
        CHECK(again->id() == key->id());
        CHECK(to_hex(crypto::material(*again).view()) == to_hex(crypto::material(*key).view()));
    }
}

} // namespace hsm::kat
