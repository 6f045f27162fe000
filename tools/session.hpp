// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "ceremony.hpp"

#include <hsm/client.hpp>
#include <hsm/world.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// \file
/// What most commands begin with: the service, the module, the world, the key.

namespace hsm::tools {

/// Opens the service. A module with a start passphrase gets it from the file that
/// LIBHSM_START_PASSPHRASE_FILE names, or from the person at the terminal.
Client open_client();

/// The option -m.
void declare_module(CommandLine& line, std::uint32_t& module);

/// Throws wrong_module_state, and says how to get there, unless the module is in pre-initialisation.
void need_pre_initialisation(const ModuleFacts& module);

/// Numbers of the modules that are usable in the world, in order.
std::vector<std::uint32_t> usable_modules(const Client& client, const World& world);

/// The stored key that "app/ident", "ident" or a key's name means. Throws not_found; invalid_argument if
/// ambiguous.
KeyFacts find_key(const World& world, const std::string& which);
inline constexpr auto key_help = "the key: APP/IDENT, IDENT, or the key's name";

/// "app/ident", as printed.
std::string key_text(const KeyFacts& facts);
/// "module", "cardset NAME", "softcard NAME"; the hash where there is no such record.
std::string protection_text(const World& world, const KeyFacts& facts);
/// "SHA-256" style names of what a key is: "RSA-3072", "P-256", ...
std::string type_text(const KeyFacts& facts);

/// Loads the protector that a new key shall be under. At most one of the two names is not empty; both empty:
/// module.
Protector load_protector(Client& client, World& world, std::uint32_t module, const std::string& card_set,
                         const std::string& softcard, Ceremony& ceremony);

/// Where a key's record lies.
std::string record_path(const Client& client, std::string_view app, std::string_view ident);

} // namespace hsm::tools
