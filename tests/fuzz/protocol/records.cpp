// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <protocol/frame.hpp>
#include <protocol/record_codec.hpp>
#include <protocol/records.hpp>
#include <protocol/softcard.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

// Every record, header, certificate and frame: what is accepted is written again byte for byte. The first byte of the
// input chooses the kind.

namespace {

using namespace hsm;
using namespace hsm::protocol;

template <class T>
void must_be_same(const T& value, ByteView input) {
    const auto again = base::encode_secret(value);
    if (!std::ranges::equal(again.view(), input)) std::abort();
}

template <class Record>
void record(ByteView input) {
    must_be_same(read_record<Record>(input, "the record"), input);
}

template <class T>
void plain(ByteView input) {
    must_be_same(base::decode<T>(input), input);
}

/// What a softcard says is read without falling over, whatever its extensions hold.
void softcard(ByteView input) {
    const auto record = read_softcard(input, "the record");
    (void)token_facts(record);
    (void)replaced_tokens(record);
}

using Decoder = void (*)(ByteView);
constexpr Decoder decoders[] = {
    record<WorldRecord>,    record<ModuleRecord>,  record<CardSetRecord>,   record<SoftcardRecord>, record<KeyRecord>,
    record<CardRecord>,     plain<Blob>,           record<BlobHeader>,      plain<KeyContents>,     plain<Certificate>,
    plain<GenerationBody>,  plain<ModuleStateBody>, plain<CardHeader>,      plain<SoftcardHeader>,  plain<WorldFacts>,
    plain<RequestFrame>,    plain<ReplyFrame>,
    record<DataRecord>,     plain<ObjectData>,     record<PartHeader>,      plain<OfficerEnvelope>, plain<OfficerContext>,
    softcard,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    try {
        decoders[data[0] % std::size(decoders)]({data + 1, size - 1});
    } catch (const Error& error) {
        if (error.status() != Status::record_damaged && error.status() != Status::record_newer) std::abort();
    }
    return 0;
}
