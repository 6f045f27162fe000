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

namespace hsm::tools {

namespace {

std::string contents(const SlotFacts& slot) {
    switch (slot.state) {
    case SlotState::administrator: return fmt::format("administrator card {} of {}", slot.share, slot.n);
    case SlotState::operator_card: {
        const auto name = slot.card_name.empty() ? "" : fmt::format(" \"{}\"", escaped(slot.card_name));
        return fmt::format("card {}{} of card set \"{}\" ({}/{})", slot.share, name, escaped(slot.set_name),
                           slot.k, slot.n);
    }
    case SlotState::foreign:
    case SlotState::damaged: return escaped(slot.problem);
    case SlotState::blank:
    case SlotState::empty: break;
    }
    return {};
}

void show(const Client& client, std::uint32_t module, const SlotFacts& slot) {
    print("Module #{} Slot #{}: {}", module, slot.slot, to_string(slot.state));
    if (const auto text = contents(slot); !text.empty()) print(", {}", text);
    if (slot.has_passphrase) print(", with passphrase");
    if (!slot.card_path.empty()) print("  [{}]", escaped(card_name(client, to_path(slot.card_path))));
    print("\n");
}

} // namespace

Exit run_slotinfo(CommandLine& line) {
    std::optional<std::uint32_t> number, slot_number;
    bool json = false;
    line.value("-m,--module", "N", number, "just this module (all)");
    line.value("-s,--slot", "N", slot_number, "just this slot (all)");
    line.flag("--json", json, "print JSON");
    line.parse();
    const auto client = open_client();
    const auto modules = number ? std::vector<ModuleFacts>{client.module(*number)} : client.modules();
    auto list = Json::list();
    bool any = false;
    for (const auto& module : modules) {
        auto slots = Json::list();
        for (const auto& slot : client.slots(module.number)) {
            if (slot_number && slot.slot != *slot_number) continue;
            any = true;
            if (json)
                slots.add(json_of(slot));
            else
                show(client, module.number, slot);
        }
        list.add(std::move(Json::object().set("module", module.number).set("slots", std::move(slots))));
    }
    if (slot_number && !any)
        throw Error(Status::not_found,
                    fmt::format("there is no slot #{}; leave out --slot to see all", *slot_number));
    if (json) list.print();
    return Exit::done;
}

} // namespace hsm::tools
