// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace hsm::base {

/// The number whose bytes, the least significant one first, begin \p bytes (at least 8): the same on every machine, for
/// numbers that are stored. Reentrant.
constexpr std::uint64_t from_little_endian(ByteView bytes) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | bytes[i];
    return value;
}

} // namespace hsm::base
