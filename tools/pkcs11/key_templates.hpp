// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11/token_session.hpp"

/// \file
/// Keys and certificates from files as objects of PKCS #11.

namespace hsm::tools::pkcs11 {

/// How an imported object is called and what it may do.
struct ObjectNames {
    std::string label;
    Bytes id;
};

struct KeyUse {
    bool extractable = false;
    bool behind_login = true; ///< private keys are private objects; false for tokens that have no login
    std::vector<std::string> actions; ///< words of use_words; empty: what the module takes the type to be good for
};

/// What --allow takes, for the private key; the public key may do the counterpart.
inline constexpr auto use_words = "sign, decrypt, unwrap, derive, decapsulate";
/// Throws invalid_argument for a word that is none.
void check_use(const KeyUse& use);

/// Token objects. \p pkcs8, \p public_info, \p certificate: DER. Throw invalid_data, not_supported.
Template private_key_template(ByteView pkcs8, const ObjectNames& names, const KeyUse& use);
Template public_key_template(ByteView public_info, const ObjectNames& names, const KeyUse& use);
Template certificate_template(ByteView certificate, const ObjectNames& names);

} // namespace hsm::tools::pkcs11
