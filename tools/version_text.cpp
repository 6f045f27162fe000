// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "version_text.hpp"

#include <hsm/version.hpp>

#include <fmt/format.h>

namespace hsm::tools {

std::string version_text(std::string_view program) {
    return fmt::format(
        "{} (libhsm) {}, {}\n"
        "A software implementation by the libhsm authors; not a product of, nor endorsed by, any maker of "
        "hardware security modules.",
        program, version(), crypto_version());
}

} // namespace hsm::tools
