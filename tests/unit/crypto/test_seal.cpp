// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/pke.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>

/// \file
/// Sealing, passphrases and public-key encryption: what opens, and that nothing else does.

namespace hsm::crypto {
namespace {

using test::status_of;

Secret key_of(std::uint8_t byte) { return Secret(ByteView(Bytes(32, byte))); }

} // namespace

TEST_CASE("seal and unseal", "[crypto][seal]") {
    const auto salt = random_salt();
    const auto header = to_bytes(view("header"));
    for (const std::size_t size : {0, 1, 15, 16, 17, 1300}) {
        const auto plaintext = random_bytes(size);
        const auto sealed = seal(key_of(1), "blob", salt, header, plaintext);
        CHECK(sealed.size() == 32 + size + 16);
        const auto opened = unseal(key_of(1), "blob", salt, header, sealed);
        CHECK(to_hex(opened.view()) == to_hex(plaintext));
    }
}

TEST_CASE("sealing is as documented", "[crypto][seal]") {
    // A fixed key, salt and header: the format must not drift.
    const Salt salt{};
    const auto sealed = seal(key_of(1), "blob", salt, view("header"), view("plaintext"));
    CHECK(sealed == seal(key_of(1), "blob", salt, view("header"), view("plaintext")));
    CHECK(to_hex(sealed) == "0398a56a6126d7b79558a12291084ec7094066f21cebc5f290d22906406a7691"
                            "c5111fc7f711987385d7f8cd3854729e3697f04de5fbbeb4a8");
}

TEST_CASE("misuse of sealed bytes is refused", "[crypto][seal]") {
    const auto salt = random_salt();
    const auto header = to_bytes(view("header"));
    const auto sealed = seal(key_of(1), "blob", salt, header, view("plaintext"));
    const auto opens = [&](const Secret& key, std::string_view label, const Salt& s, ByteView h,
                           ByteView bytes) {
        return status_of([&] { (void)unseal(key, label, s, h, bytes); });
    };
    REQUIRE(opens(key_of(1), "blob", salt, header, sealed) == Status::ok);

    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto wrong = sealed;
        wrong[i] ^= 0x01;
        CHECK(opens(key_of(1), "blob", salt, header, wrong) == Status::invalid_signature);
    }
    for (std::size_t i = 0; i < header.size(); ++i) {
        auto wrong = header;
        wrong[i] ^= 0x80;
        CHECK(opens(key_of(1), "blob", salt, wrong, sealed) == Status::invalid_signature);
    }
    for (std::size_t i = 0; i < salt.size(); ++i) {
        auto wrong = salt;
        wrong[i] ^= 0x10;
        CHECK(opens(key_of(1), "blob", wrong, header, sealed) == Status::invalid_signature);
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        CHECK(opens(key_of(1), "blob", salt, header, ByteView(sealed).first(size)) ==
              Status::invalid_signature);
    }
    auto longer = sealed;
    longer.push_back(0);
    CHECK(opens(key_of(1), "blob", salt, header, longer) == Status::invalid_signature);
    CHECK(opens(key_of(2), "blob", salt, header, sealed) == Status::invalid_signature);
    CHECK(opens(key_of(1), "blo", salt, header, sealed) == Status::invalid_signature);
    CHECK(opens(key_of(1), "blob", salt, {}, sealed) == Status::invalid_signature);
    CHECK(opens(Secret(31), "blob", salt, header, sealed) == Status::invalid_argument);
}

TEST_CASE("derived keys differ by label and context", "[crypto][seal]") {
    const auto key = key_of(3);
    const auto hex = [&](std::string_view label, std::string_view context) {
        return to_hex(derive_key(key, label, view(context)).view());
    };
    CHECK(hex("a", "") == hex("a", ""));
    CHECK(hex("a", "") != hex("b", ""));
    CHECK(hex("a", "b") != hex("ab", ""));
    CHECK(derive_key(key, "a", {}, 77).size() == 77);
}

TEST_CASE("passphrase keys", "[crypto][seal]") {
    const Salt salt{};
    const auto passphrase = Secret::from_text("correct horse");
    const Secret pepper(32);
    const auto key = [&](const PassphraseCost& cost, const Secret& pass, std::string_view context) {
        return to_hex(passphrase_key(pass, salt, cost, pepper, view(context)).view());
    };
    const auto base = key(test_passphrase_cost, passphrase, "c");
    CHECK(base == key(test_passphrase_cost, passphrase, "c"));
    CHECK(base != key(test_passphrase_cost, passphrase, "d"));
    CHECK(base != key(test_passphrase_cost, Secret::from_text("correct horsf"), "c"));
    CHECK(base != key({1024, 2, 1}, passphrase, "c"));
    CHECK(key(test_passphrase_cost, Secret(), "").size() == 64);

    // RFC 9106 gives its Argon2id vector with 4 lanes, which max_passphrase_cost forbids; bounds instead.
    for (const PassphraseCost bad :
         {PassphraseCost{(1u << 20) + 1, 1, 1}, PassphraseCost{1024, 17, 1}, PassphraseCost{1024, 1, 2},
          PassphraseCost{1024, 0, 1}, PassphraseCost{1024, 1, 0}, PassphraseCost{7, 1, 1},
          PassphraseCost{0, 1, 1}}) {
        CHECK(status_of([&] { (void)key(bad, passphrase, "c"); }) == Status::invalid_argument);
    }
}

TEST_CASE("public-key encryption of secrets", "[crypto][pke]") {
    for (const auto suite : {PkeSuite::xwing, PkeSuite::rsa3072_oaep_sha256}) {
        const auto pair = pke_generate(suite);
        const auto other = pke_generate(suite);
        const auto plaintext = random_secret(80);
        const auto ciphertext = pke_encrypt(suite, pair.public_key, plaintext, view("context"));
        const auto opens = [&](const Secret& key, ByteView bytes, ByteView context) {
            return status_of([&] { (void)pke_decrypt(suite, key, bytes, context); });
        };
        CHECK(to_hex(pke_decrypt(suite, pair.private_key, ciphertext, view("context")).view()) ==
              to_hex(plaintext.view()));
        CHECK(pke_encrypt(suite, pair.public_key, plaintext, view("context")) != ciphertext);
        CHECK(opens(other.private_key, ciphertext, view("context")) == Status::invalid_signature);
        CHECK(opens(pair.private_key, ciphertext, view("contexT")) == Status::invalid_signature);
        CHECK(opens(pair.private_key, {}, view("context")) == Status::invalid_signature);
        for (std::size_t i = 0; i < ciphertext.size(); i += 37) {
            auto wrong = ciphertext;
            wrong[i] ^= 0x40;
            CHECK(opens(pair.private_key, wrong, view("context")) == Status::invalid_signature);
        }
        CHECK(status_of([&] { (void)pke_encrypt(suite, pair.public_key, Secret(129), {}); }) ==
              Status::invalid_argument);
        CHECK(status_of([&] { (void)pke_encrypt(suite, view("no key"), plaintext, {}); }) ==
              Status::invalid_data);
    }
}

TEST_CASE("much that is encrypted to one recipient", "[crypto][pke]") {
    const auto pair = pke_generate(PkeSuite::xwing);
    const PkeRecipient recipient(PkeSuite::xwing, pair.public_key);
    constexpr std::size_t kem_size = 1120, salt_size = 32;
    const auto kem_of = [](ByteView bytes) { return to_hex(bytes.first(kem_size)); };
    std::set<std::string> salts, kems;
    for (unsigned i = 0; i <= PkeRecipient::most_uses; ++i) {
        const Secret plaintext(ByteView(Bytes(32, static_cast<std::uint8_t>(i))));
        const auto context = std::to_string(i);
        const auto ciphertext = recipient.encrypt(plaintext, view(context));
        salts.insert(to_hex(ByteView(ciphertext).subspan(kem_size, salt_size)));
        kems.insert(kem_of(ciphertext));
        if (i % 100 != 0) continue;
        CHECK(to_hex(pke_decrypt(PkeSuite::xwing, pair.private_key, ciphertext, view(context)).view()) == to_hex(plaintext.view()));
        CHECK(status_of([&] { (void)pke_decrypt(PkeSuite::xwing, pair.private_key, ciphertext, view("another")); }) ==
              Status::invalid_signature);
    }
    CHECK(salts.size() == PkeRecipient::most_uses + 1); // never the same sealing key twice
    CHECK(kems.size() >= 2);                            // used up at last
    CHECK(kems.size() < 20);                            // and each for many
    CHECK(status_of([&] { (void)recipient.encrypt(Secret(129), {}); }) == Status::invalid_argument);
    const auto rsa = pke_generate(PkeSuite::rsa3072_oaep_sha256);
    const PkeRecipient old(PkeSuite::rsa3072_oaep_sha256, rsa.public_key);
    CHECK(pke_decrypt(PkeSuite::rsa3072_oaep_sha256, rsa.private_key, old.encrypt(key_of(7), view("c")), view("c")).size() == 32);
}

} // namespace hsm::crypto
