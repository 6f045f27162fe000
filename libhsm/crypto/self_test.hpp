// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

/// \file
/// Known-answer self-tests, run lazily: the first use of a mechanism family in a level-3 world, or all at once on
/// request. Thread-safe.

namespace hsm::crypto {

/// Runs every self-test. Returns the empty string, or the name of the first that failed.
std::string self_test();

} // namespace hsm::crypto
