// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <cstddef>
#include <optional>

/// \file
/// Typing a secret: the few editing keys that a person expects, in memory that is wiped.

namespace hsm::tools {

inline constexpr std::size_t longest_passphrase = 1024;

/// Takes bytes of UTF-8 from \p next_byte (nullopt at the end) up to Enter. Backspace takes back a character,
/// ^U the line; ^C and an end of input without text give nullopt. What is longer than longest_passphrase is
/// cut off.
template <class NextByte>
std::optional<Secret> read_secret_line(NextByte&& next_byte) {
    Secret line(longest_passphrase);
    const auto bytes = line.mutable_view();
    std::size_t size = 0;
    for (std::optional<char> byte = next_byte(); byte; byte = next_byte()) {
        switch (*byte) {
        case '\r':
        case '\n': return Secret(line.view().first(size));
        case 0x03: return std::nullopt; // ^C
        case 0x04:                      // ^D
            if (size == 0) return std::nullopt;
            return Secret(line.view().first(size));
        case 0x15: size = 0; break; // ^U
        case 0x08:
        case 0x7f:
            while (size > 0 && (bytes[size - 1] & 0xc0) == 0x80) --size; // the tail of a character
            if (size > 0) --size;
            break;
        default:
            if (size < bytes.size()) bytes[size++] = static_cast<std::uint8_t>(*byte);
        }
    }
    if (size == 0) return std::nullopt;
    return Secret(line.view().first(size));
}

} // namespace hsm::tools
