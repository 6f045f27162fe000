// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "protocol/keys.hpp"
#include "protocol/record_codec.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Sample {
    std::string magic = "libhsm-sample";
    std::uint32_t version = 3;
    std::uint32_t value = 7;
    HSM_FIELDS(magic, version, value)
};

Status reads(ByteView bytes) {
    return status_of([&] { (void)protocol::read_record<Sample>(bytes, "the sample"); });
}

} // namespace

TEST_CASE("a record is recognised by its magic word and version, and named when it is refused",
          "[protocol]") {
    Sample sample;
    const auto good = base::encode(sample);
    CHECK(protocol::read_record<Sample>(good, "the sample").value == 7);
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(reads(ByteView(good).first(size)) == Status::record_damaged);
    auto longer = good;
    longer.push_back(0);
    CHECK(reads(longer) == Status::record_damaged);
    sample.magic = "libhsm-example";
    CHECK(reads(base::encode(sample)) == Status::record_damaged);
    sample = {};
    sample.version = 4;
    const auto refusal =
        error_of([&] { (void)protocol::read_record<Sample>(base::encode(sample), "the sample"); });
    REQUIRE(refusal);
    CHECK(refusal->status() == Status::record_newer);
    CHECK_THAT(refusal->message(), ContainsSubstring("the sample"));
    // What a later version looks like inside is not this version's business.
    CHECK(reads(from_hex("3014"
                         "0c0d6c696268736d2d73616d706c65"
                         "020104"
                         "0500")) == Status::record_newer);
    for (const auto& text : {"", "hello", "-----BEGIN"}) {
        const auto no = error_of([&] { (void)protocol::read_record<Sample>(view(text), "the sample"); });
        REQUIRE(no);
        CHECK_THAT(no->message(), ContainsSubstring("the sample"));
    }
    for (std::size_t at = 0; at < good.size(); ++at)
        for (unsigned bit_number = 0; bit_number < 8; ++bit_number) {
            auto bad = good;
            bad[at] ^= static_cast<std::uint8_t>(1u << bit_number);
            const auto status = reads(bad);
            CHECK(
                (status == Status::ok || status == Status::record_damaged || status == Status::record_newer));
        }
}

TEST_CASE("a decoder accepts no value outside an enumeration", "[protocol]") {
    protocol::OpenChannel command;
    command.action = static_cast<Action>(17);
    CHECK(status_of([&] { (void)base::decode<protocol::OpenChannel>(base::encode(command)); }) ==
          Status::record_damaged);
    protocol::Clear clear;
    clear.mode = static_cast<ModuleMode>(0);
    CHECK(status_of([&] { (void)base::decode<protocol::Clear>(base::encode(clear)); }) ==
          Status::record_damaged);
    clear.mode = static_cast<ModuleMode>(5);
    CHECK(status_of([&] { (void)base::decode<protocol::Clear>(base::encode(clear)); }) ==
          Status::record_damaged);
    Acl acl;
    acl.groups.push_back({{}, {}, {}, {{1u << 17, {}, {}, {}, false}}});
    CHECK(status_of([&] { (void)base::decode<Acl>(base::encode(acl)); }) == Status::record_damaged);
    acl.groups[0].actions[0].actions = bit(Action::make_archive_blob);
    CHECK(base::decode<Acl>(base::encode(acl)) == acl);
}
