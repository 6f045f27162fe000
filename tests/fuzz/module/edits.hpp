// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstddef>

/// \file
/// Changes of valid bytes, as the input says: the way past checks that random bytes never pass.

namespace hsm::fuzz {

/// Each edit takes four bytes of \p input: kind, place (two bytes), value.
inline Bytes edited(Bytes bytes, ByteView input) {
    for (; input.size() >= 4 && !bytes.empty(); input = input.subspan(4)) {
        const auto at = (static_cast<std::size_t>(input[1]) << 8 | input[2]) % bytes.size();
        const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        switch (input[0] % 6) {
        case 0: *where = input[3]; break;
        case 1: *where ^= static_cast<std::uint8_t>(1u << (input[3] % 8)); break;
        case 2: bytes.erase(where); break;
        case 3: bytes.insert(where, input[3]); break;
        case 4: bytes.resize(at); break;
        default: bytes.insert(bytes.end(), input[3] % 16, static_cast<std::uint8_t>(at)); break;
        }
    }
    return bytes;
}

} // namespace hsm::fuzz
