// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11/token_session.hpp"
#include "pkcs11/token_choice.hpp"

/// \file
/// Making tokens.

namespace hsm::tools::pkcs11 {

/// Where a token of this label goes: into the chosen one, or into a free slot. Throws already_exists, not_found.
[[nodiscard]] Token place_for_token(const Module& module, const TokenChoice& choice, const std::string& label);

/// Initialises the token and gives it both PINs. Throws invalid_argument before anything is changed when a PIN or the
/// label has a wrong length; a new token of libhsm's that cannot get its user PIN is removed again.
Token initialise_token(const Module& module, const Token& place, const std::string& label, const Secret& officer,
                       const Secret& user);

} // namespace hsm::tools::pkcs11
