// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"
#include "support/throwaway_home.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <bit>

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Presents a card to a token, in slot 0 of the module, where it stays.
protocol::AddShare::Reply present(ReadyHome& ready, TokenHandle token, const std::string& card,
                                  std::uint32_t module = 1) {
    if (ready.client.slots(module).at(0).state != SlotState::empty) ready.client.remove_card(module, 0);
    ready.client.insert_card(module, 0, card);
    return ready.client.state()->link->call(module, protocol::AddShare{token, 0, {}});
}

Bytes world_record(ReadyHome& ready) { return read_file(ready.home.locations().kmlocal / "world"); }

template <class Command>
auto call(ReadyHome& ready, const Command& command, std::uint32_t module = 1) {
    return ready.client.state()->link->call(module, command);
}

std::uint32_t quorum_of(const AcsQuora& quora, AdminRole role) {
    switch (role) {
    case AdminRole::nso: return quora.k;
    case AdminRole::load: return quora.load;
    case AdminRole::recovery: return quora.recovery;
    case AdminRole::passphrase: return quora.passphrase;
    case AdminRole::nvram: return quora.nvram;
    }
    return 0;
}

constexpr AdminRole roles[] = {AdminRole::nso, AdminRole::load, AdminRole::recovery, AdminRole::passphrase,
                               AdminRole::nvram};

} // namespace

TEST_CASE("every subset of the administrator cards opens exactly the tokens whose quorum it reaches",
          "[acs]") {
    const auto uri = each_connection();
    auto options = cheap_world(4, 5);
    options.quora = {4, 5, 2, 3, 4, 1};
    options.passphrase_recovery = true;
    ReadyHome ready(uri, options);
    const auto record = world_record(ready);
    for (const auto role : roles) {
        const auto quorum = quorum_of(options.quora, role);
        for (unsigned subset = 0; subset < 32; ++subset) {
            const auto size = static_cast<std::uint32_t>(std::popcount(subset));
            if (size > quorum) continue; // what comes after the quorum is tried below
            CAPTURE(to_string(role), subset, quorum, uri);
            const auto begun = call(ready, protocol::BeginAdminToken{role, record});
            CHECK(begun.needed == quorum);
            std::uint32_t presented = 0;
            for (unsigned card = 0; card < 5; ++card) {
                if (!(subset & (1u << card))) continue;
                const auto progress = present(ready, begun.token, ready.acs[card]);
                CHECK(progress.presented == ++presented);
                CHECK(progress.needed == quorum);
            }
            const bool certifies = role != AdminRole::load && role != AdminRole::passphrase;
            const auto status = status_of([&] { (void)call(ready, protocol::LoadAdminKey{begun.token}); });
            if (size < quorum)
                CHECK(status == Status::token_incomplete);
            else
                CHECK(status == (certifies ? Status::ok : Status::invalid_argument));
            if (size == quorum) {
                const auto further = subset == 31
                                         ? ready.acs[0]
                                         : ready.acs[static_cast<std::size_t>(std::countr_one(subset))];
                ready.client.insert_card(1, 1, further);
                CHECK(status_of([&] {
                          (void)call(ready, protocol::AddShare{begun.token, 1, {}});
                      }) == Status::bad_state);
                ready.client.remove_card(1, 1);
            }
            (void)call(ready, protocol::Destroy{begun.token.value});
        }
    }
}

TEST_CASE("a token for one power is of no use for another", "[acs]") {
    const auto uri = each_connection();
    auto options = cheap_world(3, 3);
    options.quora = {3, 3, 1, 1, 1, 1};
    ReadyHome ready(uri, options);
    (void)ready.client.create_module();
    const auto record = world_record(ready);
    // The nvram quorum of one card does not enrol a module, nor open K_NSO.
    for (const auto role : roles) {
        if (role == AdminRole::load || role == AdminRole::passphrase) continue;
        CAPTURE(to_string(role));
        const auto begun = call(ready, protocol::BeginAdminToken{role, record}, 2);
        for (std::uint32_t i = 0; i < begun.needed; ++i) (void)present(ready, begun.token, ready.acs[i], 2);
        CHECK(status_of([&] { (void)call(ready, protocol::Enrol{begun.token}, 2); }) ==
              Status::invalid_argument);
        CHECK_FALSE(ready.client.module(2).enrolled);
    }
    const auto nv = call(ready, protocol::BeginAdminToken{AdminRole::nvram, record});
    (void)present(ready, nv.token, ready.acs[0]);
    // An administrator token protects no application key.
    protocol::GenerateKey generate;
    generate.spec = parse_key_spec("AES-256");
    generate.protection.token = nv.token;
    CHECK(status_of([&] { (void)call(ready, generate); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)call(ready, protocol::WriteShare{nv.token, 0, 1, "", {}}); }) != Status::ok);
}

TEST_CASE("cards that do not serve as administrator cards are refused by name", "[acs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, cheap_world(2, 3)), other(uri);
    std::vector<std::string> operators;
    (void)ready.card_set(operators, set_of("ops", 1, 1));
    const auto blank = ready.home.cards(ready.client, 1);
    const auto begun = call(ready, protocol::BeginAdminToken{AdminRole::nso, world_record(ready)});
    (void)present(ready, begun.token, ready.acs[0]);

    const auto refusal = [&](const std::string& card) {
        return error_of([&] { (void)present(ready, begun.token, card); });
    };
    const auto duplicate = refusal(ready.acs[0]);
    REQUIRE(duplicate);
    CHECK(duplicate->status() == Status::share_duplicate);
    CHECK_THAT(duplicate->message(), ContainsSubstring("already"));
    // A copy of a card file is the same card.
    const auto copy = ready.home.path() / "copy";
    std::filesystem::copy_file(ready.acs[0], copy);
    CHECK(refusal(copy.string())->status() == Status::share_duplicate);

    const auto foreign = refusal(other.acs[0]);
    REQUIRE(foreign);
    CHECK(foreign->status() == Status::card_foreign);
    CHECK_THAT(foreign->message(), ContainsSubstring("another Security World"));
    const auto operator_card = refusal(operators[0]);
    REQUIRE(operator_card);
    CHECK(operator_card->status() == Status::card_foreign);
    CHECK_THAT(operator_card->message(), ContainsSubstring("operator card"));
    const auto empty = refusal(blank[0]);
    REQUIRE(empty);
    CHECK(empty->status() == Status::card_foreign);
    CHECK_THAT(empty->message(), ContainsSubstring("blank"));
    ready.empty_slots();
    CHECK(status_of([&] { (void)call(ready, protocol::AddShare{begun.token, 0, {}}); }) == Status::no_card);
    CHECK(status_of([&] {
              (void)call(ready, protocol::AddShare{begun.token, 9, {}});
          }) == Status::invalid_argument);
    // None of that spoiled the token.
    CHECK(present(ready, begun.token, ready.acs[1]).presented == 2);
    CHECK_NOTHROW(call(ready, protocol::LoadAdminKey{begun.token}));
}

TEST_CASE("the world's own administrator cards are never erased or overwritten", "[acs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto before = read_file(ready.acs[0]);
    ready.client.insert_card(1, 0, ready.acs[0]);
    CHECK(status_of([&] { ready.client.erase_card(1, 0); }) == Status::access_denied);
    NewCards how;
    how.erase = true;
    CHECK(status_of([&] { (void)ready.world.create_card_set(1, set_of("ops", 1, 1), silent(), how); }) ==
          Status::no_card);
    CHECK(read_file(ready.acs[0]) == before);
    // What the card says of itself outside its authenticated header does not help either.
    auto record = base::decode<protocol::CardRecord>(before);
    for (const auto kind : {protocol::CardKind::operator_card, protocol::CardKind::blank}) {
        record.kind = kind;
        write_file(ready.acs[0], base::encode(record));
        CHECK(status_of([&] { ready.client.erase_card(1, 0); }) == Status::card_damaged);
        CHECK(ready.client.slots(1).at(0).state == SlotState::damaged);
    }
    write_file(ready.acs[0], before);
    // Out of the world it is a card like any other.
    ready.client.remove_card(1, 0);
    ready.client.clear(1, ModuleMode::pre_initialisation);
    ready.client.factory(1);
    ready.client.insert_card(1, 0, ready.acs[0]);
    CHECK_NOTHROW(ready.client.erase_card(1, 0));
    CHECK(ready.client.slots(1).at(0).state == SlotState::blank);
}

TEST_CASE("administrator cards may have passphrases, one each", "[acs][passphrase]") {
    const auto uri = each_connection();
    ThrowawayHome home(uri);
    auto client = home.open();
    (void)client.create_module();
    (void)client.create_module();
    const auto cards = home.cards(client, 3);
    ScriptedAuthoriser writer(client, cards, {"one", "two", "three"});
    NewCards how;
    how.ask_passphrases = true;
    auto world = client.create_world(1, cheap_world(2, 3), writer, how);
    CHECK_NOTHROW(client.check_card_passphrase(1, 0, Secret::from_text("three")));
    CHECK(status_of([&] { client.check_card_passphrase(1, 0, Secret::from_text("two")); }) ==
          Status::passphrase_wrong);
    client.change_card_passphrase(1, 0, Secret::from_text("three"), Secret::from_text("drei"));
    client.remove_card(1, 0);
    ScriptedAuthoriser wrong(client, {cards[2], cards[0]}, {"three"});
    CHECK(status_of([&] { (void)client.load_world(2, wrong); }) == Status::passphrase_delayed);
    home.clock().pass_s(100);
    client.remove_card(2, 0);
    ScriptedAuthoriser right(client, {cards[2], cards[0]}, {"drei", "one"});
    CHECK_NOTHROW(client.load_world(2, right));
}
