// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <store/directory_stamp.hpp>
#include <store/view.hpp>

/// \file
/// The index file `.index`: derived from the records and disposable; any doubt about it means building it anew. Never
/// synced. Numbers are in the byte order of the machine that wrote it (the magic tells).
///
///     0     head     magic, layout, extractor's version, id of this snapshot, shape, generation, hash of the hashes; their hash
///     128   mark     id, size of the tail, number of changes ever (the generation), the directory's stamp; their hash
///     256   hashes   of the blocks of the body (body.hpp)
///     then  body     the snapshot (snapshot.hpp); never changes: a new one comes as a new file
///     then  tail     changes since, each with its hash
///
/// A writer holds the index lock, appends a change behind the tail and then rewrites the mark; what is behind the
/// tail's end according to the mark does not count. A reader without the lock sees from the hashes when it reads
/// in the middle of that.

namespace hsm::store {

/// Where a reader is.
struct Position {
    std::uint64_t id = 0;         ///< of the snapshot; 0: none
    std::uint64_t tail = 0;       ///< bytes of the tail
    std::uint64_t generation = 0; ///< changes so far

    bool operator==(const Position&) const = default;
};

struct Mark {
    Position position;
    Stamp stamp;
    Trust trust = Trust::none;
};

/// A change: an entry put, or a name erased.
struct Change {
    bool erased = false;
    Entry entry;
    std::span<const Term> terms;
};

/// Reads and writes the file; who may when is the caller's business. Every failure to read is nullopt or false, never
/// an exception; failures to write throw. What read() gives holds the file open until all of it has been asked for.
/// Thread-bound.
class IndexFile {
public:
    IndexFile(base::FileSystem& fs, base::Path path, std::uint32_t extract_version, base::FileMode mode)
        : fs_(&fs), path_(std::move(path)), extract_version_(extract_version), mode_(mode) {}

    /// The mark, if the file is one that we understand.
    std::optional<Mark> read_mark();

    /// Sets \p mark to what the view shows. What lies in the body is read when it is asked for, and may turn out to be damaged
    /// then; it is read and checked at once when \p whole says so, and where an open file cannot be replaced.
    std::optional<View> read(Mark& mark, bool whole = false);

    /// The changes between \p from and \p mark, applied to \p view; false when they cannot be had (then the view is of
    /// no use any more).
    bool catch_up(View& view, const Position& from, const Mark& mark);

    /// Appends changes and rewrites the mark, as one. \p mark's position is where the file is; it is moved on.
    void append(Mark& mark, std::span<const Change> changes);

    /// Rewrites the mark only.
    void stamp(const Mark& mark);

    /// Replaces the file by a snapshot (with trust none; stamp it afterwards: writing it changes the directory).
    Mark write(const Snapshot& snapshot, std::uint64_t generation);

    /// Whether the tail is so long that write() is worth its time. A change of the tail costs a process that starts ten
    /// times what a row of the snapshot does.
    static bool is_long(const Position& position, const Snapshot& snapshot) noexcept {
        return position.tail > (128u << 10) + snapshot.body_size() / 32;
    }

private:
    base::FileSystem* fs_;
    base::Path path_;
    std::uint32_t extract_version_;
    base::FileMode mode_;
};

} // namespace hsm::store
