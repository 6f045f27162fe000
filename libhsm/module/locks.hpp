// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/file_system.hpp"

#include <array>
#include <memory>
#include <mutex>

/// \file
/// The module's locks: one byte of its `locks` file each, shared between processes, with an in-process mutex of the same
/// rank in front. Order of acquisition: ascending by number. None of them is taken on the path of a cryptographic
/// command.

namespace hsm::module {

enum class Rank : std::uint32_t {
    init = 0,   ///< opening and closing
    open = 1,   ///< held shared while a process has the module open
    attempt = 5, ///< one passphrase at a time, once one was wrong
    nvram_append = 10, ///< the tail of the NVRAM log
    nvram_sync = 11,   ///< who makes the NVRAM log durable, for all
    state = 12, ///< module.state, limits' rows, attempts
    slot0 = 20, ///< slot n is slot0 + n
};

inline Rank slot_rank(std::uint32_t slot) noexcept { return static_cast<Rank>(static_cast<std::uint32_t>(Rank::slot0) + slot); }

/// Thread-safe.
class Locks {
public:
    /// Without a file, the locks exclude the threads of this process only: for a module that nobody can change.
    explicit Locks(std::unique_ptr<base::LockFile> file) : file_(std::move(file)) {}

    /// Held from construction to destruction.
    class Guard {
    public:
        Guard(Locks& locks, Rank rank);
        Guard(Locks& locks, Rank rank, std::try_to_lock_t); ///< held, or not: ask held()
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        [[nodiscard]] bool held() const noexcept { return held_; }
        void release() noexcept; ///< before the end

    private:
        Locks& locks_;
        std::uint32_t byte_;
        bool held_ = true;
    };

    [[nodiscard]] Guard hold(Rank rank) { return Guard(*this, rank); }
    [[nodiscard]] Guard try_hold(Rank rank) { return Guard(*this, rank, std::try_to_lock); }
    [[nodiscard]] base::LockFile& file() noexcept { return *file_; } ///< only where there is one
    void before_fork() noexcept;
    void after_fork_in_parent() noexcept;
    void after_fork_in_child() noexcept;

private:
    std::unique_ptr<base::LockFile> file_;
    std::array<std::mutex, 64> mutexes_;
};

} // namespace hsm::module
