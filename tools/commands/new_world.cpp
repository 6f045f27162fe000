// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "quorum.hpp"
#include "session.hpp"

#include <hsm/nvram.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools {

namespace {

struct Request {
    bool initialise = false, load = false, factory = false;
    std::uint32_t module = 1;
    std::string mode = "unrestricted", suite, quorum, hknso;
    std::array<std::string, 4> quora; ///< as quorum_table
    std::vector<std::string> features;
    bool no_recovery = false, passphrase_recovery = false, no_short_warning = false, no_remoteshare = false;
    bool test_parameters = false, no_passphrase = false, erase = false, json = false;
    std::optional<std::uint32_t> slot;
};

/// The powers that may have a quorum of their own.
struct QuorumRow {
    std::string_view word; ///< of the form "r=2"
    const char* option;
    const char* help;
    std::uint32_t AcsQuora::*member;
};

constexpr auto quorum_table = std::to_array<QuorumRow>({
    {"m", "--quorum-load", "cards that load the world onto a module (also m=K)", &AcsQuora::load},
    {"r", "--quorum-recovery", "cards that recover keys (also r=K)", &AcsQuora::recovery},
    {"p", "--quorum-passphrase", "cards that replace passphrases (also p=K)", &AcsQuora::passphrase},
    {"nv", "--quorum-nvram", "cards that authorise NVRAM areas (also nv=K)", &AcsQuora::nvram},
});

constexpr std::string_view features_not_built[] = {"dsee", "dseeall", "fto", "rtc", "ass"};

void declare(CommandLine& line, Request& request, Ceremony& ceremony) {
    line.group("What to do (default: load the world if there is one, else make one)");
    line.flag("-i,--initialize,--initialise", request.initialise, "make a new Security World");
    line.flag("-l,--load,--program", request.load, "load the existing world onto a further module");
    line.flag("-e,--factory", request.factory, "take the module out of its world and erase what it holds");
    line.group("Options");
    declare_module(line, request.module);
    line.value("-s,--slot", "N", request.slot, "the slot for the cards (any)");
    line.value("--hknso", "HASH", request.hknso,
               "with --load: the world must be this one (64 digits), instead of a question");
    line.flag("--erase", request.erase, "erase cards that are not blank");
    line.flag("--json", request.json, "print JSON");
    line.group("The new world");
    line.choice("--mode", request.mode, {"unrestricted", "fips-140-level-3", "common-criteria-cmts"},
                "what is allowed in it (unrestricted)");
    line.value("-c,--cipher-suite", "NAME", request.suite, "the algorithms of its own keys");
    line.value("-Q,--acs-quorum", "K/N", request.quorum,
               "N administrator cards, any K of which have all power");
    for (std::size_t i = 0; i < quorum_table.size(); ++i) {
        line.value(quorum_table[i].option, "K", request.quora[i], quorum_table[i].help);
    }
    line.flag("-R,--no-recovery", request.no_recovery, "keys can not be recovered with administrator cards");
    line.flag("--passphrase-recovery", request.passphrase_recovery,
              "lost passphrases can be replaced with administrator cards");
    line.flag("--no-short-passphrase-warning", request.no_short_warning, "do not warn of short passphrases");
    line.flag("-S,--no-remoteshare-cert", request.no_remoteshare, "accepted, without effect");
    line.flag("--no-passphrase", request.no_passphrase, "cards without passphrases");
    line.flag("--test-parameters", request.test_parameters, "cheap passphrase hashing: for tests only");
    ceremony.declare(line);
    line.arguments("FEATURE", request.features, "quorums as words: m=K r=K p=K nv=K", Need::optional);
    line.text("The module must be in pre-initialisation: nopclearfail -m 1 -I takes it there, -O back.\n"
              "Administrator cards must be presented only on a host that you trust.\n"
              "Example: hsm new-world -i -Q 2/3 --cards admin-1,admin-2,admin-3 --no-passphrase");
}

void take_feature_words(const CommandLine& line, Request& request) {
    for (const auto& feature : request.features) {
        const auto equals = feature.find('=');
        const auto word = feature.substr(0, equals);
        if (std::find(std::begin(features_not_built), std::end(features_not_built), word) !=
            std::end(features_not_built)) {
            throw Error(Status::not_supported,
                        fmt::format("the feature {} is not part of libhsm; leave it out", escaped(feature)));
        }
        const auto* row = std::find_if(quorum_table.begin(), quorum_table.end(),
                                       [&](const auto& r) { return r.word == word; });
        if (row == quorum_table.end() || equals == std::string::npos) {
            line.refuse(
                fmt::format("\"{}\" is no feature; there are m=K, r=K, p=K and nv=K", escaped(feature)));
        }
        auto& text = request.quora[static_cast<std::size_t>(row - quorum_table.begin())];
        if (!text.empty()) line.refuse(fmt::format("{} is given twice", row->option));
        text = feature.substr(equals + 1);
    }
}

WorldOptions world_options(const CommandLine& line, const Request& request) {
    WorldOptions options;
    if (request.quorum.empty())
        line.refuse("the administrator quorum is missing: -Q K/N, for example -Q 2/3");
    const auto quorum = parse_quorum(request.quorum, "--acs-quorum");
    options.quora = {quorum.k, quorum.n};
    for (std::size_t i = 0; i < quorum_table.size(); ++i) {
        const auto& row = quorum_table[i];
        if (request.quora[i].empty()) continue;
        if (row.word == "r" && request.no_recovery)
            line.refuse("--quorum-recovery contradicts --no-recovery");
        if (row.word == "p" && !request.passphrase_recovery)
            line.refuse("--quorum-passphrase needs --passphrase-recovery");
        options.quora.*row.member = parse_cards(request.quora[i], row.option, quorum.k);
    }
    options.mode = parse_world_mode(request.mode);
    if (!request.suite.empty()) {
        try {
            options.suite = parse_cipher_suite(request.suite);
        } catch (const Error& error) {
            line.refuse(fmt::format("--cipher-suite: {}", escaped(error.what())));
        }
    }
    options.recovery = !request.no_recovery;
    options.passphrase_recovery = request.passphrase_recovery;
    options.warn_short_passphrases = !request.no_short_warning;
    options.test_parameters = request.test_parameters;
    return options;
}

void report(const Client& client, const Request& request, const World& world, std::string_view action) {
    if (request.json) {
        auto object = Json::object();
        object.set("action", action)
            .set("module", request.module)
            .set("world", json_of(world.facts()))
            .print();
        return;
    }
    print("security world {} on module #{}; hknso = {}\n", action, request.module,
          short_hash(world.facts().hknso));
    if (client.module(request.module).mode != ModuleMode::operational) {
        flush();
        remark("the module is still in pre-initialisation; to use it, run: nopclearfail -m {} -O",
               request.module);
    }
}

void initialise(Client& client, const Request& request, const WorldOptions& options, Ceremony& ceremony) {
    NewCards cards;
    cards.ask_passphrases = !request.no_passphrase;
    cards.erase = request.erase;
    cards.slot = request.slot;
    if (cards.ask_passphrases && !ceremony.passphrases().available()) {
        throw Error(Status::passphrase_required,
                    "nobody is there to enter passphrases for the new cards; use --passphrase-file, "
                    "--passphrase-fd or --passphrase-env, or --no-passphrase");
    }
    if (client.modules().empty() && request.module == 1) {
        client.create_module();
    } else {
        const auto module = client.module(request.module);
        need_pre_initialisation(module);
        if (module.enrolled) {
            throw Error(
                Status::world_exists,
                fmt::format("module #{} is in a Security World; take it out first: new-world -m {} -e",
                            module.number, module.number));
        }
    }
    if (client.has_world()) {
        ceremony.confirm(fmt::format("There is a Security World already, hknso = {}. Its directory will be "
                                     "kept beside the new one, as "
                                     "local_N; its keys do not go over into the new world.",
                                     short_hash(client.world().facts().hknso)));
    }
    ceremony.check_blank_cards(request.module, request.slot, options.quora.n, request.erase);
    report(client, request, client.create_world(request.module, options, ceremony, cards), "generated");
}

void load(Client& client, const Request& request, Ceremony& ceremony) {
    if (!client.has_world()) {
        throw Error(Status::no_world, "no existing world to load; copy the key management data here, or make "
                                      "a world with --initialize");
    }
    std::optional<Hash256> expected;
    if (!request.hknso.empty()) expected = hash_from_hex(request.hknso);
    need_pre_initialisation(client.module(request.module));
    report(client, request, client.load_world(request.module, ceremony, expected), "loaded");
}

/// What initialising the module destroys for good, in words; empty when that is nothing.
std::string nvram_loss(const Client& client, std::uint32_t module) {
    if (!client.has_world()) return {};
    std::size_t keys = 0, counters = 0, others = 0;
    try {
        for (const auto& area : Nvram(client.world(), module).facts().areas) {
            const bool claimed = !is_zero(area.key);
            if (area.kind == NvramKind::data) ++others;
            else if (claimed) ++(area.kind == NvramKind::key ? keys : counters);
        }
    } catch (const Error& error) {
        if (error.status() != Status::module_failed) throw;
        return " Its NVRAM is damaged, and will be erased.";
    }
    if (keys + counters + others == 0) return {};
    return fmt::format(" With it go for good: {} keys that are in its NVRAM only, the counters of {} keys, {} other NVRAM areas.",
                       keys, counters, others);
}

void factory(Client& client, const Request& request, Ceremony& ceremony) {
    need_pre_initialisation(client.module(request.module));
    ceremony.confirm(fmt::format("Module #{} will leave its Security World, and what it holds will be erased.{}", request.module,
                                 nvram_loss(client, request.module)));
    client.factory(request.module);
    if (request.json) {
        auto object = Json::object();
        object.set("action", "factory").set("module", request.module).print();
    } else {
        print("module #{} returned to factory state\n", request.module);
    }
}

} // namespace

Exit run_new_world(CommandLine& line) {
    Request request;
    Ceremony ceremony;
    declare(line, request, ceremony);
    line.parse();
    take_feature_words(line, request);
    if ((request.initialise ? 1 : 0) + (request.load ? 1 : 0) + (request.factory ? 1 : 0) > 1) {
        line.refuse("choose one of --initialize, --load and --factory");
    }
    if (!request.hknso.empty()) {
        if (request.initialise || request.factory) line.refuse("--hknso belongs to --load");
        if (request.hknso.size() != 64 ||
            request.hknso.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
            line.refuse("--hknso: a hash of 64 hexadecimal digits is needed, as nfkminfo --json shows it");
        }
    }
    auto client = open_client();
    const bool makes = request.initialise || (!request.load && !request.factory && !client.has_world());
    if (!makes && !request.quorum.empty())
        line.refuse("--acs-quorum belongs to --initialize; this host has a world already");
    const auto options = makes ? world_options(line, request) : WorldOptions{};
    ceremony.start(client);
    if (makes) {
        initialise(client, request, options, ceremony);
    } else if (request.factory) {
        factory(client, request, ceremony);
    } else {
        load(client, request, ceremony);
    }
    return Exit::done;
}

} // namespace hsm::tools
