// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "pkcs11/new_token.hpp"
#include "session.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

namespace hsm::tools {

Exit run_init_token(CommandLine& line) {
    std::optional<std::string> module_file;
    pkcs11::TokenChoice choice;
    std::string label;
    bool json = false;
    Ceremony ceremony;
    line.value("-l,--label", "LABEL", label, "the token's new label, at most 32 bytes");
    pkcs11::declare_module_file(line, module_file);
    line.flag("--json", json, "print JSON");
    line.group("To initialise a token again: all its objects are lost");
    choice.declare(line);
    line.group("Options");
    ceremony.declare(line);
    line.text("The first line of passphrases is the security officer's PIN, the second one the user's. Initialising a "
              "token again needs the officer's PIN that it has. Where there is no world yet, a token of libhsm's makes "
              "one, as quickstart does.");
    line.parse();
    if (label.empty() && choice.label.empty()) line.refuse("the label of the token is missing; give it with --label");
    if (label.empty()) label = choice.label;

    const pkcs11::Module module(module_file);
    const auto place = pkcs11::place_for_token(module, choice, label);
    if (place.initialised())
        ceremony.confirm(fmt::format("All objects of {} will be lost.", pkcs11::token_text(place)));
    const auto shown = escaped(label);
    const auto officer = place.initialised()
                             ? ceremony.passphrases().existing(fmt::format("the officer of token {}", shown))
                             : ceremony.passphrases().fresh_pin(fmt::format("the officer of token {}", shown));
    const auto user = ceremony.passphrases().fresh_pin(fmt::format("the user of token {}", shown));
    const auto made = pkcs11::initialise_token(module, place, label, officer, user);
    if (json)
        pkcs11::json_of(made, -1).print();
    else
        print("Token {} initialised: serial {}, slot {}\n", escaped(made.label), escaped(made.serial), made.slot);
    return Exit::done;
}

} // namespace hsm::tools
