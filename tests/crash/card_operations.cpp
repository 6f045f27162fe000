// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "operations.hpp"

namespace hsm::test {

namespace {

void insert(Client& client, const std::string& card) { client.insert_card(1, 0, Lab::instance().card(card)); }

SlotFacts slot(Client& client) { return client.slots(1).front(); }

/// Whether this passphrase opens the card in slot 0.
bool opens(Client& client, const std::string& passphrase) {
    try {
        client.check_card_passphrase(1, 0, Secret::from_text(passphrase));
        return true;
    } catch (const Error& error) {
        if (error.status() != Status::passphrase_wrong) throw;
        return false;
    }
}

Operation new_card() {
    return {"make a blank card", &Stages::world, {},
            [](Client& client, Notes&) { client.create_card(Lab::instance().card("new")); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto path = Lab::instance().card("new");
                const bool there = std::filesystem::exists(path);
                require(there || !done, "an acknowledged card is lost");
                if (there) {
                    client.insert_card(1, 0, path);
                    require(slot(client).state == SlotState::blank, "the new card is not blank");
                }
                check_world(client);
            }};
}

Operation insert_card() {
    return {"insert a card", &Stages::world, {},
            [](Client& client, Notes&) { insert(client, "o1"); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto state = slot(client).state;
                require(state == SlotState::operator_card || (!done && state == SlotState::empty),
                        "the slot does not hold the card");
                check_world(client);
            }};
}

Operation remove_card() {
    return {"remove a card", &Stages::world, [](Client& client) { insert(client, "o1"); },
            [](Client& client, Notes&) { client.remove_card(1, 0); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto state = slot(client).state;
                require(state == SlotState::empty || (!done && state == SlotState::operator_card),
                        "a card is in the slot after its removal was acknowledged");
                check_world(client);
            }};
}

Operation erase_card() {
    return {"erase a card", &Stages::world, [](Client& client) { insert(client, "o1"); },
            [](Client& client, Notes&) { client.erase_card(1, 0); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto state = slot(client).state;
                require(state == SlotState::blank || (!done && state == SlotState::operator_card),
                        "the card is not what it was, and not erased");
                Expected rest;
                rest.has_o = state == SlotState::operator_card;
                check_world(client, rest);
            }};
}

Operation change_card_passphrase() {
    return {"change a card's passphrase", &Stages::world, [](Client& client) { insert(client, "o1"); },
            [](Client& client, Notes&) {
                client.change_card_passphrase(1, 0, Secret::from_text("ocs"), Secret::from_text("new"));
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const bool is_old = opens(client, "ocs");
                require(!done || !is_old, "the old passphrase is back");
                Expected now;
                now.ocs_passphrase = is_old ? "ocs" : "new";
                check_world(client, now);
            }};
}

Operation create_card_set() {
    return {"createocs", &Stages::world,
            [](Client& client) {
                client.insert_card(1, 0, Lab::instance().card("b1"));
                client.insert_card(1, 1, Lab::instance().card("b2"));
            },
            [](Client& client, Notes&) {
                FixedPassphrase person(Secret::from_text("two"));
                CardSetOptions options;
                options.name = "two";
                options.n = 2;
                NewCards how;
                how.ask_passphrases = true;
                how.erase = true; // what an attempt before this one has written
                (void)client.world().create_card_set(1, options, person, how);
            },
            [](const Notes&, bool done) {
                auto& lab = Lab::instance();
                auto client = lab.open();
                auto world = client.world();
                const auto sets = world.card_sets();
                require(sets.size() == 2 || (!done && sets.size() == 1), "a card set is lost");
                if (sets.size() == 2) {
                    const auto set = world.card_set("two");
                    require(set.cards.size() == 2, "the card set's record is not complete");
                    for (const auto* card : {"b1", "b2"}) {
                        Person person(client, {lab.card(card)}, "two");
                        empty_slots(client);
                        const auto protector = world.load_card_set(1, set.token, person);
                        const auto ident = std::string("under-") + card;
                        const auto key = world.generate(p256(ident), protector);
                        check_key(key, key.public_info());
                    }
                }
                check_world(client);
            },
            true};
}

Operation create_softcard() {
    return {"create a softcard", &Stages::world, {},
            [](Client& client, Notes&) { (void)client.world().create_softcard(1, "two", Secret::from_text("two")); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                auto world = client.world();
                const auto all = world.softcards();
                require(all.size() == 2 || (!done && all.size() == 1), "a softcard is lost");
                if (all.size() == 2) (void)world.load_softcard(1, world.softcard("two").token, Secret::from_text("two"));
                check_world(client);
            }};
}

Operation change_softcard_passphrase() {
    return {"change a softcard's passphrase", &Stages::world, {},
            [](Client& client, Notes&) {
                client.world().change_softcard_passphrase(1, Lab::instance().stages().soft, Secret::from_text("soft"),
                                                          Secret::from_text("new"));
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                Expected now;
                try {
                    (void)client.world().load_softcard(1, Lab::instance().stages().soft, Secret::from_text("soft"));
                    require(!done, "the old passphrase is back");
                } catch (const Error& error) {
                    if (error.status() != Status::passphrase_wrong) throw;
                    now.softcard_passphrase = "new";
                }
                check_world(client, now);
            }};
}

Operation delete_softcard() {
    return {"delete a softcard", &Stages::world,
            [](Client& client) { (void)client.world().create_softcard(1, "two", Secret::from_text("two")); },
            [](Client& client, Notes&) {
                auto world = client.world();
                world.delete_softcard(world.softcard("two").token);
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto count = client.world().softcards().size();
                require(count == 1 || (!done && count == 2), "a softcard is back after its removal was acknowledged");
                check_world(client);
            }};
}

constexpr int free_failures = 3;

void guess(Client& client, int times) {
    for (int i = 0; i < times; ++i) require(!opens(client, "wrong"), "a wrong passphrase opens the card");
}

/// Whether even the right passphrase must wait.
bool is_delayed(Client& client) {
    try {
        client.check_card_passphrase(1, 0, Secret::from_text("ocs"));
        return false;
    } catch (const Error& error) {
        if (error.status() != Status::passphrase_delayed) throw;
        return true;
    }
}

/// The softcard's own delay, which nothing that happens to a card may end.
void guess_softcard(Client& client) {
    auto world = client.world();
    for (int i = 0; i < 12; ++i) { // the last ones are worth 5 seconds each
        Lab::instance().clock().now_ms += 20'000;
        try {
            (void)world.load_softcard(1, Lab::instance().stages().soft, Secret::from_text("wrong"));
        } catch (const Error& error) {
            if (error.status() != Status::passphrase_wrong) throw;
        }
    }
}

void check_softcard_is_delayed(Client& client) {
    try {
        (void)client.world().load_softcard(1, Lab::instance().stages().soft, Secret::from_text("soft"));
    } catch (const Error& error) {
        if (error.status() != Status::passphrase_delayed) throw;
        return;
    }
    throw Violation("wrong passphrases for a softcard were forgotten");
}

void check_delay(bool done, bool wanted) {
    auto client = Lab::instance().open();
    check_softcard_is_delayed(client);
    if (!wanted) guess(client, 1); // the first one again, if the right one before it was written down
    const bool delayed = is_delayed(client);
    require(!done || delayed == wanted, wanted ? "a counted wrong passphrase was forgotten"
                                               : "a right passphrase did not end the delay");
    Lab::instance().clock().now_ms += 120'000;
    check_world(client);
}

Operation wrong_passphrase() {
    return {"a wrong passphrase", &Stages::world,
            [](Client& client) {
                insert(client, "o1");
                guess(client, free_failures);
                guess_softcard(client);
            },
            [](Client& client, Notes&) { guess(client, 1); },
            [](const Notes&, bool done) { check_delay(done, true); }};
}

Operation right_passphrase() {
    return {"a right passphrase after wrong ones", &Stages::world,
            [](Client& client) {
                insert(client, "o1");
                guess(client, free_failures + 1);
                Lab::instance().clock().now_ms += 120'000;
                guess_softcard(client);
            },
            [](Client& client, Notes&) { require(opens(client, "ocs"), "the right passphrase is refused"); },
            [](const Notes&, bool done) { check_delay(done, false); }};
}

} // namespace

std::vector<Operation> card_operations() {
    return {new_card(),        insert_card(),     remove_card(),
            erase_card(),      create_card_set(), change_card_passphrase(),
            create_softcard(), delete_softcard(), change_softcard_passphrase(),
            wrong_passphrase(), right_passphrase()};
}

} // namespace hsm::test
