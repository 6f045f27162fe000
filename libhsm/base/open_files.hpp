// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/// \file
/// What the system does with a name whose file somebody has open.

namespace hsm::base {

/// Whether another file can be renamed over one that is open, here or in another process.
#if defined(_WIN32)
inline constexpr bool is_open_file_replaceable = false;
#else
inline constexpr bool is_open_file_replaceable = true;
#endif

} // namespace hsm::base
