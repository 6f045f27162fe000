// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <windows.h>

#include <memory>
#include <string>
#include <utility>

/// \file
/// The parts of the Windows file system, for real_file_system_windows.cpp.

namespace hsm::base::windows {

/// Owns a handle. Thread-bound.
class OwnedHandle {
public:
    explicit OwnedHandle(HANDLE handle = INVALID_HANDLE_VALUE) noexcept
        : handle_(handle == nullptr ? INVALID_HANDLE_VALUE : handle) {}
    OwnedHandle(OwnedHandle&& other) noexcept : handle_(std::exchange(other.handle_, INVALID_HANDLE_VALUE)) {}
    OwnedHandle& operator=(OwnedHandle&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~OwnedHandle() { close(); }
    void close() noexcept {
        if (handle_ != INVALID_HANDLE_VALUE) CloseHandle(std::exchange(handle_, INVALID_HANDLE_VALUE));
    }
    [[nodiscard]] HANDLE get() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != INVALID_HANDLE_VALUE; }

private:
    HANDLE handle_;
};

/// The path as the system wants it: with the prefix that lifts the limit of 260 characters when it is long.
std::wstring native(const Path& path);

[[noreturn]] void throw_last_error(std::string_view doing, const Path& path);

/// Runs \p action until it is true or fails with something else than "in use", for at most a second: a virus
/// scanner or an indexer may have a file open that was just written.
template <class Action>
bool retry_while_in_use(Action action) {
    for (DWORD pause = 1;; pause *= 2) {
        if (action()) return true;
        const auto code = GetLastError();
        if ((code != ERROR_SHARING_VIOLATION && code != ERROR_ACCESS_DENIED) || pause > 512) {
            SetLastError(code);
            return false;
        }
        Sleep(pause);
    }
}

/// CreateFileW that shares everything and follows no link in the last component. Invalid on failure, with the
/// last error.
OwnedHandle open_handle(const Path& path, DWORD access, DWORD disposition);

/// As open_handle; throws for what is not a regular file.
OwnedHandle open_regular(const Path& path, DWORD access, DWORD disposition);

FileInfo info_of(HANDLE handle, const Path& path);

std::unique_ptr<File> make_file(OwnedHandle handle, const Path& path);
std::unique_ptr<LockFile> make_lock_file(const Path& path);
std::unique_ptr<SharedMemory> make_shared_memory(const Path& path, std::size_t size);
std::unique_ptr<SharedMemory> make_read_only_memory(const Path& path, std::size_t size);

} // namespace hsm::base::windows
