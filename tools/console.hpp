// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>

/// \file
/// What the tools print: reports on standard output, remarks and errors as single lines on standard error.

namespace hsm::tools {

/// A reader of standard output went away. Not an error that anybody wants to read about.
struct BrokenPipe {};

/// "hsm sign", or "createocs" when started under that name: in front of every remark. Set once by main.
void set_program(std::string name);
const std::string& program();

void print_text(fmt::string_view format, fmt::format_args arguments);
void remark_text(fmt::string_view format, fmt::format_args arguments);

/// Adds to the report on standard output. It is collected and written in pieces; a report whose reader went
/// away is dropped in silence. Throws hsm::Error when writing fails otherwise.
template <class... Arguments>
void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    print_text(format, fmt::make_format_args(arguments...));
}

/// One line "program: text" on standard error.
template <class... Arguments>
void remark(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    remark_text(format, fmt::make_format_args(arguments...));
}

/// Data on standard output, at once. Throws BrokenPipe.
void write_data(ByteView data);

/// Writes what was collected. Called before a question, before standard error and at the end.
void flush();

/// Text from a record, a card or the command line made safe to print: a byte that could drive a terminal, and
/// what is not UTF-8, becomes \xNN.
std::string escaped(std::string_view text);

/// "2026-05-01 12:00:00" UTC; "unspecified" for 0.
std::string date_text(std::int64_t seconds);

/// The first 40 digits of a hash, as listings show it.
std::string short_hash(const Hash256& hash);

} // namespace hsm::tools
