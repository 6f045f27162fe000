// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/fork_guard.hpp>

#include <hsm/error.hpp>

#include <algorithm>
#include <mutex>
#include <new>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace hsm::base {

namespace detail {
constinit std::atomic<std::uint64_t> fork_generation{1};
}

#if defined(_WIN32)

void on_fork(void*, const ForkSteps&, int) {}
void on_fork_child(void*, void (*)(void*) noexcept) {}
void forget_on_fork(void*) noexcept {}

#else

namespace {

struct Entry {
    void* owner = nullptr;
    ForkSteps steps;
    int rank = 0;
};

// Plain data without a destructor: objects in static storage of the application may outlive ours, and a fork
// can come at any time.
struct Registry {
    std::mutex
        mutex; ///< held from prepare to parent or child, so that the entries stay as they are meanwhile
    Entry* entries = nullptr; ///< by ascending rank
    std::size_t size = 0;
    std::size_t capacity = 0;

    [[nodiscard]] std::span<Entry> all() const noexcept { return {entries, size}; }
};
static_assert(std::is_trivially_destructible_v<Registry>);
constinit Registry registry;

void before_fork() {
    registry.mutex.lock();
    for (const auto& entry : registry.all())
        if (entry.steps.prepare != nullptr) entry.steps.prepare(entry.owner);
}

void in_parent() {
    for (const auto& entry : registry.all() | std::views::reverse)
        if (entry.steps.parent != nullptr) entry.steps.parent(entry.owner);
    registry.mutex.unlock();
}

void in_child() {
    detail::fork_generation.fetch_add(1, std::memory_order_relaxed);
    for (const auto& entry : registry.all() | std::views::reverse)
        if (entry.steps.child != nullptr) entry.steps.child(entry.owner);
    registry.mutex.unlock();
}

// When the library is loaded: whatever lock guarded a later registration could itself be held by another
// thread at the fork. The C library forgets the functions when the library is unloaded.
[[maybe_unused]] const int watching = pthread_atfork(before_fork, in_parent, in_child);

} // namespace

void on_fork(void* owner, const ForkSteps& steps, int rank) {
    const std::lock_guard lock(registry.mutex);
    if (registry.size == registry.capacity) {
        const auto capacity = std::max<std::size_t>(16, 2 * registry.capacity);
        auto* const larger = new (std::nothrow) Entry[capacity];
        if (larger == nullptr) throw Error(Status::out_of_memory, "not enough memory to watch for forks");
        std::ranges::copy(registry.all(), larger);
        delete[] std::exchange(registry.entries, larger);
        registry.capacity = capacity;
    }
    auto* const end = registry.entries + registry.size++;
    auto* const at = std::ranges::upper_bound(registry.entries, end, rank, {}, &Entry::rank);
    std::move_backward(at, end, end + 1);
    *at = {owner, steps, rank};
}

void on_fork_child(void* owner, void (*child)(void*) noexcept) {
    on_fork(owner, {.prepare = nullptr, .parent = nullptr, .child = child}, 0);
}

void forget_on_fork(void* owner) noexcept {
    const std::lock_guard lock(registry.mutex);
    const auto gone = std::ranges::remove(registry.all(), owner, &Entry::owner);
    registry.size -= gone.size();
}

#endif

} // namespace hsm::base
