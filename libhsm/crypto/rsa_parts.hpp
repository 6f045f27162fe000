// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <botan/pk_keys.h>

#include <memory>

/// \file
/// RSA private keys of which a program has only some numbers.

namespace hsm::crypto {

/// The key in an RSAPrivateKey (RFC 8017 A.1.2) with zeros for what is not known, completed; null when nothing is missing.
/// Enough are n, e and d; or p and q with e or d. Throws invalid_data. Reentrant.
std::unique_ptr<Botan::Private_Key> complete_rsa(ByteView rsa_private_key);

} // namespace hsm::crypto
