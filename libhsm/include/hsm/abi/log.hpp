// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <string_view>

/// \file
/// For front ends with a C interface: the log of the process, which is libhsm's own.

namespace hsm::abi {

/// One line, a warning, for whoever operates the program. Never a secret. Thread-safe.
HSM_API void warn(std::string_view line) noexcept;

} // namespace hsm::abi
