// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <string_view>

/// \file
/// Names of temporary files. One that a crash left behind is known by its name, and may be removed when it is
/// an hour old.

namespace hsm::base {

inline constexpr std::string_view temporary_prefix = ".tmp-";

/// ".tmp-" and 16 random hexadecimal digits. Thread-safe, also around fork().
std::string temporary_name();

inline bool is_temporary_name(std::string_view name) noexcept { return name.starts_with(temporary_prefix); }

} // namespace hsm::base
