// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11/token_session.hpp"

#include <hsm/softhsm.hpp>

/// \file
/// Tokens in directories of SoftHSM 2 (its file store), read only.

namespace hsm::tools::pkcs11 {

struct SoftHsmToken {
    std::filesystem::path directory;
    std::string label, serial;
    Bytes user_envelope, officer_envelope;
};

struct SoftHsmObject {
    std::string text; ///< as messages name it: "the private key r (id 01)"
    Template attributes;
};

/// The token in \p directory or in one of the directories in it. \p which: its label or serial number; empty: the only one.
/// Throws not_found, not_supported (SoftHSM's database), invalid_argument if several fit.
SoftHsmToken find_softhsm_token(const std::string& directory, const std::string& which);

/// All objects, as they are to be created in another token. Throws passphrase_wrong, invalid_data. What a token decides
/// itself is left out: where a key comes from, that it was always sensitive, its check value.
std::vector<SoftHsmObject> read_softhsm_objects(const SoftHsmToken& token, const Secret& user_pin);

} // namespace hsm::tools::pkcs11
