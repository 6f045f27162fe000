// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// \file
/// What a disk may hold after a power cut. The model promises a program only what POSIX and common file
/// systems promise:
///
///   * data: of the writes and resizes of a file since its last sync, any subset may have reached the disk,
///   each write
///     torn at sectors of 512 bytes; bytes that a file gained without them are zero, or the file is shorter;
///   * names: of the creations, renames and removals in a directory since its last sync_directory, any subset
///   may have
///     happened (among them every prefix), each of them whole; a rename into another directory may leave both
///     names, never neither;
///   * sync of a file makes its data durable, never its name; sync_directory makes names durable, never data.
///
/// Nothing else is assumed: no order between files, none between names and data. A new directory is a name in
/// its parent.

namespace hsm::test {

/// One mutating call, as it was made. Paths are relative to the recorded root, with '/'.
struct Step {
    enum class Kind : std::uint8_t {
        create,
        mkdir,
        write,
        resize,
        sync,
        rename,
        rename_new,
        remove,
        sync_directory
    };
    Kind kind = Kind::create;
    std::string path = {};
    std::string to = {}; ///< rename: the new name
    std::uint64_t node =
        0; ///< write, resize, sync: the file, whatever it is called by now; create, mkdir: the new one
    std::uint64_t offset = 0; ///< write
    Bytes data = {};          ///< write
    std::uint64_t size = 0;   ///< resize

    /// Of a sync: done; a lie that made nothing durable; or failed, after which what was pending may be lost
    /// although a later sync succeeds, as Linux has it.
    enum class Sync : std::uint8_t { done, lie, failed };
    Sync outcome = Sync::done;
};

std::string describe(const Step& step); ///< "rename .tmp-12 -> key_a_b"

/// The contents of a directory tree: nullopt is a directory. Paths as in Step. The nodes of a state have the
/// numbers 1, 2,
/// ... in this order, and the root of the tree is node 0.
using DiskState = std::map<std::string, std::optional<Bytes>>;

/// How many states to make at most; all of them when they are fewer, else a sample drawn with the seed that
/// always holds the extremes (everything reached the disk; nothing unsynced did; each single name change
/// alone missing).
struct StateLimits {
    std::size_t at_most = 64;
    std::uint64_t seed = 1;
};

/// The legal states after the first \p count of \p steps, begun on \p before (durable). Distinct, sorted.
/// Reentrant.
std::vector<DiskState> crash_states(const DiskState& before, const std::vector<Step>& steps,
                                    std::size_t count, const StateLimits& limits = {});

/// Reads a real directory tree, without files named in \p excluded. Writes one into an empty or absent
/// directory.
DiskState read_tree(const base::Path& root, const std::vector<std::string>& excluded = {});
void write_tree(const base::Path& root, const DiskState& state);

} // namespace hsm::test
