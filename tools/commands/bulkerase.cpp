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
#include <map>
#include <set>

namespace hsm::tools {

namespace {

struct Erased {
    std::string name;
    SlotFacts was;
    std::string problem; ///< empty: it is blank
};

const SlotFacts* card_in(const std::vector<SlotFacts>& slots, std::uint32_t slot) {
    for (const auto& facts : slots)
        if (facts.slot == slot && facts.state != SlotState::empty) return &facts;
    return nullptr;
}

Erased erase_card(Client& client, std::uint32_t module, std::uint32_t slot) {
    const auto slots = client.slots(module);
    Erased erased;
    const auto* card = card_in(slots, slot);
    if (!card) throw Error(Status::no_card, fmt::format("slot #{} of module #{} is empty", slot, module));
    erased.was = *card;
    erased.name = card_name(client, to_path(card->card_path));
    try {
        if (card->state != SlotState::blank) client.erase_card(module, slot);
    } catch (const Error& error) {
        erased.problem = error.message();
    }
    return erased;
}

/// A card that is in a slot, or goes into one for the time of this.
Erased erase_file(Client& client, std::uint32_t module, const std::filesystem::path& card) {
    const auto slots = client.slots(module);
    const auto in = std::find_if(slots.begin(), slots.end(), [&](const SlotFacts& slot) {
        return slot.state != SlotState::empty && to_path(slot.card_path) == card;
    });
    if (in != slots.end()) return erase_card(client, module, in->slot);
    const auto free = std::find_if(slots.begin(), slots.end(),
                                   [](const SlotFacts& slot) { return slot.state == SlotState::empty; });
    if (free == slots.end())
        throw Error(
            Status::bad_state,
            fmt::format("module #{} has no empty slot; take a card out with hsm card remove", module));
    client.insert_card(module, free->slot, card);
    try {
        auto erased = erase_card(client, module, free->slot);
        client.remove_card(module, free->slot);
        return erased;
    } catch (...) {
        client.remove_card(module, free->slot);
        throw;
    }
}

/// Sets of which every card was erased are forgotten, if no key is under them.
std::vector<std::string> forget_sets(World& world, const std::vector<Erased>& cards) {
    std::map<Hash256, std::set<std::uint32_t>> gone;
    for (const auto& card : cards)
        if (card.problem.empty() && card.was.state == SlotState::operator_card)
            gone[card.was.set].insert(card.was.share);
    std::vector<std::string> forgotten;
    for (const auto& set : world.card_sets()) {
        if (!gone.contains(set.token) || gone.at(set.token).size() < set.n) continue;
        const auto keys = world.keys();
        if (std::any_of(keys.begin(), keys.end(),
                        [&](const KeyFacts& key) { return key.protector_hash == set.token; })) {
            remark(
                "keys are still under card set {}, which nothing opens any more; recover them with hsm rocs",
                escaped(set.name));
            continue;
        }
        world.forget_card_set(set.token);
        forgotten.push_back(set.name);
    }
    return forgotten;
}

} // namespace

Exit run_bulkerase(CommandLine& line) {
    std::uint32_t module = 1;
    bool json = false, yes = false;
    std::vector<std::string> names;
    declare_module(line, module);
    line.flag("-y,--yes", yes, "do not ask");
    line.flag("--json", json, "print JSON");
    line.arguments("CARD", names, "names or paths of cards; without: every card in the module's slots",
                   Need::optional);
    line.text("A card set all of whose cards were erased is forgotten, unless keys are under it.\n"
              "Cards of the present administrator set are never erased.");
    line.parse();

    auto client = open_client();
    Ceremony ceremony;
    ceremony.start(client);
    const auto slots = client.slots(module);
    std::vector<std::filesystem::path> cards;
    for (const auto& name : names) cards.push_back(existing_card(client, name));
    const auto inserted = static_cast<std::size_t>(std::count_if(
        slots.begin(), slots.end(), [](const SlotFacts& slot) { return slot.state != SlotState::empty; }));
    if (names.empty() && inserted == 0)
        throw Error(Status::no_card,
                    fmt::format("there is no card in module #{}; name the cards to erase", module));
    if (!yes)
        ceremony.confirm(fmt::format("{} cards will be erased.", names.empty() ? inserted : names.size()));

    std::vector<Erased> erased;
    for (const auto& slot : slots)
        if (names.empty() && slot.state != SlotState::empty)
            erased.push_back(erase_card(client, module, slot.slot));
    for (const auto& card : cards) erased.push_back(erase_file(client, module, card));
    std::vector<std::string> forgotten;
    if (client.has_world()) {
        auto world = client.world();
        forgotten = forget_sets(world, erased);
    }
    bool all = true;
    auto list = Json::list();
    for (const auto& card : erased) {
        all = all && card.problem.empty();
        if (json) {
            auto row = Json::object();
            row.set("card", card.name)
                .set("was", to_string(card.was.state))
                .set("erased", card.problem.empty())
                .set("problem", card.problem);
            list.add(std::move(row));
        } else {
            print("card {} ({}): {}\n", escaped(card.name), to_string(card.was.state),
                  card.problem.empty() ? "blank" : "not erased: " + escaped(card.problem));
        }
    }
    if (json)
        list.print();
    else
        for (const auto& name : forgotten) print("card set {}: forgotten\n", escaped(name));
    return all ? Exit::done : Exit::no;
}

} // namespace hsm::tools
