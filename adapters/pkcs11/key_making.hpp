// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "sessions.hpp"

/// \file
/// New keys: generated, unwrapped, derived, encapsulated (PKCS #11 3.2, 5.18). Each call checks the template first, makes
/// the key in the module with the ACL that its attributes say, and stores it with one write.

namespace hsm::pkcs11 {

CK_OBJECT_HANDLE generate_key(Session& session, const CK_MECHANISM& mechanism, Attributes given);
/// domain_parameters.cpp: mechanisms of C_GenerateKey that make no key.
bool makes_domain_parameters(CK_MECHANISM_TYPE mechanism) noexcept;
CK_OBJECT_HANDLE generate_domain(Session& session, const CK_MECHANISM& mechanism, Attributes given);
/// Public key, private key.
std::pair<CK_OBJECT_HANDLE, CK_OBJECT_HANDLE> generate_pair(Session& session, const CK_MECHANISM& mechanism, Attributes public_half,
                                                            Attributes private_half);

/// CKR_OK or CKR_BUFFER_TOO_SMALL. \p aad: of C_WrapKeyAuthenticated; none: C_WrapKey.
CK_RV wrap_key(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE kek, CK_OBJECT_HANDLE key, std::optional<ByteView> aad,
               const Output& out);
CK_OBJECT_HANDLE unwrap_key(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE kek, ByteView wrapped, Attributes given,
                            std::optional<ByteView> aad);

CK_OBJECT_HANDLE encapsulate(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, Attributes given, Bytes& ciphertext);
CK_OBJECT_HANDLE decapsulate(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, Attributes given, ByteView ciphertext);
/// Bytes of ciphertext that C_EncapsulateKey gives under this key.
std::size_t ciphertext_size(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key);

/// derivation.cpp. The handle is 0 for mechanisms that give theirs in the parameter.
CK_OBJECT_HANDLE derive_key(Session& session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base, Attributes given);
/// CKM_PKCS5_PBKD2, a derivation that is called a generation.
CK_OBJECT_HANDLE derive_from_password(Session& session, const CK_MECHANISM& mechanism, Attributes given);

/// An object that is to serve as a key here. Throws Fault (\p otherwise).
ObjectPtr key_object(Token& token, CK_OBJECT_HANDLE handle, CK_RV otherwise);

/// A new secret key: \p make gets its specification and ACL. \p type: what it is if the template does not say.
struct SecretKeyRequest {
    Attributes given;
    Origin origin;
    std::optional<CK_KEY_TYPE> type;
    std::size_t natural_size = 0; ///< bytes that come out if the template names no length; 0: it must name one
    ByteView inner_template{};    ///< of the key that makes it
};
template <class Make>
CK_OBJECT_HANDLE new_secret_key(Session& session, SecretKeyRequest request, Make&& make);

/// The template completed, and what the key is to be.
struct PreparedKey {
    Attributes attributes;
    KeySpec spec;
    Usage usage;
};
PreparedKey prepare_secret_key(Session& session, SecretKeyRequest request);
CK_OBJECT_HANDLE finish_secret_key(Session& session, PreparedKey prepared, Key key);

template <class Make>
CK_OBJECT_HANDLE new_secret_key(Session& session, SecretKeyRequest request, Make&& make) {
    auto prepared = prepare_secret_key(session, std::move(request));
    auto key = make(prepared.spec, prepared.usage);
    return finish_secret_key(session, std::move(prepared), std::move(key));
}

} // namespace hsm::pkcs11
