// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/byte_order.hpp"
#include "support/expect_error.hpp"

#include <hsm/bytes.hpp>
#include <hsm/error.hpp>

#include <catch2/catch_test_macros.hpp>

using namespace hsm;
using test::message_of;
using test::status_of;

TEST_CASE("hexadecimal goes both ways") {
    CHECK(to_hex({}) == "");
    CHECK(to_hex(Bytes{0x00, 0x0f, 0xf0, 0xff}) == "000ff0ff");
    CHECK(from_hex("000ff0FF") == Bytes{0x00, 0x0f, 0xf0, 0xff});
    CHECK(from_hex("").empty());
    const std::string digits(64, 'a');
    CHECK(to_hex(hash_from_hex(digits)) == digits);
    CHECK(is_zero(hash_from_hex(std::string(64, '0'))));
}

TEST_CASE("what is not hexadecimal is refused without repeating it") {
    for (const char* bad : {"a", "abc", "0g", "g0", " 0", "0x", "00 1", "\xc3\xa9"}) {
        INFO(bad);
        CHECK(status_of([&] { from_hex(bad); }) == Status::invalid_argument);
    }
    CHECK(message_of([] { from_hex("12zz"); }).find("zz") == std::string::npos);
    CHECK(status_of([] { hash_from_hex(std::string(62, '0')); }) == Status::invalid_argument);
    CHECK(status_of([] { hash_from_hex(std::string(66, '0')); }) == Status::invalid_argument);
    CHECK(status_of([] { hash_from_hex(std::string(63, '0') + "x"); }) == Status::invalid_argument);
}

TEST_CASE("comparison in constant time compares") {
    const Bytes a = {1, 2, 3};
    CHECK(equal_in_constant_time({}, {}));
    CHECK(equal_in_constant_time(a, Bytes{1, 2, 3}));
    CHECK_FALSE(equal_in_constant_time(a, Bytes{1, 2}));
    for (std::size_t at = 0; at < a.size(); ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto b = a;
            b[at] ^= static_cast<std::uint8_t>(1u << bit);
            CHECK_FALSE(equal_in_constant_time(a, b));
        }
}

TEST_CASE("stored numbers are read the same way on every machine") {
    const Bytes bytes = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf8, 0xff};
    CHECK(base::from_little_endian(bytes) == 0xf807060504030201);
    CHECK(base::from_little_endian(ByteView(bytes).subspan(1)) == 0xfff8070605040302);
}

TEST_CASE("every status has its row and other numbers have the internal one") {
    CHECK(status_row(Status::ok).name == "ok");
    CHECK(status_row(Status::passphrase_wrong).name == "passphrase_wrong");
    CHECK(status_row(Status::internal).status == Status::internal);
    for (const std::uint16_t number :
         {std::uint16_t{11}, std::uint16_t{98}, std::uint16_t{100}, std::uint16_t{65535}})
        CHECK(status_row(static_cast<Status>(number)).status == Status::internal);
    CHECK_FALSE(status_row(Status::busy).text.empty());
}
