// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key_state.hpp"
#include "crypto/operations.hpp"

#include <botan/hash.h>
#include <botan/mac.h>

#include <array>
#include <memory>
#include <vector>

/// \file
/// What a mechanism is made of, inside crypto/: one Scheme a MechanismId, in the table of operations.cpp. The
/// callers have checked that the mechanism has the action and suits the type of the key; schemes check
/// parameters and halves. All of it is reentrant.

namespace hsm::crypto {

using SignFn = void (*)(const KeyState&, const Mechanism&, ByteView data, Bytes& out);
using VerifyFn = bool (*)(const KeyState&, const Mechanism&, ByteView data, ByteView signature);
using CryptFn = void (*)(const KeyState&, const Mechanism&, ByteView in, Bytes& out);
/// The last is the second key, or null.
using DeriveFn = Secret (*)(const KeyState&, const Mechanism&, const KeyState*);
using OpenFn = std::unique_ptr<Stream> (*)(const KeyState*, const Mechanism&, Action);
using BoundFn = std::size_t (*)(const KeyState&, const Mechanism&, Action, std::size_t input);

struct Scheme {
    MechanismId id = MechanismId::none;
    SignFn sign = nullptr;
    VerifyFn verify = nullptr;
    CryptFn encrypt = nullptr;
    CryptFn decrypt = nullptr;
    DeriveFn derive = nullptr;
    OpenFn open = nullptr;
    BoundFn bound = nullptr;
};

// Hash functions without a key (digest.cpp).

/// A hash value of at most 64 bytes, on the stack.
struct HashValue {
    std::array<std::uint8_t, 64> bytes;
    std::size_t size = 0;
    [[nodiscard]] ByteView view() const noexcept { return {bytes.data(), size}; }
};

/// Hash of the pieces one after the other. Throws not_supported for a hash that the library lacks.
HashValue hash_of(Hash hash, std::initializer_list<ByteView> pieces);
/// Botan's name of a hash; throws mechanism_params_invalid for none, not_supported if the library lacks it.
std::string botan_hash(Hash hash);
/// A hash object: the library's, or ours.
std::unique_ptr<Botan::HashFunction> new_hash(Hash hash);
std::unique_ptr<Stream> open_digest(const KeyState*, const Mechanism&, Action);
std::size_t digest_bound(const KeyState&, const Mechanism&, Action, std::size_t);

/// What a signature scheme signs: the data itself, or its hash. Throws invalid_data when prehashed data is
/// not as long as the hash.
HashValue signed_hash(const Mechanism&, ByteView data);
/// True when data goes through Mechanism::hash first.
inline bool hashes_data(const Mechanism& m) noexcept { return m.hash != Hash::none && !m.prehashed; }

// RSA (rsa.cpp).
void rsa_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool rsa_verify(const KeyState&, const Mechanism&, ByteView, ByteView);
void rsa_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void rsa_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::size_t rsa_bound(const KeyState&, const Mechanism&, Action, std::size_t);

// Other signatures (pk_sign.cpp): ECDSA and DSA sign a hash; EdDSA, ML-DSA and SLH-DSA sign the message.
void group_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool group_verify(const KeyState&, const Mechanism&, ByteView, ByteView);
void message_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool message_verify(const KeyState&, const Mechanism&, ByteView, ByteView);
std::unique_ptr<Stream> open_message_signature(const KeyState*, const Mechanism&, Action);
std::size_t signature_bound(const KeyState&, const Mechanism&, Action, std::size_t);
/// EdDSA with a context (eddsa.cpp). Throws mechanism_params_invalid for what EdDSA does not have.
bool eddsa_has_context(const KeyState&, const Mechanism&);
void eddsa_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool eddsa_verify(const KeyState&, const Mechanism&, ByteView, ByteView);
/// The same for the message's hash value, when the mechanism is prehashed.
void eddsa_sign_value(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool eddsa_verify_value(const KeyState&, const Mechanism&, ByteView, ByteView);
std::unique_ptr<Stream> open_eddsa(const KeyState&, const Mechanism&);
/// ML-DSA and SLH-DSA with a context or a pre-hash, and from expanded keys (pq_sign.cpp).
bool pq_needs_outer_layer(const KeyState&, const Mechanism&, bool signs);
void pq_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool pq_verify(const KeyState&, const Mechanism&, ByteView, ByteView);
std::unique_ptr<Stream> open_pq(const KeyState&, const Mechanism&);
/// A stream that hashes and then calls the scheme with a prehashed mechanism (RSA, ECDSA, DSA).
std::unique_ptr<Stream> open_hashed_signature(const KeyState*, const Mechanism&, Action);

// MACs (mac.cpp).
void mac_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool mac_verify(const KeyState&, const Mechanism&, ByteView, ByteView);
std::unique_ptr<Stream> open_mac(const KeyState*, const Mechanism&, Action);
std::size_t mac_bound(const KeyState&, const Mechanism&, Action, std::size_t);
/// HMAC with a key of any length (RFC 2104 2).
std::unique_ptr<Botan::MessageAuthenticationCode> make_hmac(Hash, ByteView key);
/// The PRF of TLS 1.2 (RFC 5246 5): fills \p out.
void tls12_prf(Hash, ByteView secret, std::initializer_list<ByteView> seed, std::span<std::uint8_t> out);
void tls12_mac_sign(const KeyState&, const Mechanism&, ByteView, Bytes&);
bool tls12_mac_verify(const KeyState&, const Mechanism&, ByteView, ByteView);

// Ciphers: modes with Botan's Cipher_Mode (cipher_mode.cpp), raw blocks and key streams (cipher_raw.cpp).
void mode_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void mode_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::unique_ptr<Stream> open_mode(const KeyState*, const Mechanism&, Action);
void ecb_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void ecb_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::unique_ptr<Stream> open_ecb(const KeyState*, const Mechanism&, Action);
void stream_crypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::unique_ptr<Stream> open_stream_cipher(const KeyState*, const Mechanism&, Action);
void cts_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void cts_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::unique_ptr<Stream> open_cts(const KeyState*, const Mechanism&, Action);
void xts_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void xts_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::unique_ptr<Stream> open_xts(const KeyState*, const Mechanism&, Action);
/// A stream that collects the message and calls the function at the end (cts.cpp).
std::unique_ptr<Stream> collecting_cipher(const KeyState&, const Mechanism&, CryptFn);

// Key wrap (key_wrap.cpp).
void key_wrap_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void key_wrap_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void rsa_aes_encrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
void rsa_aes_decrypt(const KeyState&, const Mechanism&, ByteView, Bytes&);
std::size_t key_wrap_bound(const KeyState&, const Mechanism&, Action, std::size_t);
std::size_t cipher_bound(const KeyState&, const Mechanism&, Action, std::size_t);

// Agreement (agree.cpp) and derivation (kdf.cpp, sp800_108.cpp, tls_prf.cpp, derive_bytes.cpp).
Secret agree(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_hkdf(const KeyState&, const Mechanism&, const KeyState* salt);
Secret derive_hkdf_extract(const KeyState&, const Mechanism&, const KeyState* salt);
Secret derive_hkdf_expand(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_sp800_108(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_sp800_56c(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_pbkdf2(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_tls12(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_concatenation(const KeyState&, const Mechanism&, const KeyState* second);
Secret derive_xor(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_bits(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_digest(const KeyState&, const Mechanism&, const KeyState*);
Secret derive_encryption(const KeyState&, const Mechanism&, const KeyState*);

/// Mechanism::length, which a derivation requires: 1 byte to 1 MiB. Throws mechanism_params_invalid.
std::size_t derived_size(const Mechanism&);

/// A Stream of which a class implements what it needs; the rest throws bad_state.
class StreamBase : public Stream {
public:
    void finish(Bytes& out) override;
    bool finish_verify(ByteView signature) override;
    [[nodiscard]] std::unique_ptr<Stream> clone() const override;
};

/// Wraps a stream so that Botan's exceptions are translated and calls after finish are refused.
std::unique_ptr<Stream> guarded(std::unique_ptr<Stream> inner);

/// A Mechanism with its own copies of what the views point to.
class KeptMechanism {
public:
    explicit KeptMechanism(const Mechanism& m);
    KeptMechanism(const KeptMechanism&) = delete;
    KeptMechanism& operator=(const KeptMechanism&) = delete;
    [[nodiscard]] const Mechanism& get() const noexcept { return mechanism_; }

private:
    Mechanism mechanism_;
    Bytes iv_, aad_, label_, context_, segments_;
};

[[noreturn]] void throw_params(std::string message); ///< Status::mechanism_params_invalid

} // namespace hsm::crypto
