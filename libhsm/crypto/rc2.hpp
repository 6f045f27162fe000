// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

/// \file
/// RC2 (RFC 2268), decryption alone: older PKCS #12 files have their certificates under it. Reentrant.

namespace hsm::crypto {

/// CBC with PKCS #7 padding; whole blocks of 8. The effective key size is that of \p key. Throws invalid_data.
Secret rc2_decrypt_cbc(ByteView key, ByteView iv, ByteView data);

} // namespace hsm::crypto
