// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/file_system.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

/// \file
/// The page: what the processes that use one module share at the speed of memory. Only independent aligned atomics,
/// each of which can be recomputed from the files; the first opener zeroes it and rebuilds it.

namespace hsm::module {

inline constexpr std::uint32_t max_slots = 16;
inline constexpr std::uint32_t max_attempt_rows = 256;
inline constexpr std::uint32_t max_global_limits = 1024;

/// A card slot. insertion is a random number for each insertion, 0 while empty.
struct PageSlot {
    std::atomic<std::uint64_t> insertion;
    std::atomic<std::uint64_t> deadline_ms; ///< boot time at which keys of this insertion expire; 0: none
};

/// Wrong passphrases for one token share.
struct PageAttempt {
    std::atomic<std::uint64_t> tag;
    std::atomic<std::uint64_t> failures;
    std::atomic<std::uint64_t> not_before_ms; ///< boot time
};

/// A counter of UseLimit::Kind::global.
struct PageLimit {
    std::atomic<std::uint64_t> tag_low, tag_high; ///< both zero: free
    std::atomic<std::uint64_t> used;
};

/// The NVRAM log, in positions (module/nvram_format.hpp).
struct PageNvram {
    std::atomic<std::uint64_t> generation; ///< 0: there is no NVRAM yet
    std::atomic<std::uint64_t> tail;       ///< behind the last record
    std::atomic<std::uint64_t> durable;    ///< everything below is on the disk
    std::atomic<std::uint32_t> named;      ///< the files' names are on the disk, too
    std::atomic<std::uint32_t> turn;       ///< grows when durable does: what waits, waits for this
    std::atomic<std::uint64_t> batch;      ///< blocks that the last sync made durable
};

/// Values of PageLayout::failed.
struct Failure {
    static constexpr std::uint32_t none = 0;
    static constexpr std::uint32_t general = 1;       ///< whoever found it has logged why
    static constexpr std::uint32_t nvram_damaged = 2; ///< what was acknowledged is lost
    static constexpr std::uint32_t nvram_write = 3;   ///< a write to the log may be lost
};

struct PageLayout {
    std::atomic<std::uint32_t> magic;
    std::atomic<std::uint32_t> layout;
    /// Grows whenever everything loaded becomes invalid: clear, enrol, factory. Odd while module.state is being written.
    /// The one thing that stays when the page is reset.
    std::atomic<std::uint64_t> epoch;
    std::atomic<std::uint64_t> removals; ///< grows whenever a card is removed: what depends on one is to be zeroed
    std::atomic<std::uint32_t> failed;
    std::atomic<std::uint32_t> reserved;
    std::array<PageSlot, max_slots> slots;
    std::array<PageAttempt, max_attempt_rows> attempts;
    std::array<PageLimit, max_global_limits> limits;
    PageNvram nvram;
};

inline constexpr std::uint32_t page_magic = 0x6873706d;
inline constexpr std::uint32_t page_layout = 2;
inline constexpr std::size_t page_bytes = std::size_t{64} << 10;

static_assert(sizeof(PageLayout) <= page_bytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

/// Owns the mapping. Thread-safe.
class Page {
public:
    explicit Page(std::unique_ptr<base::SharedMemory> memory);

    /// The page of a process that cannot write the module's directory: memory of its own, which follows \p shared, the
    /// page of the others, mapped read-only (null: there is none), in what makes loaded objects invalid.
    static std::unique_ptr<Page> alone(std::unique_ptr<base::SharedMemory> shared);
    /// Takes over what the others did; nothing for a page that is theirs, too.
    void follow() noexcept {
        if (followed_) follow_shared();
    }

    /// First opener only (nobody else writes the page): zeroes all but the epoch and marks it good.
    void reset();
    /// Throws module_failed when the page is not one of ours: someone overwrote it while the module was in use.
    void check() const;

    PageLayout* operator->() const noexcept { return layout_; }

private:
    void follow_shared() noexcept;

    std::unique_ptr<base::SharedMemory> memory_;
    PageLayout* layout_;
    std::unique_ptr<base::SharedMemory> shared_;
    const PageLayout* followed_ = nullptr;
    std::atomic<bool> old_failure_{false}; ///< the mark of a failure before this page was made, maybe years ago
};

} // namespace hsm::module
