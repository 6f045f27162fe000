// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11.h"

/// \file
/// Where the function list of 2.40 differs from the later ones.

namespace hsm::pkcs11 {

extern "C" {
CK_RV get_info_2_40(CK_INFO_PTR info);
CK_RV get_mechanism_info_2_40(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info);
}

} // namespace hsm::pkcs11
