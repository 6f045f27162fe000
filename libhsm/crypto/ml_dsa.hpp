// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/key_type.hpp>
#include <hsm/secret.hpp>

/// \file
/// ML-DSA (FIPS 204) below its contexts and pre-hash forms: what Botan does not offer. Signs and verifies a message
/// representative mu, from private keys in their expanded encoding, and expands seeds. Our own: Botan takes neither a
/// context nor a key without its seed. Reentrant; no branch and no index depends on a secret but for the rejections that
/// FIPS 204 has, whose number tells nothing.

namespace hsm::crypto {

inline constexpr std::size_t ml_dsa_seed_size = 32;
inline constexpr std::size_t ml_dsa_mu_size = 64;

/// The expanded private key (sk of FIPS 204) of a seed.
Secret ml_dsa_expand(ParamSet params, ByteView seed);
/// The public key of an expanded private key. Throws invalid_data when its parts contradict each other.
Bytes ml_dsa_public_of(ParamSet params, ByteView expanded);

/// mu = SHAKE256(tr || prefix || message, 64), tr being the hash of the public key.
Bytes ml_dsa_mu(ByteView public_key, ByteView prefix, ByteView message);

/// \p randomness: 32 bytes, zeros for the deterministic variant.
Bytes ml_dsa_sign_mu(ParamSet params, ByteView expanded, ByteView mu, ByteView randomness);
bool ml_dsa_verify_mu(ParamSet params, ByteView public_key, ByteView mu, ByteView signature);

} // namespace hsm::crypto
