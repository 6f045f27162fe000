// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>

/// \file
/// The memory behind hsm::Secret: pages of their own, locked where the system allows, left out of core dumps,
/// zero whenever they are not in use.

namespace hsm::base {

/// Zero bytes for a secret; \p size is not 0. Throws out_of_memory. Thread-safe, also around fork().
std::uint8_t* secret_allocate(std::size_t size);

/// Wipes and takes back what secret_allocate(\p size) gave. Thread-safe, also around fork().
void secret_release(std::uint8_t* data, std::size_t size) noexcept;

/// Largest secret that shares a page with others; larger ones have a mapping of their own.
inline constexpr std::size_t secret_shared_max = 4096;

struct SecretArenaFacts {
    std::size_t mapped_bytes = 0;
    std::size_t unlocked_bytes =
        0; ///< of these, not locked in memory (the limit was reached): they may be swapped out
};

/// For enquiry and tests. Thread-safe.
SecretArenaFacts secret_arena_facts() noexcept;

/// For tests: calls \p seen with every block just after it was wiped, before it is used again; null ends it.
void watch_secret_release(void (*seen)(const std::uint8_t* data, std::size_t size)) noexcept;

} // namespace hsm::base
