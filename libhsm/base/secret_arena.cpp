// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/secret_arena.hpp>

#include <base/fork_guard.hpp>
#include <base/pages.hpp>
#include <base/static_mutex.hpp>
#include <base/thread_index.hpp>

#include <hsm/secret.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <type_traits>

namespace hsm::base {

namespace {

constexpr std::size_t smallest = 32;
constexpr std::size_t classes = std::bit_width(secret_shared_max / smallest);
constexpr std::size_t stripes = 4;

constexpr std::size_t class_of(std::size_t size) noexcept {
    return size <= smallest ? 0 : static_cast<std::size_t>(std::bit_width((size - 1) / smallest));
}
constexpr std::size_t class_size(std::size_t size_class) noexcept { return smallest << size_class; }
static_assert(class_size(classes - 1) == secret_shared_max && class_of(secret_shared_max) == classes - 1);
static_assert(class_of(32) == 0 && class_of(33) == 1 && class_of(64) == 1 && class_of(65) == 2);

constexpr std::size_t round_up(std::size_t size) noexcept {
    return (size + page_block - 1) / page_block * page_block;
}

// A block that is not in use holds zeros, but for the link at its front.
struct Free {
    Free* next;
};

// Threads are spread over stripes, so that they do not wait for each other. A block goes back to the stripe
// it came from, whoever frees it; else a thread that only allocates would take new pages for ever.
struct alignas(128) Stripe {
    StaticMutex mutex;
    std::array<Free*, classes> free{};
    std::uint8_t* fresh = nullptr; ///< never used part of the newest pages
    std::size_t fresh_size = 0;
};

// At the start of each block of pages.
struct Front {
    Stripe* home;
};
static_assert(sizeof(Front) <= smallest);

// In static storage without a destructor: secrets may be freed after everything else is gone.
constinit std::array<Stripe, stripes> arena{};
constinit std::atomic<std::size_t> mapped_bytes{0};
constinit std::atomic<std::size_t> unlocked_bytes{0};
constinit std::atomic<void (*)(const std::uint8_t*, std::size_t)> release_watcher{nullptr};
static_assert(std::is_trivially_destructible_v<Stripe>);

void lock_all(void*) noexcept {
    for (auto& stripe : arena) stripe.mutex.lock();
}
void unlock_all(void*) noexcept {
    for (auto& stripe : arena) stripe.mutex.unlock();
}
// The child has the memory, but no longer locked: locks of pages are not inherited.
void unlock_in_child(void* owner) noexcept {
    unlocked_bytes.store(mapped_bytes.load(std::memory_order_relaxed), std::memory_order_relaxed);
    unlock_all(owner);
}

// When the library is loaded, so that no fork finds the arena locked.
[[maybe_unused]] const bool fork_safe = [] {
    on_fork(&arena, {.prepare = lock_all, .parent = unlock_all, .child = unlock_in_child}, fork_rank_secret);
    return true;
}();

std::uint8_t* map_counted(std::size_t size) {
    const auto pages = map_pages(size);
    if (pages.data == nullptr) throw Error(Status::out_of_memory, "not enough memory for a secret");
    mapped_bytes.fetch_add(size, std::memory_order_relaxed);
    if (!pages.locked) unlocked_bytes.fetch_add(size, std::memory_order_relaxed);
    return pages.data;
}

void unmap_counted(std::uint8_t* data, std::size_t size) noexcept {
    mapped_bytes.fetch_sub(size, std::memory_order_relaxed);
    // Which pages were locked is not remembered for each: an estimate that never exceeds what is mapped.
    auto unlocked = unlocked_bytes.load(std::memory_order_relaxed);
    while (unlocked != 0 &&
           !unlocked_bytes.compare_exchange_weak(unlocked, unlocked > size ? unlocked - size : 0)) {
    }
    unmap_pages(data, size);
}

void push(Stripe& stripe, std::uint8_t* block, std::size_t size_class) noexcept {
    auto* const link = reinterpret_cast<Free*>(block);
    link->next = stripe.free[size_class];
    stripe.free[size_class] = link;
}

// The rest of the old pages, if any, becomes free blocks of the sizes that fit.
void refill(Stripe& stripe) {
    auto* const pages = map_counted(page_block);
    for (auto c = classes; c-- > 0;)
        for (; stripe.fresh_size >= class_size(c); stripe.fresh_size -= class_size(c)) {
            push(stripe, stripe.fresh, c);
            stripe.fresh += class_size(c);
        }
    reinterpret_cast<Front*>(pages)->home = &stripe;
    stripe.fresh = pages + smallest;
    stripe.fresh_size = page_block - smallest;
}

} // namespace

std::uint8_t* secret_allocate(std::size_t size) {
    if (size > secret_shared_max) {
        if (size > SIZE_MAX - page_block)
            throw Error(Status::out_of_memory, "not enough memory for a secret");
        return map_counted(round_up(size));
    }
    const auto size_class = class_of(size);
    auto& stripe = arena[thread_index() % stripes];
    const std::lock_guard lock(stripe.mutex);
    if (auto* const link = stripe.free[size_class]) {
        stripe.free[size_class] = link->next;
        link->next = nullptr;
        return reinterpret_cast<std::uint8_t*>(link);
    }
    if (stripe.fresh_size < class_size(size_class)) refill(stripe);
    auto* const block = stripe.fresh;
    stripe.fresh += class_size(size_class);
    stripe.fresh_size -= class_size(size_class);
    return block;
}

void secret_release(std::uint8_t* data, std::size_t size) noexcept {
    wipe({data, size});
    if (auto* const watcher = release_watcher.load(std::memory_order_acquire)) watcher(data, size);
    if (size > secret_shared_max) {
        unmap_counted(data, round_up(size));
        return;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(data);
    auto& stripe = *reinterpret_cast<const Front*>(address - address % page_block)->home;
    const std::lock_guard lock(stripe.mutex);
    push(stripe, data, class_of(size));
}

SecretArenaFacts secret_arena_facts() noexcept {
    return {.mapped_bytes = mapped_bytes.load(std::memory_order_relaxed),
            .unlocked_bytes = unlocked_bytes.load(std::memory_order_relaxed)};
}

void watch_secret_release(void (*seen)(const std::uint8_t*, std::size_t)) noexcept {
    release_watcher.store(seen, std::memory_order_release);
}

} // namespace hsm::base
