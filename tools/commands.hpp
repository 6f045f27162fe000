// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "exit_codes.hpp"

#include <cstdint>
#include <span>
#include <string_view>

/// \file
/// The commands, as a table. A command is a file in commands/ and a row here.

namespace hsm::tools {

class CommandLine;

/// Declares what the command takes, parses, does it. Throws UsageError, hsm::Error, Finished.
using RunCommand = Exit (*)(CommandLine& line);

enum class CommandGroup : std::uint8_t { start, world, keys, use, tokens, module, shell };

struct CommandRow {
    std::string_view name;
    CommandGroup group;
    bool own_name; ///< also a program of this name: tools/meson.build lists the same
    RunCommand run;
    std::string_view summary;
};

struct CommandGroupRow {
    CommandGroup group;
    std::string_view title;
};

std::span<const CommandRow> command_table() noexcept;
std::span<const CommandGroupRow> command_groups() noexcept;
const CommandRow* find_command(std::string_view name) noexcept; ///< nullptr: there is none

} // namespace hsm::tools
