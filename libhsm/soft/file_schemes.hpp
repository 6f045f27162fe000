// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/der.hpp>
#include <hsm/bytes.hpp>
#include <hsm/mechanism.hpp>
#include <hsm/secret.hpp>

#include <string>

/// \file
/// Encryption under a passphrase as key files name it: an AlgorithmIdentifier that says how. Reentrant.

namespace hsm::soft {

inline constexpr base::der::Tag tag_oid = 0x06, tag_null = 0x05, tag_set = 0x31;

/// A passphrase in the two forms that schemes take.
class FilePassphrase {
public:
    explicit FilePassphrase(const Secret& utf8); ///< throws invalid_data for what is not UTF-8
    [[nodiscard]] const Secret& utf8() const noexcept { return utf8_; }
    [[nodiscard]] ByteView utf16() const noexcept { return utf16_.view(); } ///< with two zeros at the end

private:
    Secret utf8_, utf16_;
};

/// Decrypts what is encrypted as \p algorithm (the contents of an AlgorithmIdentifier) says. A wrong passphrase gives
/// passphrase_wrong or, one time in 256, nonsense. Throws not_supported.
Secret decrypt_by(base::der::Reader algorithm, const FilePassphrase& passphrase, ByteView data);

[[noreturn]] void wrong_file_passphrase();

/// The hash of a DigestInfo, or of an HMAC. Throws not_supported.
Hash hash_of(const std::string& oid);

/// Derives a key as PBES2 and PBMAC1 do. \p size: where the parameters do not say.
Secret pbkdf2_by(base::der::Reader algorithm, const FilePassphrase& passphrase, std::size_t size);

/// The contents of the next OBJECT IDENTIFIER in hexadecimal.
std::string oid_of(base::der::Reader& reader);

} // namespace hsm::soft
