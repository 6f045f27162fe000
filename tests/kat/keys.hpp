// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"

#include <hsm/mechanism.hpp>

#include <optional>
#include <string>

/// \file
/// Keys from the numbers and names that vectors give. Numbers are text, decimal or with 0x. Functions that
/// return a pointer return null for what libhsm does not have (a curve, a size), which the caller counts as
/// not applicable.

namespace hsm::kat {

std::optional<Hash> hash_named(std::string_view name); ///< "SHA-256", "SHA-3(256)", "SHA3-256", "SHA-512-256"
std::optional<ParamSet> curve_named(std::string_view name);

crypto::KeyPtr secret_key(KeyType type, ByteView raw); ///< null for a size that the type does not have
/// AES by name "AES-128", "DES", "TripleDES"; null for other ciphers.
crypto::KeyPtr cipher_key(std::string_view cipher, ByteView raw);

crypto::KeyPtr rsa_private(const std::string& p, const std::string& q, const std::string& e);
crypto::KeyPtr rsa_public(const std::string& n, const std::string& e);
crypto::KeyPtr dsa_private(const std::string& p, const std::string& q, const std::string& g,
                           const std::string& x);
crypto::KeyPtr dsa_public(const std::string& p, const std::string& q, const std::string& g,
                          const std::string& y);
crypto::KeyPtr dh_private(const std::string& p, const std::string& q, const std::string& g,
                          const std::string& x);
crypto::KeyPtr ec_private(ParamSet curve, const std::string& x);
crypto::KeyPtr ec_public(ParamSet curve, const std::string& x, const std::string& y);
/// Ed25519, Ed448, X25519, X448, ML-DSA, ML-KEM (seed), SLH-DSA: the raw bytes of the private or public key.
crypto::KeyPtr raw_private(const KeySpec& spec, ByteView raw);
crypto::KeyPtr raw_public(const KeySpec& spec, ByteView raw);
/// ML-DSA, ML-KEM: an expanded private key without its seed.
crypto::KeyPtr expanded_private(const KeySpec& spec, ByteView raw);

/// The public value in big-endian bytes, for DH.
Bytes number_bytes(const std::string& number);
/// The raw public value of a key (point, y).
Bytes public_value(const crypto::Key& key);

} // namespace hsm::kat
