// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "json.hpp"
#include "session.hpp"

#include <hsm/token.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

TokenFacts find_token(const Tokens& tokens, const std::string& label, const std::string& serial) {
    auto all = tokens.list();
    std::erase_if(all, [&](const TokenFacts& token) {
        return (!label.empty() && token.label != label) || (!serial.empty() && token.serial != serial);
    });
    if (all.empty()) throw Error(Status::not_found, "there is no such token; hsm show-slots lists them");
    if (all.size() > 1) {
        throw Error(Status::invalid_argument,
                    fmt::format("{} tokens have that label; name one with --serial", all.size()));
    }
    return std::move(all.front());
}

} // namespace

Exit run_delete_token(CommandLine& line) {
    std::string label, serial;
    std::uint32_t module = 1;
    bool json = false;
    Ceremony ceremony;
    line.value("--token,--label", "LABEL", label, "the token with this label");
    line.value("--serial", "SERIAL", serial, "the token with this serial number");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.text("Removes the token and its objects from this host, without a PIN: whoever may write the directory may "
              "remove files. Only libhsm's own tokens can be deleted.");
    line.parse();
    if (label.empty() && serial.empty()) line.refuse("which token? Name it with --token or --serial");
    const auto client = open_client();
    const auto world = client.world();
    const Tokens tokens(world, module);
    const auto token = find_token(tokens, label, serial);
    const auto objects = tokens.count_objects(token.token, "pkcs11");
    const auto shown = fmt::format("token {} ({})", escaped(token.label), escaped(token.serial));
    ceremony.confirm(fmt::format("The {} will be deleted with {} object{}.", shown, objects, objects == 1 ? "" : "s"));
    tokens.remove(token.token, "pkcs11");
    if (json) {
        auto object = Json::object();
        object.set("label", token.label).set("serial", token.serial).set("objects", objects).print();
    } else {
        print("{}: deleted, with {} object{}\n", shown, objects, objects == 1 ? "" : "s");
    }
    return Exit::done;
}

} // namespace hsm::tools
