// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "pkcs11/token_session.hpp"
#include "pkcs11/token_choice.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

Exit run_set_pin(CommandLine& line) {
    std::optional<std::string> module_file;
    pkcs11::TokenChoice choice;
    bool officer = false, reset = false;
    Passphrases passphrases;
    line.flag("--officer", officer, "the security officer's PIN instead of the user's");
    line.flag("--reset", reset, "set the user PIN with the security officer's PIN");
    choice.declare(line);
    pkcs11::declare_module_file(line, module_file);
    passphrases.declare(line);
    line.text("The first line of passphrases is the PIN as it is (with --reset: the officer's), the second one the new "
              "PIN.");
    line.parse();
    if (officer && reset) line.refuse("--reset sets the user PIN; leave out --officer");
    const pkcs11::Module module(module_file);
    const auto token = choice.pick(module);
    const auto shown = pkcs11::token_text(token);
    const auto old_one =
        passphrases.existing(fmt::format("the {} of {}", officer || reset ? "officer" : "user", shown));
    const auto new_one = passphrases.fresh_pin(fmt::format("the {} of {}", officer ? "officer" : "user", shown));
    pkcs11::check_pin(token, new_one, "new PIN");
    pkcs11::Session session(module, token, pkcs11::Access::write);
    session.login(officer || reset ? CKU_SO : CKU_USER, old_one);
    if (reset)
        session.set_user_pin(new_one);
    else
        session.change_pin(old_one, new_one);
    print("{}: {} PIN {}\n", shown, officer ? "officer's" : "user", reset ? "set" : "changed");
    return Exit::done;
}

} // namespace hsm::tools
