// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace hsm;
using namespace hsm::test;

TEST_CASE("ECDSA signatures to DER and back", "[client]") {
    CHECK(to_hex(signature_to_der(from_hex("0102"))) == "3006020101020102");
    CHECK(to_hex(signature_to_der(from_hex("80ff"))) == "300802020080020200ff");
    CHECK(to_hex(signature_to_der(from_hex("00000001"))) == "3006020100020101");
    CHECK(signature_from_der(from_hex("3006020100020101"), 2) == from_hex("00000001"));
    for (std::size_t half = 1; half <= 140; ++half) {
        CAPTURE(half);
        for (const std::uint8_t fill : std::initializer_list<std::uint8_t>{0x00, 0x01, 0x7f, 0x80, 0xff}) {
            const Bytes signature(2 * half, fill);
            Bytes der;
            if (status_of([&] { der = signature_to_der(signature); }) == Status::invalid_data) {
                CHECK(half > 66); // every order that libhsm has fits
                continue;
            }
            CHECK(signature_from_der(der, half) == signature);
        }
    }
    CHECK(status_of([] { (void)signature_to_der({}); }) == Status::invalid_data);
    CHECK(status_of([] { (void)signature_to_der(Bytes(3)); }) == Status::invalid_data);
}

TEST_CASE("DER signatures have one spelling", "[client]") {
    for (const auto* bad : {"", "30", "3000", "3003020101", "300602010102010200", "30060201810201ff",
                            "30070202000102010100", "3007020200010201", "300702020001020101",
                            "30050200020101", "3006020101040101", "30810602010102010a", "3106020101020101"}) {
        CAPTURE(bad);
        CHECK(status_of([&] { (void)signature_from_der(from_hex(bad), 32); }) == Status::invalid_data);
    }
    CHECK(status_of([] { (void)signature_from_der(from_hex("30070202010002010a"), 1); }) ==
          Status::invalid_data);
    CHECK(status_of([] { (void)signature_from_der(from_hex("3006020101020101"), 0); }) ==
          Status::invalid_data);
}

TEST_CASE("the type of an encoded key is told from its algorithm identifier", "[client]") {
    using client::type_of_encoded;
    CHECK(type_of_encoded(KeyHalf::public_key, from_hex("302a300506032b6570032100" + std::string(64, '1'))) ==
          KeyType::ed25519);
    CHECK(type_of_encoded(KeyHalf::public_key, from_hex("300d300b0609608648016503040312")) ==
          KeyType::ml_dsa);
    CHECK(type_of_encoded(KeyHalf::private_key, from_hex("300a020100300506032b656e")) == KeyType::x25519);
    CHECK(status_of([] { (void)type_of_encoded(KeyHalf::public_key, from_hex("300930070605ffffffff01")); }) !=
          Status::ok);
    CHECK(status_of([] { (void)type_of_encoded(KeyHalf::public_key, from_hex("3007300506032b6500")); }) ==
          Status::not_supported);
    for (const auto* bad : {"", "30", "3000", "0400", "3004300206", "300a020100300506032b656e"}) {
        CAPTURE(bad);
        CHECK(status_of([&] { (void)type_of_encoded(KeyHalf::public_key, from_hex(bad)); }) ==
              Status::invalid_data);
    }
}
