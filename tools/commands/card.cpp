// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "card_names.hpp"
#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "files.hpp"
#include "session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace hsm::tools {

namespace {

struct Place {
    std::uint32_t module = 1;
    std::optional<std::uint32_t> slot;
};

void declare_place(CommandLine& line, Place& place, const char* which_slot) {
    declare_module(line, place.module);
    line.value("-s,--slot", "N", place.slot, which_slot);
}

std::uint32_t choose_slot(const Client& client, const Place& place, bool occupied) {
    if (place.slot) return *place.slot;
    for (const auto& slot : client.slots(place.module)) {
        if ((slot.state != SlotState::empty) == occupied) return slot.slot;
    }
    throw Error(
        occupied ? Status::no_card : Status::bad_state,
        occupied
            ? fmt::format("there is no card in module #{}; insert one with hsm card insert", place.module)
            : fmt::format(
                  "module #{} has no empty slot; take a card out with hsm card remove, or name the --slot",
                  place.module));
}

Exit create(const std::vector<std::string>& names) {
    auto client = open_client();
    std::vector<std::filesystem::path> made;
    try {
        for (const auto& name : names) {
            const auto path = card_path(client, name);
            make_card(client, path);
            made.push_back(path);
        }
    } catch (...) { // all or none
        std::error_code ignored;
        for (const auto& path : made) std::filesystem::remove(path, ignored);
        throw;
    }
    for (const auto& path : made) print("blank card {}\n", escaped(to_text(path)));
    return Exit::done;
}

Exit insert(const Place& place, const std::string& name) {
    auto client = open_client();
    const auto card = existing_card(client, name);
    const auto slot = choose_slot(client, place, false);
    client.insert_card(place.module, slot, card);
    print("card {} is in slot #{} of module #{}\n", escaped(card_name(client, card)), slot, place.module);
    return Exit::done;
}

Exit remove(const Place& place, const std::string& name, bool all) {
    auto client = open_client();
    const auto wanted = name.empty() ? std::filesystem::path() : card_path(client, name);
    bool any = false;
    for (const auto& slot : client.slots(place.module)) {
        if (slot.state == SlotState::empty || (place.slot && *place.slot != slot.slot)) continue;
        if (!name.empty() && to_path(slot.card_path) != wanted) continue;
        if (any && !all) break;
        client.remove_card(place.module, slot.slot);
        print("card {} was taken out of slot #{} of module #{}\n",
              escaped(card_name(client, to_path(slot.card_path))), slot.slot, place.module);
        any = true;
    }
    if (!any && !all)
        throw Error(
            Status::no_card,
            fmt::format("there is no such card in module #{}; slotinfo shows the slots", place.module));
    return Exit::done;
}

Exit erase(const Place& place, bool yes) {
    auto client = open_client();
    const auto slot = choose_slot(client, place, true);
    if (!yes) {
        Ceremony ceremony;
        ceremony.start(client);
        ceremony.confirm(
            fmt::format("The card in slot #{} of module #{} will be erased.", slot, place.module));
    }
    client.erase_card(place.module, slot);
    print("the card in slot #{} of module #{} is blank\n", slot, place.module);
    return Exit::done;
}

Exit list(bool names, bool json) {
    const auto client = open_client();
    struct Seen {
        std::uint32_t module = 0;
        SlotFacts slot;
    };
    std::vector<Seen> inserted;
    for (const auto& module : client.modules()) {
        for (auto& slot : client.slots(module.number)) {
            if (slot.state != SlotState::empty) inserted.push_back({module.number, std::move(slot)});
        }
    }
    auto cards = cards_in_directory(client);
    for (const auto& seen : inserted) { // those that lie elsewhere
        const auto path = to_path(seen.slot.card_path);
        if (std::find(cards.begin(), cards.end(), path) == cards.end()) cards.push_back(path);
    }
    auto rows = Json::list();
    for (const auto& card : cards) {
        const auto seen = std::find_if(inserted.begin(), inserted.end(),
                                       [&](const Seen& s) { return to_path(s.slot.card_path) == card; });
        if (names) {
            print("{}\n", escaped(card_name(client, card)));
        } else if (json) {
            auto row = Json::object();
            row.set("name", card_name(client, card))
                .set("path", to_text(card))
                .set("inserted", seen != inserted.end());
            if (seen != inserted.end())
                row.set("module", seen->module)
                    .set("slot", seen->slot.slot)
                    .set("state", to_string(seen->slot.state));
            rows.add(std::move(row));
        } else {
            print("{:<20} {}\n", escaped(card_name(client, card)),
                  seen == inserted.end() ? ""
                                         : fmt::format("in slot #{} of module #{}, {}", seen->slot.slot,
                                                       seen->module, to_string(seen->slot.state)));
        }
    }
    if (json)
        rows.print();
    else if (cards.empty() && !names)
        print("No cards in {}\n", escaped(to_text(card_directory(client))));
    return Exit::done;
}

} // namespace

Exit run_card(CommandLine& line) {
    std::vector<std::string> new_names;
    std::string insert_name, remove_name;
    Place place;
    bool all = false, yes = false, names = false, json = false;
    auto& create_verb = line.verb("create", "make blank cards");
    create_verb.arguments("CARD", new_names,
                          "a name, for a card in the card directory; or a path, for a card elsewhere");
    auto& insert_verb = line.verb("insert", "put a card into a slot");
    declare_place(insert_verb, place, "the slot (the first empty one)");
    insert_verb.argument("CARD", insert_name, "its name or path");
    auto& remove_verb = line.verb("remove", "take a card out of a slot");
    declare_place(remove_verb, place, "the slot (the first with a card)");
    remove_verb.flag("-a,--all", all, "every card of the module");
    remove_verb.argument("CARD", remove_name, "its name or path", Need::optional);
    auto& list_verb = line.verb("list", "list the cards");
    list_verb.flag("--names", names, "just the names");
    list_verb.flag("--json", json, "print JSON");
    auto& erase_verb = line.verb("erase", "make the card in a slot blank");
    declare_place(erase_verb, place, "the slot (the first with a card)");
    erase_verb.flag("-y,--yes", yes, "do not ask");
    line.text("A virtual card is a file. It may lie on a USB stick: name it by its path.\n"
              "Whoever copies the file copies the card: keep cards apart, as you would keep plastic ones.");
    line.parse();
    if (create_verb.chosen()) return create(new_names);
    if (insert_verb.chosen()) return insert(place, insert_name);
    if (remove_verb.chosen()) return remove(place, remove_name, all);
    if (erase_verb.chosen()) return erase(place, yes);
    return list(names, json);
}

} // namespace hsm::tools
