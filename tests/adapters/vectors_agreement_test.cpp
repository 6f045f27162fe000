// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "vector_keys.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

// Key agreement against .vec files through the C interface.

namespace hsm::test {

namespace {

using kat::Case;
using kat::read_vec;
using kat::Tally;

std::string try_agreement(Trial& trial, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type, const ByteString& peer,
                          const ByteString& shared) {
    CK_ECDH1_DERIVE_PARAMS parameters = {CKD_NULL, 0, nullptr, size(peer), data(peer)};
    Mechanism mechanism(type, &parameters);
    return trial.derive(mechanism, key, derived_secret(0), shared);
}

/// X9.63's (Z, counter, info) or SP 800-56A's (counter, Z, info), spelt out with the token's digests, which
/// have vectors of their own.
ByteString stretched(Trial& trial, CK_MECHANISM_TYPE hash, bool counter_first, const ByteString& z,
                     const ByteString& info, std::size_t length) {
    ByteString out;
    for (CK_BYTE block = 1; out.size() < length; ++block) {
        const ByteString counter{0, 0, 0, block};
        ByteString in = counter_first ? counter : z;
        const auto& second = counter_first ? z : counter;
        in.insert(in.end(), second.begin(), second.end());
        in.insert(in.end(), info.begin(), info.end());
        const auto more = trial.digest_of(hash, in);
        out.insert(out.end(), more.begin(), more.end());
    }
    out.resize(length);
    return out;
}

} // namespace

TEST_CASE("Vectors: agreement", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 agreement", 720);
    for (const auto& c : read_vec(kat::botan_vectors() + "pubkey/ecdh.vec", "K")) {
        if (!tally.take()) continue;
        const auto* curve = curve_named(c.section);
        if (curve == nullptr) {
            tally.skip(c.section);
            continue;
        }
        const auto key = trial.import(ec_private(*curve, c.str("Secret")));
        const auto peer = bytes(c, "CounterKey"), shared = bytes(c, "K");
        tally.result(c.where(), try_agreement(trial, key, CKM_ECDH1_DERIVE, peer, shared));
        tally.result(c.where() + " cofactor",
                     try_agreement(trial, key, CKM_ECDH1_COFACTOR_DERIVE, peer, shared));
    }
    for (const auto* file : {"x25519", "x448"}) {
        for (const auto& c : read_vec(kat::botan_vectors() + "pubkey/" + file + ".vec", "K")) {
            if (!tally.take()) continue;
            const auto key = trial.import(montgomery_private(bytes(c, "Secret")));
            const auto peer = bytes(c, "CounterKey"), shared = bytes(c, "K");
            const bool small_order = std::ranges::all_of(shared, [](CK_BYTE b) { return b == 0; });
            const auto problem =
                key.ok() ? try_agreement(trial, key, CKM_ECDH1_DERIVE, peer, shared) : "key: " + key.why();
            const auto wanted = small_order ? "derive: CKR_MECHANISM_PARAM_INVALID" : "";
            tally.result(c.where(), problem == wanted ? ""
                                    : problem.empty() ? "a zero secret was accepted"
                                                      : problem);
        }
    }
    std::set<std::string> groups;
    for (const auto& c : read_vec(kat::botan_vectors() + "pubkey/dh.vec", "K")) {
        if (!tally.take()) continue;
        if (!c.has("KDF") && !groups.insert(c.str("P")).second) {
            tally.skip("a group that was tried, which takes its time to look at: the core's suite has them all");
            continue;
        }
        const auto key = trial.import(
            group_private(CKK_DH, c.str("P"), c.str("Q"), c.str("G"), c.str("X")).boolean(CKA_DERIVE, true));
        if (!key.ok() || c.has("KDF")) {
            tally.skip(key.ok() ? "a KDF, which this mechanism has not" : "key: " + key.why());
            continue;
        }
        const auto shared = bytes(c, "K");
        Mechanism mechanism(CKM_DH_PKCS_DERIVE, number_bytes(c.str("Y")));
        tally.result(c.where(), trial.derive(mechanism, key, derived_secret(size(shared)), shared));
    }
    tally.finish();
}

TEST_CASE("Vectors: agreement with a KDF is the KDF over the agreed secret", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 agreement with a KDF", 43);
    const auto cases = read_vec(kat::botan_vectors() + "pubkey/ecdh.vec", "K");
    const auto c = std::ranges::find_if(cases, [](const Case& one) { return one.section == "secp256r1"; });
    REQUIRE(c != cases.end());
    const auto key = trial.import(ec_private(*curve_named(c->section), c->str("Secret")));
    const auto peer = bytes(*c, "CounterKey"), z = bytes(*c, "K"), info = bytes_of("shared info");
    for (const auto* name : {"SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-224", "SHA3-256",
                             "SHA3-384", "SHA3-512"}) {
        const auto* hash = hash_named(name);
        for (const CK_ULONG length : {16u, 32u, 100u}) {
            for (const bool sp800 : {false, true}) {
                CK_ECDH1_DERIVE_PARAMS parameters = {sp800 ? hash->sp800 : hash->x963, size(info), data(info),
                                                     size(peer), data(peer)};
                Mechanism mechanism(CKM_ECDH1_DERIVE, &parameters);
                const auto expected = stretched(trial, hash->digest, sp800, z, info, length);
                tally.result(name, trial.derive(mechanism, key, derived_secret(length), expected));
            }
        }
    }
    tally.finish();
}

} // namespace hsm::test
