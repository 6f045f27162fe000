// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "case_file.hpp"
#include "child.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

/// \file
/// The throw-away directory in which a case plays, and what its verbs do there.

namespace hsm::test {

namespace fs = std::filesystem;

/// Names and contents of the files that a failed command must leave alone.
using Snapshot = std::map<std::string, std::string>;

struct Stage {
    explicit Stage(const std::string& name);
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    fs::path root;                                  ///< commands run here; home is root/home
    std::map<std::string, std::string> environment; ///< for every command
    std::map<std::string, std::string>
        saved;               ///< ${NAME}; ROOT, TOOLS (the built programs) and DATA (tests/data) are there from the start
    ChildRequest next;       ///< what verbs have asked for the next command
    bool may_change = false; ///< the next command may fail and change files nevertheless
    std::string command;     ///< the last one, as written
    ChildOutcome last;
    bool skip = false;             ///< the rest of the case can not be played here
    bool unprivileged = false;     ///< commands run as nobody
    std::vector<fs::path> mounted; ///< to unmount at the end

    [[nodiscard]] fs::path at(const std::string& name) const { return root / name; }
    [[nodiscard]] std::string expanded(const std::string& text) const; ///< ${NAME} replaced
    void run(const std::vector<std::string>& words, int wanted_exit);
    [[nodiscard]] Snapshot snapshot() const;
};

/// Plays a step. Throws std::runtime_error that says what did not hold.
void play(Stage& stage, const Step& step);

fs::path program_path(const std::string& name); ///< of a built program
std::string read_file(const fs::path& path);
void write_file(const fs::path& path, const std::string& contents);

} // namespace hsm::test
