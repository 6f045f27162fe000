// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>

/// \file
/// Environment variables, in UTF-8 on every system.

namespace hsm::base {

/// The value of a variable, or nullopt when it is unset or empty. A program that runs with more rights than
/// its caller (set-user-id and the like) sees none, so that the caller cannot redirect it. Thread-safe as
/// long as nobody calls setenv meanwhile.
std::optional<std::string> environment(const char* name);

/// Looks a variable up; environment() or a test's table.
using EnvironmentLookup = std::function<std::optional<std::string>(const char*)>;

} // namespace hsm::base
