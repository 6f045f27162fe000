// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <string>
#include <string_view>

/// \file
/// What the operating system says, in libhsm's words.

namespace hsm::base {

/// Throws the Error for the system's \p code (errno, or GetLastError() on Windows): \p doing is "write",
/// "rename", ... The message names the path, says what the system said and what to do. Reentrant.
[[noreturn]] void throw_system_error(int code, std::string_view doing, const Path& path);

/// The end of such a message, with its own "; ": what to do about \p status. Empty when there is nothing
/// general.
std::string_view advice(Status status) noexcept;

} // namespace hsm::base
