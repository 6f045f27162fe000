// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// \file
/// Cases as text: sequences of calls of the C interface with the results that the standard asks for. The
/// language is described in tests/data/pkcs11/scripts/README.md.

namespace hsm::test {

/// One call, or one check between calls.
struct Step {
    std::string name;               ///< "C_Sign", or a check: "EQUAL"
    std::vector<std::string> words; ///< its arguments, unread
    std::string expected;           ///< "CKR_OK"; several are separated by '|'
    std::size_t line = 0;
};

/// What a case finds when it begins.
enum class Stage { none, initialised, open, user, officer };

struct ScriptCase {
    std::string name;
    std::filesystem::path file;
    std::size_t line = 0;
    Stage stage = Stage::user;
    std::vector<Step> steps;
};

/// The cases of a file, those with a table once for each row. Throws std::runtime_error naming file and line.
std::vector<ScriptCase> read_script(const std::filesystem::path& file);

/// Words of a line: separated by spaces; brackets and quotes keep together what is in them.
std::vector<std::string> words_of(const std::string& line);

/// A step "SWEEP C_Function ..." becomes the steps before it and a call with one argument wrong, for each argument in
/// turn; at last the call as it stands.
std::vector<Step> with_sweeps(std::vector<Step> steps);

/// Runs one case in a home of its own; failures are Catch2's.
void run_case(const ScriptCase& script_case);

} // namespace hsm::test
