// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"

/// \file
/// Public-key encryption of a short secret (up to 128 bytes) for the world's recovery and passphrase keys, by cipher
/// suite: X25519 + ML-KEM-768 (an X-Wing combiner, draft-connolly-cfrg-xwing-kem) or RSA-3072-OAEP-SHA-256.
/// Reentrant.

namespace hsm::crypto {

enum class PkeSuite : std::uint8_t { xwing = 1, rsa3072_oaep_sha256 = 2 };

struct PkeKeyPair {
    Secret private_key; ///< suite-specific encoding, for sealing into a blob
    Bytes public_key;
};

PkeKeyPair pke_generate(PkeSuite suite);
/// \p context is bound to the ciphertext (as associated data or OAEP label).
Bytes pke_encrypt(PkeSuite suite, ByteView public_key, const Secret& plaintext, ByteView context);
/// Throws invalid_signature when key, context or bytes are not the same ones.
Secret pke_decrypt(PkeSuite suite, const Secret& private_key, ByteView ciphertext, ByteView context);

} // namespace hsm::crypto
