// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"

#include <hsm/sync.hpp>

#include <chrono>
#include <memory>

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

/// A public key that much is encrypted to, as pke_encrypt does. The costly part of X-Wing, the encapsulation, is done once for
/// many: they have the KEM ciphertext in common and differ in their salts, which the sealing keys are derived from. It is
/// kept for at most most_uses plaintexts and longest_use, so that the memory of a process opens no more than that.
/// Thread-safe.
class PkeRecipient {
public:
    static constexpr unsigned most_uses = 1000;
    static constexpr std::chrono::seconds longest_use{60};

    PkeRecipient(PkeSuite suite, Bytes public_key) : suite_(suite), public_key_(std::move(public_key)) {}
    Bytes encrypt(const Secret& plaintext, ByteView context) const;

private:
    struct Kept {
        std::shared_ptr<const struct XwingResult> kem;
        unsigned uses = 0;
        std::chrono::steady_clock::time_point since;
    };
    [[nodiscard]] std::shared_ptr<const XwingResult> encapsulation() const;

    PkeSuite suite_;
    Bytes public_key_;
    mutable Sync<Kept> kept_;
};

/// Throws invalid_signature when key, context or bytes are not the same ones.
Secret pke_decrypt(PkeSuite suite, const Secret& private_key, ByteView ciphertext, ByteView context);

} // namespace hsm::crypto
