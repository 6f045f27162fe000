// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"

#include <hsm/mechanism.hpp>

#include <memory>
#include <span>

/// \file
/// Operations with keys. Reentrant; safe from many threads on one Key. None of them looks at an ACL: the module
/// calls them with a Permit in hand. `out` is replaced; its capacity is reused, so that a caller who keeps it pays
/// no allocation. Errors: mechanism_invalid, mechanism_params_invalid, key_type_mismatch, invalid_data, not_supported.
/// Decryption that fails (padding, tag) throws invalid_data with one and the same message for every cause.

namespace hsm::crypto {

void sign(const Key& key, const Mechanism& mechanism, ByteView data, Bytes& out);
[[nodiscard]] bool verify(const Key& key, const Mechanism& mechanism, ByteView data, ByteView signature);
void encrypt(const Key& key, const Mechanism& mechanism, ByteView plaintext, Bytes& out);
void decrypt(const Key& key, const Mechanism& mechanism, ByteView ciphertext, Bytes& out);

/// Upper bound of the size of the result of an operation on \p input bytes, without doing it.
[[nodiscard]] std::size_t output_bound(const Key& key, const Mechanism& mechanism, Action action, std::size_t input);

/// Key material under a key (wrap: any mechanism that encrypts; key_wrap and key_wrap_pad). \p fill: ECB and CBC, which take
/// whole blocks only, fill the last one up with zeros (PKCS #11 3.2, 6.10.3).
Bytes wrap(const Key& kek, const Mechanism& mechanism, ByteView material, bool fill = false);
/// \p size: bytes of the material, where known: what wrap() filled up with is taken off. 0: nothing is.
Secret unwrap(const Key& kek, const Mechanism& mechanism, ByteView wrapped, std::size_t size = 0);
/// Bytes that wrap() with \p fill gives for so many bytes of material; without doing it.
[[nodiscard]] std::size_t wrapped_size(const Key& kek, const Mechanism& mechanism, std::size_t material);
/// Three bytes of a block of zeros under a block cipher's key, or of the SHA-1 of another secret (PKCS #11 3.2, 4.11).
/// Throws key_type_mismatch for keys that are not secret keys.
[[nodiscard]] Bytes check_value(const Key& key);

/// Agreement and derivation; the result is a shared secret or keying material.
/// \p second: the key that Mechanism::second names, for the mechanisms that take one.
Secret derive(const Key& base, const Mechanism& mechanism, const Key* second = nullptr);

struct Encapsulated {
    Bytes ciphertext;
    Secret shared;
};
Encapsulated encapsulate(const Key& public_key, const Mechanism& mechanism);
Secret decapsulate(const Key& private_key, const Mechanism& mechanism, ByteView ciphertext);

/// One-shot hash without a key.
void digest(Hash hash, ByteView data, Bytes& out);
Hash256 sha256(ByteView data);

/// An operation in several parts. Thread-bound. Holds its own copy of the mechanism's parameters and its own engine;
/// the Key must outlive it.
class Stream {
public:
    virtual ~Stream() = default;
    /// Feeds data; encryption and decryption append what is ready to \p out. Decryption under an AEAD gives nothing
    /// before finish.
    virtual void update(ByteView data, Bytes& out) = 0;
    /// Ends the operation: the signature, MAC, digest, last block or tag is appended to \p out.
    virtual void finish(Bytes& out) = 0;
    /// Ends a verification.
    virtual bool finish_verify(ByteView signature) = 0;
    /// A copy in the same state, for digests (C_GetOperationState); not_supported otherwise.
    virtual std::unique_ptr<Stream> clone() const = 0;
};

/// \p key may be null for MechanismId::digest only.
std::unique_ptr<Stream> open_stream(const Key* key, const Mechanism& mechanism, Action action);

} // namespace hsm::crypto
