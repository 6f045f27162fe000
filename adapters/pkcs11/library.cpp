// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "library.hpp"

#include <hsm/abi/log.hpp>
#include <hsm/abi/process.hpp>

#include <array>
#include <chrono>
#include <mutex>
#include <thread>

namespace hsm::pkcs11 {

namespace {

// Calls in progress, counted on a line of the thread's own: one shared counter would cost two threads their speed.
struct alignas(64) Stripe {
    std::atomic<std::uint32_t> calls{0};
};
constexpr std::size_t stripes = 64;

// Constant-initialised and trivially destructible: nothing happens when the library is loaded or unloaded.
constinit std::array<Stripe, stripes> in_progress;
constinit std::atomic<Library*> current{nullptr};
constinit std::atomic<std::uint64_t> generation{0}; // of the process that initialised
constinit std::atomic<std::uint64_t> beginning{0}, begun{0}; // in which process the state below was begun anew
constinit std::atomic<std::uint32_t> next_thread{0};
constinit std::atomic<bool> ending{false};

/// A lock that needs no construction and no destruction, for what happens twice in a program's life. std::mutex needs
/// both on Windows.
class StartLock {
public:
    void lock() noexcept {
        while (held_.exchange(true, std::memory_order_acquire)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    void unlock() noexcept { held_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> held_{false};
};
constinit StartLock changing; // C_Initialize and C_Finalize, one at a time

std::atomic<std::uint32_t>& own_stripe() noexcept {
    static thread_local std::uint32_t index = 0; // plain data: a destructor would keep the library mapped
    if (index == 0) index = next_thread.fetch_add(1, std::memory_order_relaxed) % stripes + 1;
    return in_progress[index - 1].calls;
}

bool initialised_here() noexcept {
    return current.load(std::memory_order_acquire) && generation.load(std::memory_order_relaxed) == abi::process_generation();
}

void check_arguments(const CK_C_INITIALIZE_ARGS& args) {
    if (args.pReserved) refuse(CKR_ARGUMENTS_BAD);
    const auto given = !!args.CreateMutex + !!args.DestroyMutex + !!args.LockMutex + !!args.UnlockMutex;
    // All four or none. The application's own locks are accepted and the system's used: see docs/pkcs11.md.
    if (given != 0 && given != 4) refuse(CKR_ARGUMENTS_BAD);
}

/// A forked child starts over: the parent's library is abandoned as it is, its counts too, and its lock, which another
/// thread of the parent may have held. One thread does it, the others wait.
void begin_in_this_process() noexcept {
    const auto here = abi::process_generation();
    if (begun.load(std::memory_order_acquire) == here) return;
    auto seen = beginning.load();
    if (seen != here && beginning.compare_exchange_strong(seen, here)) {
        current.store(nullptr);
        for (auto& stripe : in_progress) stripe.calls.store(0);
        ending.store(false);
        changing.unlock();
        begun.store(here, std::memory_order_release);
        return;
    }
    while (begun.load(std::memory_order_acquire) != here) std::this_thread::yield();
}

/// What the settings ask for and do not get.
void tell(const Settings& settings) {
    calls_are_logged.store(false);
    if (settings.log_calls) open_call_log(settings.call_log);
    for (const auto& note : settings.notes) {
        abi::warn(note);
        log_note(note);
    }
}

/// Waits until this call is the only one. What blocks looks at closing() and returns.
void wait_for_calls() noexcept {
    const auto busy = [] {
        std::uint32_t calls = 0;
        for (const auto& stripe : in_progress) calls += stripe.calls.load(std::memory_order_seq_cst);
        return calls;
    };
    while (busy() != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace

Library::Library(Settings settings) : settings_(std::move(settings)), slots_(settings_) {}

Entry::Entry() : library_(nullptr), stripe_(&own_stripe()) {
    // Counted first, looked at after: C_Finalize does it the other way round, so that one sees the other.
    stripe_->fetch_add(1, std::memory_order_seq_cst);
    library_ = current.load(std::memory_order_seq_cst);
    if (!library_ || generation.load(std::memory_order_relaxed) != abi::process_generation()) {
        stripe_->fetch_sub(1, std::memory_order_release);
        refuse(CKR_CRYPTOKI_NOT_INITIALIZED);
    }
}

Entry::~Entry() { stripe_->fetch_sub(1, std::memory_order_release); }

bool closing() noexcept { return ending.load(std::memory_order_relaxed); }

CK_RV initialise(const CK_C_INITIALIZE_ARGS* args) {
    if (args) check_arguments(*args);
    begin_in_this_process();
    const std::lock_guard lock(changing);
    if (initialised_here()) return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    auto settings = read_settings();
    tell(settings);
    auto library = std::make_unique<Library>(std::move(settings));
    generation.store(abi::process_generation(), std::memory_order_relaxed);
    current.store(library.release(), std::memory_order_seq_cst);
    return CKR_OK;
}

CK_RV finalise() {
    if (!initialised_here()) return CKR_CRYPTOKI_NOT_INITIALIZED;
    const std::lock_guard lock(changing);
    if (!initialised_here()) return CKR_CRYPTOKI_NOT_INITIALIZED;
    ending.store(true);
    const std::unique_ptr<Library> library(current.exchange(nullptr, std::memory_order_seq_cst));
    wait_for_calls();
    ending.store(false);
    return CKR_OK;
}

} // namespace hsm::pkcs11
