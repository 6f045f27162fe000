// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/clock.hpp>
#include <store/index_file.hpp>
#include <store/listing.hpp>

#include <hsm/sync.hpp>

#include <atomic>
#include <functional>
#include <mutex>

/// \file
/// The index over one directory: what is known about it, and when that is to be believed.
///
/// Known for certain are changes that libhsm makes: every writer holds the index lock from before its change until it
/// has appended it to the index file together with the directory's new stamp. A directory that looks as the stamp says
/// is as the index says, but for what Trust describes; one that looks different is first looked up in the index file
/// (another libhsm process), and listed when that does not explain it (a foreign tool). On a network file system times
/// come late, so there it is listed at least once a second while it is asked. A foreign change within the same tick of the
/// directory's clock as the one before is found at the next search, in a large directory after twice the time of a listing.

namespace hsm::store {

/// Thread-safe.
class Index {
public:
    Index(base::FileSystem& fs, base::Clock& clock, base::Path directory, TermExtractor extract,
          std::uint32_t extract_version, base::FileMode mode);

    /// Runs \p search on a current view. It returns whether it found all that there can be; when it did not and there
    /// is any doubt about the view, the directory is listed and the search runs again (and so must start afresh).
    /// It runs under the lock of the memory: it must be quick and must not come back here.
    void query(const std::function<bool(const View&)>& search);

    /// Brings the memory up to date: one look at the directory while nothing has changed. Where the directory's times
    /// leave a doubt, it is listed, now and then.
    void sync();

    /// Runs \p search on the view that sync() or query() left, without a system call but for what is not in memory yet. False
    /// when that cannot be had: sync(), and search anew.
    template <class Search>
    [[nodiscard]] bool peek(Search search) {
        auto memory = memory_.lock();
        if (memory->view) search(std::as_const(*memory->view));
        return !is_given_up(*memory);
    }

    /// How often the memory took over what others had changed.
    [[nodiscard]] std::uint64_t taken_over() const noexcept { return taken_over_.load(std::memory_order_acquire); }

    /// Runs \p change, which writes or removes the record \p name durably, and enters it. \p contents: what is
    /// written; nothing when it is removed. Passes on what \p change throws.
    void change(const RecordName& name, std::optional<ByteView> contents, const std::function<void()>& change);

    /// Tells what was read, in case the index has an older state of that record.
    void notice(const RecordName& name, const RecordFile& file);

    /// Forgets everything and looks at every record.
    void reindex();

private:
    struct Memory {
        std::shared_ptr<View> view; ///< none: nothing is known yet. Changed in place, with the lock and io_ held
        Stamp stamp;
        Trust trust = Trust::none;
        Position position; ///< where in the index file the view is; id 0: it has something that the file has not
        std::optional<std::uint64_t> listed_ms;
        std::uint64_t listing_ms = 0; ///< how long that took
    };
    using Lock = std::unique_ptr<base::LockFile>;

    [[nodiscard]] bool is_believed(const Memory& memory, const std::optional<Stamp>& now);
    [[nodiscard]] bool is_doubtful(const Memory& memory);
    bool is_given_up(Memory& memory);
    [[nodiscard]] bool is_due(const Memory& memory, std::uint64_t share);
    [[nodiscard]] std::optional<Stamp> stamp() { return stamp_of(fs_, directory_, boot_); }
    Lock lock_index(std::chrono::milliseconds patience, bool must);
    void refresh(bool for_miss);
    void load(const Stamp& now);
    void list(bool locked);
    bool remove_stale(const std::vector<std::string>& temporaries);
    void take_in(const Listing& listing);
    void save(const Listing& listing);
    void save_snapshot();
    void tidy(bool locked);
    void enter(std::span<const Change> changes, bool locked, const Stamp& before, const Stamp& after,
               std::optional<Trust> trust);

    base::FileSystem& fs_;
    base::Clock& clock_;
    base::Path directory_;
    TermExtractor extract_;
    IndexFile file_;
    std::uint64_t boot_;
    std::atomic<bool> network_{false};
    std::atomic<bool> read_whole_{false}; ///< the file was damaged once: it is checked before it is believed
    std::atomic<std::uint64_t> taken_over_{0};
    /// Held while files are read and written on behalf of all threads, the durable write of a change included: what
    /// the directory looks like before and after must belong together. Before memory_.
    std::mutex io_;
    Sync<Memory> memory_;
};

} // namespace hsm::store
