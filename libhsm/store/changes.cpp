// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/changes.hpp>

namespace hsm::store {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

std::atomic<std::uint64_t>* ChangeCounter::map() noexcept {
    if (hopeless_.load(std::memory_order_relaxed)) return nullptr;
    try {
        const std::scoped_lock lock(mutex_);
        if (auto* number = number_.load(std::memory_order_acquire)) return number;
        if (!fs_->info(file_.parent_path())) return nullptr; // it may come to be
        memory_ = fs_->map_shared(file_, 64);
        auto* number = reinterpret_cast<std::atomic<std::uint64_t>*>(memory_->bytes().data());
        number_.store(number, std::memory_order_release);
        return number;
    } catch (...) {
        hopeless_.store(true, std::memory_order_relaxed); // asking the system each time would cost more than it is worth
        return nullptr;
    }
}

} // namespace hsm::store
