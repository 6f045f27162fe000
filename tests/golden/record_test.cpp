// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "filled.hpp"
#include "golden_file.hpp"

#include "module/home.hpp"
#include "module/nvram_format.hpp"
#include "protocol/frame.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/records.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

// Every record of docs/formats.md: this version writes exactly the bytes that lie in tests/data/golden, and reads them.

namespace hsm::golden {

namespace {

using namespace protocol;

template <class T>
struct FileOf;

#define GOLDEN(type, file)                                    \
    template <>                                               \
    struct FileOf<type> {                                     \
        static constexpr const char* name = "v1/" file ".der"; \
    }

GOLDEN(WorldRecord, "world");
GOLDEN(ModuleRecord, "module");
GOLDEN(CardSetRecord, "cardset");
GOLDEN(SoftcardRecord, "softcard");
GOLDEN(SoftcardHeader, "softcard-header");
GOLDEN(KeyRecord, "key");
GOLDEN(OfficerEnvelope, "officer-envelope");
GOLDEN(OfficerContext, "officer-context");
GOLDEN(ObjectData, "object");
GOLDEN(PartHeader, "part-header");
GOLDEN(DataRecord, "data");
GOLDEN(CardRecord, "card");
GOLDEN(CardHeader, "card-header");
GOLDEN(Blob, "blob");
GOLDEN(BlobHeader, "blob-header");
GOLDEN(KeyContents, "key-contents");
GOLDEN(Certificate, "certificate");
GOLDEN(WorldFactsBody, "certificate-world-facts");
GOLDEN(GenerationBody, "certificate-generation");
GOLDEN(ModuleStateBody, "certificate-module-state");
GOLDEN(module::RootKeyFile, "root-key");
GOLDEN(module::ModuleSecrets, "module-secrets");
GOLDEN(NvramPlace, "nvram-place");
GOLDEN(module::NvramCheckpoint, "nvram-checkpoint");
GOLDEN(module::NvramRecord, "nvram-record");
GOLDEN(RequestFrame, "frame-request");
GOLDEN(ReplyFrame, "frame-reply");

#undef GOLDEN

using test::status_of;

/// The same record with another version number; the magic word and the version come first.
Bytes with_version(Bytes record, std::uint8_t version) {
    base::der::Reader reader(record);
    auto inside = reader.enter(base::der::tag_sequence);
    (void)inside.octets(base::der::tag_utf8_string);
    const auto place = record.size() - inside.remaining() + 2; // behind INTEGER's tag and length
    record.at(place) = version;
    return record;
}

} // namespace

TEMPLATE_TEST_CASE("golden records are written and read as ever", "[golden]", WorldRecord, ModuleRecord, CardSetRecord,
                   SoftcardRecord, SoftcardHeader, KeyRecord, CardRecord, CardHeader, Blob, BlobHeader, KeyContents,
                   Certificate, WorldFactsBody, GenerationBody, ModuleStateBody, module::RootKeyFile, module::ModuleSecrets,
                   RequestFrame, ReplyFrame, OfficerEnvelope, OfficerContext, ObjectData, PartHeader, DataRecord, NvramPlace,
                   module::NvramCheckpoint, module::NvramRecord) {
    Filler filler;
    const auto encoded = base::encode_secret(filled<TestType>(filler));
    const auto golden = golden_file(FileOf<TestType>::name, encoded.view());
    CHECK(to_hex(encoded.view()) == to_hex(golden));
    // A value has one encoding, so what decodes to the same encoding is the same value.
    CHECK(to_hex(base::encode_secret(base::decode<TestType>(golden)).view()) == to_hex(golden));

    const auto decode = [](ByteView bytes) { return status_of([&] { (void)base::decode<TestType>(bytes); }); };
    CHECK(decode(ByteView(golden).first(golden.size() - 1)) == Status::record_damaged);
    auto longer = golden;
    longer.push_back(0);
    CHECK(decode(longer) == Status::record_damaged);
}

TEMPLATE_TEST_CASE("records with a magic word know kind and version", "[golden]", WorldRecord, ModuleRecord, CardSetRecord,
                   SoftcardRecord, KeyRecord, DataRecord, PartHeader, CardRecord, module::RootKeyFile) {
    Filler filler;
    const auto encoded = base::encode_secret(filled<TestType>(filler));
    const auto golden = golden_file(FileOf<TestType>::name, encoded.view());
    const auto read = [](ByteView bytes) { return status_of([&] { (void)read_record<TestType>(bytes, "it"); }); };
    CHECK(read(golden) == Status::ok);
    CHECK(read(with_version(golden, 2)) == Status::record_newer);
    CHECK(read(golden_file("v1/certificate.der", {})) == Status::record_damaged);
}

TEST_CASE("records in the NVRAM log are as ever", "[golden]") {
    const module::NvramCodec codec(Secret(Bytes(32, 7)));
    Filler filler;
    auto record = filled<module::NvramRecord>(filler);
    record.position = 1000;
    record.changes[0].contents = Bytes(200, 3);
    module::NvramMac mark{};
    const auto slot = codec.encode(record, mark);
    const auto golden = golden_file("v1/nvram-slot.bin", slot);
    CHECK(to_hex(slot) == to_hex(golden));
    const auto read = codec.decode(golden, 1000);
    REQUIRE(read);
    CHECK(base::encode(read->record) == base::encode(record));
    CHECK(read->mark == mark);
    CHECK(read->blocks * module::nvram_block == golden.size());
    // Good in its own place only, and whole only.
    CHECK_FALSE(codec.decode(golden, 1001));
    CHECK_FALSE(codec.decode(ByteView(golden).first(golden.size() - module::nvram_block), 1000));
    for (const std::size_t byte : {std::size_t{0}, std::size_t{10}, golden.size() - 1}) {
        auto changed = golden;
        changed[byte] ^= 1;
        CHECK_FALSE(codec.decode(changed, 1000));
    }
}

TEST_CASE("a blank card is as ever", "[golden]") {
    CardRecord card;
    card.serial = from_hex("0102030405060708");
    const auto encoded = base::encode(card);
    CHECK(to_hex(encoded) == to_hex(golden_file("v1/card-blank.der", encoded)));
}

} // namespace hsm::golden
