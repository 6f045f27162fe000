// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <optional>

/// \file
/// Reading one record file, whatever a stranger may have put in its place.

namespace hsm::store {

/// What tells two states of a file apart without reading it.
struct Identity {
    std::uint64_t inode = 0;
    std::int64_t ctime_ns = 0;
    std::uint64_t size = 0;

    bool operator==(const Identity&) const = default;
};

inline Identity identity_of(const base::FileInfo& info) noexcept { return {info.inode, info.ctime_ns, info.size}; }

struct RecordFile {
    Bytes contents;
    Identity identity;
};

/// The file's contents and the state they belong to; nullopt when absent. Follows no link and waits for no FIFO.
/// Throws record_damaged (empty, too large, not a regular file), permission_denied, io_error. Reentrant.
std::optional<RecordFile> read_record_file(base::FileSystem& fs, const base::Path& path);

/// Throws record_damaged when a file so described cannot be a record.
void check_record_file(const base::Path& path, const base::FileInfo& info);

} // namespace hsm::store
