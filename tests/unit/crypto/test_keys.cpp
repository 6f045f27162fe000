// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/operations.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <bit>

namespace hsm::crypto {
namespace {

using test::status_of;

/// Everything that can be generated; the slow sets of SLH-DSA and large groups only where they are quick.
std::vector<KeySpec> all_specs() {
    std::vector<KeySpec> specs;
    for (const auto& row : param_set_table()) {
        if (row.type == KeyType::dh && row.bits > 4096) continue;
        specs.push_back({row.type, 0, row.params, 0});
    }
    for (const auto* text : {"RSA-1024", "RSA-2048", "DSA-1024", "Ed25519", "Ed448", "X25519", "X448",
                             "AES-128", "AES-192", "AES-256", "DES3-128", "DES3-192", "DES", "RC4-40",
                             "RC4-256", "ChaCha20", "AES-XTS-256", "AES-XTS-512", "HMAC-8", "HMAC-256", "HMAC-4096"}) {
        specs.push_back(parse_key_spec(text));
    }
    return specs;
}

bool slow(const KeySpec& spec) {
    return spec.type == KeyType::slh_dsa && param_set_row(spec.params).name.back() == 's';
}

} // namespace

TEST_CASE("every kind of key goes out and comes back", "[crypto][keys]") {
    for (const auto& spec : all_specs()) {
        INFO(to_string(spec));
        const auto key = generate(spec, !slow(spec));
        auto expected = spec;
        if (spec.type == KeyType::des || spec.type == KeyType::chacha20) expected.bits = key->spec().bits;
        CHECK(key->spec() == expected);
        const auto bytes = material(*key);
        const auto again = restore(key->spec(), key->half(), bytes.view());
        CHECK(again->id() == key->id());
        CHECK(to_hex(material(*again).view()) == to_hex(bytes.view()));
        CHECK(key->kept_engines() == 0);
        if (key->half() == KeyHalf::secret) {
            CHECK(public_info(*key).empty());
            CHECK(status_of([&] { (void)public_half(*key); }) == Status::key_type_mismatch);
            continue;
        }
        CHECK(import_private(bytes.view())->id() == key->id());
        const auto other = public_half(*key);
        CHECK(other->half() == KeyHalf::public_key);
        CHECK(other->id() == key->id());
        CHECK(other->spec() == key->spec());
        const auto spki = public_info(*key);
        CHECK(public_info(*other) == spki);
        CHECK(import_public(spki)->id() == key->id());
        CHECK(id_of_public(key->spec().type, spki) == key->id());
        CHECK(to_hex(material(*other).view()) == to_hex(spki));
        CHECK(restore(key->spec(), KeyHalf::public_key, spki)->id() == key->id());
        CHECK(status_of([&] {
                  (void)restore({KeyType::rsa, 4096, ParamSet::none, 0}, key->half(), bytes.view());
              }) == Status::invalid_data);
    }
}

TEST_CASE("generated triple-DES keys have odd parity and different parts", "[crypto][keys]") {
    for (int i = 0; i < 20; ++i) {
        const auto bytes = material(*generate(parse_key_spec("DES3-192")));
        for (const auto b : bytes.view()) CHECK(std::popcount(b) % 2 == 1);
        CHECK(to_hex(bytes.view().first(8)) != to_hex(bytes.view().last(8)));
    }
}

TEST_CASE("RSA with another public exponent", "[crypto][keys]") {
    const KeySpec spec{KeyType::rsa, 1024, ParamSet::none, 3};
    const auto key = generate(spec);
    CHECK(key->spec() == spec);
    CHECK(generate({KeyType::rsa, 1024, ParamSet::none, 65537})->spec().public_exponent == 0);
    CHECK(status_of([] {
              (void)generate({KeyType::rsa, 1024, ParamSet::none, 4});
          }) == Status::invalid_argument);
}

TEST_CASE("keys of the same bytes and another type differ in identity", "[crypto][keys]") {
    const Bytes raw(32, 7);
    CHECK(import_secret(KeyType::aes, raw)->id() != import_secret(KeyType::generic, raw)->id());
    CHECK(import_secret(KeyType::aes, raw)->id() == import_secret(KeyType::aes, raw)->id());
}

TEST_CASE("DH by size takes the standard group of that size", "[crypto][keys]") {
    CHECK(generate(parse_key_spec("DH-2048"), false)->spec().params == ParamSet::ffdhe2048);
    CHECK(status_of([] { (void)generate(parse_key_spec("DH-1025")); }) == Status::key_size_range);
}

TEST_CASE("bad specifications and encodings are refused", "[crypto][keys]") {
    const auto generating = [](KeySpec spec) { return status_of([&] { (void)generate(spec); }); };
    CHECK(generating({}) == Status::invalid_argument);
    CHECK(generating({KeyType::rsa, 512, ParamSet::none, 0}) == Status::key_size_range);
    CHECK(generating({KeyType::rsa, 1025, ParamSet::none, 0}) == Status::key_size_range);
    CHECK(generating({KeyType::rsa, 1u << 30, ParamSet::none, 0}) == Status::key_size_range);
    CHECK(generating({KeyType::dsa, 1536, ParamSet::none, 0}) == Status::key_size_range);
    CHECK(generating({KeyType::ec, 0, ParamSet::none, 0}) == Status::key_type_mismatch);
    CHECK(generating({KeyType::ec, 0, ParamSet::ml_dsa_44, 0}) == Status::invalid_argument);
    CHECK(generating({KeyType::aes, 129, ParamSet::none, 0}) == Status::key_size_range);
    CHECK(generating({KeyType::aes, 0, ParamSet::none, 0}) == Status::key_size_range);
    CHECK(status_of([] { (void)import_secret(KeyType::aes, Bytes(15)); }) == Status::key_size_range);
    CHECK(status_of([] { (void)import_secret(KeyType::rsa, Bytes(16)); }) == Status::key_type_mismatch);
    CHECK(status_of([] { (void)import_secret(KeyType::none, Bytes(16)); }) == Status::key_type_mismatch);

    for (const auto* name :
         {"RSA-1024", "P-256", "Ed25519", "ML-DSA-44", "ML-KEM-768", "X25519", "FFDHE-2048"}) {
        INFO(name);
        const auto key = generate(parse_key_spec(name), false);
        const auto good = to_bytes(material(*key).view());
        const auto spki = public_info(*key);
        for (const std::size_t size :
             {std::size_t{0}, std::size_t{1}, std::size_t{5}, good.size() / 2, good.size() - 1}) {
            CHECK(status_of([&] { (void)import_private(ByteView(good).first(size)); }) ==
                  Status::invalid_data);
        }
        CHECK(status_of([&] { (void)import_public(ByteView(spki).first(spki.size() - 1)); }) ==
              Status::invalid_data);
        auto longer = good;
        longer.push_back(0);
        CHECK(status_of([&] { (void)import_private(longer); }) == Status::invalid_data);
        longer = spki;
        longer.push_back(0);
        CHECK(status_of([&] { (void)import_public(longer); }) == Status::invalid_data);
        CHECK(status_of([&] { (void)import_public(good); }) == Status::invalid_data);
        CHECK(status_of([&] { (void)import_private(spki); }) == Status::invalid_data);
        // Any changed byte is refused or gives a key with another identity; nothing crashes.
        for (std::size_t i = 0; i < good.size(); i += 7) {
            auto wrong = good;
            wrong[i] ^= 0x20;
            (void)status_of([&] { (void)import_private(wrong); });
        }
    }
}

TEST_CASE("public halves do not sign, secret keys have no halves", "[crypto][keys]") {
    for (const auto* name : {"RSA-1024", "P-256", "Ed25519", "ML-DSA-44"}) {
        const auto key = generate(parse_key_spec(name), false);
        const auto other = public_half(*key);
        Bytes out;
        CHECK(status_of([&] { sign(*other, default_signature(key->spec()), view("x"), out); }) ==
              Status::key_type_mismatch);
        CHECK(status_of([&] {
                  (void)open_stream(other.get(), default_signature(key->spec()), Action::sign);
              }) == Status::key_type_mismatch);
    }
    const auto agreement = generate(parse_key_spec("X25519"), false);
    Mechanism mechanism;
    mechanism.id = MechanismId::ecdh;
    const Bytes peer(32, 9);
    mechanism.context = peer;
    CHECK(status_of([&] { (void)derive(*public_half(*agreement), mechanism); }) == Status::key_type_mismatch);
}

} // namespace hsm::crypto
