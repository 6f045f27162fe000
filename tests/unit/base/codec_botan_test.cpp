// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/codec.hpp>

#include <botan/asn1_obj.h>
#include <botan/ber_dec.h>
#include <botan/bigint.h>
#include <botan/der_enc.h>
#include <catch2/catch_test_macros.hpp>

#include <random>

using namespace hsm;
using namespace hsm::base;

// Two encoders that were written apart agree on every byte, and Botan reads what we write.

namespace {

struct Record {
    bool flag = false;
    std::uint64_t number = 0;
    Bytes bytes;
    std::string text;
    std::vector<std::uint32_t> list;
    std::optional<Bytes> maybe;
    HSM_FIELDS(flag, number, bytes, text, list, maybe)
    bool operator==(const Record&) const = default;
};

Record random_record(std::mt19937_64& random) {
    Record r;
    r.flag = random() % 2 != 0;
    r.number = random() >> (random() % 64);
    r.bytes.resize(random() % 400);
    for (auto& byte : r.bytes) byte = static_cast<std::uint8_t>(random());
    r.text.assign(random() % 200, 'a');
    for (auto n = random() % 5; n > 0; --n)
        r.list.push_back(static_cast<std::uint32_t>(random() >> (random() % 64)));
    if (random() % 2 != 0) r.maybe = Bytes(random() % 300, 0x42);
    return r;
}

Bytes botan_encoding(const Record& r) {
    const auto integer = [](std::uint64_t value) { return Botan::BigInt::from_u64(value); };
    Bytes out;
    Botan::DER_Encoder encoder(out);
    encoder.start_sequence()
        .encode(r.flag)
        .encode(integer(r.number))
        .encode(r.bytes, Botan::ASN1_Type::OctetString);
    encoder.add_object(Botan::ASN1_Type::Utf8String, Botan::ASN1_Class::Universal, r.text);
    encoder.start_sequence();
    for (const auto value : r.list) encoder.encode(integer(value));
    encoder.end_cons();
    encoder.start_context_specific(0);
    if (r.maybe) encoder.encode(*r.maybe, Botan::ASN1_Type::OctetString);
    encoder.end_cons();
    encoder.end_cons();
    return out;
}

} // namespace

TEST_CASE("the codec and Botan write the same DER") {
    std::mt19937_64 random(20260101);
    for (int i = 0; i < 500; ++i) {
        const auto record = random_record(random);
        const auto ours = encode(record);
        REQUIRE(to_hex(ours) == to_hex(botan_encoding(record)));
        REQUIRE(decode<Record>(ours) == record);
    }
}

TEST_CASE("Botan reads what the codec writes") {
    std::mt19937_64 random(20260102);
    for (int i = 0; i < 200; ++i) {
        const auto record = random_record(random);
        const auto ours = encode(record);
        Botan::BER_Decoder whole(ours);
        auto inside = whole.start_sequence();
        Record read;
        Botan::BigInt number;
        inside.decode(read.flag).decode(number).decode(read.bytes, Botan::ASN1_Type::OctetString);
        REQUIRE(read.flag == record.flag);
        REQUIRE(number == Botan::BigInt::from_u64(record.number));
        REQUIRE(read.bytes == record.bytes);
        const auto string = inside.get_next_object();
        REQUIRE(string.is_a(Botan::ASN1_Type::Utf8String, Botan::ASN1_Class::Universal));
        REQUIRE(std::string(reinterpret_cast<const char*>(string.bits()), string.length()) == record.text);
    }
}
