// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <string_view>

namespace hsm::tools {

/// What -v prints: the program, the versions, and plainly what this is and is not.
std::string version_text(std::string_view program);

} // namespace hsm::tools
