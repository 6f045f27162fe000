// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/key_type.hpp>
#include <hsm/secret.hpp>

/// \file
/// Keys as numbers and byte strings, as programs' interfaces have them, to and from the encodings in which a module
/// takes and gives them: SubjectPublicKeyInfo (RFC 5280) and unencrypted PKCS #8 (RFC 5958). Pure functions over
/// bytes, reentrant: no module, no arithmetic. Whether the numbers make a key is found when a module imports it.
///
/// Numbers are unsigned, the most significant byte first. On input zeros in front are ignored and an empty number is one
/// that is not there; on output there are no zeros in front, but for `x` of EC, which is as long as the order.

namespace hsm {

/// A public key. What a type does not use is empty.
///
///     RSA            n, e
///     DSA            p, q, g, y
///     DH             p, g, y; q where it is known (X9.42; a named group has it)
///     EC             y: the point of SEC 1 2.3.3, compressed or not
///     the other types   y: the raw value of RFC 7748, RFC 8032, FIPS 203, 204, 205
struct PublicComponents {
    KeySpec spec; ///< type and, where the type has them, params. bits are set on output only
    Bytes n, e;
    Bytes p, q, g;
    Bytes y;
};

/// A private key. `pub` is the group of DSA and DH (p, q, g), n and e of RSA; its y may be empty on input.
///
///     RSA            pub.n, d; pub.e, p, q, dp, dq, qinv as far as they are known: a module that imports the key
///                    computes what is missing, from n, e, d or from p, q and either of e, d
///     DSA, DH, EC    x: the private value
///     Ed25519, Ed448, X25519, X448   x: the raw private key (the seed of RFC 8032)
///     ML-DSA, ML-KEM seed (xi; d || z), expanded (sk, dk of FIPS 204, 203), or both
///     SLH-DSA        expanded (SK of FIPS 205)
struct PrivateComponents {
    PublicComponents pub;
    Secret d, p, q, dp, dq, qinv;
    Secret x;
    Secret seed, expanded;
};

/// Throws invalid_data for components that are missing or of a wrong length, key_type_mismatch for a secret key's type.
[[nodiscard]] HSM_API Bytes spki_from(const PublicComponents& key);
/// Throws invalid_data; not_supported for a type or parameters that libhsm does not have.
[[nodiscard]] HSM_API PublicComponents components_of_spki(ByteView spki);
[[nodiscard]] HSM_API Secret pkcs8_from(const PrivateComponents& key);
/// pub has what the encoding has: the module knows the rest of the public half.
[[nodiscard]] HSM_API PrivateComponents components_of_pkcs8(ByteView pkcs8);

/// The parameters of an elliptic curve key (EC, Ed25519, Ed448, X25519, X448) as DER, as CKA_EC_PARAMS has them: an
/// OBJECT IDENTIFIER. Throws key_type_mismatch for another type.
[[nodiscard]] HSM_API Bytes ec_parameters(const KeySpec& spec);
/// The inverse. Accepts a PrintableString too ("edwards25519", "edwards448", "curve25519", "curve448" and the names of
/// the parameter sets). Throws invalid_data for what is neither, not_supported for a curve that libhsm does not have.
[[nodiscard]] HSM_API KeySpec spec_of_ec_parameters(ByteView der);

/// The domain parameters of DSA (SEQUENCE p, q, g) or DH (SEQUENCE p, g) in key.p, q, g, as World::generate takes them to
/// make a key in a given group. Throws invalid_data, key_type_mismatch.
[[nodiscard]] HSM_API Bytes domain_parameters(const PublicComponents& key);

/// A DER OCTET STRING around \p content (CKA_EC_POINT), and what is in one. Throws invalid_data.
[[nodiscard]] HSM_API Bytes octet_string(ByteView content);
[[nodiscard]] HSM_API ByteView octet_string_content(ByteView der); ///< a view into \p der

} // namespace hsm
