// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

/// \file
/// The version of the headers; hsm::version() is that of the library.

#include <hsm/error.hpp>

#include <string_view>

#define HSM_VERSION_MAJOR 0
#define HSM_VERSION_MINOR 1
#define HSM_VERSION_PATCH 0
#define HSM_VERSION_STRING "0.1.0"

namespace hsm {

HSM_API std::string_view version() noexcept;        ///< "0.1.0"
HSM_API std::string_view crypto_version() noexcept; ///< "Botan 3.13.0"

} // namespace hsm
