// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "files.hpp"
#include "pkcs11/token_session.hpp"
#include "pkcs11/token_choice.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

/// What can be seen without a PIN; -1: nothing can.
std::int64_t public_objects(const pkcs11::Module& module, const pkcs11::Token& token) {
    if (!token.initialised()) return -1;
    try {
        const pkcs11::Session session(module, token, pkcs11::Access::read);
        return static_cast<std::int64_t>(session.find({}).size());
    } catch (const Error&) { // a token that cannot be used is shown all the same
        return -1;
    }
}

std::string pins_text(const pkcs11::Token& token) {
    if (!token.has(CKF_LOGIN_REQUIRED)) return "no login";
    std::string text = token.has(CKF_USER_PIN_INITIALIZED) ? "user PIN set" : "no user PIN yet";
    if (token.has(CKF_USER_PIN_COUNT_LOW)) text += ", wrong user PINs since the last login";
    if (token.has(CKF_USER_PIN_LOCKED)) text += ", user PIN locked";
    if (token.has(CKF_SO_PIN_COUNT_LOW)) text += ", wrong officer's PINs since the last login";
    if (token.has(CKF_SO_PIN_LOCKED)) text += ", officer's PIN locked";
    return text;
}

void show(const pkcs11::Token& token, std::int64_t objects) {
    print("Slot {}\n", token.slot);
    print("  description   {}\n", escaped(token.description));
    if (!token.present) {
        print("  token         absent\n");
        return;
    }
    if (!token.initialised()) {
        print("  token         free; hsm init-token makes one here\n");
        return;
    }
    print("  label         {}\n", escaped(token.label));
    print("  serial        {}\n", escaped(token.serial));
    print("  manufacturer  {}\n", escaped(token.manufacturer));
    print("  model         {}\n", escaped(token.model));
    print("  login         {}\n", pins_text(token));
    if (token.has(CKF_WRITE_PROTECTED)) print("  writing       protected\n");
    if (objects >= 0) print("  objects       {} public\n", objects);
}

} // namespace

Exit run_show_slots(CommandLine& line) {
    std::optional<std::string> module_file;
    pkcs11::TokenChoice choice;
    bool json = false;
    pkcs11::declare_module_file(line, module_file);
    choice.declare(line);
    line.flag("--json", json, "print JSON");
    line.text("Shows what a program sees that uses the module. Private objects are seen after login only.");
    line.parse();
    const pkcs11::Module module(module_file);
    auto list = Json::list();
    bool any = false;
    for (const auto& token : module.tokens()) {
        if (!choice.fits(token)) continue;
        any = true;
        const auto objects = public_objects(module, token);
        if (json)
            list.add(pkcs11::json_of(token, objects));
        else
            show(token, objects);
    }
    if (json) {
        const auto info = module.info();
        auto object = Json::object();
        object.set("module", to_text(module.path())).set("description", pkcs11::unpadded(info.libraryDescription));
        object.set("manufacturer", pkcs11::unpadded(info.manufacturerID));
        object.set("version", fmt::format("{}.{}", info.libraryVersion.major, info.libraryVersion.minor));
        object.set("slots", std::move(list));
        object.print();
    }
    return any ? Exit::done : Exit::no;
}

} // namespace hsm::tools
