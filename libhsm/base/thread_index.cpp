// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/thread_index.hpp>

#include <atomic>

namespace hsm::base {

std::uint32_t thread_index() noexcept {
    static constinit std::atomic<std::uint32_t> next{1};
    static constinit thread_local std::uint32_t mine = 0;
    if (mine == 0) mine = next.fetch_add(1, std::memory_order_relaxed);
    return mine - 1;
}

} // namespace hsm::base
