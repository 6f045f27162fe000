// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/exercise.hpp"
#include "kat/keys.hpp"
#include "kat/vectors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
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
        if (!c.str("Context").empty() || !c.str("Ctx").empty()) {
            tally.skip("context");
            continue;
        }
        const bool valid = c.str("Valid") == "1";
        tally.result(c.where(), try_verify(*key, mechanism_of(MechanismId::ml_dsa), c.hex("Msg"),
                                           c.hex("Signature"), valid));
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
    }
    tally.finish();
}

} // namespace hsm::kat
