// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "key_making.hpp"

/// \file
/// The parameters of mechanisms that derive, as the core takes them.

namespace hsm::pkcs11 {

/// A derivation ready to run.
struct Derivation {
    BoundMechanism mechanism;
    std::size_t natural_size = 0; ///< bytes of the result when the template names no length
    std::vector<ObjectPtr> more;  ///< further keys that take part: their secrecy is inherited too
    CK_DERIVED_KEY* additional = nullptr; ///< SP 800-108: more keys from the same output
    CK_ULONG additional_count = 0;
    CK_SSL3_KEY_MAT_OUT* key_material = nullptr; ///< TLS: where the keys of the key block go
    CK_ULONG mac_size = 0, key_size = 0, iv_size = 0; ///< TLS, bytes
    CK_VERSION* version = nullptr; ///< TLS: of the premaster secret
};

/// Throws Fault: CKR_MECHANISM_PARAM_INVALID, CKR_KEY_HANDLE_INVALID.
Derivation bind_derivation(Token& token, const CK_MECHANISM& mechanism, const Object& base);

/// CK_PKCS5_PBKD2_PARAMS2 (or the older structure).
struct PasswordDerivation {
    BoundMechanism mechanism;
    Secret password;
};
PasswordDerivation bind_password_derivation(const CK_MECHANISM& mechanism);

} // namespace hsm::pkcs11
