// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <cstdint>

/// \file
/// What happens to libhsm when its process forks. Nothing inherited is usable in the child: everything marks
/// itself dead there and forgets its files and locks without releasing the parent's. On Windows there is no
/// fork and all of this does nothing.

namespace hsm::base {

namespace detail {
extern std::atomic<std::uint64_t> fork_generation;
}

/// A number that grows by one in every forked child. An object remembers it when it is made and refuses with
/// Status::forked when it has changed. One relaxed load. Thread-safe.
inline std::uint64_t fork_generation() noexcept {
    return detail::fork_generation.load(std::memory_order_relaxed);
}

/// What one owner does around a fork; each may be null. All three run in the forking thread. None may
/// allocate, throw, register or unregister, and child() must not touch a lock that prepare() did not take.
struct ForkSteps {
    void (*prepare)(void* owner) noexcept =
        nullptr; ///< before: take the mutexes whose data the child needs whole
    void (*parent)(void* owner) noexcept = nullptr; ///< after, in the parent: release them
    void (*child)(void* owner) noexcept =
        nullptr; ///< after, in the child: release them, mark dead, abandon files
};

/// Ranks of base's own locks: taken last.
inline constexpr int fork_rank_log = 1000;
inline constexpr int fork_rank_secret = 1001;

/// Registers \p owner. prepare() runs in ascending \p rank (in the order of the in-process mutexes), parent()
/// and child() in descending rank. The caller must not hold a mutex that a prepare() takes. Thread-safe.
/// Throws out_of_memory.
void on_fork(void* owner, const ForkSteps& steps, int rank);

/// on_fork for an owner that only has something to abandon in the child.
void on_fork_child(void* owner, void (*child)(void*) noexcept);

/// Undoes every registration of \p owner; afterwards none of its functions is running or will run.
/// Thread-safe.
void forget_on_fork(void* owner) noexcept;

} // namespace hsm::base
