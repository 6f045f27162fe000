// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "key_parameters.hpp"
#include "session.hpp"
#include "terminal.hpp"

#include <hsm/nvram.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace hsm::tools {

namespace {

struct Request {
    bool batch = false, no_verify = false, replace = false, json = false;
    std::string type, app, cardset, softcard, name, allow;
    std::optional<std::uint64_t> use_limit;
    std::vector<std::string> words;
    std::uint32_t module = 1;
};

void declare(CommandLine& line, Request& request, Ceremony& ceremony) {
    line.flag("-b,--batch", request.batch, "ask nothing: take the default of what is not given");
    line.value("-t,--type", "TYPE", request.type,
               "RSA-3072, P-256, Ed25519, ML-DSA-65, AES-256, ...: the short form, with just IDENT");
    line.value("-N,--name", "NAME", request.name, "the key's name, for people");
    line.value("--app", "APP", request.app, "application name, in the short form (simple)");
    line.value("--cardset", "NAME", request.cardset, "protect the key with this card set");
    line.value("--softcard", "NAME", request.softcard, "protect the key with this softcard");
    line.value("--allow", "ACTION,...", request.allow, "what the key may do (what its type is good for)");
    line.value("--use-limit", "N", request.use_limit, "N uses ever, counted in NVRAM of the module");
    line.flag("--replace", request.replace, "replace a key of the same name");
    line.flag("--no-verify", request.no_verify, "accepted, without effect");
    declare_module(line, request.module);
    line.flag("--json", request.json, "print JSON");
    ceremony.declare(line);
    line.arguments("APP|IDENT", request.words,
                   "the application, then name=value for each parameter; or with --type the identifier");
    line.text("Parameters: protect=module|token|softcard, cardset=, softcard=, slot=, type=, size=, curve=, "
              "pubexp=, ident=,\n"
              "plainname=, recovery=yes|no, allow=, exportable=yes|no, uses=N, lifetime=SECONDS, module=N,\n"
              "uselimit=N (uses ever, counted in NVRAM), nvram=yes|no (the key itself in NVRAM). The last two need a counter or\n"
              "a place that hsm nvram prepare has made, or administrator cards.\n"
              "Examples: hsm generatekey --type P-256 web-server\n"
              "          hsm generatekey -b simple protect=token cardset=operators type=RSA size=3072 "
              "ident=ca plainname=\"My CA\"");
}

/// Both forms of the command line, as parameters.
void collect(const CommandLine& line, const Request& request, KeyParameters& parameters) {
    auto words = request.words;
    const auto first = words.front();
    words.erase(words.begin());
    if (!request.type.empty()) {
        parameters.take("ident", first);
        parameters.take("type", request.type);
        parameters.take("application", request.app.empty() ? "simple" : request.app);
    } else {
        if (first.find('=') != std::string::npos)
            line.refuse("the application comes first, simple for example; or use --type TYPE IDENT");
        if (!request.app.empty()) line.refuse("--app belongs to the short form, with --type");
        parameters.take("application", first);
    }
    for (const auto& word : words) parameters.take(word);
    if (!request.cardset.empty() && !request.softcard.empty())
        line.refuse("choose one of --cardset and --softcard");
    if (!request.cardset.empty()) parameters.take("cardset", request.cardset);
    if (!request.softcard.empty()) parameters.take("softcard", request.softcard);
    if (!request.name.empty()) parameters.take("plainname", request.name);
    if (!request.allow.empty()) parameters.take("allow", request.allow);
    if (request.use_limit) parameters.take("uselimit", std::to_string(*request.use_limit));
}

std::string only_name(const auto& sets, std::string_view what) {
    if (sets.size() == 1) return sets.front().name;
    if (sets.empty())
        throw Error(Status::not_found, fmt::format("there is no {} in this world; make one first", what));
    return {};
}

/// The set whose card is in the slot.
std::string set_in_slot(const Client& client, std::uint32_t module, const std::string& slot) {
    for (const auto& facts : client.slots(module)) {
        if (std::to_string(facts.slot) != slot) continue;
        if (facts.state == SlotState::operator_card) return to_hex(facts.set);
        throw Error(
            Status::no_card,
            fmt::format("there is no operator card in slot #{}; insert one, or give cardset=NAME", slot));
    }
    throw Error(Status::no_card, fmt::format("there is no slot #{}; see slotinfo", escaped(slot)));
}

struct Protection {
    std::string card_set, softcard;
};

Protection choose_protection(const Client& client, const World& world, std::uint32_t module,
                             KeyParameters& parameters) {
    const std::string implied = parameters.given("softcard")                              ? "softcard"
                                : parameters.given("cardset") || parameters.given("slot") ? "token"
                                                                                          : "module";
    if (implied != "module" && !parameters.given("protect")) parameters.take("protect", implied);
    auto kind = parameters.get("protect", implied, {"module", "token", "cardset", "softcard"});
    if (kind == "cardset") kind = "token";
    if (kind != implied && implied != "module") {
        throw UsageError(fmt::format("protect={} does not go with {}", kind,
                                     implied == "token" ? "a card set" : "a softcard"));
    }
    const auto named = [&](const char* parameter, const std::string& fallback) {
        auto name = parameters.get(parameter, fallback);
        if (name.empty())
            throw UsageError(fmt::format("there are several; say which one: {}=NAME", parameter));
        return name;
    };
    if (kind == "softcard")
        return {
            {},
            named("softcard", parameters.given("softcard") ? "" : only_name(world.softcards(), "softcard"))};
    if (kind == "module") return {};
    if (parameters.given("slot")) return {set_in_slot(client, module, parameters.get("slot", "")), {}};
    return {named("cardset", parameters.given("cardset") ? "" : only_name(world.card_sets(), "card set")),
            {}};
}

std::uint64_t number(KeyParameters& parameters, const char* name) {
    if (!parameters.given(name)) return 0;
    const auto text = parameters.get(name, "0");
    if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos) {
        throw UsageError(fmt::format("{}: \"{}\" is no number", name, escaped(text)));
    }
    return std::stoull(text);
}

KeyRequest key_request(const World& world, KeyParameters& parameters) {
    KeyRequest key;
    const auto choice = choose_key_spec(parameters);
    key.spec = choice.spec;
    key.usage.actions = choice.actions;
    key.ident = parameters.get("ident", "");
    if (key.ident.empty()) throw UsageError("the key needs an identifier: ident=NAME");
    key.name = parameters.get("plainname", key.ident);
    if (parameters.given("allow")) key.usage.actions = parse_actions(parameters.get("allow", ""));
    if (parameters.given("exportable") && parameters.get_flag("exportable", false)) {
        const auto half = key_type_row(key.spec.type).asymmetric ? KeyHalf::private_key : KeyHalf::secret;
        if (key.usage.actions == 0) key.usage.actions = default_actions(key.spec, half);
        key.usage.actions |= bit(Action::export_plain);
    }
    if (const auto uses = number(parameters, "uses"))
        key.usage.limits.push_back({UseLimit::Kind::authorisation, uses, {}, {}});
    if (const auto uses = number(parameters, "uselimit"))
        key.usage.limits.push_back({UseLimit::Kind::nonvolatile, uses, {}, {}});
    if (const auto seconds = number(parameters, "lifetime"))
        key.usage.limits.push_back({UseLimit::Kind::time, seconds, {}, {}});
    if (world.facts().recovery) {
        key.usage.recoverable = parameters.get_flag("recovery", true);
    } else if (parameters.given("recovery") && parameters.get_flag("recovery", false)) {
        throw Error(Status::bad_state, "this world was made without key recovery; leave out recovery=yes");
    }
    key.nvram = parameters.given("nvram") && parameters.get_flag("nvram", false);
    if (parameters.given("verify")) parameters.get_flag("verify", true);
    return key;
}

/// Administrator cards are asked for only where nothing is prepared.
std::optional<Nvram> nvram_authority(const Client& client, const World& world, std::uint32_t module, const KeyRequest& key,
                                     Ceremony& ceremony) {
    const bool counted = std::any_of(key.usage.limits.begin(), key.usage.limits.end(),
                                     [](const UseLimit& limit) { return limit.kind == UseLimit::Kind::nonvolatile; });
    if (!counted && !key.nvram) return std::nullopt;
    Nvram nvram(world, module);
    const auto areas = nvram.facts().areas;
    const auto prepared = [&](NvramKind kind) {
        return std::any_of(areas.begin(), areas.end(), [&](const NvramArea& area) { return area.kind == kind && is_zero(area.key); });
    };
    if ((!counted || prepared(NvramKind::counter)) && (!key.nvram || prepared(NvramKind::key))) return std::nullopt;
    ceremony.start(client);
    nvram.authorise(ceremony);
    return nvram;
}

void report(const Client& client, const World& world, const KeyRequest& key, const KeyParameters& parameters,
            bool json) {
    const auto path = record_path(client, key.app, key.ident);
    if (json) {
        auto object = Json::object();
        object.set("path", path);
        if (const auto facts = world.find(key.app, key.ident)) object.set("key", json_of(*facts));
        object.print();
        return;
    }
    print("key generation parameters:\n");
    for (const auto& [name, value] : parameters.decided())
        print(" {:<12} {:<36} {}\n", name, parameter_title(name), escaped(value));
    print("Key successfully generated.\nPath to key: {}\n", escaped(path));
}

} // namespace

Exit run_generatekey(CommandLine& line) {
    Request request;
    Ceremony ceremony;
    declare(line, request, ceremony);
    line.parse();
    KeyParameters parameters(!request.batch && request.type.empty() && terminal::present());
    collect(line, request, parameters);
    if (const auto operation =
            parameters.given("operation") ? parameters.get("operation", "generate") : "generate";
        operation != "generate") {
        throw Error(
            Status::not_supported,
            fmt::format("operation={} is not done here; hsm import imports a key", escaped(operation)));
    }
    if (const auto module = number(parameters, "module")) request.module = static_cast<std::uint32_t>(module);

    auto client = open_client();
    auto world = client.world();
    const auto app = parameters.get("application", "simple");
    const auto protection = choose_protection(client, world, request.module, parameters);
    auto key = key_request(world, parameters);
    key.app = app;
    key.replace = request.replace;
    if (!key.replace && world.find(key.app, key.ident)) { // before anybody is asked for cards
        throw Error(Status::already_exists,
                    fmt::format("there is a key {}/{} already; choose another identifier, or use --replace",
                                escaped(key.app), escaped(key.ident)));
    }
    const auto protector =
        load_protector(client, world, request.module, protection.card_set, protection.softcard, ceremony);
    const auto authority = nvram_authority(client, world, request.module, key, ceremony);
    if (ceremony.can_ask()) world.authorise_new_key(request.module, ceremony);
    (void)world.generate(key, protector);
    report(client, world, key, parameters, request.json);
    return Exit::done;
}

} // namespace hsm::tools
