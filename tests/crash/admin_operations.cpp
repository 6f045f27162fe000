// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "operations.hpp"
#include "protocol/administration.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"

// What administrator cards do: replacing themselves, recovering keys, replacing a passphrase.

namespace hsm::test {

namespace {

Secret acs() { return Secret::from_text("acs"); }

void load(Client& client, std::uint32_t module, const std::string& card) {
    Person person(client, {Lab::instance().card(card)}, "acs");
    (void)client.load_world(module, person);
}

void replace_cards(Client& client) {
    FixedPassphrase person(acs());
    NewCards how;
    how.ask_passphrases = true;
    how.erase = true; // what an attempt before this one has written
    (void)Administration(client.world()).replace_cards(person, how);
}

/// Whether the card is of the set that the module and the world file know.
bool is_current(Client& client, const std::string& card) {
    empty_slots(client);
    client.insert_card(1, 0, Lab::instance().card(card));
    auto& link = *client.state()->link;
    const auto begun =
        link.call(1, protocol::BeginAdminToken{AdminRole::nso, client.world().state()->record});
    try {
        (void)link.call(1, protocol::AddShare{begun.token, 0, acs()});
    } catch (const Error& error) {
        if (error.status() != Status::card_foreign) throw;
        return false;
    }
    (void)link.call(1, protocol::LoadAdminKey{begun.token});
    return true;
}

/// The module takes the world file of before the replacement for what it is.
bool knows_of_replacement(Client& client) {
    const auto old = Lab::instance().stages().world.at("kmdata/local/world");
    try {
        (void)client.state()->link->call(1, protocol::BeginAdminToken{AdminRole::nso, *old});
        return false;
    } catch (const Error& error) {
        require(error.status() == Status::untrusted,
                "the old world file was refused for another reason: " + error.message());
        return true;
    }
}

/// What the module's record tells other hosts.
std::uint32_t recorded_generation(Client& client) {
    const auto bytes = client.state()->store->read(store::RecordName::module(client.module(1).esn));
    require(bytes.has_value(), "the module has no record");
    const auto record = protocol::read_record<protocol::ModuleRecord>(*bytes, "the module record");
    const auto body = base::decode<protocol::ModuleStateBody>(record.state.body);
    const auto* value = protocol::find_extension(
        body.extensions, static_cast<std::uint32_t>(protocol::ModuleStateExtension::acs_generation));
    return value ? base::decode<std::uint32_t>(*value) : 0;
}

/// The present cards are of one set, the old or the new one, and that set is whole: never both, never
/// neither.
void check_cards(bool done) {
    auto& lab = Lab::instance();
    auto client = lab.open();
    const bool replaced = client.world().facts().acs_generation == 2;
    require(replaced || !done, "an acknowledged replacement is lost");
    if (done) {
        require(knows_of_replacement(client), "the module has forgotten the replacement");
        require(recorded_generation(client) == 2, "the module's record has forgotten the replacement");
    }
    require(is_current(client, "a1") == !replaced, replaced
                                                       ? "the old card still opens the world"
                                                       : "the old card is dead, and no new set is there");
    empty_slots(client);
    if (!replaced) {
        const auto further = client.create_module();
        load(client, further, "a1");
        empty_slots(client, further);
        // What a person does after a crash: the same again.
        client.insert_card(1, 0, lab.card("a1"));
        client.insert_card(1, 1, lab.card("b1"));
        replace_cards(client);
    }
    require(is_current(client, "b1"), "the new card does not open the world");
    require(!is_current(client, "a1"), "the old card still opens the world");
    require(knows_of_replacement(client), "the module takes the old world file for the present one");
    empty_slots(client);
    const auto further = client.create_module();
    load(client, further, "b1");
    empty_slots(client, further);
    check_world(client);
}

Operation racs() {
    return {"racs",
            &Stages::world,
            [](Client& client) {
                client.insert_card(1, 0, Lab::instance().card("a1"));
                client.insert_card(1, 1, Lab::instance().card("b1"));
            },
            [](Client& client, Notes&) { replace_cards(client); },
            [](const Notes&, bool done) { check_cards(done); },
            true,
            true};
}

std::vector<RecoveredKey> recover(Client& client) {
    auto world = client.world();
    const auto to = world.load_softcard(1, world.softcard("two").token, Secret::from_text("two"));
    FixedPassphrase person(acs());
    return Administration(world).recover_keys(Lab::instance().stages().soft, to, person);
}

/// Two keys under a softcard, and another softcard for them.
Operation rocs() {
    return {"rocs",
            &Stages::world,
            [](Client& client) {
                auto world = client.world();
                (void)world.create_softcard(1, "two", Secret::from_text("two"));
                (void)world.generate(p256("s2"), world.load_softcard(1, Lab::instance().stages().soft,
                                                                     Secret::from_text("soft")));
                client.insert_card(1, 0, Lab::instance().card("a1"));
            },
            [](Client& client, Notes&) { (void)recover(client); },
            [](const Notes&, bool done) {
                auto& lab = Lab::instance();
                auto client = lab.open();
                auto world = client.world();
                const auto old_one = world.load_softcard(1, lab.stages().soft, Secret::from_text("soft"));
                const auto new_one =
                    world.load_softcard(1, world.softcard("two").token, Secret::from_text("two"));
                const auto check = [&](bool all_moved) {
                    for (const auto* ident : {"s", "s2"}) {
                        const auto facts = world.find("simple", ident);
                        require(facts.has_value(), std::string("key ") + ident + " is lost");
                        const bool moved = facts->protector_hash == new_one.hash();
                        require(moved || !all_moved,
                                std::string("key ") + ident + " is under the old softcard again");
                        check_key(world.load(*facts, moved ? new_one : old_one), facts->public_info);
                    }
                };
                check(done);
                if (!done) (void)recover(client);
                check(true);
                empty_slots(client);
                Expected rest;
                rest.has_s = false;
                check_world(client, rest);
            },
            false,
            true};
}

} // namespace

std::vector<Operation> admin_operations() { return {racs(), rocs()}; }

} // namespace hsm::test
