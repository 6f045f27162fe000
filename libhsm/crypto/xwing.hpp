// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

/// \file
/// The X-Wing key encapsulation (draft-connolly-cfrg-xwing-kem-08): ML-KEM-768 and X25519 under a SHA3-256
/// combiner. Sizes: private key 32 (a seed), public key 1216, ciphertext 1120, shared secret 32. Reentrant.
/// Throws invalid_data for wrong sizes and for public values that are not valid.

namespace hsm::crypto {

inline constexpr std::size_t xwing_seed_size = 32;
inline constexpr std::size_t xwing_public_size = 1216;
inline constexpr std::size_t xwing_ciphertext_size = 1120;
inline constexpr std::size_t xwing_randomness_size = 64;

struct XwingResult {
    Bytes ciphertext;
    Secret shared;
};

Bytes xwing_public(const Secret& seed);
/// \p randomness: 64 fresh random bytes (5.4.1, the derandomised form; the vectors give theirs).
XwingResult xwing_encapsulate(ByteView public_key, const Secret& randomness);
Secret xwing_decapsulate(const Secret& seed, ByteView ciphertext);

} // namespace hsm::crypto
