// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/operations.hpp"
#include "support/expect_error.hpp"

#include <string>

/// \file
/// One vector, tried every way: in one piece, a second time on the same kept engine, from a misaligned
/// address, and split into parts. Each function returns what went wrong, or nothing.

namespace hsm::kat {

std::string try_digest(Hash hash, ByteView data, ByteView expected);

/// A deterministic signature or MAC: made, compared, verified; and a changed one refused.
std::string try_mac(const crypto::Key& key, const Mechanism& mechanism, ByteView data, ByteView tag);

/// A signature of which only the validity is known.
std::string try_verify(const crypto::Key& key, const Mechanism& mechanism, ByteView data, ByteView signature,
                       bool valid);

/// Signs and verifies with the other half; the signature itself is not known.
std::string try_sign(const crypto::Key& private_key, const Mechanism& mechanism, ByteView data);

/// Both directions.
std::string try_cipher(const crypto::Key& key, const Mechanism& mechanism, ByteView plaintext,
                       ByteView ciphertext);

std::string try_decrypt(const crypto::Key& key, const Mechanism& mechanism, ByteView plaintext,
                        ByteView ciphertext);

/// Must be refused with invalid_data, in one piece and in parts, and leave no plaintext behind.
std::string try_undecryptable(const crypto::Key& key, const Mechanism& mechanism, ByteView ciphertext);

std::string try_derive(const crypto::Key& key, const Mechanism& mechanism, ByteView expected,
                       const crypto::Key* second = nullptr);

using test::status_of;

} // namespace hsm::kat
