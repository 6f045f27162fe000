// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <utility>

/// \file
/// The parts of the POSIX file system, for real_file_system_posix.cpp.

namespace hsm::base::posix {

/// Owns a file descriptor. Thread-bound.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() { close(); }
    void close() noexcept;
    [[nodiscard]] int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_;
};

/// open(2) that is closed on exec, follows no link in the last component, and is not stopped by a signal.
/// Negative on failure, with errno.
Descriptor open_descriptor(const Path& path, int flags, mode_t mode = 0) noexcept;

/// As open_descriptor; throws for what is not a regular file.
Descriptor open_regular(const Path& path, int flags, mode_t mode = 0);

mode_t mode_of(FileMode mode) noexcept;
FileInfo info_of(const struct stat& status) noexcept;

std::unique_ptr<File> make_file(Descriptor fd, const Path& path);
std::unique_ptr<LockFile> make_lock_file(const Path& path);
std::unique_ptr<SharedMemory> make_shared_memory(const Path& path, std::size_t size);
std::unique_ptr<SharedMemory> make_read_only_memory(const Path& path, std::size_t size);

} // namespace hsm::base::posix
