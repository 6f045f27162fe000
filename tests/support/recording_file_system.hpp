// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include "crash_model.hpp"

#include <functional>
#include <memory>

/// \file
/// A FileSystem for crash tests: everything really happens below a root directory, and every mutating call is
/// recorded.

namespace hsm::test {

/// Passes through to the real file system; paths outside the root are refused. Lock files, shared memory, and
/// files named `locks` and `page` are passed through and are no part of the state. Thread-safe; records calls
/// in one total order.
///
/// A crash test: start(); do the operation; for n from 0 to step_count(): for each state of states_after(n):
/// materialise it into a fresh directory, open it with the real file system, and check that it is the old or
/// the new state (and, for n == step_count(), the new one).
class RecordingFileSystem final : public base::FileSystem {
public:
    /// \p root exists. What is in it now is durable.
    explicit RecordingFileSystem(base::Path root);
    ~RecordingFileSystem() override;

    /// Forgets the steps; what is in the root now is durable. No file may be open for writing.
    void start();

    [[nodiscard]] std::size_t step_count() const;
    [[nodiscard]] std::vector<Step> steps() const;
    [[nodiscard]] std::vector<std::string> describe_steps() const; ///< numbered, for failure messages

    /// The \p n-th mutating call from start() on (from 1) throws \p status, having done nothing (a write:
    /// having done its first half). With \p and_all_later, every later one too: a full or dead disk.
    void fail_step(std::size_t n, Status status, bool and_all_later = false);
    /// The \p n-th sync (of a file or directory, counted from 1 from start()) is a lie: it returns, and
    /// nothing became durable.
    void drop_sync(std::size_t n);
    [[nodiscard]] std::size_t sync_count() const;
    void no_faults(); ///< undoes fail_step and drop_sync

    /// What the disk may hold when the power fails after the n-th step and before the next one.
    [[nodiscard]] std::vector<DiskState> states_after(std::size_t n, const StateLimits& limits = {}) const;

    // base::FileSystem
    std::unique_ptr<base::File> open(const base::Path& path, Open how, base::FileMode mode) override;
    std::optional<Bytes> read(const base::Path& path, std::uint64_t limit) override;
    std::optional<base::FileInfo> info(const base::Path& path) override;
    std::vector<std::string> list(const base::Path& directory) override;
    std::vector<base::DirectoryEntry> list_with_info(const base::Path& directory) override;
    void create_directories(const base::Path& path, base::FileMode mode) override;
    void rename(const base::Path& from, const base::Path& to) override;
    void rename_new(const base::Path& from, const base::Path& to) override;
    void remove(const base::Path& path) override;
    void sync_directory(const base::Path& path) override;
    std::unique_ptr<base::LockFile> lock_file(const base::Path& path) override;
    std::unique_ptr<base::SharedMemory> map_shared(const base::Path& path, std::size_t size) override;
    std::unique_ptr<base::SharedMemory> map_read_only(const base::Path& path, std::size_t size) override;
    bool is_writable(const base::Path& directory) override;
    bool is_network(const base::Path& path) override;

private:
    class Journal;
    class RecordedFile;
    [[nodiscard]] std::string relative(const base::Path& path) const; ///< throws for what is outside the root
    void rename_step(const base::Path& from, const base::Path& to, bool replace);

    base::FileSystem& real_;
    base::Path root_;
    std::shared_ptr<Journal> journal_; ///< shared with open files
};

/// Puts \p state into \p directory, which is emptied first.
void materialise(const DiskState& state, const base::Path& directory);

} // namespace hsm::test
