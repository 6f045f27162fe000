// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "session.hpp"

#include "command_line.hpp"
#include "console.hpp"
#include "files.hpp"
#include "system.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hsm::tools {

namespace {

Secret start_passphrase(const Esn& esn) {
    if (const auto file = system::environment("LIBHSM_START_PASSPHRASE_FILE")) {
        const auto whole = InputFile(*file).all_secret(64 * 1024);
        const auto text = whole.view();
        const auto end = std::find(text.begin(), text.end(), '\n');
        auto size = static_cast<std::size_t>(end - text.begin());
        if (size > 0 && text[size - 1] == '\r') --size;
        return Secret(text.first(size));
    }
    if (terminal::present()) {
        if (auto typed = terminal::ask_secret(fmt::format("Start passphrase of module {}: ", esn)))
            return std::move(*typed);
    }
    return {};
}

} // namespace

Client open_client() {
    OpenOptions options;
    options.uri = system::environment("LIBHSM_URI").value_or("");
    options.start_passphrase = start_passphrase;
    return Client::open(options);
}

void declare_module(CommandLine& line, std::uint32_t& module) {
    line.value("-m,--module", "N", module, "number of the module (1)");
}

void need_pre_initialisation(const ModuleFacts& module) {
    if (module.mode == ModuleMode::pre_initialisation) return;
    throw Error(
        Status::wrong_module_state,
        fmt::format("module #{} is in mode {}, not in pre-initialisation; first run: nopclearfail -m {} -I",
                    module.number, to_string(module.mode), module.number));
}

std::vector<std::uint32_t> usable_modules(const Client& client, const World& world) {
    std::vector<std::uint32_t> numbers;
    for (const auto& module : client.modules()) {
        if (module.enrolled && module.mode == ModuleMode::operational && module.hknso == world.facts().hknso)
            numbers.push_back(module.number);
    }
    return numbers;
}

namespace {

/// A word that cannot be an identifier is no key's; it may still be a name.
std::optional<KeyFacts> find_quietly(const World& world, const std::string& app, const std::string& ident) {
    try {
        return world.find(app, ident);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_argument) throw;
        return std::nullopt;
    }
}

} // namespace

KeyFacts find_key(const World& world, const std::string& which) {
    if (const auto slash = which.find('/'); slash != std::string::npos) {
        if (auto found = find_quietly(world, which.substr(0, slash), which.substr(slash + 1))) return *found;
    } else {
        if (auto found = find_quietly(world, "simple", which)) return *found;
        std::vector<KeyFacts> matches;
        for (auto& key : world.keys()) {
            if (key.ident == which || key.name == which) matches.push_back(std::move(key));
        }
        if (matches.size() == 1) return std::move(matches.front());
        if (!matches.empty()) {
            throw Error(Status::invalid_argument,
                        fmt::format("\"{}\" may be {} or {}; name it as APP/IDENT", escaped(which),
                                    key_text(matches[0]), key_text(matches[1])));
        }
    }
    throw Error(Status::not_found,
                fmt::format("there is no key {}; hsm list shows what there is", escaped(which)));
}

std::string key_text(const KeyFacts& facts) { return escaped(facts.app) + "/" + escaped(facts.ident); }

std::string protection_text(const World& world, const KeyFacts& facts) {
    try {
        switch (facts.protector) {
        case ProtectorKind::module: return "module";
        case ProtectorKind::card_set:
            return "cardset " + escaped(world.card_set(to_hex(facts.protector_hash)).name);
        case ProtectorKind::softcard:
            return "softcard " + escaped(world.softcard(to_hex(facts.protector_hash)).name);
        }
    } catch (const Error&) { // its record is missing or damaged: the hash still says which one
    }
    return fmt::format("{} {}", protector_kind_name(facts.protector), short_hash(facts.protector_hash));
}

std::string type_text(const KeyFacts& facts) {
    const auto name = to_string(facts.spec);
    return facts.half == KeyHalf::public_key ? name + " public" : name;
}

Protector load_protector(Client& client, World& world, std::uint32_t module, const std::string& card_set,
                         const std::string& softcard, Ceremony& ceremony) {
    if (!card_set.empty() && !softcard.empty()) {
        throw UsageError("a key is protected by a card set or by a softcard, not by both");
    }
    ceremony.start(client);
    if (!card_set.empty()) return world.load_card_set(module, world.card_set(card_set).token, ceremony);
    if (!softcard.empty()) return world.load_softcard(module, world.softcard(softcard).token, ceremony);
    return Protector::module_key(module);
}

std::string record_path(const Client& client, std::string_view app, std::string_view ident) {
    return to_text(client.locations().kmlocal / to_path(fmt::format("key_{}_{}", app, ident)));
}

} // namespace hsm::tools
