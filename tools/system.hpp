// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// \file
/// What the tools need of the operating system beside the terminal. Calls return a negative number or false
/// with errno set when they fail.

namespace hsm::tools::system {

inline constexpr int standard_input = 0, standard_output = 1;

/// Arguments in UTF-8, signals and streams set up, no core dumps of this process.
std::vector<std::string> start(int count, char** arguments);

int open_read(const std::filesystem::path& path);
int open_existing_write(const std::filesystem::path& path);
int create_new(const std::filesystem::path& path, bool owner_only);
std::int64_t read(int descriptor, std::span<std::uint8_t> to);
std::int64_t write(int descriptor, ByteView data);
bool sync(int descriptor);
bool close(int descriptor);
bool replace(const std::filesystem::path& from, const std::filesystem::path& to); ///< durable

bool is_terminal(int descriptor);
/// True when users other than the owner may read or write the open file.
bool open_to_others(int descriptor);
std::uint64_t process_id();

/// The file to remove when the user breaks the program off; an empty path: none.
void remove_on_signal(const std::filesystem::path& path);

/// The running program's own file; empty when the system does not say.
std::filesystem::path program_path();

/// A shared library of somebody else's. nullptr, and \p problem says why.
void* load_library(const std::filesystem::path& path, std::string& problem);
void* library_symbol(void* library, const char* name); ///< nullptr: there is none
void unload_library(void* library) noexcept;

/// Runs a program with our streams and waits for it. It sees \p variable set. Returns its exit code (128 and the signal's
/// number when one ended it), negative when it cannot be run, and \p problem says why. Meanwhile interrupting from the
/// terminal is the program's business.
int run_program(const std::vector<std::string>& words, const char* variable, const std::string& value, std::string& problem);

/// A variable in UTF-8; nullopt when unset or empty.
std::optional<std::string> environment(const char* name);

} // namespace hsm::tools::system
