// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Files of SoftHSM 2's file store, for those who move to libhsm: a directory for each token, in it token.object and one
/// *.object for each object. Pure functions over bytes, reentrant. All throw hsm::Error.

namespace hsm {

/// Attributes of the token itself, in token.object.
inline constexpr std::uint64_t softhsm_token_label = 0x80005349, softhsm_token_serial = 0x8000534a,
                               softhsm_officer_pin = 0x8000534c, softhsm_user_pin = 0x8000534d;

/// An attribute as stored: the type is PKCS #11's number.
struct SoftHsmAttribute {
    enum class Kind : std::uint8_t { flag = 1, number = 2, bytes = 3, attributes = 4, numbers = 5 };
    std::uint64_t type = 0;
    Kind kind = Kind::bytes;
    std::uint64_t number = 0; ///< of a flag: 0 or 1
    Secret bytes;
    std::vector<std::uint64_t> numbers;
    std::vector<SoftHsmAttribute> attributes;
};

/// The attributes of a file. Throws invalid_data.
[[nodiscard]] HSM_API std::vector<SoftHsmAttribute> read_softhsm_file(ByteView file);

/// The token's key, from softhsm_user_pin or softhsm_officer_pin. Throws passphrase_wrong, invalid_data.
[[nodiscard]] HSM_API Secret open_softhsm_token(ByteView envelope, const Secret& pin);

/// A byte string of a private object in the clear. Throws invalid_data: another token's, or damaged.
[[nodiscard]] HSM_API Secret decrypt_softhsm(const Secret& token_key, ByteView value);

} // namespace hsm
