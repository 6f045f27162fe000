// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include <functional>

/// \file
/// Children of the test program, which tell by their status how far they came.

namespace hsm::test {

/// Forks; the child ends with what \p work returns (120: an exception).
pid_t child(const std::function<int()>& work);
/// 0 when all was well, the step that was not, or 200 and the signal. Waits.
int outcome(pid_t process);

/// exit(0). With several reporters Catch2 lends the standard streams buffers of its own, which exit() would flush too late.
[[noreturn]] void leave();

} // namespace hsm::test
