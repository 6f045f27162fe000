// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/shared_wait.hpp>

#include <windows.h>

// WaitOnAddress serves one process only, and a named event needs a privilege between sessions: look again and again.

namespace hsm::base {

void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value,
                std::chrono::microseconds at_most) noexcept {
    const auto end = std::chrono::steady_clock::now() + at_most;
    for (int look = 0; word.load(std::memory_order_acquire) == value; ++look) {
        if (std::chrono::steady_clock::now() >= end) return;
        Sleep(look < 100 ? 0 : 1);
    }
}

void wake_all(std::atomic<std::uint32_t>&) noexcept {}

} // namespace hsm::base
