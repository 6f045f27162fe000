// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Byte strings that are not secret: data, signatures, blobs, hashes. Secrets are hsm::Secret.

namespace hsm {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>; ///< not owned; valid for the call it is passed to
using Hash256 = std::array<std::uint8_t, 32>;   ///< a SHA-256 value: the identity of a key, a token, a world

/// The bytes of a string, not copied.
inline ByteView view(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as text, not copied.
inline std::string_view text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView v) { return {v.begin(), v.end()}; }

/// Lower-case hexadecimal, two digits a byte. Reentrant.
HSM_API std::string to_hex(ByteView bytes);

/// The inverse of to_hex; upper case is accepted. Throws invalid_argument on an odd length or another character.
HSM_API Bytes from_hex(std::string_view hex);

/// from_hex for exactly 64 digits.
HSM_API Hash256 hash_from_hex(std::string_view hex);

/// True when the two have equal length and bytes; takes the same time wherever they differ. Reentrant.
HSM_API bool equal_in_constant_time(ByteView a, ByteView b) noexcept;

inline bool is_zero(const Hash256& h) noexcept {
    std::uint8_t any = 0;
    for (auto b : h) any |= b;
    return any == 0;
}

} // namespace hsm
