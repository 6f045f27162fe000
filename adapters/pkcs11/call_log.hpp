// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11.h"

#include <atomic>
#include <string>

/// \file
/// The log of calls that CKNFAST_DEBUG asks for: names of functions and what they returned, never an argument. Off costs
/// one relaxed load a call.

namespace hsm::pkcs11 {

inline constinit std::atomic<bool> calls_are_logged{false};

/// At C_Initialize. \p path: to append to; empty: standard error. A file that cannot be opened is no log.
void open_call_log(const std::string& path) noexcept;
/// \p function as the compiler names it. Thread-safe.
void log_call(const char* function, CK_RV code) noexcept;
void log_note(const std::string& line) noexcept;

} // namespace hsm::pkcs11
