// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "template.hpp"

#include <string>
#include <string_view>

/// \file
/// What the files of test vectors call things, and the numbers of PKCS #11 for them. Functions return null,
/// or nothing, for what the interface has no number for; the caller counts that as not applicable.

namespace hsm::test {

inline constexpr CK_ULONG no_number = CK_UNAVAILABLE_INFORMATION;

/// The mechanisms of a hash; no_number where the standard has none.
struct HashNames {
    std::string_view name; ///< "SHA-512/256", "SHA3-256"
    CK_MECHANISM_TYPE digest, hmac, hmac_general, derivation, rsa, pss, ecdsa, dsa;
    CK_ULONG mgf;    ///< CKG_
    CK_ULONG x963;   ///< CKD_, X9.63
    CK_ULONG sp800;  ///< CKD_, SP 800-56A
    CK_ULONG pbkdf2; ///< CKP_
};
/// By any spelling: "SHA-3(256)", "SHA3-256", "SHA-160", "SHA-512-256", "sha512_256" ...
const HashNames* hash_named(std::string_view name);

/// What stands in the innermost brackets: "PBKDF2(HMAC(SHA-1))" gives "SHA-1"; the text itself if there are
/// none.
std::string_view innermost(std::string_view text);

/// How a cipher takes its initialisation vector.
enum class Iv { none, bytes, counter, chacha20 };

struct CipherNames {
    std::string_view cipher; ///< "AES", "DES", "3DES", or a whole name
    std::string_view mode;   ///< as behind the slash, "" for the block cipher alone, "CTR", "OFB"
    CK_MECHANISM_TYPE mechanism;
    Iv iv;
};
/// \p cipher as the files have it: "AES-128", "TripleDES".
const CipherNames* cipher_named(std::string_view cipher, std::string_view mode);
/// CKK_ for a cipher and the bytes of a key; no_number if it has no such keys.
CK_KEY_TYPE cipher_key_type(std::string_view cipher, std::size_t bytes);

struct Curve {
    std::string_view name; ///< "secp256r1", "brainpoolP256r1"
    std::string_view oid;  ///< CKA_EC_PARAMS, in hexadecimal
    std::size_t bytes;     ///< of a coordinate
};
const Curve* curve_named(std::string_view name); ///< "brainpool256r1" too

/// "ML-DSA-44", "ML-DSA-4x4", "ML-KEM-512", "SLH-DSA-SHA2-128s"; no_number if there is none.
CK_ULONG parameter_set_named(std::string_view name);

} // namespace hsm::test
