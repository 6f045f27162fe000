// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "world_home.hpp"

#include "support/scripted_authoriser.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <thread>

namespace hsm::test {

namespace {

World make_world(Client& client, const std::string& card, WorldMode mode) {
    (void)client.create_module();
    client.create_card(card);
    WorldOptions options;
    options.test_parameters = true;
    options.mode = mode;
    ScriptedAuthoriser authoriser(client, {card});
    auto world = client.create_world(1, options, authoriser);
    client.remove_card(1, 0);
    if (client.module(1).mode != ModuleMode::operational) client.clear(1, ModuleMode::operational);
    return world;
}

} // namespace

WorldHome::WorldHome(WorldMode mode)
    : client_(Client::open()), world_(make_world(client_, (home_.path() / "acs").string(), mode)) {}

std::uint32_t WorldHome::add_module() {
    const auto number = client_.create_module();
    ScriptedAuthoriser authoriser(client_, {(home_.path() / "acs").string()});
    (void)client_.load_world(number, authoriser);
    for (const auto& slot : client_.slots(number))
        if (slot.state != SlotState::empty) client_.remove_card(number, slot.slot);
    if (client_.module(number).mode != ModuleMode::operational) client_.clear(number, ModuleMode::operational);
    return number;
}

std::string WorldHome::blank_card(const std::string& name) {
    auto path = (home_.path() / name).string();
    client_.create_card(path);
    return path;
}

std::vector<std::string> WorldHome::card_set(const std::string& name, std::uint32_t k, std::uint32_t n, bool persistent) {
    std::vector<std::string> cards;
    for (std::uint32_t card = 1; card <= n; ++card) cards.push_back(blank_card(name + std::to_string(card)));
    CardSetOptions options;
    options.name = name;
    options.k = k;
    options.n = n;
    options.persistent = persistent;
    NewCards how;
    how.ask_passphrases = true;
    ScriptedAuthoriser authoriser(client_, cards, {std::string(user_pin)});
    (void)world_.create_card_set(1, options, authoriser, how);
    for (const auto& slot : client_.slots(1))
        if (slot.state != SlotState::empty) client_.remove_card(1, slot.slot);
    return cards;
}

Running::Running() { HSM_REQUIRE_OK(p11().C_Initialize(nullptr)); }
Running::~Running() { (void)p11().C_Finalize(nullptr); }

CK_SLOT_ID slot_named(const std::string& name) {
    for (const auto slot : all_slots()) {
        CK_SLOT_INFO info = {};
        HSM_REQUIRE_OK(p11().C_GetSlotInfo(slot, &info));
        if (unpadded(info.slotDescription, sizeof(info.slotDescription)).ends_with(": " + name)) return slot;
    }
    FAIL("there is no slot for " << name);
    return 0;
}

bool token_present(CK_SLOT_ID slot) {
    CK_SLOT_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetSlotInfo(slot, &info));
    return (info.flags & CKF_TOKEN_PRESENT) != 0;
}

bool eventually(CK_RV wanted, const std::function<CK_RV()>& call) {
    for (int tries = 0; tries < 3000; ++tries) {
        if (call() == wanted) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

} // namespace hsm::test
