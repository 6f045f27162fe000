// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/random.hpp"
#include "crypto/shares.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <bit>

namespace hsm::crypto {
namespace {

using test::status_of;

/// The shares whose bits are set.
std::vector<Share> chosen(const std::vector<Share>& all, unsigned mask) {
    std::vector<Share> some;
    for (unsigned i = 0; i < all.size(); ++i) {
        if ((mask >> i & 1u) != 0) some.push_back({all[i].number, all[i].bytes.clone()});
    }
    return some;
}

} // namespace

TEST_CASE("every subset of K shares opens, no smaller one does", "[crypto][shares]") {
    for (unsigned n = 1; n <= 6; ++n) {
        for (unsigned k = 1; k <= n; ++k) {
            const auto secret = random_secret(32);
            const auto shares = split(k, n, secret, view("mark"));
            REQUIRE(shares.size() == n);
            for (unsigned mask = 0; mask < 1u << n; ++mask) {
                const auto some = chosen(shares, mask);
                if (static_cast<unsigned>(std::popcount(mask)) < k) {
                    CHECK(status_of([&] { (void)combine(k, some); }) == Status::token_incomplete);
                } else {
                    CHECK(to_hex(combine(k, some).view()) == to_hex(secret.view()));
                }
            }
        }
    }
}

TEST_CASE("the order of shares does not matter", "[crypto][shares]") {
    const auto secret = random_secret(32);
    const auto shares = split(3, 5, secret, {});
    std::vector<Share> reversed;
    for (const int i : {4, 0, 2}) reversed.push_back({shares[i].number, shares[i].bytes.clone()});
    CHECK(to_hex(combine(3, reversed).view()) == to_hex(secret.view()));
}

TEST_CASE("the largest set", "[crypto][shares]") {
    const auto secret = random_secret(32);
    const auto shares = split(64, 64, secret, view("0123456789abcdef"));
    CHECK(to_hex(combine(64, shares).view()) == to_hex(secret.view()));
    CHECK(shares[63].number == 64);
}

TEST_CASE("bad sets of shares are refused", "[crypto][shares]") {
    const auto secret = random_secret(32);
    const auto bad_split = [&](unsigned k, unsigned n) {
        return status_of([&] { (void)split(k, n, secret, {}); });
    };
    CHECK(bad_split(0, 1) == Status::invalid_argument);
    CHECK(bad_split(3, 2) == Status::invalid_argument);
    CHECK(bad_split(1, 65) == Status::invalid_argument);
    CHECK(status_of([&] { (void)split(1, 1, Secret(31), {}); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)split(2, 3, secret, Bytes(17)); }) == Status::invalid_argument);

    const auto shares = split(2, 3, secret, view("a"));
    const auto others = split(2, 3, secret, view("b"));
    const auto with = [&](const Share& a, const Share& b) {
        std::vector<Share> two;
        two.push_back({a.number, a.bytes.clone()});
        two.push_back({b.number, b.bytes.clone()});
        return status_of([&] { (void)combine(2, two); });
    };
    CHECK(with(shares[0], shares[1]) == Status::ok);
    CHECK(with(shares[1], shares[1]) == Status::share_duplicate);
    CHECK(with(shares[0], others[1]) == Status::invalid_data); // of another split
    CHECK(with(shares[0], {2, shares[2].bytes.clone()}) == Status::invalid_data);
    CHECK(with(shares[0], {2, Secret(3)}) == Status::invalid_data);
    CHECK(with(shares[0], {0, shares[1].bytes.clone()}) == Status::invalid_data);
    CHECK(with(shares[0], {65, shares[1].bytes.clone()}) == Status::invalid_data);
    CHECK(status_of([&] { (void)combine(0, shares); }) == Status::invalid_argument);
    std::vector<Share> one;
    one.push_back({1, Secret(31)});
    CHECK(status_of([&] { (void)combine(1, one); }) == Status::invalid_data);
}

} // namespace hsm::crypto
