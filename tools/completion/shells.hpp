// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "command_line.hpp"

#include <string>
#include <string_view>
#include <vector>

/// \file
/// Completion scripts, made from the trees of all commands.

namespace hsm::tools::completion {

/// A command with what its own name, and a hsm before it, are followed by.
struct Program {
    CommandFacts facts;
    bool own_name = false;
};

std::string bash_script(const std::vector<Program>& programs);
std::string zsh_script(const std::vector<Program>& programs);
std::string fish_script(const std::vector<Program>& programs);

/// What the value of an option or an argument can be.
enum class ValueKind { other, file, key, card };
ValueKind value_kind(std::string_view placeholder);

/// \p text within single quotes of a POSIX shell.
std::string quoted(std::string_view text);

} // namespace hsm::tools::completion
