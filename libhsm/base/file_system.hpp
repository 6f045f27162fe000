// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// The file system seam: everything durable goes through FileSystem, so that tests can record each step, replay every
/// disk state that a power cut may leave, and make any step fail. Errors are hsm::Error with io_error, disk_full,
/// permission_denied, read_only, not_found, already_exists or busy, and name the path.

namespace hsm::base {

using Path = std::filesystem::path;

/// Permissions of what is created (POSIX mode; on Windows private_file means an owner-only ACL is inherited).
enum class FileMode : std::uint8_t { private_file /*0600*/, shared_file /*0644*/, private_dir /*0700*/, shared_dir /*0755*/ };

struct FileInfo {
    enum class Kind : std::uint8_t { file, directory, symlink, other };
    Kind kind = Kind::other;
    std::uint64_t size = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
};

struct DirectoryEntry {
    std::string name;
    FileInfo info;
};

/// An open regular file. Thread-safe (positioned reads and writes). Closed by the destructor.
class File {
public:
    virtual ~File() = default;
    virtual std::size_t read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0; ///< bytes read; short at the end
    virtual void write_at(std::uint64_t offset, ByteView data) = 0;                     ///< all of it, or throws
    virtual void sync() = 0;      ///< fdatasync: data and what is needed to read it back. Never retried after an error
    virtual void sync_all() = 0;  ///< fsync
    virtual void resize(std::uint64_t size) = 0;
    virtual std::uint64_t size() = 0;
    virtual FileInfo info() = 0;
};

/// Byte-range locks on one file that is never replaced or removed: the locks that processes share (open file
/// description locks on Linux, LockFileEx far beyond the data on Windows). Each lock is a byte number. A lock belongs to
/// this object; two objects in one process conflict like two processes. Thread-safe.
class LockFile {
public:
    enum class Mode : std::uint8_t { shared, exclusive };
    virtual ~LockFile() = default;
    /// Tries once. False when another holds it.
    virtual bool try_lock(std::uint32_t byte, Mode mode) = 0;
    /// Tries with back-off for \p patience; then throws busy and names the file.
    virtual void lock(std::uint32_t byte, Mode mode, std::chrono::milliseconds patience = std::chrono::seconds(10)) = 0;
    virtual void unlock(std::uint32_t byte) noexcept = 0;
    /// After fork, in the child: forgets the locks without releasing the parent's, closes the file.
    virtual void abandon() noexcept = 0;
};

/// Memory shared by every process that maps the same file. Only aligned 32- and 64-bit atomics may live in it.
class SharedMemory {
public:
    virtual ~SharedMemory() = default;
    [[nodiscard]] virtual std::span<std::uint8_t> bytes() noexcept = 0;
};

/// Thread-safe.
class FileSystem {
public:
    enum class Open : std::uint8_t { read, write /*existing, read and write*/, create /*or open existing*/, create_new };
    virtual ~FileSystem() = default;

    /// Opens a regular file; never follows a symbolic link in the last component, never blocks on a FIFO.
    virtual std::unique_ptr<File> open(const Path& path, Open how, FileMode mode = FileMode::private_file) = 0;
    /// Whole contents; nullopt if absent; record_damaged if larger than \p limit or not a regular file.
    virtual std::optional<Bytes> read(const Path& path, std::uint64_t limit) = 0;
    virtual std::optional<FileInfo> info(const Path& path) = 0; ///< of the link itself
    virtual std::vector<std::string> list(const Path& directory) = 0; ///< names, unsorted; not_found if absent
    /// list() and info() of each name, but for what goes away meanwhile; much quicker than asking for each.
    virtual std::vector<DirectoryEntry> list_with_info(const Path& directory) = 0;
    virtual void create_directories(const Path& path, FileMode mode) = 0; ///< durable: parents are synced
    virtual void rename(const Path& from, const Path& to) = 0;            ///< replaces \p to
    virtual void rename_new(const Path& from, const Path& to) = 0;        ///< already_exists if \p to is there
    virtual void remove(const Path& path) = 0;                            ///< a file or an empty directory; not_found
    virtual void sync_directory(const Path& path) = 0;                    ///< makes renames and removals durable
    virtual std::unique_ptr<LockFile> lock_file(const Path& path) = 0;
    virtual std::unique_ptr<SharedMemory> map_shared(const Path& path, std::size_t size) = 0;
    /// What is there of a file that map_shared made, for looking only: writing to it ends the process. Null when the file is
    /// absent or smaller.
    virtual std::unique_ptr<SharedMemory> map_read_only(const Path& path, std::size_t size) = 0;
    /// Whether files can be made in \p directory: false where the file system or this user's rights forbid it.
    virtual bool is_writable(const Path& directory) = 0;
    virtual bool is_network(const Path& path) = 0;
};

/// The operating system's. Never destroyed.
FileSystem& real_file_system();

/// What write_atomically does when the name is taken.
enum class IfExists : std::uint8_t { replace, refuse };

/// The durable write: a temporary file in the same directory, write, fsync, rename, fsync the directory. After it
/// returns the contents survive a power cut; when it throws, the old contents are untouched and no temporary remains.
void write_atomically(FileSystem& fs, const Path& path, ByteView contents, FileMode mode, IfExists if_exists);

} // namespace hsm::base
