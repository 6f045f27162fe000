// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "world_text.hpp"

#include "card_names.hpp"
#include "console.hpp"
#include "files.hpp"
#include "session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools {

namespace {

struct WorldView {
    WorldFacts world;
    bool present = false, usable = false;
};

/// A flag of the world's state: its bit, its name and when it is set. An unset one is shown with "!".
struct WorldFlagRow {
    std::uint32_t bit;
    std::string_view name;
    bool (*set)(const WorldView& view);
};

constexpr auto world_flags = std::to_array<WorldFlagRow>({
    {0x00000001, "Initialised", [](const WorldView& v) { return v.present; }},
    {0x00000002, "Usable", [](const WorldView& v) { return v.usable; }},
    {0x00000004, "Recovery", [](const WorldView& v) { return v.world.recovery; }},
    {0x00000008, "PINRecovery", [](const WorldView& v) { return v.world.passphrase_recovery; }},
    {0x00000010, "ExistingClient", [](const WorldView&) { return false; }},
    {0x00000020, "RTC", [](const WorldView&) { return false; }},
    {0x00000040, "NVRAM", [](const WorldView& v) { return !is_zero(v.world.hknv); }},
    {0x00000080, "FTO", [](const WorldView&) { return false; }},
    {0x00000100, "StrictFIPS140",
     [](const WorldView& v) { return v.present && v.world.mode == WorldMode::fips_140_level_3; }},
    {0x00000200, "CommonCriteriaCMTS",
     [](const WorldView& v) { return v.present && v.world.mode == WorldMode::common_criteria_cmts; }},
    {0x00000400, "SEEDebug", [](const WorldView&) { return false; }},
    {0x00000800, "TestParameters", [](const WorldView& v) { return v.world.test_parameters; }},
});

struct StateWord {
    std::uint32_t number;
    std::string_view name;
};

StateWord module_state(const ModuleFacts& module, const WorldView& view) {
    switch (module.mode) {
    case ModuleMode::pre_initialisation: return {0x1, "PreInitMode"};
    case ModuleMode::maintenance: return {0x5, "PreMaintMode"};
    case ModuleMode::failed: return {0x6, "Failed"};
    case ModuleMode::operational: break;
    }
    if (!module.enrolled) return {0x3, "Uninitialised"};
    if (!view.present || module.hknso != view.world.hknso) return {0x4, "Foreign"};
    return {0x2, "Usable"};
}

StateWord slot_state(SlotState state) {
    switch (state) {
    case SlotState::empty: return {0x2, "Empty"};
    case SlotState::blank: return {0x3, "Blank"};
    case SlotState::administrator: return {0x4, "Admin"};
    case SlotState::operator_card: return {0x5, "Operator"};
    case SlotState::foreign: return {0x6, "Foreign"};
    case SlotState::damaged: return {0x7, "Error"};
    }
    return {0x0, "Unknown"};
}

void field(std::string_view name, std::string_view value) { print(" {:<13} {}\n", name, value); }

WorldView view_of(const Client& client, const std::vector<ModuleFacts>& modules) {
    WorldView view;
    view.present = client.has_world();
    if (view.present) view.world = client.world().facts();
    view.usable = view.present && std::any_of(modules.begin(), modules.end(), [&](const auto& module) {
                      return module_state(module, view).name == "Usable";
                  });
    return view;
}

void print_slot(const Client& client, const ModuleFacts& module, const SlotFacts& slot) {
    const auto state = slot_state(slot.state);
    print("\nModule #{} Slot #{}\n", module.number, slot.slot);
    field("phystype", "SoftToken");
    field("slotlistflags", "0x2 SupportsAuthentication");
    field("state", fmt::format("{:#x} {}", state.number, state.name));
    field("flags", slot.has_passphrase ? "0x10000 Passphrase" : "0x0");
    field("shareno", fmt::format("{}", slot.share));
    field("shares", slot.state == SlotState::operator_card   ? "LTU"
                    : slot.state == SlotState::administrator ? "LTNSO LTM LTR LTP LTNV"
                                                             : "");
    if (!slot.card_path.empty()) field("card", escaped(card_name(client, to_path(slot.card_path))));
    field("error", slot.problem.empty() ? "OK" : escaped(slot.problem));
    if (slot.state == SlotState::operator_card) {
        print("Cardset\n");
        field("name", fmt::format("\"{}\"", escaped(slot.set_name)));
        field("k-out-of-n", fmt::format("{}/{}", slot.k, slot.n));
        field("card name", escaped(slot.card_name));
        field("hkltu", short_hash(slot.set));
    } else {
        print("No Cardset\n");
    }
}

} // namespace

void print_world(const Client& client, const std::vector<ModuleFacts>& modules) {
    const auto view = view_of(client, modules);
    const auto& world = view.world;
    std::uint32_t bits = 0;
    std::string names;
    for (const auto& row : world_flags) {
        const bool set = row.set(view);
        bits |= set ? row.bit : 0;
        names += fmt::format(" {}{}", set ? "" : "!", row.name);
    }
    const Hash256 none{};
    print("World\n");
    field("generation", "2");
    field("state", fmt::format("{:#x}{}", bits, names));
    field("n_modules", fmt::format("{}", modules.size()));
    field("hknso", short_hash(world.hknso));
    field("hkm", short_hash(world.hkm) + " (type AES-256)");
    for (const auto* name : {"hkmwk", "hkrtc", "hkmc", "hkdsee", "hkfto"}) field(name, short_hash(none));
    field("hkre", short_hash(world.hkre));
    field("hkra", short_hash(world.hkra));
    field("hkp", short_hash(world.hkp));
    field("hknv", short_hash(world.hknv));
    field("hkmnull", "0100000000000000000000000000000000000000");
    field("ex.client", "none");
    if (!view.present) return;
    const auto& quora = world.quora;
    field("k-out-of-n", fmt::format("{}/{}", quora.k, quora.n));
    field("other quora", fmt::format("m={} r={} p={} nv={} rtc=0 dsee=0 fto=0", quora.load,
                                     world.recovery ? quora.recovery : 0,
                                     world.passphrase_recovery ? quora.passphrase : 0, quora.nvram));
    field("createtime", date_text(world.create_time));
    field("ciphersuite", to_string(world.suite));
    field("mode", to_string(world.mode));
    field("acs", fmt::format("generation {}", world.acs_generation));
}

void print_module(const Client& client, const ModuleFacts& module) {
    const auto state = module_state(module, view_of(client, {}));
    print("\nModule #{}\n", module.number);
    field("generation", "2");
    field("state", fmt::format("{:#x} {}", state.number, state.name));
    field("flags", "0x0");
    field("n_slots", fmt::format("{}", module.slots));
    field("esn", escaped(module.esn));
    field("hkml", short_hash(module.hkml));
    for (const auto& slot : client.slots(module.number)) print_slot(client, module, slot);
}

void print_card_set(const CardSetFacts& set) {
    print("Cardset\n");
    field("name", fmt::format("\"{}\"", escaped(set.name)));
    field("k-out-of-n", fmt::format("{}/{}", set.k, set.n));
    field("flags", fmt::format("{}{} {}", set.persistent ? "Persistent" : "NotPersistent",
                               set.passphrase_recovery ? " PINRecovery" : "",
                               set.remoteable ? "Remoteable" : "LocalOnly"));
    field("timeout", set.timeout_s == 0 ? "none" : fmt::format("{} s", set.timeout_s));
    field("card names", set.cards.empty() ? "unknown" : "");
    for (const auto& card : set.cards) {
        print("  {:>3} \"{}\"{}\n", card.number, escaped(card.name),
              card.has_passphrase ? " with passphrase" : "");
    }
    field("hkltu", short_hash(set.token));
    field("gentime", date_text(set.create_time));
}

void print_key(const World& world, const KeyFacts& key) {
    print("Key AppName {} Ident {}\n", escaped(key.app), escaped(key.ident));
    field("name", fmt::format("\"{}\"", escaped(key.name)));
    field("hash", short_hash(key.key_id));
    field("type", type_text(key));
    field("recovery", key.recoverable ? "Enabled" : "Disabled");
    field("protection", key.protector == ProtectorKind::module     ? "Module"
                        : key.protector == ProtectorKind::card_set ? "CardSet"
                                                                   : "SoftCard");
    if (key.protector == ProtectorKind::card_set) field("cardset", short_hash(key.protector_hash));
    if (key.protector == ProtectorKind::softcard) field("softcard", short_hash(key.protector_hash));
    if (key.protector != ProtectorKind::module) field("under", protection_text(world, key));
    field("other flags",
          fmt::format("{}PublicKey !SEEAppKey {}NVMemBlob +0x0", key.public_info.empty() ? "!" : "",
                      key.nvram_area.empty() ? "!" : ""));
    if (!key.nvram_area.empty()) field("nvram", fmt::format("{} of module {}", escaped(key.nvram_area), escaped(key.esn)));
    field("origin", key.generated ? "generated in module " + escaped(key.esn) : "imported");
    field("gentime", date_text(key.create_time));
}

} // namespace hsm::tools
