// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/abi/process.hpp>

#include <base/fork_guard.hpp>

namespace hsm::abi {

std::uint64_t process_generation() noexcept { return base::fork_generation(); }

} // namespace hsm::abi
