// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/key_type.hpp>
#include <hsm/secret.hpp>

#include <cstdint>
#include <memory>

/// \file
/// A key with its material: the only place besides module/ where key bytes live. Immutable once made.

namespace hsm::crypto {

class KeyState; // the Botan objects and the kept engines; private to crypto/

/// A secret, private or public key. Thread-safe: any number of threads operate on one Key at once; each operation
/// claims a kept engine of this key (bounded in number) and gives it back. Destroying the Key zeroes the material and
/// every engine; the caller guarantees that no operation is running then.
class Key {
public:
    explicit Key(std::unique_ptr<KeyState> state);
    ~Key();
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;

    [[nodiscard]] const KeySpec& spec() const noexcept;
    [[nodiscard]] KeyHalf half() const noexcept;
    /// SHA-256 over a domain-separated encoding of type and public half (asymmetric), or of type and an HMAC of the
    /// material under a constant (symmetric): equal for the private and the public half of a pair. The key's identity.
    [[nodiscard]] const Hash256& id() const noexcept;
    /// Engines kept at the moment; drop_engines frees those not in use and returns how many it freed.
    [[nodiscard]] std::size_t kept_engines() const noexcept;
    std::size_t drop_engines() noexcept;

    [[nodiscard]] KeyState& state() const noexcept { return *state_; }

private:
    std::unique_ptr<KeyState> state_;
};

using KeyPtr = std::unique_ptr<Key>;

/// Makes a new secret or private key. Asymmetric keys pass a pairwise consistency test before they are returned
/// (\p pairwise_test; the caller may skip it for throw-away keys). \p domain: the group of a DSA or DH key, DER of p, q, g
/// or p, g; empty: by spec. Throws key_size_range, not_supported.
KeyPtr generate(const KeySpec& spec, bool pairwise_test = true, ByteView domain = {});

/// A group that keys can be made in.
struct Group {
    Bytes p, q, g;
    Bytes seed; ///< DSA: what p and q were made from (FIPS 186-4 A.1.1.2)
};
/// A new group. DSA: \p bits of p and \p q_bits of q as FIPS 186-4 4.2 has them; DH: a safe prime p, which takes seconds to
/// minutes, and q = (p - 1) / 2. Throws key_size_range, invalid_argument (another type).
Group generate_group(KeyType type, std::uint32_t bits, std::uint32_t q_bits);

/// Takes a secret key (raw bytes; the size decides AES-128/192/256 and so on).
KeyPtr import_secret(KeyType type, ByteView raw);
/// Takes an unencrypted PKCS #8 PrivateKeyInfo (RFC 5958). RSA keys may lack parts, which are zero then: n, e and d do,
/// or p, q and one of e, d. Throws invalid_data.
KeyPtr import_private(ByteView pkcs8);
/// Takes a SubjectPublicKeyInfo. Throws invalid_data.
KeyPtr import_public(ByteView spki);
/// Key::id() of the key whose public_info() this is, without making it ready. Nothing is checked.
Hash256 id_of_public(KeyType type, ByteView spki);
/// The public half of a private key (a copy for a public one); throws key_type_mismatch for a secret key.
KeyPtr public_half(const Key& key);

/// What import_secret / import_private / import_public take back. For the inside of blobs and for export_plain.
Secret material(const Key& key);
/// The same for a program: ML-DSA and ML-KEM with seed and expanded key, as far as they are known.
Secret export_material(const Key& key);
/// SubjectPublicKeyInfo; empty for a secret key.
Bytes public_info(const Key& key);
/// Rebuilds a key from material() of the same half. Throws invalid_data.
KeyPtr restore(const KeySpec& spec, KeyHalf half, ByteView material);

} // namespace hsm::crypto
