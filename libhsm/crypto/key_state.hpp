// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/engines.hpp"
#include "crypto/key.hpp"

#include <botan/dl_group.h>
#include <botan/pk_keys.h>
#include <botan/version.h>

#include <memory>
#include <string>

/// \file
/// What a Key holds: Botan's key objects or the secret bytes, and the kept engines. Private to crypto/.

namespace hsm::crypto {

/// Immutable once made, but for the engines, which are thread-safe. Owns everything it points to.
class KeyState {
public:
    KeySpec spec;
    KeyHalf half = KeyHalf::secret;
    Hash256 id{};
    Secret raw; ///< secret keys; ML-DSA keys without their seed: the expanded key
    std::string cipher;                              ///< block ciphers: Botan's name, "AES-256"
    std::unique_ptr<Botan::Private_Key> private_key; ///< private keys, but for those ML-DSA keys
    std::unique_ptr<Botan::Public_Key> public_key;   ///< private and public keys
    mutable EngineSlots engines;
};

/// Botan before 3.11 gives invalid ML-DSA and ML-KEM results when threads share a key object: then each
/// engine gets a copy of its own.
#if BOTAN_VERSION_CODE < BOTAN_VERSION_CODE_FOR(3, 11, 0)
inline constexpr bool lattice_keys_are_shared = false;
#else
inline constexpr bool lattice_keys_are_shared = true;
#endif

/// The private key for an engine: the shared object, or a copy put into \p own where sharing is not safe.
const Botan::Private_Key& private_key_for_engine(const KeyState& key,
                                                 std::unique_ptr<Botan::Private_Key>& own);
const Botan::Public_Key& public_key_for_engine(const KeyState& key, std::unique_ptr<Botan::Public_Key>& own);

/// The private or secret half is needed: throws key_type_mismatch for a public key.
void require_private(const KeyState& key);

/// PKCS #8 and SubjectPublicKeyInfo as others read them: seed form for ML-DSA and ML-KEM (RFC 9881, RFC
/// 9935), the expanded form where there is no seed, both when \p expanded; PKCS #3 parameters for DH groups whose q is
/// not known, else X9.42.
Secret encode_private(const KeyState& key, bool expanded = false);
Secret encode_private(const Botan::Private_Key& key, KeyType type);
/// A group that the caller gives, checked: DER of p, q, g (DSA) or p, g (DH).
Botan::DL_Group group_of(KeyType type, ByteView der);
Bytes encode_public(const Botan::Public_Key& key);
/// Throws invalid_data, not_supported, key_size_range. \p check runs the library's consistency checks.
std::unique_ptr<KeyState> decode_private(ByteView pkcs8, bool check);
std::unique_ptr<KeyState> decode_public(ByteView spki, bool check);
std::unique_ptr<KeyState> secret_state(KeyType type, ByteView raw);

/// Fills spec from the Botan object. Throws not_supported for a curve or group without a row where one is
/// needed.
KeySpec spec_of(const Botan::Public_Key& key);
/// Takes over a private key: sets spec, public half and identity.
std::unique_ptr<KeyState> private_state(std::unique_ptr<Botan::Private_Key> key);
std::unique_ptr<KeyState> public_state(std::unique_ptr<Botan::Public_Key> key);

} // namespace hsm::crypto
