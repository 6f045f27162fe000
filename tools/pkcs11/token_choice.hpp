// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "json.hpp"
#include "pkcs11/module.hpp"

#include <hsm/secret.hpp>

/// \file
/// Which token of a PKCS #11 module a command is about.

namespace hsm::tools::pkcs11 {

/// The options --token, --serial and --slot.
struct TokenChoice {
    std::string label, serial;
    std::optional<std::uint64_t> slot;

    void declare(CommandLine& line);
    [[nodiscard]] bool given() const noexcept { return !label.empty() || !serial.empty() || slot; }
    [[nodiscard]] bool fits(const Token& token) const;
    /// The initialised token that is meant; the only one there is, when nothing was said. Throws not_found;
    /// invalid_argument if several fit.
    [[nodiscard]] Token pick(const Module& module) const;
};

/// Throws invalid_argument for a PIN that the token cannot have.
void check_pin(const Token& token, const Secret& pin, std::string_view whose);

/// What --json prints of a slot; \p objects: public ones, -1 when they were not counted.
Json json_of(const Token& token, std::int64_t objects);

/// Deletes a token of libhsm's own, by its serial number, with its objects. Throws not_found.
void remove_token(const std::string& serial);

} // namespace hsm::tools::pkcs11
