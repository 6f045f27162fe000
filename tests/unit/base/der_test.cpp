// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/der.hpp>

#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <limits>

using namespace hsm;
using namespace hsm::base;
using test::message_of;
using test::status_of;

namespace {

Bytes written(std::size_t size, const std::function<void(der::Writer&)>& write) {
    Bytes out(size);
    der::Writer writer(out);
    write(writer);
    CHECK(writer.room() == 0);
    return out;
}

template <class Integer>
std::string integer_hex(Integer value) {
    return to_hex(written(2 + der::integer_content(value), [&](der::Writer& w) { w.integer(value); }));
}

} // namespace

TEST_CASE("DER integers have their shortest form") {
    const auto u = [](std::uint64_t v) { return integer_hex(v); };
    CHECK(u(0) == "020100");
    CHECK(u(127) == "02017f");
    CHECK(u(128) == "02020080");
    CHECK(u(255) == "020200ff");
    CHECK(u(256) == "02020100");
    CHECK(u(0x7fffffffffffffff) == "02087fffffffffffffff");
    CHECK(u(0x8000000000000000) == "0209008000000000000000");
    CHECK(u(0xffffffffffffffff) == "020900ffffffffffffffff");
    const auto s = [](std::int64_t v) { return integer_hex(v); };
    CHECK(s(0) == "020100");
    CHECK(s(-1) == "0201ff");
    CHECK(s(-128) == "020180");
    CHECK(s(-129) == "0202ff7f");
    CHECK(s(127) == "02017f");
    CHECK(s(128) == "02020080");
    CHECK(s(std::numeric_limits<std::int64_t>::min()) == "02088000000000000000");
    CHECK(s(std::numeric_limits<std::int64_t>::max()) == "02087fffffffffffffff");
}

TEST_CASE("DER integers come back") {
    for (int shift = 0; shift < 64; ++shift)
        for (const int delta : {-1, 0, 1}) {
            const auto value = (std::uint64_t{1} << shift) + static_cast<std::uint64_t>(delta);
            const auto encoded = from_hex(integer_hex(value));
            CHECK(der::Reader(encoded).unsigned_integer() == value);
            const auto negative = static_cast<std::int64_t>(~value);
            CHECK(der::Reader(from_hex(integer_hex(negative))).signed_integer() == negative);
        }
}

TEST_CASE("DER lengths have their shortest form") {
    for (const std::size_t size : {0u, 1u, 127u, 128u, 255u, 256u, 65535u, 65536u}) {
        const Bytes content(size, 0xa5);
        const auto encoded = written(der::element_size(der::tag_octet_string, size),
                                     [&](der::Writer& w) { w.octets(der::tag_octet_string, content); });
        const auto header = to_hex(ByteView(encoded).first(encoded.size() - size));
        const auto expected = size == 0       ? "0400"
                              : size == 1     ? "0401"
                              : size == 127   ? "047f"
                              : size == 128   ? "048180"
                              : size == 255   ? "0481ff"
                              : size == 256   ? "04820100"
                              : size == 65535 ? "0482ffff"
                                              : "0483010000";
        CHECK(header == expected);
        der::Reader reader(encoded);
        CHECK(to_bytes(reader.octets(der::tag_octet_string)) == content);
        CHECK(reader.at_end());
    }
}

TEST_CASE("DER context tags have one octet up to 30 and two up to 127") {
    for (const unsigned n : {0u, 30u, 31u, 127u}) {
        const auto tag = der::tag_context(n);
        const auto encoded = written(der::element_size(tag, 0), [&](der::Writer& w) { w.header(tag, 0); });
        CHECK(encoded.size() == (n < 31 ? 2u : 3u));
        der::Reader reader(encoded);
        CHECK(reader.peek() == tag);
        CHECK(reader.enter(tag).at_end());
        CHECK(reader.at_end());
        CHECK(reader.peek() == 0);
    }
}

TEST_CASE("a DER writer without room throws and writes nothing outside") {
    Bytes out(8, 0x55);
    der::Writer writer(std::span<std::uint8_t>(out).subspan(2, 4));
    CHECK(status_of([&] { writer.octets(der::tag_octet_string, Bytes(5)); }) == Status::internal);
    CHECK(out[0] == 0x55);
    CHECK(out[1] == 0x55);
    CHECK(out[6] == 0x55);
}

namespace {

void read_boolean(der::Reader& r) { r.boolean(); }
void read_unsigned(der::Reader& r) { r.unsigned_integer(); }
void read_signed(der::Reader& r) { r.signed_integer(); }
void read_octets(der::Reader& r) { r.octets(der::tag_octet_string); }
void read_sequence(der::Reader& r) { r.enter(der::tag_sequence).finish(); }
void read_nothing(der::Reader&) {}

struct Malformed {
    const char* name;
    const char* hex;
    void (*read)(der::Reader&);
    const char* says;
};

constexpr Malformed malformed[] = {
    {"nothing for a boolean", "", read_boolean, "missing"},
    {"nothing for a sequence", "", read_sequence, "missing"},
    {"only a tag", "04", read_octets, "ends in the middle"},
    {"contents cut", "040301", read_octets, "longer than what holds it"},
    {"length far beyond", "0484ffffffff00", read_octets, "longer than what holds it"},
    {"length octets cut", "048201", read_octets, "middle of a length"},
    {"indefinite length", "04800000", read_octets, "not definite"},
    {"reserved length FF", "04ff00", read_octets, "too large"},
    {"five length octets", "04850000000001aa", read_octets, "too large"},
    {"length 127 in two octets", "04817f", read_octets, "shortest form"},
    {"length 1 in two octets", "048101aa", read_octets, "shortest form"},
    {"length with a leading zero", "0482008000", read_octets, "shortest form"},
    {"length 0 in two octets", "048100", read_octets, "shortest form"},
    {"another primitive tag", "0401aa", read_unsigned, "another type"},
    {"constructed octet string", "2403040100", read_octets, "another type"},
    {"primitive sequence", "1000", read_sequence, "another type"},
    {"set for a sequence", "3100", read_sequence, "another type"},
    {"application class", "4401aa", read_octets, "another type"},
    {"long tag below 31", "bf1e00", read_octets, "not used here"},
    {"long tag with a leading zero", "bf801f00", read_octets, "not used here"},
    {"long tag of three octets", "bf810100", read_octets, "not used here"},
    {"long universal tag", "1f2000", read_octets, "not used here"},
    {"long tag without length", "bf1f", read_octets, "ends in the middle"},
    {"boolean of no octet", "0100", read_boolean, "neither 00 nor FF"},
    {"boolean 01", "010101", read_boolean, "neither 00 nor FF"},
    {"boolean 7F", "01017f", read_boolean, "neither 00 nor FF"},
    {"boolean of two octets", "0102ffff", read_boolean, "neither 00 nor FF"},
    {"integer of no octet", "0200", read_unsigned, "without octets"},
    {"signed integer of no octet", "0200", read_signed, "without octets"},
    {"negative where unsigned", "0201ff", read_unsigned, "negative"},
    {"zero octet too many", "0202007f", read_unsigned, "shortest form"},
    {"two zero octets", "02020000", read_unsigned, "shortest form"},
    {"zero octet too many, signed", "0202007f", read_signed, "shortest form"},
    {"ff octet too many, signed", "0202ff80", read_signed, "shortest form"},
    {"unsigned of 65 bits", "0209010000000000000000", read_unsigned, "out of range"},
    {"unsigned of 72 bits", "020a00ffffffffffffffffff", read_unsigned, "out of range"},
    {"signed of 65 bits", "0209008000000000000000", read_signed, "out of range"},
    {"sequence with something in it", "3003010100", read_sequence, "something follows"},
    {"sequence longer than its holder", "300401", read_sequence, "longer than what holds it"},
    {"trailing octet", "00", read_nothing, "something follows"},
    {"trailing element", "0101ff0101ff", read_boolean, "something follows"},
};

} // namespace

TEST_CASE("DER that is not strict is refused, with the place") {
    for (const auto& row : malformed) {
        INFO(row.name);
        const auto input = from_hex(row.hex);
        const auto read = [&] {
            der::Reader reader(input, Status::invalid_data);
            row.read(reader);
            reader.finish();
        };
        CHECK(status_of(read) == Status::invalid_data);
        const auto message = message_of(read);
        INFO(message);
        CHECK(message.find(row.says) != std::string::npos);
        CHECK(message.find("at byte ") != std::string::npos);
    }
}

TEST_CASE("a DER message counts bytes from the start of the whole input") {
    const auto input = from_hex("300730050201050101"); // the boolean at 7 has no octet
    const auto message = message_of([&] {
        der::Reader reader(input);
        auto outer = reader.enter(der::tag_sequence);
        auto inner = outer.enter(der::tag_sequence);
        inner.unsigned_integer();
        inner.boolean();
    });
    CHECK(message.find("at byte 7:") != std::string::npos);
}

TEST_CASE("DER nesting is limited") {
    Bytes input;
    for (unsigned i = 0; i < der::max_depth + 1; ++i)
        input = written(der::element_size(der::tag_sequence, input.size()),
                        [&](der::Writer& w) { w.octets(der::tag_sequence, input); });
    const auto descend = [&](unsigned levels) {
        der::Reader reader(input);
        for (unsigned i = 0; i < levels; ++i) reader = reader.enter(der::tag_sequence);
    };
    CHECK(status_of([&] { descend(der::max_depth); }) == Status::ok);
    CHECK(status_of([&] { descend(der::max_depth + 1); }) == Status::record_damaged);
}

TEST_CASE("element() takes one whole element of any kind") {
    const auto input = from_hex("0401aa3003010100");
    der::Reader reader(input);
    CHECK(to_hex(reader.element()) == "0401aa");
    CHECK(to_hex(reader.element()) == "3003010100");
    CHECK(status_of([&] { reader.element(); }) == Status::record_damaged);
}

TEST_CASE("UTF-8 is checked as RFC 3629 has it") {
    for (const char* good : {"", "41", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbf", "f0908080",
                             "f48fbfbf", "4100c3a9"}) {
        INFO(good);
        CHECK(der::is_utf8(from_hex(good)));
    }
    for (const char* bad : {"80",       "bf",       "c0af",   "c1bf",   "c2",       "c2c2",     "e08080",
                            "e09fbf",   "e0a0",     "eda080", "edbfbf", "f0808080", "f08fbfbf", "f09080",
                            "f4908080", "f5808080", "ff",     "fe",     "41c3",     "e28228"}) {
        INFO(bad);
        CHECK_FALSE(der::is_utf8(from_hex(bad)));
    }
}
