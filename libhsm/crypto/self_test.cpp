// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/self_test.hpp"

#include "crypto/operations.hpp"
#include "crypto/seal.hpp"
#include "crypto/self_test_data.hpp"
#include "crypto/xwing.hpp"

#include <array>

/// \file
/// One known answer (or, where the scheme is randomised, a known verification and a round trip) for each
/// family.

namespace hsm::crypto {
namespace {

namespace data = self_test_data;

constexpr std::string_view message = "libhsm self-test";

Mechanism mechanism_of(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

bool is(ByteView bytes, std::string_view hex) { return to_hex(bytes) == hex; }

bool test_hash() {
    Bytes out;
    digest(Hash::sha3_256, view("abc"), out);
    return is(sha256(view("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") &&
           is(out, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
}

bool test_mac() { // RFC 4231 test case 2, RFC 4493 example 2
    Bytes out;
    sign(*import_secret(KeyType::generic, view("Jefe")), mechanism_of(MechanismId::hmac, Hash::sha256),
         view("what do ya want for nothing?"), out);
    if (!is(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")) return false;
    sign(*import_secret(KeyType::aes, from_hex("2b7e151628aed2a6abf7158809cf4f3c")),
         mechanism_of(MechanismId::cmac), from_hex("6bc1bee22e409f96e93d7e117393172a"), out);
    return is(out, "070a16b46b4d4144f79bdd9dd04a287c");
}

bool test_cipher() { // GCM test case 2 of McGrew and Viega, RFC 3394 4.1
    const auto zero = import_secret(KeyType::aes, Bytes(16));
    const Bytes iv(12);
    auto gcm = mechanism_of(MechanismId::gcm);
    gcm.iv = iv;
    Bytes out;
    Bytes back;
    encrypt(*zero, gcm, Bytes(16), out);
    decrypt(*zero, gcm, out, back);
    if (!is(out, "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf") || back != Bytes(16)) {
        return false;
    }
    const auto kek = import_secret(KeyType::aes, from_hex("000102030405060708090a0b0c0d0e0f"));
    const auto wrapped =
        wrap(*kek, mechanism_of(MechanismId::key_wrap), from_hex("00112233445566778899aabbccddeeff"));
    return is(wrapped, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
}

bool test_derivation() { // RFC 5869 A.1; the sealing format, which holds SP 800-108
    const auto salt = from_hex("000102030405060708090a0b0c");
    const auto info = from_hex("f0f1f2f3f4f5f6f7f8f9");
    auto hkdf = mechanism_of(MechanismId::hkdf, Hash::sha256);
    hkdf.iv = salt;
    hkdf.context = info;
    hkdf.length = 42;
    const auto okm = derive(*import_secret(KeyType::generic, Bytes(22, 0x0b)), hkdf);
    if (!is(okm.view(),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")) {
        return false;
    }
    const Secret key(ByteView(Bytes(32, 1)));
    const auto sealed = seal(key, "blob", Salt{}, view("header"), view("plaintext"));
    return is(sealed, "0398a56a6126d7b79558a12291084ec7094066f21cebc5f290d22906406a7691"
                      "c5111fc7f711987385d7f8cd3854729e3697f04de5fbbeb4a8");
}

bool test_rsa() {
    const auto key = import_private(from_hex(data::rsa_key));
    const auto mechanism = mechanism_of(MechanismId::rsa_pkcs1, Hash::sha256);
    Bytes out;
    sign(*key, mechanism, view(message), out);
    if (!is(out, data::rsa_signature) || !verify(*key, mechanism, view(message), out)) return false;
    out[0] ^= 1;
    if (verify(*key, mechanism, view(message), out)) return false;
    const auto oaep = mechanism_of(MechanismId::rsa_oaep, Hash::sha256);
    Bytes back;
    encrypt(*key, oaep, view(message), out);
    decrypt(*key, oaep, out, back);
    return text(back) == message;
}

/// Signs with a new key of this kind and verifies, also that another message does not.
bool round_trip(std::string_view kind) {
    const auto key = generate(parse_key_spec(kind), false);
    const auto mechanism = default_signature(key->spec());
    Bytes out;
    sign(*key, mechanism, view(message), out);
    return verify(*key, mechanism, view(message), out) && !verify(*key, mechanism, view("another"), out);
}

bool test_ecdsa() {
    const auto key = import_public(from_hex(data::ec_public));
    const auto mechanism = mechanism_of(MechanismId::ecdsa, Hash::sha256);
    return verify(*key, mechanism, view(message), from_hex(data::ec_signature)) && round_trip("P-256") &&
           round_trip("P-521");
}

bool test_eddsa() { // RFC 8032 7.1, test 2
    const auto key =
        import_private(from_hex("302e020100300506032b657004220420"
                                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    Bytes out;
    sign(*key, mechanism_of(MechanismId::eddsa), from_hex("72"), out);
    return is(out, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                   "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

bool test_ml_dsa() { return round_trip("ML-DSA-44") && round_trip("ML-DSA-65") && round_trip("ML-DSA-87"); }
bool test_slh_dsa() { return round_trip("SLH-DSA-SHA2-128f"); }

bool test_kem() { // draft-connolly-cfrg-xwing-kem-08 C.1: ML-KEM-768, X25519, SHA-3 and SHAKE in one
    const Secret seed(from_hex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"));
    const Secret randomness(from_hex("3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
                                     "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2"));
    const auto made = xwing_encapsulate(xwing_public(seed), randomness);
    constexpr auto shared = "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384";
    return is(made.shared.view(), shared) && is(xwing_decapsulate(seed, made.ciphertext).view(), shared);
}

struct TestRow {
    std::string_view name;
    bool (*run)();
};

constexpr std::array<TestRow, 10> tests{{
    {"hash", test_hash},
    {"mac", test_mac},
    {"cipher", test_cipher},
    {"derivation", test_derivation},
    {"rsa", test_rsa},
    {"ecdsa", test_ecdsa},
    {"eddsa", test_eddsa},
    {"ml-dsa", test_ml_dsa},
    {"slh-dsa", test_slh_dsa},
    {"ml-kem and x25519", test_kem},
}};

} // namespace

std::string self_test() {
    for (const auto& test : tests) {
        try {
            if (!test.run()) return std::string(test.name);
        } catch (const Error&) {
            return std::string(test.name);
        }
    }
    return {};
}

} // namespace hsm::crypto
