// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

/// \file
/// The one way to seal bytes (AES-256-GCM with a derived key, a derived nonce and a key commitment).
///
/// From the 32-byte sealing key K, a fresh random salt and the header:
///   okm(76) = SP 800-108 counter mode, HMAC-SHA-256, key K, label, context = salt || SHA-256(header)
///   okm = key(32) || nonce(12) || commitment(32)
/// sealed = commitment(32) || ciphertext || tag(16); associated data = header. The salt is part of the header or stands
/// beside it (the caller stores both). A key so derived is used once, so nonces cannot repeat; the commitment makes
/// the AEAD key-committing. Reentrant.

namespace hsm::crypto {

using Salt = std::array<std::uint8_t, 32>;

/// From the operating system's generator; never from a generator that fork or a snapshot could repeat.
Salt random_salt();

/// HKDF-SHA-256 (RFC 5869) of \p key: a key for one purpose. \p label is a constant such as "blob".
Secret derive_key(const Secret& key, std::string_view label, ByteView context = {}, std::size_t size = 32);

/// Seals \p plaintext. \p header is authenticated, byte for byte as it will be stored.
Bytes seal(const Secret& key, std::string_view label, const Salt& salt, ByteView header, ByteView plaintext);

/// Opens what seal made. Throws invalid_signature when key, label, salt, header or bytes are not the same ones.
Secret unseal(const Secret& key, std::string_view label, const Salt& salt, ByteView header, ByteView sealed);

/// Cost of turning a passphrase into a key.
struct PassphraseCost {
    std::uint32_t memory_kib = 65536;
    std::uint32_t passes = 1;
    std::uint32_t lanes = 1;
};

/// Limits that reading enforces: a hostile card must not cost more than this.
inline constexpr PassphraseCost max_passphrase_cost{1u << 20, 16, 1};
inline constexpr PassphraseCost test_passphrase_cost{1024, 1, 1};

/// Argon2id (RFC 9106), 32 bytes; \p pepper is its secret key input and \p context its associated data. At most
/// 0.1 s at the default cost. Throws invalid_argument when the cost is over max_passphrase_cost.
Secret passphrase_key(const Secret& passphrase, const Salt& salt, const PassphraseCost& cost, const Secret& pepper,
                      ByteView context);

} // namespace hsm::crypto
