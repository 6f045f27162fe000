// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/token_choice.hpp"

#include "command_line.hpp"
#include "console.hpp"
#include "pkcs11/token_session.hpp"
#include "session.hpp"

#include <hsm/token.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace hsm::tools::pkcs11 {

void TokenChoice::declare(CommandLine& line) {
    line.value("--token", "LABEL", label, "the token with this label");
    line.value("--serial", "SERIAL", serial, "the token with this serial number");
    line.value("--slot", "N", slot, "the token in this slot");
}

bool TokenChoice::fits(const Token& token) const {
    return (label.empty() || token.label == label) && (serial.empty() || token.serial == serial) &&
           (!slot || token.slot == *slot);
}

Token TokenChoice::pick(const Module& module) const {
    auto tokens = module.tokens();
    std::erase_if(tokens, [&](const Token& token) { return !token.initialised() || !fits(token); });
    if (tokens.size() == 1) return std::move(tokens.front());
    if (tokens.empty()) {
        throw Error(Status::not_found, given() ? "there is no such token; hsm show-slots lists them"
                                               : "there is no token; hsm init-token makes one");
    }
    throw Error(Status::invalid_argument,
                fmt::format("{} tokens may be meant; choose one with --token, or with --serial as hsm show-slots "
                            "lists them",
                            tokens.size()));
}

void check_pin(const Token& token, const Secret& pin, std::string_view whose) {
    if (pin.size() >= token.min_pin && pin.size() <= token.max_pin) return;
    throw Error(Status::invalid_argument, fmt::format("the {} must have {} to {} bytes; choose another one", whose,
                                                      token.min_pin, token.max_pin));
}

Json json_of(const Token& token, std::int64_t objects) {
    auto object = Json::object();
    object.set("slot", static_cast<std::int64_t>(token.slot)).set("description", token.description);
    object.set("present", token.present).set("initialised", token.initialised());
    object.set("label", token.label).set("serial", token.serial);
    object.set("manufacturer", token.manufacturer).set("model", token.model);
    object.set("user_pin", token.has(CKF_USER_PIN_INITIALIZED)).set("login_required", token.has(CKF_LOGIN_REQUIRED));
    object.set("write_protected", token.has(CKF_WRITE_PROTECTED));
    if (objects >= 0) object.set("public_objects", objects);
    return object;
}

void remove_token(const std::string& serial) {
    const auto client = open_client();
    const auto world = client.world();
    const Tokens tokens(world);
    const auto all = tokens.list();
    const auto found = std::ranges::find(all, serial, &TokenFacts::serial);
    if (found == all.end()) throw Error(Status::not_found, "there is no token of that serial number");
    tokens.remove(found->token, "pkcs11");
}

} // namespace hsm::tools::pkcs11
