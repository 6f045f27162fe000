// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>

/// \file
/// Memory straight from the operating system, for secrets.

namespace hsm::base {

/// Size and alignment of what map_pages gives.
inline constexpr std::size_t page_block = 64 * 1024;

struct Pages {
    std::uint8_t* data = nullptr; ///< null when there is no memory
    bool locked = false;          ///< stays in physical memory, never swapped out
};

/// \p size zero bytes (a multiple of page_block), aligned to page_block; left out of core dumps and locked
/// where the system allows. Reentrant.
Pages map_pages(std::size_t size) noexcept;
void unmap_pages(std::uint8_t* data, std::size_t size) noexcept;

} // namespace hsm::base
