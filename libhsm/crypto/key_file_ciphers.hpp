// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/mechanism.hpp>
#include <hsm/secret.hpp>

#include <cstdint>

/// \file
/// What key files of other programs are encrypted with. Not for anything that libhsm writes. Reentrant.

namespace hsm::crypto {

enum class FileCipher : std::uint8_t { aes, des3, rc2 };

/// CBC with PKCS #7 padding; the key's size says which AES or triple DES it is, and is the effective size of RC2.
/// Throws invalid_data when it does not come out right: a wrong key, most often.
Secret decrypt_file(FileCipher cipher, ByteView key, ByteView iv, ByteView data);

/// PBKDF2 (RFC 8018) with HMAC of \p hash. Throws invalid_data beyond 10 million iterations.
Secret file_pbkdf2(Hash hash, const Secret& passphrase, ByteView salt, std::uint64_t iterations, std::size_t size);

/// The derivation of RFC 7292 appendix B.2. \p passphrase: UTF-16, the most significant byte first, with two zeros at the
/// end. Throws invalid_data beyond 10 million iterations.
enum class Pkcs12Purpose : std::uint8_t { key = 1, iv = 2, mac = 3 };
Secret pkcs12_derive(Hash hash, Pkcs12Purpose purpose, ByteView passphrase, ByteView salt, std::uint64_t iterations,
                     std::size_t size);

Bytes file_hmac(Hash hash, ByteView key, ByteView data);

/// SHA-256 of salt and passphrase, and of that again, \p rounds times in all.
Secret iterated_sha256(ByteView salt, const Secret& passphrase, std::uint64_t rounds);

} // namespace hsm::crypto
