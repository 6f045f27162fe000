// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// \file
/// Runs a program as a script would: no terminal unless one is asked for, its own environment.

namespace hsm::test {

struct ChildRequest {
    std::filesystem::path program;
    std::vector<std::string> arguments;             ///< without the program's name
    std::map<std::string, std::string> environment; ///< added to ours; an empty value removes
    std::filesystem::path directory;                ///< to run in
    std::string input;                              ///< standard input
    bool close_output = false;                      ///< nobody reads standard output
    bool terminal = false;                          ///< POSIX: give it a terminal
    std::vector<std::string> typed; ///< lines typed there, each when the program waits for one
    bool unprivileged = false;      ///< POSIX: as the user nobody, when we are root
    std::uint64_t largest_file = 0; ///< POSIX: bytes; 0 is no limit
};

struct ChildOutcome {
    int exit = -1; ///< 128 + number for a signal
    std::string out, err, screen;
};

ChildOutcome run_child(const ChildRequest& request);

// What needs root, and a POSIX system: false when it can not be done.
bool give_to_nobody(
    const std::filesystem::path& tree); ///< true as well when we are not root: then we are nobody already
bool mount_small_disk(const std::filesystem::path& directory, const std::string& size,
                      bool remount_read_only);
void unmount(const std::filesystem::path& directory);

} // namespace hsm::test
