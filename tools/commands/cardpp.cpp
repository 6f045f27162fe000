// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <hsm/administration.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

SlotFacts slot_facts(const Client& client, std::uint32_t module, std::uint32_t number) {
    for (const auto& slot : client.slots(module)) {
        if (slot.slot == number) return slot;
    }
    throw Error(Status::no_card, fmt::format("module #{} has no slot #{}; see slotinfo", module, number));
}

std::string card_text(const SlotFacts& slot) {
    if (slot.state == SlotState::administrator) return fmt::format("administrator card {}", slot.share);
    return fmt::format("card {} of card set {}", slot.share, escaped(slot.set_name));
}

} // namespace

Exit run_cardpp(CommandLine& line) {
    bool change = false, check = false, recover = false, json = false;
    std::uint32_t module = 1;
    std::optional<std::uint32_t> slot;
    Ceremony ceremony;
    line.group("What to do");
    line.flag("-c,--change", change, "change the passphrase (the default)");
    line.flag("-t,--check,--test", check, "test the passphrase");
    line.flag("--recover", recover, "replace a lost passphrase: administrator cards are asked for");
    line.group("Options");
    declare_module(line, module);
    line.value("-s,--slot", "N", slot, "the slot with the card (the first that has one)");
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.text("From a script: the first line of passphrases is the old one, if the card has one; the second "
              "the new one; with --recover the new one comes first, then those of the administrator cards.\n"
              "Copies of a card file that were made before keep the old passphrase.");
    line.parse();
    if ((change ? 1 : 0) + (check ? 1 : 0) + (recover ? 1 : 0) > 1)
        line.refuse("choose one of --change, --check and --recover");

    auto client = open_client();
    ceremony.start(client);
    const auto number = ceremony.hold_card(module, slot, "Insert the card whose passphrase is meant");
    const auto facts = slot_facts(client, module, number);
    if (facts.state != SlotState::administrator && facts.state != SlotState::operator_card) {
        const auto status = facts.state == SlotState::damaged ? Status::card_damaged : Status::card_foreign;
        throw Error(status, fmt::format("the card in slot #{} is {}{}{}; insert a card of this world", number,
                                        to_string(facts.state), facts.problem.empty() ? "" : ": ",
                                        escaped(facts.problem)));
    }
    const auto whose = card_text(facts);
    const auto old_one = facts.has_passphrase && !recover ? ceremony.passphrases().existing(whose) : Secret{};
    if (check) {
        client.check_card_passphrase(module, number, old_one);
    } else if (recover) {
        if (facts.state == SlotState::administrator)
            throw Error(Status::access_denied, "the passphrase of an administrator card is not replaced; replace the set while K of "
                                               "its cards can be used: racs");
        const auto fresh = ceremony.passphrases().fresh(whose);
        Administration(client.world(), module).replace_card_passphrase(number, fresh, ceremony);
    } else {
        client.change_card_passphrase(module, number, old_one, ceremony.passphrases().fresh(whose));
    }
    if (json) {
        auto object = Json::object();
        object.set("action", check ? "checked" : "changed")
            .set("card", json_of(slot_facts(client, module, number)))
            .print();
    } else if (check && !facts.has_passphrase) {
        print("{}: has no passphrase\n", whose);
    } else {
        print("{}: {}\n", whose, check ? "the passphrase is right" : "passphrase changed");
    }
    return Exit::done;
}

} // namespace hsm::tools
