// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/rc2.hpp"
#include "support/expect_error.hpp"

#include <hsm/key_files.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

// Files in tests/data/key_files: one key and its certificate as openssl and NSS write them; see the README there.

using namespace hsm;
using namespace hsm::test;

namespace {

Bytes data_file(const std::string& name) {
    std::ifstream file(std::filesystem::path(HSM_SOURCE_ROOT) / "tests/data/key_files" / name, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), {}};
}

const Secret& right() {
    static const auto passphrase = Secret::from_text("Schl\xc3\xbcssel");
    return passphrase;
}

} // namespace

TEST_CASE("Encrypted PKCS #8 files open with their passphrase only", "[soft]") {
    const auto plain = data_file("plain.der");
    for (const auto* name : {"pbes2.der", "pbes2_des3.der", "pbes1_des3.der"}) {
        CAPTURE(name);
        const auto file = data_file(name);
        CHECK(std::ranges::equal(decrypt_pkcs8(file, right()).view(), plain));
        CHECK(status_of([&] { (void)decrypt_pkcs8(file, Secret::from_text("Schluessel")); }) == Status::passphrase_wrong);
        CHECK(status_of([&] { (void)decrypt_pkcs8(file, Secret{}); }) == Status::passphrase_wrong);
        for (std::size_t size = 0; size < file.size(); ++size)
            CHECK(status_of([&] { (void)decrypt_pkcs8(ByteView(file).first(size), right()); }) == Status::invalid_data);
    }
    CHECK(status_of([&] { (void)decrypt_pkcs8(data_file("scrypt.der"), right()); }) == Status::not_supported);
    CHECK(status_of([&] { (void)decrypt_pkcs8(plain, right()); }) == Status::invalid_data);
    CHECK(public_info_of(plain) == data_file("public.der"));
    CHECK(status_of([&] { (void)public_info_of(data_file("public.der")); }) == Status::invalid_data);
}

TEST_CASE("PKCS #12 files of several programs hold the same key and certificate", "[soft]") {
    const auto plain = data_file("plain.der"), certificate = data_file("certificate.der");
    for (const auto* name : {"aes.p12", "des3.p12", "des2_rc2_128.p12", "rc2_40.p12", "no_mac.p12", "plain_bags.p12", "nss.p12"}) {
        CAPTURE(name);
        const auto file = data_file(name);
        CHECK(is_pkcs12(file));
        const auto found = read_pkcs12(file, right());
        REQUIRE(found.keys.size() == 1);
        REQUIRE(found.certificates.size() == 1);
        CHECK(public_info_of(found.keys[0].pkcs8.view()) == public_info_of(plain));
        CHECK(found.certificates[0].der == certificate);
        CHECK(found.keys[0].id == found.certificates[0].id);
        CHECK_FALSE(found.keys[0].id.empty());
        CHECK(found.certificates[0].name == (std::string_view(name) == "nss.p12" ? "n" : "Nam\xc3\xa9"));
        CHECK(status_of([&] { (void)read_pkcs12(file, Secret::from_text("Schluessel")); }) == Status::passphrase_wrong);
        for (std::size_t size = 0; size < file.size(); size += 7) {
            CAPTURE(size);
            CHECK(status_of([&] { (void)read_pkcs12(ByteView(file).first(size), right()); }) == Status::invalid_data);
        }
    }
    CHECK(read_pkcs12(data_file("empty.p12"), Secret{}).keys.size() == 1);
    CHECK_FALSE(is_pkcs12(plain));
    CHECK_FALSE(is_pkcs12(certificate));
    CHECK_FALSE(is_pkcs12({}));
}

TEST_CASE("RC2 decrypts what RFC 2268 gives as examples", "[soft]") {
    // Chapter 5; effective sizes that are the key's own. One block of it is the whole message, so the padding is wrong,
    // unless the block before it, as IV, makes it right.
    struct Example {
        const char *key, *plain, *cipher;
    };
    for (const auto& [key, plain, cipher] :
         {Example{"ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"},
          Example{"3000000000000000", "1000000000000001", "30649edf9be7d2c2"},
          Example{"88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"}}) {
        auto iv = from_hex(plain);
        for (auto& byte : iv) byte ^= 8; // becomes a block of padding
        CHECK(crypto::rc2_decrypt_cbc(from_hex(key), iv, from_hex(cipher)).empty());
        iv.back() ^= 1;
        CHECK(status_of([&] { (void)crypto::rc2_decrypt_cbc(from_hex(key), iv, from_hex(cipher)); }) == Status::invalid_data);
    }
}
