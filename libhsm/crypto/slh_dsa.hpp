// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/key_type.hpp>
#include <hsm/secret.hpp>

/// \file
/// SLH-DSA (FIPS 205) below its contexts and pre-hash forms, which Botan does not offer: signs and verifies prefix ||
/// message. Reentrant. Slower than Botan's; used for the forms that Botan lacks.

namespace hsm::crypto {

/// \p expanded: SK.seed || SK.prf || PK.seed || PK.root. \p randomness: n bytes, or empty for the deterministic variant.
Bytes slh_dsa_sign(ParamSet params, ByteView expanded, ByteView prefix, ByteView message, ByteView randomness);
bool slh_dsa_verify(ParamSet params, ByteView public_key, ByteView prefix, ByteView message, ByteView signature);

/// The parameter n: a quarter of the private key.
std::size_t slh_dsa_n(ParamSet params);

} // namespace hsm::crypto
