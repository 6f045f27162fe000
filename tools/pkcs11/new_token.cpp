// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/new_token.hpp"

#include "console.hpp"
#include "files.hpp"
#include "pkcs11/faults.hpp"
#include "session.hpp"
#include "system.hpp"

#include <hsm/token.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools::pkcs11 {

namespace {

using Label = std::array<CK_UTF8CHAR, 32>;

Label padded(const std::string& label) {
    Label field;
    if (label.empty() || label.size() > field.size())
        throw Error(Status::invalid_argument, "a label has 1 to 32 bytes; choose another one");
    field.fill(' ');
    std::copy(label.begin(), label.end(), field.begin());
    return field;
}

/// The token that was made: modules may move it into another slot.
Token find_made(const Module& module, const std::vector<Token>& before, const Token& place, const std::string& label) {
    const auto known = [&](const Token& token) {
        return std::ranges::any_of(before, [&](const Token& old) { return old.initialised() && old.serial == token.serial; });
    };
    for (const auto& token : module.tokens()) {
        if (!token.initialised() || token.label != label) continue;
        if (place.initialised() ? token.serial == place.serial || token.slot == place.slot : !known(token)) return token;
    }
    throw Error(Status::not_found, "the module does not show the token that it has made; hsm show-slots lists them");
}

/// The module would make a world too, but can only say in a number what stands in the way.
void ensure_world() {
    auto client = open_client();
    if (client.has_world()) return;
    const bool test_parameters = system::environment("LIBHSM_TEST_PARAMETERS").value_or("0") == "1";
    const auto made = quickstart(client, test_parameters);
    if (!made.admin_card.empty())
        remark("warning: made a world; its administrator card is the file {}: move it away from this machine",
               escaped(to_text(made.admin_card)));
}

} // namespace

Token place_for_token(const Module& module, const TokenChoice& choice, const std::string& label) {
    if (choice.given()) {
        if (!choice.slot) return choice.pick(module);
        const auto tokens = module.tokens();
        const auto found = std::ranges::find_if(tokens, [&](const Token& token) { return choice.fits(token); });
        if (found == tokens.end()) throw Error(Status::not_found, "there is no such slot; hsm show-slots lists them");
        return *found;
    }
    std::optional<Token> free;
    for (auto& token : module.tokens()) {
        if (token.initialised() && token.label == label) {
            throw Error(Status::already_exists,
                        fmt::format("there is a token {} already; choose another label, or initialise it again with "
                                    "--serial {}",
                                    escaped(label), escaped(token.serial)));
        }
        if (token.present && !token.initialised() && !free) free = std::move(token);
    }
    if (!free) throw Error(Status::not_found, "the module has no free slot; choose a token with --token or --slot");
    return std::move(*free);
}

Token initialise_token(const Module& module, const Token& place, const std::string& label, const Secret& officer,
                       const Secret& user) {
    auto field = padded(label);
    check_pin(place, officer, "officer's PIN");
    check_pin(place, user, "user PIN");
    const auto before = module.tokens();
    if (place.ours() && !place.initialised()) ensure_world();
    const auto pin = officer.view();
    check(module.functions().C_InitToken(place.slot, const_cast<CK_BYTE_PTR>(pin.data()),
                                         static_cast<CK_ULONG>(pin.size()), field.data()),
          fmt::format("initialise token {}", escaped(label)));
    auto made = find_made(module, before, place, label);
    try {
        Session session(module, made, Access::write);
        session.login(CKU_SO, officer);
        session.set_user_pin(user);
    } catch (...) {
        if (!place.initialised() && made.ours()) remove_token(made.serial);
        throw;
    }
    return module.token(made.slot);
}

} // namespace hsm::tools::pkcs11
