// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

/// \file
/// A number that grows with every change of a store, seen by all processes: eight bytes of a mapped file. Derived and
/// disposable; it is in no directory that people copy, because a mapped file that is copied over ends whoever looks at it.

namespace hsm::store {

/// Thread-safe. Maps the file, and makes it, when it is first needed and its directory is there.
class ChangeCounter {
public:
    ChangeCounter(base::FileSystem& fs, base::Path file) : fs_(&fs), file_(std::move(file)) {}

    /// None when the file cannot be mapped (its directory is absent, or only readable).
    [[nodiscard]] std::optional<std::uint64_t> value() noexcept {
        const auto* number = number_.load(std::memory_order_acquire);
        if (!number && !(number = map())) return std::nullopt;
        return number->load(std::memory_order_acquire);
    }
    void bump() noexcept {
        auto* number = number_.load(std::memory_order_acquire);
        if (!number) number = map();
        if (number) number->fetch_add(1, std::memory_order_acq_rel);
    }

private:
    std::atomic<std::uint64_t>* map() noexcept;

    base::FileSystem* fs_;
    base::Path file_;
    std::atomic<std::atomic<std::uint64_t>*> number_{nullptr};
    std::atomic<bool> hopeless_{false};
    std::mutex mutex_;
    std::unique_ptr<base::SharedMemory> memory_;
};

} // namespace hsm::store
