// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

/// \file
/// Waiting for a number in memory that processes share (SharedMemory). Who changes it may die before it wakes the
/// others: every wait has an end. Reentrant.

namespace hsm::base {

/// Returns when \p word is not \p value any more and somebody woke us, after \p at_most, or for no reason.
void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                std::chrono::microseconds at_most) noexcept;

/// Wakes everybody who waits for \p word, in all processes.
void wake_all(std::atomic<std::uint32_t>& word) noexcept;

} // namespace hsm::base
