// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/abi/log.hpp>

#include <base/log.hpp>

namespace hsm::abi {

void warn(std::string_view line) noexcept { base::log::warning("{}", line); }

} // namespace hsm::abi
