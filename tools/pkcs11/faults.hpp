// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <adapters/pkcs11/pkcs11.h>

#include <string_view>

/// \file
/// What a PKCS #11 module answers, as an hsm::Error: the exit codes are the same whatever module is used.

namespace hsm::tools::pkcs11 {

/// Throws unless \p code is CKR_OK: "cannot <action>: <why>".
void check(CK_RV code, std::string_view action);

} // namespace hsm::tools::pkcs11
