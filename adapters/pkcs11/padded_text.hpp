// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11.h"

#include <algorithm>
#include <string_view>

/// \file
/// The fixed text fields of PKCS #11: UTF-8, padded with blanks, no zero at the end.

namespace hsm::pkcs11 {

/// Longer text is cut between two characters.
template <std::size_t Size>
void pad(CK_UTF8CHAR (&field)[Size], std::string_view text) noexcept {
    auto size = std::min(text.size(), Size);
    while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    std::fill(std::copy_n(text.begin(), size, field), field + Size, CK_UTF8CHAR{' '});
}

} // namespace hsm::pkcs11
