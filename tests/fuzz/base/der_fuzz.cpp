// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/der.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

// The reader's primitives in an order that the input chooses. Nothing may be read outside the input, and what
// a reader returns lies inside it.

namespace {

using namespace hsm;
using namespace hsm::base;

void check_inside(ByteView part, ByteView whole) {
    if (part.empty()) return;
    if (part.data() < whole.data() || part.data() + part.size() > whole.data() + whole.size()) std::abort();
    unsigned sum = 0;
    for (const auto byte : part) sum += byte;
    if (sum > 255 * part.size()) std::abort(); // so that the bytes are really read
}

void walk(der::Reader reader, ByteView& choices, ByteView whole) {
    while (!choices.empty()) {
        const auto choice = choices[0];
        choices = choices.subspan(1);
        switch (choice % 8) {
        case 0: check_inside(reader.octets(der::tag_octet_string), whole); break;
        case 1: check_inside(reader.element(), whole); break;
        case 2: reader.boolean(); break;
        case 3: reader.unsigned_integer(); break;
        case 4: reader.signed_integer(); break;
        case 5: walk(reader.enter(der::tag_sequence), choices, whole); break;
        case 6: walk(reader.enter(reader.peek()), choices, whole); break;
        default: reader.finish(); return;
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t count = std::min<std::size_t>(data[0] % 64, size - 1);
    ByteView choices(data + 1, count);
    const ByteView input(data + 1 + count, size - 1 - count);
    static_cast<void>(der::is_utf8(input));
    try {
        walk(der::Reader(input, Status::invalid_data), choices, input);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data) std::abort();
    }
    return 0;
}
