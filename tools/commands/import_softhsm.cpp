// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "passphrases.hpp"
#include "pkcs11/new_token.hpp"
#include "pkcs11/softhsm_store.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

using pkcs11::SoftHsmObject;
using pkcs11::SoftHsmToken;

/// Where the objects go, and whether it was made for them.
struct Destination {
    pkcs11::Token token;
    bool made = false;
};

Destination open_destination(const pkcs11::Module& module, const pkcs11::TokenChoice& choice, const SoftHsmToken& from,
                             const Secret& user, Passphrases& passphrases) {
    if (choice.given()) return {choice.pick(module), false};
    const auto place = pkcs11::place_for_token(module, choice, from.label);
    const auto officer = passphrases.existing(fmt::format("the officer of SoftHSM token {}", escaped(from.label)));
    (void)open_softhsm_token(from.officer_envelope, officer); // the same PINs as before, or none
    return {pkcs11::initialise_token(module, place, from.label, officer, user), true};
}

std::size_t copy_all(const pkcs11::Module& module, const pkcs11::Token& token, const Secret& user,
                     const std::vector<SoftHsmObject>& objects, bool skip) {
    pkcs11::Session session(module, token, pkcs11::Access::write);
    session.login(CKU_USER, user);
    pkcs11::Creation made(session);
    for (const auto& object : objects) {
        try {
            made.add(object.attributes, escaped(object.text));
        } catch (const Error& error) {
            const bool cannot = error.status() == Status::not_supported || error.status() == Status::invalid_data;
            if (!skip || !cannot) throw;
            remark("warning: left out: {}", escaped(error.what()));
        }
    }
    const auto count = made.count();
    made.keep();
    return count;
}

void report(const pkcs11::Token& token, std::size_t count, std::size_t all, bool json) {
    if (json) {
        auto object = Json::object();
        object.set("token", token.label).set("serial", token.serial).set("objects", count).set("left_out", all - count).print();
        return;
    }
    print("{}: imported {} object{}", pkcs11::token_text(token), count, count == 1 ? "" : "s");
    print("{}\n", count == all ? std::string() : fmt::format(", left out {}", all - count));
}

} // namespace

Exit run_import_softhsm(CommandLine& line) {
    std::optional<std::string> module_file;
    pkcs11::TokenChoice choice;
    std::string directory, from;
    bool skip = false, json = false;
    Passphrases passphrases;
    line.value("--from", "LABEL", from, "label or serial number of the SoftHSM token, where the directory holds several");
    line.flag("--skip-unsupported", skip, "leave out objects that the module cannot have");
    choice.declare(line);
    pkcs11::declare_module_file(line, module_file);
    line.flag("--json", json, "print JSON");
    passphrases.declare(line);
    line.argument("DIRECTORY", directory, "directory of a SoftHSM 2 token, or of its tokens (directories.tokendir)");
    line.text("Makes a token with the label and both PINs of the old one, or, with --token, adds to a token that there is. "
              "The first line of passphrases is the user PIN of the SoftHSM token, the second one its officer's PIN, or "
              "with --token the user PIN of that token. The directory is only read. All objects are imported, or none.");
    line.parse();
    const auto old = pkcs11::find_softhsm_token(directory, from);
    const auto user = passphrases.existing(fmt::format("the user of SoftHSM token {}", escaped(old.label)));
    const auto objects = pkcs11::read_softhsm_objects(old, user);
    const pkcs11::Module module(module_file);
    const auto to = open_destination(module, choice, old, user, passphrases);
    std::size_t count = 0;
    try {
        const auto pin = to.made ? user.clone()
                                 : passphrases.existing(fmt::format("the user of {}", pkcs11::token_text(to.token)));
        count = copy_all(module, to.token, pin, objects, skip);
    } catch (...) {
        if (to.made && to.token.ours()) pkcs11::remove_token(to.token.serial);
        throw;
    }
    report(to.token, count, objects.size(), json);
    return Exit::done;
}

} // namespace hsm::tools
