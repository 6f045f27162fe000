// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Base64 (RFC 4648), PEM (RFC 7468) and just as much of DER as is needed to tell key files apart. Works in
/// Secret, so that nothing of a private key stays behind.

namespace hsm::tools {

/// How bytes go to a file or a screen.
enum class Form { raw, hex, base64 };
Form parse_form(std::string_view word); ///< the words of form_choices
inline constexpr const char* form_choices[] = {"raw", "hex", "base64"};
/// \p bytes in \p form; hexadecimal and base64 end with a newline.
Bytes in_form(ByteView bytes, Form form);

/// \p data between the lines of \p label ("PUBLIC KEY"), base64 in lines of 64.
Secret to_pem(std::string_view label, ByteView data);

struct Pem {
    std::string label;
    Secret data;
};
/// The first PEM block in \p text; nullopt when there is none. Throws invalid_data for a broken one.
std::optional<Pem> from_pem(ByteView text);
/// All of them, in order.
std::vector<Pem> all_pem(ByteView text);

/// What a DER key file holds.
enum class KeyFile { private_key, public_key, encrypted, certificate, unknown };
KeyFile classify_key(ByteView der);

/// What a certificate (RFC 5280) says, as DER; views into it.
struct CertificateParts {
    ByteView serial, issuer, subject, public_info;
};
/// Throws invalid_data.
CertificateParts certificate_parts(ByteView der);
/// The bits of a SubjectPublicKeyInfo, which key identifiers are hashed from. Throws invalid_data.
ByteView public_key_bits(ByteView public_info);

/// Bytes of the subgroup order q in a DSA SubjectPublicKeyInfo. Throws invalid_data.
std::size_t dsa_order_bytes(ByteView public_info);

} // namespace hsm::tools
