// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "support/expect_error.hpp"

#include <hsm/softhsm.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

// tests/data/softhsm/token: a token as SoftHSM 2.6.1 has written it; user PIN 1234, officer's PIN 12345678.

using namespace hsm;
using namespace hsm::test;

namespace {

Bytes read_all(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path token() { return std::filesystem::path(HSM_SOURCE_ROOT) / "tests/data/softhsm/token"; }

const SoftHsmAttribute& at(const std::vector<SoftHsmAttribute>& all, std::uint64_t type) {
    const auto found = std::ranges::find(all, type, &SoftHsmAttribute::type);
    REQUIRE(found != all.end());
    return *found;
}

} // namespace

TEST_CASE("A token of SoftHSM opens with either PIN, and with no other", "[soft]") {
    const auto all = read_softhsm_file(read_all(token() / "token.object"));
    CHECK(text(at(all, softhsm_token_label).bytes.view()).starts_with("old token  "));
    const auto user = at(all, softhsm_user_pin).bytes.view(), officer = at(all, softhsm_officer_pin).bytes.view();
    const auto key = open_softhsm_token(user, Secret::from_text("1234"));
    CHECK(key.size() == 32);
    CHECK(equal_in_constant_time(key.view(), open_softhsm_token(officer, Secret::from_text("12345678")).view()));
    CHECK(status_of([&] { (void)open_softhsm_token(user, Secret::from_text("12345678")); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { (void)open_softhsm_token(user, Secret{}); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { (void)open_softhsm_token(user.first(20), Secret::from_text("1234")); }) == Status::invalid_data);
}

TEST_CASE("Byte strings of private objects of SoftHSM are decrypted", "[soft]") {
    constexpr std::uint64_t cka_class = 0, cka_private = 2, cka_label = 3, cka_value = 0x11;
    const auto key = open_softhsm_token(at(read_softhsm_file(read_all(token() / "token.object")), softhsm_user_pin).bytes.view(),
                                        Secret::from_text("1234"));
    std::size_t private_ones = 0;
    for (const auto& entry : std::filesystem::directory_iterator(token())) {
        if (entry.path().extension() != ".object" || entry.path().filename() == "token.object") continue;
        const auto file = read_all(entry.path());
        const auto all = read_softhsm_file(file);
        for (std::size_t size = 9; size < file.size(); ++size) // every place at which a file may be cut off
            if (const auto status = status_of([&] { (void)read_softhsm_file(ByteView(file).first(size)); }); status != Status::ok)
                CHECK(status == Status::invalid_data);
        if (at(all, cka_private).number == 0) continue;
        ++private_ones;
        const auto label = decrypt_softhsm(key, at(all, cka_label).bytes.view());
        CHECK(label.size() == 1);
        const auto value = decrypt_softhsm(key, at(all, cka_value).bytes.view());
        if (at(all, cka_class).number == 0) CHECK(text(value.view()) == "some data\n");
        CHECK(status_of([&] { (void)decrypt_softhsm(Secret(32), at(all, cka_value).bytes.view()); }) == Status::invalid_data);
    }
    CHECK(private_ones >= 2);
}
