// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <compare>
#include <cstdint>

/// \file
/// Names for objects that live in a module. A handle is a number of 64 bits that is never used again in a process.

namespace hsm {

/// A typed handle; zero names nothing.
template <class Tag>
struct Handle {
    std::uint64_t value = 0;

    explicit operator bool() const noexcept { return value != 0; }
    auto operator<=>(const Handle&) const = default;
};

using KeyHandle = Handle<struct KeyTag>;         ///< a loaded key
using TokenHandle = Handle<struct TokenTag>;     ///< a logical token, complete or being assembled
using ChannelHandle = Handle<struct ChannelTag>; ///< an operation in several parts
using WorldHandle = Handle<struct WorldTag>;     ///< a world being made or being loaded

} // namespace hsm
