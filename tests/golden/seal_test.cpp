// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "golden_file.hpp"

#include "crypto/key.hpp"
#include "crypto/pke.hpp"
#include "crypto/seal.hpp"
#include "crypto/shares.hpp"
#include "module/snapshot.hpp"

#include <catch2/catch_test_macros.hpp>

#include <numeric>

// The constructions behind the formats, over constants: what was sealed once must open for ever.

namespace hsm::golden {

namespace {

constexpr auto list_name = "v1/constructions.txt";

void check(const std::string& key, ByteView value) {
    INFO(key);
    CHECK(to_hex(value) == to_hex(golden_line(list_name, key, value)));
}

Secret counting(std::uint8_t from, std::size_t size = 32) {
    Secret secret(size);
    std::iota(secret.mutable_view().begin(), secret.mutable_view().end(), from);
    return secret;
}

crypto::Salt salt() {
    crypto::Salt salt;
    std::iota(salt.begin(), salt.end(), std::uint8_t{0x80});
    return salt;
}

} // namespace

TEST_CASE("sealing is as ever", "[golden]") {
    const auto key = counting(0);
    const auto header = to_bytes(view("the header"));
    const auto sealed = crypto::seal(key, "key-blob", salt(), header, view("the contents"));
    check("seal", sealed);
    const auto golden = golden_line(list_name, "seal", sealed);
    CHECK(text(crypto::unseal(key, "key-blob", salt(), header, golden).view()) == "the contents");
    check("derive-key", crypto::derive_key(key, "token", salt()).view());
    check("passphrase-key",
          crypto::passphrase_key(Secret::from_text("correct horse"), salt(), crypto::test_passphrase_cost, key, header).view());
}

TEST_CASE("hashes of secrets are as ever", "[golden]") {
    check("well-known-module-key", module::well_known_module_key().view());
    check("well-known-module-key-hash", module::well_known_module_key_hash());
    check("module-key-hash", module::module_key_hash(counting(1)));
    check("token-hash", module::token_hash(counting(1)));
}

TEST_CASE("identities of keys are as ever", "[golden]") {
    // RFC 8410, section 10.1.
    const auto ed25519 = from_hex("302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    check("key-id ed25519", crypto::import_public(ed25519)->id());
    check("key-id aes-256", crypto::import_secret(KeyType::aes, counting(0).view())->id());
}

TEST_CASE("shares that were written once still combine", "[golden]") {
    const auto secret = counting(0x20);
    const auto id = counting(1, 16);
    const auto fresh = crypto::split(2, 3, secret, id.view());
    std::vector<crypto::Share> golden;
    for (const auto& share : fresh) {
        const auto key = "share " + std::to_string(share.number) + " of 2/3";
        golden.push_back({share.number, Secret(golden_line(list_name, key, share.bytes.view()))});
    }
    for (std::size_t left_out = 0; left_out < golden.size(); ++left_out) {
        std::vector<crypto::Share> two;
        for (std::size_t i = 0; i < golden.size(); ++i)
            if (i != left_out) two.push_back({golden[i].number, golden[i].bytes.clone()});
        CHECK(to_hex(crypto::combine(2, two).view()) == to_hex(secret.view()));
    }
}

TEST_CASE("what was encrypted to a recovery key still opens", "[golden]") {
    const auto context = to_bytes(view("the context"));
    const auto check_suite = [&](const std::string& name, crypto::PkeSuite suite) {
        INFO(name);
        auto pair = crypto::pke_generate(suite);
        const auto private_key = golden_line(list_name, name + " private-key", pair.private_key.view());
        const auto public_key = golden_line(list_name, name + " public-key", pair.public_key);
        const auto fresh = crypto::pke_encrypt(suite, public_key, counting(7), context);
        const auto ciphertext = golden_line(list_name, name + " ciphertext", fresh);
        const auto open = [&](ByteView bytes) { return crypto::pke_decrypt(suite, Secret(private_key), bytes, context); };
        CHECK(to_hex(open(ciphertext).view()) == to_hex(counting(7).view()));
        CHECK(to_hex(open(fresh).view()) == to_hex(counting(7).view()));
    };
    check_suite("xwing", crypto::PkeSuite::xwing);
    check_suite("rsa3072-oaep-sha256", crypto::PkeSuite::rsa3072_oaep_sha256);
}

} // namespace hsm::golden
