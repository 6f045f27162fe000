// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

/// \file
/// A small number for each thread, to spread threads over the stripes of a structure.

namespace hsm::base {

/// 0 for the first thread that asks, then 1, 2, ...; constant in a thread and never given to another one, so
/// use it modulo the number of stripes. Plain data: it has no destructor and does not keep the library
/// loaded. Reentrant.
std::uint32_t thread_index() noexcept;

} // namespace hsm::base
