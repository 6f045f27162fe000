// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"
#include "world_text.hpp"

#include <hsm/nvram.hpp>

#include <fmt/format.h>

#include <utility>

namespace hsm::tools {

namespace {

struct Request {
    bool world = false, modules = false, keys = false, names = false, card_sets = false, softcards = false,
         json = false;
    std::vector<std::string> words;
};

void show_overview(const Client& client, const Request& request) {
    const bool everything = !request.modules && !request.world;
    const auto modules = client.modules();
    if (request.json) {
        auto object = Json::object();
        if (everything || request.world)
            object.set("world", client.has_world() ? json_of(client.world().facts()) : Json::object());
        if (everything || request.modules) {
            auto list = Json::list();
            for (const auto& module : modules) {
                auto row = json_of(module);
                row.set("slot_list", json_list(client.slots(module.number)));
                list.add(std::move(row));
            }
            object.set("modules", std::move(list));
        }
        return object.print();
    }
    if (everything || request.world) print_world(client, modules);
    if (everything || request.modules) {
        for (const auto& module : modules) print_module(client, module);
    }
    if (everything) print("\nNo Pre-Loaded Objects\n");
}

void show_card_sets(const World& world, const Request& request) {
    auto sets = request.words.empty() ? world.card_sets()
                                      : std::vector<CardSetFacts>{world.card_set(request.words[0])};
    if (request.json) return json_list(sets).print();
    if (!request.words.empty()) return print_card_set(sets.front());
    print("Cardset list - {} cardsets: (P)ersistent/(N)ot, (R)emoteable/(L)ocal-only\n", sets.size());
    if (!sets.empty())
        print(" {:<41} {:<5} {:<10} {}\n", "Operator logical token hash", "k/n", "timeout", "name");
    for (const auto& set : sets) {
        const auto timeout = set.timeout_s == 0 ? std::string("none") : fmt::format("{}s", set.timeout_s);
        print(" {:<41} {:<5} {:<10} {}\n", short_hash(set.token), fmt::format("{}/{}", set.k, set.n),
              fmt::format("{}-{}{}", timeout, set.persistent ? 'P' : 'N', set.remoteable ? 'R' : 'L'),
              escaped(set.name));
    }
}

void show_softcards(const World& world, const Request& request) {
    auto softcards = request.words.empty() ? world.softcards()
                                           : std::vector<SoftcardFacts>{world.softcard(request.words[0])};
    if (request.json) return json_list(softcards).print();
    print("SoftCard summary - {} softcards:\n", softcards.size());
    if (!softcards.empty()) print(" {:<41} {}\n", "Operator logical token hash", "name");
    for (const auto& softcard : softcards)
        print(" {:<41} {}\n", short_hash(softcard.token), escaped(softcard.name));
}

/// Where the key's uses are counted, as far as the modules here say.
void print_counters(const Client& client, const World& world, const KeyFacts& key) {
    for (const auto module : usable_modules(client, world)) {
        try {
            for (const auto& area : Nvram(world, module).facts().areas) {
                if (area.kind != NvramKind::counter || area.key != key.key_id) continue;
                print(" {:<16} {} (NVRAM area {} of module #{})\n", "uses counted", area.value, escaped(area.name), module);
            }
        } catch (const Error& error) { // a module that cannot be asked hides nothing else
            remark("NVRAM of module #{}: {}", module, escaped(error.what()));
        }
    }
}

void show_keys(const Client& client, const World& world, const Request& request) {
    const auto app = request.words.empty() ? std::string() : request.words[0];
    if (request.words.size() > 1) {
        const auto key = world.find(app, request.words[1]);
        if (!key)
            throw Error(Status::not_found,
                        fmt::format("there is no key {}/{}; nfkminfo -k shows what there is", escaped(app),
                                    escaped(request.words[1])));
        if (request.json) return json_of(*key).print();
        print_key(world, *key);
        return print_counters(client, world, *key);
    }
    const auto keys = world.keys(app);
    if (request.json) return json_list(keys).print();
    print("Key list - {} keys\n", keys.size());
    for (const auto& key : keys) print(" AppName {:<20} Ident {}\n", escaped(key.app), escaped(key.ident));
}

void show_names(const World& world, const Request& request) {
    std::vector<KeyFacts> keys;
    for (const auto& app : request.words.empty() ? std::vector<std::string>{""} : request.words) {
        for (auto& key : world.keys(app)) keys.push_back(std::move(key));
    }
    if (request.json) return json_list(keys).print();
    struct Section {
        ProtectorKind kind;
        std::string_view title;
    };
    for (const auto& [kind, title] :
         {Section{ProtectorKind::module, "module"}, Section{ProtectorKind::card_set, "cardset"},
          Section{ProtectorKind::softcard, "softcard"}}) {
        bool first = true;
        for (const auto& key : keys) {
            if (key.protector != kind) continue;
            if (std::exchange(first, false)) print("Keys with {} protection:\n", title);
            print(" key_{}_{} `{}'", escaped(key.app), escaped(key.ident), escaped(key.name));
            if (kind != ProtectorKind::module) print("  ({})", protection_text(world, key));
            print("\n");
        }
    }
    if (keys.empty()) print("No keys\n");
}

} // namespace

Exit run_nfkminfo(CommandLine& line) {
    Request request;
    line.group("What to show (default: the world, its modules and slots)");
    line.flag("-w,--world-info", request.world, "the world");
    line.flag("-m,--module-list", request.modules, "modules and slots");
    line.flag("-k,--key-list", request.keys, "keys [of APP], or all about the key APP IDENT");
    line.flag("-l,--name-list", request.names, "keys [of APP...] with their names, by protection");
    line.flag("-c,--cardset-list", request.card_sets, "card sets, or all about the one named");
    line.flag("-s,--softcard-list", request.softcards, "softcards, or the one named");
    line.group("Options");
    line.flag("--json", request.json, "print JSON");
    line.arguments("WORD", request.words, "APP, IDENT, or the name of a set", Need::optional);
    line.parse();
    const int lists = (request.keys ? 1 : 0) + (request.names ? 1 : 0) + (request.card_sets ? 1 : 0) +
                      (request.softcards ? 1 : 0);
    if (lists + (request.world || request.modules ? 1 : 0) > 1) line.refuse("choose one thing to show");
    const std::size_t most = request.names ? SIZE_MAX : request.keys ? 2 : lists;
    if (request.words.size() > most)
        line.refuse(fmt::format("\"{}\" is too much", escaped(request.words.back())));
    const auto client = open_client();
    if (request.keys)
        show_keys(client, client.world(), request);
    else if (request.names)
        show_names(client.world(), request);
    else if (request.card_sets)
        show_card_sets(client.world(), request);
    else if (request.softcards)
        show_softcards(client.world(), request);
    else
        show_overview(client, request);
    return Exit::done;
}

} // namespace hsm::tools
