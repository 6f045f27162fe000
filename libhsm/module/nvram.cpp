// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/nvram.hpp"

#include "base/log.hpp"
#include "base/shared_wait.hpp"

#include <thread>

namespace hsm::module {

namespace {

/// Who makes the log durable may die: then another one notices after this time.
constexpr std::chrono::milliseconds longest_wait{20};
constexpr std::chrono::microseconds longest_gathering{40};
/// A process that was stopped while it did must not hang the others.
constexpr std::chrono::seconds patience{10};

/// Where several write at the same time, they were woken together and are about to write again: the one who is first waits
/// for as many as the last time, for a moment. One alone waits for nobody.
void gather(const PageNvram& page) {
    const auto expected = page.batch.load(std::memory_order_relaxed);
    if (expected < 2) return;
    const auto end = std::chrono::steady_clock::now() + longest_gathering;
    while (page.tail.load(std::memory_order_acquire) - page.durable.load(std::memory_order_relaxed) < expected &&
           std::chrono::steady_clock::now() < end)
        std::this_thread::yield();
}

[[noreturn]] void refuse_failed() {
    throw Error(Status::module_failed,
                "the module has failed: its NVRAM cannot be trusted; run nopclearfail --clear");
}

} // namespace

void Nvram::admit() {
    home_.require_writable("the module's NVRAM has to be written");
    if (home_.page()->failed.load(std::memory_order_acquire) >= Failure::nvram_damaged) refuse_failed();
}

/// Under Rank::nvram_append.
void Nvram::catch_up() {
    admit();
    try {
        if (home_.page()->nvram.generation.load(std::memory_order_acquire) == NvramFiles::unknown) {
            const auto sync = home_.locks().hold(Rank::nvram_sync);
            files_.recover();
        }
        files_.follow();
    } catch (const Error& error) {
        if (error.status() != Status::record_damaged) throw;
        base::log::severe("module {} failed: {}", home_.facts().esn, error.what());
        home_.page()->failed.store(Failure::nvram_damaged, std::memory_order_seq_cst);
        throw Error(Status::module_failed, error.message());
    }
}

void Nvram::change(const Decision& decide) {
    Written mine;
    {
        const auto append = home_.locks().hold(Rank::nvram_append);
        catch_up();
        auto changes = decide(files_.table());
        if (changes.empty()) return;
        files_.append(std::move(changes));
        mine = written();
    }
    make_durable(mine);
}

void Nvram::look(const std::function<void(const NvramTable&)>& see) {
    Written seen;
    {
        const auto append = home_.locks().hold(Rank::nvram_append);
        catch_up();
        see(files_.table());
        seen = written();
    }
    make_durable(seen);
}

void Nvram::glance(const std::function<void(const NvramTable&)>& see) {
    const auto append = home_.locks().hold(Rank::nvram_append);
    catch_up();
    see(files_.table());
}

void Nvram::erase() {
    home_.require_writable("the module's NVRAM has to be erased");
    const auto append = home_.locks().hold(Rank::nvram_append);
    const auto sync = home_.locks().hold(Rank::nvram_sync);
    files_.erase();
}

void Nvram::recover() {
    const auto append = home_.locks().hold(Rank::nvram_append);
    const auto sync = home_.locks().hold(Rank::nvram_sync);
    files_.recover();
}

/// Whoever gets the lock works for all; the others wait to be woken, all at once, and look again.
void Nvram::make_durable(const Written& written) {
    if (written.generation == NvramFiles::nothing) return;
    auto& page = home_.page()->nvram;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (page.durable.load(std::memory_order_acquire) < written.end) {
        if (home_.page()->failed.load(std::memory_order_acquire) >= Failure::nvram_damaged) refuse_failed();
        const auto turn = page.turn.load(std::memory_order_acquire);
        auto leading = home_.locks().try_hold(Rank::nvram_sync);
        if (!leading.held()) {
            if (std::chrono::steady_clock::now() >= deadline)
                throw Error(Status::busy, "the NVRAM log of module " + home_.facts().esn +
                                              " is held by another program that does not go on; end it if it hangs");
            if (page.durable.load(std::memory_order_acquire) < written.end)
                base::wait_while(page.turn, turn, longest_wait);
            continue;
        }
        struct Wake {
            Locks::Guard& leading;
            std::atomic<std::uint32_t>& turn;
            ~Wake() {
                leading.release(); // first: who wakes up may lead
                turn.fetch_add(1, std::memory_order_acq_rel);
                base::wake_all(turn);
            }
        } wake{leading, page.turn};
        sync(written);
    }
}

/// Under Rank::nvram_sync: no new generation begins meanwhile.
void Nvram::sync(const Written& written) {
    auto& page = home_.page()->nvram;
    if (page.durable.load(std::memory_order_acquire) >= written.end) return;
    // A new generation holds what was written before it: all of that is durable.
    const auto generation = page.generation.load(std::memory_order_acquire);
    if (generation != written.generation && generation != NvramFiles::unknown) return;
    gather(page);
    const auto tail = page.tail.load(std::memory_order_acquire);
    try {
        written.log->sync();
    } catch (const Error& error) {
        // The system reports a lost write once, to whoever asks first, and forgets it: a second try would succeed and
        // lie.
        base::log::severe("module {} failed: {}", home_.facts().esn, error.what());
        home_.page()->failed.store(Failure::nvram_write, std::memory_order_seq_cst);
        throw;
    }
    const auto before = page.durable.load(std::memory_order_relaxed);
    if (before >= tail) return;
    page.batch.store(tail - before, std::memory_order_relaxed);
    page.durable.store(tail, std::memory_order_release);
}

} // namespace hsm::module
