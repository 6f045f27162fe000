// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/system_error.hpp>

#include <base/path_text.hpp>

#include <cerrno>
#include <system_error>

#if defined(_WIN32)
#include <windows.h>
#endif

namespace hsm::base {

namespace {

#if defined(_WIN32)

Status status_of(int code) noexcept {
    switch (static_cast<DWORD>(code)) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH: return Status::not_found;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
    case ERROR_DIR_NOT_EMPTY: return Status::already_exists;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case 1295: // ERROR_DISK_QUOTA_EXCEEDED, which not every SDK has
        return Status::disk_full;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD: return Status::permission_denied;
    case ERROR_WRITE_PROTECT: return Status::read_only;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE:
    case ERROR_TOO_MANY_OPEN_FILES: return Status::busy;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT: return Status::out_of_memory;
    case ERROR_INVALID_NAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_NOT_SAME_DEVICE: return Status::invalid_argument;
    default: return Status::io_error;
    }
}

#else

Status status_of(int code) noexcept {
    switch (code) {
    case ENOENT:
    case ENOTDIR: return Status::not_found;
    case EEXIST:
#if ENOTEMPTY != EEXIST
    case ENOTEMPTY:
#endif
        return Status::already_exists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Status::disk_full;
    case EACCES:
    case EPERM: return Status::permission_denied;
    case EROFS: return Status::read_only;
    case EBUSY:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ETXTBSY:
    case EDEADLK:
    case ENOLCK: return Status::busy;
    case ENOMEM: return Status::out_of_memory;
    case ELOOP: return Status::record_damaged; // a symbolic link where a file should be
    case ENAMETOOLONG:
    case EINVAL:
    case EXDEV: return Status::invalid_argument;
    default: return Status::io_error;
    }
}

#endif

} // namespace

std::string_view advice(Status status) noexcept {
    switch (status) {
    case Status::disk_full: return "; make room on this file system, or raise the quota";
    case Status::permission_denied: return "; run as its owner, or give this user access";
    case Status::read_only: return "; mount it writable, or name another directory";
    case Status::busy: return "; wait until other programs are done with it, then try again";
    case Status::already_exists: return "; choose another name, or remove it first";
    case Status::not_found: return "; check the path, or create it first";
    case Status::record_damaged: return "; replace it by the regular file that belongs there";
    case Status::out_of_memory: return "; free memory";
    case Status::io_error: return "; check the disk and the system's log";
    default: return "";
    }
}

void throw_system_error(int code, std::string_view doing, const Path& path) {
    const auto status = status_of(code);
    std::string message = "cannot ";
    message.append(doing).append(" ").append(to_utf8(path)).append(": ");
    message.append(std::system_category().message(code));
    while (!message.empty() && (message.back() == '\n' || message.back() == '\r' || message.back() == '.'))
        message.pop_back();
    message.append(advice(status));
    throw Error(status, std::move(message));
}

} // namespace hsm::base
