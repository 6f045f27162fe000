// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/bytes.hpp>

#include <algorithm>

namespace hsm {

namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The text itself stays out of the messages: it may be what somebody typed.
void decode_hex(std::string_view hex, std::uint8_t* out) {
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_digit(hex[i]);
        const int low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0)
            throw Error(Status::invalid_argument, "not hexadecimal: character " +
                                                      std::to_string(high < 0 ? i + 1 : i + 2) +
                                                      " is none of 0-9, a-f, A-F");
        *out++ = static_cast<std::uint8_t>(high << 4 | low);
    }
}

} // namespace

std::string to_hex(ByteView bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const auto byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

Bytes from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0)
        throw Error(Status::invalid_argument, "not hexadecimal: an odd number of digits (" +
                                                  std::to_string(hex.size()) + "); give two for each byte");
    Bytes bytes(hex.size() / 2);
    decode_hex(hex, bytes.data());
    return bytes;
}

Hash256 hash_from_hex(std::string_view hex) {
    Hash256 hash{};
    if (hex.size() != 2 * hash.size())
        throw Error(Status::invalid_argument, "not a hash: it has 64 hexadecimal digits, here are " +
                                                  std::to_string(hex.size()) + " characters");
    decode_hex(hex, hash.data());
    return hash;
}

bool equal_in_constant_time(ByteView a, ByteView b) noexcept {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned>(a[i] ^ b[i]);
#if defined(__GNUC__)
        // Hides the value from the optimiser, which could otherwise stop at the first difference.
        asm volatile("" : "+r"(difference));
#endif
    }
    return difference == 0;
}

} // namespace hsm
