// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/clock.hpp"
#include "base/file_system.hpp"

#include <string>

/// \file
/// The outside world of a module, whole: its durable storage, its clock, and the tests that it runs on itself. (Entropy is
/// the operating system's, in crypto/random.) Tests put their own here.

namespace hsm::module {

/// Borrowed: both outlive the module. Thread-safe.
struct Platform {
    base::FileSystem* files = nullptr;
    base::Clock* clock = nullptr;
    /// The known-answer tests: the name of the first that failed, or nothing. Null: crypto::self_test.
    std::string (*self_test)() = nullptr;
};

} // namespace hsm::module
