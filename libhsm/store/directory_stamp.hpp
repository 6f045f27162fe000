// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <optional>

/// \file
/// What the index knows about the state of the directory that it describes.

namespace hsm::store {

/// How much an index may be believed while the directory looks as it did.
enum class Trust : std::uint32_t {
    none,    ///< not at all: list the directory
    young,   ///< listed so soon after a change that a second change may have left the same times: believed when it
             ///< finds something, not when it does not
    own,     ///< libhsm's own changes since; a foreign change in the very moment of one would have gone unseen:
             ///< believed, and listed again now and then when something is not found
    settled, ///< believed
};

/// The directory's identity and times. All fields are 64 bits wide: it is stored as it is.
struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t mtime_ns = 0;
    std::int64_t ctime_ns = 0;
    std::uint64_t boot = 0; ///< after a restart the disk may have lost what the index has seen

    bool operator==(const Stamp&) const = default;
};

/// The directory as it is now; nullopt when there is none (or it is not a directory). One system call. Reentrant.
std::optional<Stamp> stamp_of(base::FileSystem& fs, const base::Path& directory, std::uint64_t boot);

/// A number that changes with every start of the system; 0 where the system has none. Reentrant.
std::uint64_t boot_number();

} // namespace hsm::store
