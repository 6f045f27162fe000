// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <cstdint>

/// \file
/// For front ends with a C interface: telling a forked child from its parent.

namespace hsm::abi {

/// A number that differs in every forked child. One load, no system call; thread-safe. On Windows it is constant.
HSM_API std::uint64_t process_generation() noexcept;

} // namespace hsm::abi
