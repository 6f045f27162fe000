// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// \file
/// A case: a file of lines, each a verb with its words. "#" starts a comment line; the first comment is the
/// title. Words are separated by spaces; double quotes hold a word together. Within quotes \n, \" and \\ mean
/// what they mean in C, \e is Escape and \c is Control-C. A line that ends with a backslash goes on.
///
/// Verbs that set the stage (verbs.cpp has them all):
///
///     env NAME VALUE         for the commands that follow
///     file NAME TEXT         writes a file
///     secret NAME LINE...    writes a private file with a line each
///     input TEXT             standard input of the next command
///     type LINE...           what a person types at the terminal of the next command
///     world                  a module and a world, with test parameters
///
/// Commands, and what must hold of the last one:
///
///     $ hsm sign ...         runs the built program; also under its own names, and openssl
///     exit N                 must follow each command that does not exit with 0
///     out TEXT, err TEXT     the output contains it
///     out! TEXT, err! TEXT   ... does not contain it
///     json PATH VALUE        standard output is JSON with this
///     save NAME REGEX        keeps the first group as ${NAME}
///
/// Without being told, each command that fails (exit code 2 and up) must say so in one line on standard error
/// that says what to do, and must leave the files as they were.

namespace hsm::test {

struct Step {
    unsigned line = 0;
    std::string verb;
    std::vector<std::string> words;
    std::string rest; ///< what follows the verb, as written, with escapes resolved where quoted
};

struct CaseFile {
    std::string name, title;
    std::vector<Step> steps;
    bool posix_only = false; ///< has a line "posix"
};

CaseFile read_case(const std::filesystem::path& path);

} // namespace hsm::test
