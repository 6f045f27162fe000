// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

#include <string>
#include <vector>

/// \file
/// Keys in files under a passphrase, opened in this process: what programs import keys from. Pure functions over bytes,
/// reentrant: no module, nothing kept. Passphrases are UTF-8. Each throws hsm::Error: invalid_data for what is no such
/// file or is damaged, passphrase_wrong, not_supported for a cipher or hash that libhsm does not have.

namespace hsm {

/// Opens an EncryptedPrivateKeyInfo (RFC 5958) and returns the PKCS #8 PrivateKeyInfo in it: PBES2 (RFC 8018) with
/// PBKDF2, HMAC of SHA-1 or SHA-2 and AES-CBC or triple DES, and the schemes of RFC 7292 appendix C with triple DES or RC2.
[[nodiscard]] HSM_API Secret decrypt_pkcs8(ByteView encrypted, const Secret& passphrase);

/// The SubjectPublicKeyInfo that belongs to an unencrypted PKCS #8 private key. Throws invalid_data, not_supported.
[[nodiscard]] HSM_API Bytes public_info_of(ByteView pkcs8);

/// A private key in a PKCS #12 file.
struct FileKey {
    Secret pkcs8;
    std::string name; ///< friendlyName in UTF-8; empty: none
    Bytes id;         ///< localKeyId: the certificate of the key has the same; empty: none
};

/// A certificate in a PKCS #12 file.
struct FileCertificate {
    Bytes der;
    std::string name;
    Bytes id;
};

struct Pkcs12Contents {
    std::vector<FileKey> keys;
    std::vector<FileCertificate> certificates;
};

/// Whether \p file looks like PKCS #12 (a PFX of version 3). No more than a glance.
[[nodiscard]] HSM_API bool is_pkcs12(ByteView file) noexcept;

/// Reads a PKCS #12 file (RFC 7292) in password integrity and privacy mode, after checking its MAC. Bags of other kinds
/// (revocation lists, secrets) are passed over.
[[nodiscard]] HSM_API Pkcs12Contents read_pkcs12(ByteView file, const Secret& passphrase);

} // namespace hsm
