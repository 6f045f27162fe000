// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "passphrases.hpp"

#include <hsm/key_files.hpp>

/// \file
/// What files hold that can be imported into a token: PEM with one or several blocks, DER, PKCS #12.

namespace hsm::tools::pkcs11 {

struct FileContents {
    std::vector<FileKey> keys;
    std::vector<FileCertificate> certificates;
    std::vector<Bytes> public_keys; ///< SubjectPublicKeyInfo
};

/// Asks for the file's passphrase when it is encrypted. Throws invalid_data when nothing is in it that can be imported.
FileContents read_objects(const std::string& name, Passphrases& passphrases);

} // namespace hsm::tools::pkcs11
