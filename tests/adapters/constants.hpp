// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "adapters/pkcs11/pkcs11_vendor.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

/// \file
/// The names and numbers of PKCS #11 as text: the golden table tests/data/pkcs11/constants.txt.

namespace hsm::test {

using Constants = std::map<std::string, CK_ULONG, std::less<>>;

/// The golden table, read once.
const Constants& golden_constants();
/// What the lines "#define CK..." of a header say; expressions that are not one number are left out.
Constants constants_of_header(const std::string& path);

std::optional<CK_ULONG> constant(std::string_view name);
/// "CKR_OK"; a number that has no name, in hexadecimal.
std::string rv_name(CK_RV rv);
/// The CKM_ name, or the number.
std::string mechanism_name(CK_MECHANISM_TYPE mechanism);

} // namespace hsm::test

/// Checks a result and shows both by name.
#define HSM_CHECK_RV(call, expected) CHECK(hsm::test::rv_name(call) == hsm::test::rv_name(expected))
#define HSM_REQUIRE_RV(call, expected) REQUIRE(hsm::test::rv_name(call) == hsm::test::rv_name(expected))
#define HSM_CHECK_OK(call) HSM_CHECK_RV(call, CKR_OK)
#define HSM_REQUIRE_OK(call) HSM_REQUIRE_RV(call, CKR_OK)
