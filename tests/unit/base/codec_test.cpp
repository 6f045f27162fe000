// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/codec.hpp>
#include <base/codec_values.hpp>

#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace hsm;
using namespace hsm::base;
using test::message_of;
using test::status_of;

namespace {

enum class Colour : std::uint8_t { red = 1, green = 2 };

struct Point {
    std::int32_t x = 0;
    std::int64_t y = 0;
    HSM_FIELDS(x, y)
    bool operator==(const Point&) const = default;
};

struct Nothing {
    HSM_FIELDS()
    bool operator==(const Nothing&) const = default;
};

using Shape = std::variant<Nothing, Point, std::string>;

struct Everything {
    bool flag = false;
    std::uint8_t small = 0;
    std::uint64_t large = 0;
    Colour colour = Colour::red;
    Bytes bytes;
    Hash256 hash{};
    std::string text;
    Point point;
    std::vector<Point> points;
    std::vector<std::string> texts;
    std::optional<std::uint32_t> maybe;
    std::optional<Point> maybe_point;
    Shape shape;
    KeyHandle key;
    HSM_FIELDS(flag, small, large, colour, bytes, hash, text, point, points, texts, maybe, maybe_point, shape,
               key)
    bool operator==(const Everything&) const = default;
};

struct Views {
    ByteView bytes;
    std::string_view text;
    HSM_FIELDS(bytes, text)
};

struct Sealed {
    std::uint32_t number = 0;
    Secret secret;
    HSM_FIELDS(number, secret)
};
struct HoldsSealed {
    std::vector<std::variant<Point, Sealed>> parts;
    HSM_FIELDS(parts)
};

// A type that can hold itself, so that its depth is the input's choice.
struct Tree {
    std::vector<Tree> branches;
    HSM_FIELDS(branches)
};

Everything sample() {
    Everything e;
    e.flag = true;
    e.small = 255;
    e.large = ~std::uint64_t{0};
    e.colour = Colour::green;
    e.bytes = {1, 2, 3};
    e.hash[31] = 9;
    e.text = "Gr\xc3\xbc\xc3\x9f"
             "e";
    e.point = {-1, std::numeric_limits<std::int64_t>::min()};
    e.points = {{1, 2}, {-3, -4}, {}};
    e.texts = {"", "a", std::string(300, 'x')};
    e.maybe = 7;
    e.maybe_point = Point{5, 6};
    e.shape = std::string("square");
    e.key.value = 0x8000000000000001;
    return e;
}

} // namespace

static_assert(!carries_secret<Everything> && !carries_secret<Acl> && !carries_secret<Mechanism>);
static_assert(carries_secret<Secret> && carries_secret<Sealed> && carries_secret<HoldsSealed> &&
              carries_secret<std::optional<Sealed>>);

TEST_CASE("a struct with every kind of field comes back") {
    for (const auto& value : {Everything{}, sample()}) {
        const auto encoded = encode(value);
        CHECK(encoded.size() == encoded_size(value));
        CHECK(decode<Everything>(encoded) == value);
        Bytes appended = {0xee};
        append(value, appended);
        CHECK(to_hex(appended) == "ee" + to_hex(encoded));
    }
}

TEST_CASE("the encoding is the DER that is documented") {
    CHECK(to_hex(encode(true)) == "0101ff");
    CHECK(to_hex(encode(std::uint32_t{128})) == "02020080");
    CHECK(to_hex(encode(Colour::green)) == "020102");
    CHECK(to_hex(encode(Bytes{1, 2})) == "04020102");
    CHECK(to_hex(encode(std::string("a\xc3\xa9"))) == "0c0361c3a9");
    CHECK(to_hex(encode(Point{1, -1})) == "30060201010201ff");
    CHECK(to_hex(encode(Nothing{})) == "3000");
    CHECK(to_hex(encode(std::vector<std::uint8_t>{})) == "0400");
    CHECK(to_hex(encode(std::vector<std::uint16_t>{1, 2})) == "3006020101020102");
    CHECK(to_hex(encode(std::optional<bool>{})) == "a000");
    CHECK(to_hex(encode(std::optional<bool>{false})) == "a003010100");
    CHECK(to_hex(encode(Shape(Point{}))) == "a1083006020100020100");
    CHECK(to_hex(encode(Shape(std::string("x")))) == "a2030c0178");
    CHECK(to_hex(encode(KeyHandle{5})) == "020105");
}

TEST_CASE("decoded views point into the input") {
    const auto encoded = encode(Views{.bytes = view("bytes"), .text = "text"});
    const auto decoded = decode<Views>(encoded);
    CHECK(text(decoded.bytes) == "bytes");
    CHECK(decoded.text == "text");
    CHECK(decoded.bytes.data() == encoded.data() + 4);
}

TEST_CASE("secrets are encoded into secrets") {
    HoldsSealed value;
    value.parts.emplace_back(Sealed{.number = 3, .secret = Secret::from_text("open sesame")});
    const auto encoded = encode_secret(value);
    CHECK(encoded.size() == encoded_size(value));
    const auto decoded = decode<HoldsSealed>(encoded.view());
    CHECK(text(std::get<Sealed>(decoded.parts.at(0)).secret.view()) == "open sesame");
}

TEST_CASE("what does not fit its type is refused") {
    CHECK(status_of([] { static_cast<void>(decode<std::uint8_t>(from_hex("02020100"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<std::int8_t>(from_hex("02020080"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Colour>(from_hex("02020100"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Hash256>(from_hex("0403010203"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<std::string>(from_hex("0c01ff"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<std::string_view>(from_hex("0c02c0af"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<std::string>(from_hex("040161"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Shape>(from_hex("a3023000"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Shape>(from_hex(""))); }) == Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Shape>(from_hex("a00430003000"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<std::optional<bool>>(from_hex("a0060101ff0101ff"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<std::optional<bool>>(from_hex("0101ff"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<KeyHandle>(from_hex("0201ff"))); }) ==
          Status::record_damaged);
}

TEST_CASE("elements too few, too many and after the end are refused") {
    CHECK(status_of([] { static_cast<void>(decode<Point>(from_hex("3003020101"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Point>(from_hex("3009020101020101020101"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] { static_cast<void>(decode<Point>(from_hex("300602010102010100"))); }) ==
          Status::record_damaged);
    CHECK(status_of([] {
              static_cast<void>(decode<Point>(from_hex("30060201010201010500"), Status::invalid_data));
          }) == Status::invalid_data);
}

TEST_CASE("text that is not UTF-8 is not written") {
    CHECK(status_of([] { static_cast<void>(encode(std::string("\xff"))); }) == Status::invalid_argument);
}

TEST_CASE("every proper prefix and every appended octet of an encoding is refused") {
    const auto encoded = encode(sample());
    for (std::size_t size = 0; size < encoded.size(); ++size) {
        INFO("first " << size << " of " << encoded.size());
        CHECK(status_of([&] { static_cast<void>(decode<Everything>(ByteView(encoded).first(size))); }) ==
              Status::record_damaged);
    }
    auto longer = encoded;
    longer.push_back(0);
    CHECK(status_of([&] { static_cast<void>(decode<Everything>(longer)); }) == Status::record_damaged);
}

TEST_CASE("a changed octet is refused or decodes to what encodes to it") {
    const auto encoded = encode(sample());
    std::size_t accepted = 0;
    for (std::size_t at = 0; at < encoded.size(); ++at)
        for (const auto flip : Bytes{0x01, 0x80, 0xff}) {
            auto changed = encoded;
            changed[at] ^= flip;
            Everything value;
            const auto status = status_of([&] { value = decode<Everything>(changed); });
            if (status == Status::ok) {
                CHECK(encode(value) == changed);
                ++accepted;
            } else {
                CHECK(status == Status::record_damaged);
            }
        }
    CHECK(accepted > 0);
}

TEST_CASE("a small input cannot ask for much memory or depth") {
    CHECK(status_of([] { static_cast<void>(decode<std::vector<Point>>(from_hex("3084ffffffff"))); }) ==
          Status::record_damaged);
    Bytes deep = {0x30, 0x00};
    for (int i = 0; i < 60; ++i) {
        Bytes outer(der::element_size(der::tag_sequence, deep.size()));
        der::Writer(outer).octets(der::tag_sequence, deep);
        deep = std::move(outer);
    }
    CHECK(message_of([&] { static_cast<void>(decode<Tree>(deep)); }).find("too deeply") != std::string::npos);
}

TEST_CASE("the public value structs come back") {
    const UseLimit limit{
        .kind = UseLimit::Kind::nonvolatile, .value = 10, .id = {7}, .esn = "1A2B-3C4D-5E6F"};
    const AclAction action{.actions = bit(Action::sign) | bit(Action::make_archive_blob),
                           .mechanisms = {MechanismId::rsa_pss, MechanismId::digest},
                           .blob_kinds = {ProtectorKind::module, ProtectorKind::softcard},
                           .blob_target = {9, 9},
                           .trusted_kek_only = true};
    Acl acl;
    acl.groups.resize(2);
    acl.groups[0] = {
        .certifier = {1, 2, 3}, .esn = "1A2B-3C4D-5E6F", .limits = {limit}, .actions = {action, {}}};
    CHECK(decode<Acl>(encode(acl)) == acl);
    const KeySpec spec{.type = KeyType::slh_dsa,
                       .bits = 0,
                       .params = ParamSet::slh_dsa_shake_256f,
                       .public_exponent = 65537};
    CHECK(decode<KeySpec>(encode(spec)) == spec);
    Mechanism mechanism;
    mechanism.id = MechanismId::rsa_pss;
    mechanism.length = salt_is_hash;
    mechanism.iv = view("iv");
    const auto encoded = encode(mechanism);
    const auto decoded = decode<Mechanism>(encoded);
    CHECK(decoded.id == mechanism.id);
    CHECK(decoded.length == salt_is_hash);
    CHECK(text(decoded.iv) == "iv");
}

TEST_CASE("an ACL with something unknown is refused, never read as less") {
    const auto damaged = [](const auto& value) {
        return status_of([&] {
                   static_cast<void>(decode<std::remove_cvref_t<decltype(value)>>(encode(value)));
               }) == Status::record_damaged;
    };
    AclAction action;
    CHECK_FALSE(damaged(action));
    action.actions = (1u << 17) - 1;
    CHECK_FALSE(damaged(action));
    action.actions = 1u << 17;
    CHECK(damaged(action));
    action = {};
    action.mechanisms = {static_cast<MechanismId>(91)};
    CHECK(damaged(action));
    action = {};
    action.blob_kinds = {static_cast<ProtectorKind>(0)};
    CHECK(damaged(action));
    UseLimit limit;
    CHECK_FALSE(damaged(limit));
    limit.kind = static_cast<UseLimit::Kind>(5);
    CHECK(damaged(limit));
    KeySpec spec;
    spec.type = static_cast<KeyType>(12);
    CHECK(damaged(spec));
}
