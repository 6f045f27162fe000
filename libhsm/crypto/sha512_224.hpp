// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <botan/hash.h>
#include <botan/mac.h>

#include <memory>

/// \file
/// SHA-512/224 (FIPS 180-4 5.3.6.1), which Botan lacks, and HMAC over it (Botan's takes only hash functions of its own).

namespace hsm::crypto {

std::unique_ptr<Botan::HashFunction> make_sha512_224();
std::unique_ptr<Botan::MessageAuthenticationCode> make_hmac_sha512_224();

} // namespace hsm::crypto
