// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// A record name that parses is the file name that it was parsed from, and is made again from its parts.

#include <store/record_name.hpp>

#include <cstdlib>

using namespace hsm;
using store::RecordKind;
using store::RecordName;

namespace {

RecordName from_parts(const RecordName& name) {
    switch (name.kind()) {
    case RecordKind::world: return RecordName::world();
    case RecordKind::module: return RecordName::module(name.esn());
    case RecordKind::card_set: return RecordName::card_set(name.hash());
    case RecordKind::card: return RecordName::card(name.hash(), name.number());
    case RecordKind::softcard: return RecordName::softcard(name.hash());
    case RecordKind::data: return RecordName::data(name.app(), name.ident());
    case RecordKind::key: break;
    }
    return RecordName::key(name.app(), name.ident());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view file_name(reinterpret_cast<const char*>(data), size);
    try {
        const auto name = RecordName::parse(file_name);
        if (name.file_name() != file_name || from_parts(name) != name) std::abort();
        if (!RecordName::looks_like_record(file_name)) std::abort();
    } catch (const Error& error) {
        if (error.status() != Status::invalid_argument) std::abort();
    }
    return 0;
}
