// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kill_model.hpp"

#include <sstream>
#include <string_view>

namespace hsm::test {

namespace {

constexpr std::size_t many_keys = 30, many_softcards = 4, many_sets = 4;

Secret text(const std::string& passphrase) { return Secret::from_text(passphrase); }

template <class Map>
std::string any_name(const Map& map, std::mt19937_64& random) {
    auto at = map.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random() % map.size()));
    return at->first;
}

void empty_slot(Client& client, std::uint32_t slot) {
    try {
        client.remove_card(1, slot);
    } catch (const Error& error) {
        if (error.status() != Status::no_card) throw;
    }
}

KeyRequest request_for(const std::string& ident, bool replace) {
    auto request = p256(ident, replace);
    request.usage.recoverable = false; // the fast way
    return request;
}

std::string generate(Client& client, const std::string& ident, bool replace) {
    return to_hex(client.world().generate(request_for(ident, replace), Protector::module_key()).id());
}

void create_set(Client& client, const std::string& name, const std::string& card) {
    empty_slot(client, 1);
    client.create_card(Lab::instance().card(card));
    client.insert_card(1, 1, Lab::instance().card(card));
    CardSetOptions options;
    options.name = name;
    NewCards how;
    how.slot = 1;
    (void)client.world().create_card_set(1, options, silent(), how);
    client.remove_card(1, 1);
}

void load_set(Client& client, const std::string& name, const std::string& card) {
    auto world = client.world();
    empty_slot(client, 1);
    client.insert_card(1, 1, Lab::instance().card(card));
    const auto protector = world.load_card_set(1, world.card_set(name).token, silent());
    const auto key = world.generate(p256("probe-set", true), protector);
    check_key(key, world.find("simple", "probe-set")->public_info);
    client.remove_card(1, 1);
    world.remove("simple", "probe-set");
}

bool softcard_opens(Client& client, const std::string& name, const std::string& passphrase) {
    auto world = client.world();
    try {
        (void)world.load_softcard(1, world.softcard(name).token, text(passphrase));
        return true;
    } catch (const Error& error) {
        if (error.status() != Status::passphrase_wrong) throw;
        return false;
    }
}

bool card_opens(Client& client, const std::string& passphrase) {
    try {
        client.check_card_passphrase(1, 0, text(passphrase));
        return true;
    } catch (const Error& error) {
        if (error.status() != Status::passphrase_wrong) throw;
        return false;
    }
}

template <class All>
bool has_name(const All& all, const std::string& name) {
    for (const auto& facts : all)
        if (facts.name == name) return true;
    return false;
}

/// Whether the step under way happened; the model follows.
void resolve(Client& client, KillModel& model, KillStep step) {
    auto world = client.world();
    const auto& verb = step.verb;
    const auto facts = [&](const std::string& ident) { return world.find("simple", ident); };
    if (verb == "generate" || verb == "replace") {
        if (const auto found = facts(step.name)) model.keys[step.name] = to_hex(found->key_id);
        else require(verb == "generate", "the key that was to be replaced is gone: " + step.name);
    } else if (verb == "remove") {
        if (!facts(step.name)) model.keys.erase(step.name);
    } else if (verb == "rename") {
        const bool has_old = facts(step.name).has_value(), has_new = facts(step.to).has_value();
        require(has_old || has_new, "a key is lost between two names: " + step.name);
        if (has_new) model.keys[step.to] = model.keys.at(step.name);
        if (!has_old) model.keys.erase(step.name);
    } else if (verb == "change-card") {
        // One of the two must open it; and the right one after a wrong one keeps the slow-down out of the test.
        if (card_opens(client, step.to)) model.card_passphrase = step.to;
        else require(card_opens(client, model.card_passphrase), "neither the old nor the new passphrase opens the card");
    } else if (verb == "change-softcard") {
        if (softcard_opens(client, step.name, step.to)) model.softcards[step.name] = step.to;
        else
            require(softcard_opens(client, step.name, model.softcards.at(step.name)),
                    "neither the old nor the new passphrase opens softcard " + step.name);
    } else if (verb == "create-softcard") {
        if (has_name(world.softcards(), step.name)) model.softcards[step.name] = step.to;
    } else if (verb == "delete-softcard") {
        if (!has_name(world.softcards(), step.name)) model.softcards.erase(step.name);
    } else if (verb == "create-set") {
        if (has_name(world.card_sets(), step.name)) model.sets[step.name] = step.to;
    } else if (verb == "forget-set") {
        if (!has_name(world.card_sets(), step.name)) model.sets.erase(step.name);
    }
}

void check_one_key(World& world, const std::string& ident, const std::string& id) {
    const auto facts = world.find("simple", ident);
    require(facts.has_value(), "an acknowledged key is lost: " + ident);
    require(to_hex(facts->key_id) == id, "a key is not the acknowledged one: " + ident);
    check_key(world.load(*facts, Protector::module_key()), facts->public_info);
}

} // namespace

std::string line_of(char mark, const KillStep& step) {
    const auto word = [](const std::string& text) { return text.empty() ? std::string("-") : text; };
    return std::string(1, mark) + ' ' + step.verb + ' ' + word(step.name) + ' ' + word(step.to) + ' ' + word(step.result) + '\n';
}

KillStep parse_step(const std::string& line) {
    std::istringstream in(line.substr(1));
    KillStep step;
    in >> step.verb >> step.name >> step.to >> step.result;
    return step;
}

void KillModel::done(const KillStep& step) {
    const auto& verb = step.verb;
    if (verb == "generate" || verb == "replace") keys[step.name] = step.result;
    else if (verb == "remove") keys.erase(step.name);
    else if (verb == "rename") keys[step.to] = keys.at(step.name), keys.erase(step.name);
    else if (verb == "change-card") card_passphrase = step.to;
    else if (verb == "change-softcard" || verb == "create-softcard") softcards[step.name] = step.to;
    else if (verb == "delete-softcard") softcards.erase(step.name);
    else if (verb == "create-set") sets[step.name] = step.to;
    else if (verb == "forget-set") sets.erase(step.name);
}

KillStep choose_step(KillModel& model, std::mt19937_64& random) {
    const auto fresh = [&](const char* prefix) { return prefix + std::to_string(model.next++); };
    const auto roll = random() % 100;
    if (model.keys.size() > many_keys) return {"remove", any_name(model.keys, random), "", ""};
    if (model.softcards.size() > many_softcards) return {"delete-softcard", any_name(model.softcards, random), "", ""};
    if (model.sets.size() > many_sets) return {"forget-set", any_name(model.sets, random), "", ""};
    if (roll < 30 || model.keys.empty()) return {"generate", fresh("k"), "", ""};
    if (roll < 42) return {"replace", any_name(model.keys, random), "", ""};
    if (roll < 54) return {"remove", any_name(model.keys, random), "", ""};
    if (roll < 66) return {"rename", any_name(model.keys, random), fresh("k"), ""};
    if (roll < 76) return {"change-card", "o1", fresh("c"), ""};
    if (roll < 84 || model.softcards.empty()) return {"create-softcard", fresh("s"), fresh("p"), ""};
    if (roll < 93) return {"change-softcard", any_name(model.softcards, random), fresh("p"), ""};
    return {"create-set", fresh("set"), fresh("card"), ""};
}

std::string do_step(Client& client, const KillModel& model, const KillStep& step) {
    auto world = client.world();
    const auto& verb = step.verb;
    if (verb == "generate" || verb == "replace") return generate(client, step.name, verb == "replace");
    if (verb == "remove") world.remove("simple", step.name);
    else if (verb == "rename") world.rename("simple", step.name, "simple", step.to);
    else if (verb == "change-card") client.change_card_passphrase(1, 0, text(model.card_passphrase), text(step.to));
    else if (verb == "create-softcard") (void)world.create_softcard(1, step.name, text(step.to));
    else if (verb == "change-softcard")
        world.change_softcard_passphrase(1, world.softcard(step.name).token, text(model.softcards.at(step.name)), text(step.to));
    else if (verb == "delete-softcard") world.delete_softcard(world.softcard(step.name).token);
    else if (verb == "create-set") create_set(client, step.name, step.to);
    else if (verb == "forget-set") world.forget_card_set(world.card_set(step.name).token);
    return {};
}

void settle(Client& client, KillModel& model, const std::optional<KillStep>& under_way, bool thorough, std::mt19937_64& random) {
    auto world = client.world();
    if (under_way) resolve(client, model, *under_way);
    empty_slot(client, 1);
    require(world.key_count() == model.keys.size() + Lab::instance().stages().public_info.size(),
            "there are " + std::to_string(world.key_count()) + " keys, and " + std::to_string(model.keys.size()) +
                " are acknowledged, besides those from before");
    require(card_opens(client, model.card_passphrase), "the acknowledged passphrase does not open the card");
    // The locks are free: a change of the directory and one of the module's own state.
    (void)generate(client, "probe", false);
    world.remove("simple", "probe");
    if (!model.keys.empty()) {
        const auto ident = any_name(model.keys, random);
        check_one_key(world, ident, model.keys.at(ident));
    }
    if (!thorough) return;
    for (const auto& [ident, id] : model.keys) check_one_key(world, ident, id);
    for (const auto& [name, passphrase] : model.softcards)
        require(softcard_opens(client, name, passphrase), "the acknowledged passphrase does not open softcard " + name);
    require(world.softcards().size() == model.softcards.size() + 1, "a softcard is lost or back");
    for (const auto& [name, card] : model.sets) load_set(client, name, card);
    require(world.card_sets().size() == model.sets.size() + 1, "a card set is lost or back");
    const auto problems = world.problems();
    require(problems.empty(), problems.empty() ? "" : "problem: " + problems.front().text);
    world.check();
}

} // namespace hsm::test
