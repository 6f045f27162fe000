// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/mechanism.hpp>

#include <optional>

/// \file
/// The encodings of RFC 8017 around the raw RSA operation. Our own, because Botan's take neither a mask
/// generation hash of its own for PSS nor binary labels, and because one raw operation then serves every
/// hash. Reentrant. Decoders run in time that does not depend on where the padding is wrong. Sizes are in
/// bytes; \p size is that of the modulus.

namespace hsm::crypto {

/// EMSA-PKCS1-v1_5 (9.2) of a hash value, or of a ready DigestInfo when \p hash is none. Throws invalid_data
/// when it does not fit, not_supported for a hash without a DigestInfo.
Bytes encode_pkcs1_signature(Hash hash, ByteView value, std::size_t size);

/// EMSA-PSS-ENCODE (9.1.1). \p salt is random; \p modulus_bits - 1 bits are used.
Bytes encode_pss(Hash hash, Hash mgf_hash, ByteView value, ByteView salt, std::size_t modulus_bits);

/// EMSA-PSS-VERIFY (9.1.2); \p encoded is as long as the modulus.
bool verify_pss(Hash hash, Hash mgf_hash, ByteView value, std::size_t salt_size, ByteView encoded,
                std::size_t modulus_bits);

/// EME-PKCS1-v1_5 (7.2.1). Throws invalid_data when the data is longer than size - 11.
Bytes encode_pkcs1_encryption(ByteView data, std::size_t size);
void decode_pkcs1_encryption(ByteView encoded, Bytes& out); ///< throws invalid_data (throw_undecryptable)

/// EME-OAEP (7.1.1). Throws invalid_data when the data is longer than size - 2 - 2 hash.
Bytes encode_oaep(Hash hash, Hash mgf_hash, ByteView label, ByteView data, std::size_t size);
void decode_oaep(Hash hash, Hash mgf_hash, ByteView label, ByteView encoded, Bytes& out); ///< as above

} // namespace hsm::crypto
