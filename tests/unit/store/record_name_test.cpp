// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/record_name.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <string>

using namespace hsm;
using store::RecordKind;
using store::RecordName;

namespace {

const std::string hash = "0123456789abcdef0123456789abcdef01234567";

std::string refusal(std::string_view file_name) {
    try {
        (void)RecordName::parse(file_name);
    } catch (const Error& error) {
        REQUIRE(error.status() == Status::invalid_argument);
        return error.message();
    }
    return {};
}

} // namespace

TEST_CASE("record names go from parts to file name and back", "[store]") {
    struct Row {
        RecordName name;
        std::string file_name;
        RecordKind kind;
    };
    const Row rows[] = {
        {RecordName::world(), "world", RecordKind::world},
        {RecordName::module("0123-4567-89AB"), "module_0123-4567-89AB", RecordKind::module},
        {RecordName::card_set(hash), "cards_" + hash, RecordKind::card_set},
        {RecordName::card(hash, 1), "card_" + hash + "_1", RecordKind::card},
        {RecordName::card(hash, 255), "card_" + hash + "_255", RecordKind::card},
        {RecordName::softcard(hash), "softcard_" + hash, RecordKind::softcard},
        {RecordName::key("pkcs11", "ua" + hash), "key_pkcs11_ua" + hash, RecordKind::key},
        {RecordName::key("caping", "container-1f2e"), "key_caping_container-1f2e", RecordKind::key},
        {RecordName::key("0", "a.b+c-d"), "key_0_a.b+c-d", RecordKind::key},
        {RecordName::data("pkcs11", "0a1b"), "data_pkcs11_0a1b", RecordKind::data},
        {RecordName::key(std::string(32, 'a'), std::string(128, '9')),
         "key_" + std::string(32, 'a') + "_" + std::string(128, '9'), RecordKind::key},
    };
    for (const auto& row : rows) {
        CAPTURE(row.file_name);
        CHECK(row.name.file_name() == row.file_name);
        CHECK(row.name.kind() == row.kind);
        CHECK(RecordName::parse(row.file_name) == row.name);
        CHECK(RecordName::looks_like_record(row.file_name));
    }
}

TEST_CASE("a record name's parts", "[store]") {
    const auto key = RecordName::key("caping", "container-1");
    CHECK(key.app() == "caping");
    CHECK(RecordName::data("pkcs11", "0a").app() == "pkcs11");
    CHECK(RecordName::data("pkcs11", "0a").ident() == "0a");
    CHECK(RecordName::softcard(hash).ident().empty());
    CHECK(key.ident() == "container-1");
    CHECK(key.hash().empty());
    CHECK(key.number() == 0);
    const auto card = RecordName::card(hash, 17);
    CHECK(card.hash() == hash);
    CHECK(card.number() == 17);
    CHECK(card.app().empty());
    CHECK(RecordName::card_set(hash).hash() == hash);
    CHECK(RecordName::softcard(hash).hash() == hash);
    CHECK(RecordName::module("0123-4567-89AB").esn() == "0123-4567-89AB");
}

TEST_CASE("names that are not a record's are refused", "[store]") {
    const std::string bad[] = {
        "", "World", "world2", "key", "key_", "key_a", "key_a_", "key__a", "key_A_a", "key_a_A", "key_a_b_c",
        "key_a_.a", "key_a_-a", "key_a_a.", "key_a_a b", "key_a_a/b", "key_a_a\\b", "key_a_a:b", "key_a_\xc3\xa4",
        "key_-a_b", "key_a.b_c", "key_" + std::string(33, 'a') + "_b", "key_a_" + std::string(129, 'b'),
        std::string("key_a_b\0c", 9), "module_", "module_0123-4567-89ab", "module_0123-4567-89A", "module_0123456789AB",
        "cards_" + hash.substr(1), "cards_" + hash + "0", "cards_0123456789ABCDEF0123456789abcdef01234567",
        "card_" + hash, "card_" + hash + "_", "card_" + hash + "_0", "card_" + hash + "_01", "card_" + hash + "_256",
        "card_" + hash + "_1x", "card_" + hash + "_-1", "card_" + hash + "_99999999999", "softcard_", "softcard_x",
        "../key_a_b", "key_a_../b", ".tmp-0123", "README",
    };
    for (const auto& file_name : bad) {
        CAPTURE(file_name);
        CHECK_FALSE(refusal(file_name).empty());
    }
}

TEST_CASE("a refusal says what is wrong", "[store]") {
    using Catch::Matchers::ContainsSubstring;
    CHECK_THAT(refusal("key_a_b_c"), ContainsSubstring("must not contain '_'"));
    CHECK_THAT(refusal("key_Ab_c"), ContainsSubstring("'A'"));
    CHECK_THAT(refusal("key_a_b\n"), ContainsSubstring("0x0a"));
    CHECK_THAT(refusal("key_a_" + std::string(129, 'b')), ContainsSubstring("129"));
    CHECK_THAT(refusal("module_1"), ContainsSubstring("0123-4567-89AB"));
}
