// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"
#include "support/throwaway_home.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

#include <thread>

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;

namespace {

Secret words(const std::string& text) { return Secret::from_text(text); }

/// One attempt to load the softcard.
Status attempt(World& world, const Hash256& softcard, const std::string& passphrase) {
    return status_of([&] { (void)world.load_softcard(1, softcard, words(passphrase)); });
}

} // namespace

TEST_CASE("wrong passphrases are slowed down after three, for every process, and never locked out",
          "[passphrase]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& clock = ready.home.clock();
    const auto card = ready.world.create_softcard(1, "soft", words("right")).token;
    for (int i = 0; i < 3; ++i) CHECK(attempt(ready.world, card, "wrong") == Status::passphrase_wrong);
    CHECK(attempt(ready.world, card, "wrong") == Status::passphrase_wrong); // the fourth costs 100 ms
    // While it waits not even the right one is looked at, here and in another process.
    auto other_client = ready.home.open();
    auto other = other_client.world();
    CHECK(attempt(ready.world, card, "right") == Status::passphrase_delayed);
    CHECK(attempt(other, card, "right") == Status::passphrase_delayed);
    const auto message = message_of([&] { (void)other.load_softcard(1, card, words("right")); });
    CHECK_THAT(message, ContainsSubstring("wait 1 s"));
    clock.pass_ms(99);
    CHECK(attempt(other, card, "wrong") == Status::passphrase_delayed);
    clock.pass_ms(1);
    // Counted together.
    for (const std::uint64_t wait : {200u, 400u, 800u, 1600u, 3200u, 5000u, 5000u, 5000u}) {
        CAPTURE(wait);
        CHECK(attempt(wait % 800 ? other : ready.world, card, "wrong") == Status::passphrase_wrong);
        clock.pass_ms(wait - 1);
        CHECK(attempt(ready.world, card, "right") == Status::passphrase_delayed);
        clock.pass_ms(1);
    }
    CHECK(attempt(other, card, "right") == Status::ok);
    // The right one clears the count.
    for (int i = 0; i < 3; ++i) CHECK(attempt(ready.world, card, "wrong") == Status::passphrase_wrong);
    CHECK(attempt(ready.world, card, "right") == Status::ok);
}

TEST_CASE("the slow-down survives a restart of every process", "[passphrase]") {
    ThrowawayHome home;
    Hash256 card{};
    {
        auto client = home.open();
        (void)client.create_module();
        ScriptedAuthoriser authoriser(client, home.cards(client, 1));
        auto world = client.create_world(1, cheap_world(), authoriser);
        card = world.create_softcard(1, "soft", words("right")).token;
        for (int i = 0; i < 7; ++i) {
            CHECK(attempt(world, card, "wrong") == Status::passphrase_wrong);
            home.clock().pass_s(60);
        }
        CHECK(attempt(world, card, "wrong") == Status::passphrase_wrong);
    }
    // No process has the module open any more; only its directory knows.
    REQUIRE_FALSE(home.modules());
    for (int round = 0; round < 3; ++round) {
        auto client = home.open();
        auto world = client.world();
        CHECK(attempt(world, card, "right") == Status::passphrase_delayed);
    }
    home.clock().pass_s(60);
    auto client = home.open();
    auto world = client.world();
    CHECK(attempt(world, card, "right") == Status::ok);
}

TEST_CASE("a damaged or lost record of attempts costs the delay, never the card", "[passphrase]") {
    ThrowawayHome home;
    const auto file = [&] {
        for (const auto& entry : std::filesystem::directory_iterator(home.locations().modules))
            if (entry.is_directory()) return entry.path() / "attempts";
        return base::Path();
    };
    Hash256 card{};
    {
        auto client = home.open();
        (void)client.create_module();
        ScriptedAuthoriser authoriser(client, home.cards(client, 1));
        auto world = client.create_world(1, cheap_world(), authoriser);
        card = world.create_softcard(1, "soft", words("right")).token;
        for (int i = 0; i < 4; ++i) (void)attempt(world, card, "wrong");
    }
    write_file(file(), view("nonsense"));
    auto client = home.open();
    auto world = client.world();
    CHECK(attempt(world, card, "right") == Status::ok);
}

TEST_CASE("passphrases of cards: set, changed, taken off", "[passphrase][ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& client = ready.client;
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 2, 2), "first");
    REQUIRE(set.cards.size() == 2);
    CHECK(set.cards[0].has_passphrase);
    client.insert_card(1, 0, cards[0]);
    CHECK(client.slots(1).at(0).has_passphrase);
    CHECK(status_of([&] { client.change_card_passphrase(1, 0, words("no"), words("second")); }) ==
          Status::passphrase_wrong);
    CHECK(status_of([&] { client.change_card_passphrase(1, 0, {}, words("second")); }) ==
          Status::passphrase_required);
    CHECK_NOTHROW(client.change_card_passphrase(1, 0, words("first"), words("second")));
    CHECK(status_of([&] { client.check_card_passphrase(1, 0, words("first")); }) == Status::passphrase_wrong);
    CHECK_NOTHROW(client.check_card_passphrase(1, 0, words("second")));
    ready.empty_slots();
    // The other card keeps its own; both together still open the set.
    ScriptedAuthoriser both(client, {cards[0], cards[1]}, {"second", "first"});
    CHECK_NOTHROW(ready.world.load_card_set(1, set.token, both));
    ready.empty_slots();
    client.insert_card(1, 0, cards[0]);
    CHECK_NOTHROW(client.change_card_passphrase(1, 0, words("second"), {}));
    CHECK_FALSE(client.slots(1).at(0).has_passphrase);
    ScriptedAuthoriser one(client, {cards[1]}, {"first"});
    CHECK_NOTHROW(ready.world.load_card_set(1, set.token, one));
    // The old card file does not bring the old passphrase back in any other way than as a card: it is refused
    // as a copy.
    ready.empty_slots();
    client.insert_card(1, 0, cards[0]);
    CHECK_NOTHROW(client.change_card_passphrase(1, 0, {}, words("third")));
    CHECK_NOTHROW(client.check_card_passphrase(1, 0, words("third")));
    CHECK(status_of([&] { ready.world.load_card_set(1, set.token, silent()); }) ==
          Status::passphrase_required);
}

TEST_CASE("a question says why the last answer did not do, in words and as a status", "[passphrase]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto token = ready.world.create_softcard(1, "soft", words("right")).token;
    ScriptedAuthoriser authoriser(ready.client, {}, {"wrong", "right"});
    CHECK_NOTHROW(ready.world.load_softcard(1, token, authoriser));
    REQUIRE(authoriser.asked.size() == 2);
    CHECK(authoriser.asked[0].problem_status == Status::ok);
    CHECK(authoriser.asked[1].problem_status == Status::passphrase_wrong);
    CHECK_FALSE(authoriser.asked[1].problem.empty());
    // A card that cannot be written says so too.
    std::vector<std::string> cards;
    (void)ready.card_set(cards, set_of("ops", 1, 1));
    ScriptedAuthoriser writer(ready.client, {cards[0]});
    CHECK(status_of([&] { (void)ready.world.create_card_set(1, set_of("again", 1, 1), writer); }) == Status::cancelled);
    REQUIRE(writer.asked.size() == 2);
    CHECK(writer.asked[1].problem_status == Status::card_not_blank);
}

TEST_CASE("a wrong passphrase of one card does not slow another one down", "[passphrase][ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    std::vector<std::string> cards;
    (void)ready.card_set(cards, set_of("ops", 1, 2), "pass");
    ready.client.insert_card(1, 0, cards[0]);
    ready.client.insert_card(1, 1, cards[1]);
    for (int i = 0; i < 4; ++i)
        CHECK(status_of([&] { ready.client.check_card_passphrase(1, 0, words("x")); }) ==
              Status::passphrase_wrong);
    CHECK(status_of([&] { ready.client.check_card_passphrase(1, 0, words("pass")); }) ==
          Status::passphrase_delayed);
    CHECK_NOTHROW(ready.client.check_card_passphrase(1, 1, words("pass")));
    // Taking the card out and back in does not start the count afresh.
    ready.empty_slots();
    ready.client.insert_card(1, 3, cards[0]);
    CHECK(status_of([&] { ready.client.check_card_passphrase(1, 3, words("pass")); }) ==
          Status::passphrase_delayed);
    CHECK(status_of([&] { ready.client.change_card_passphrase(1, 3, words("pass"), words("y")); }) ==
          Status::passphrase_delayed);
    ready.client.clear(1, ModuleMode::operational);
    CHECK(status_of([&] { ready.client.check_card_passphrase(1, 3, words("pass")); }) ==
          Status::passphrase_delayed);
}

TEST_CASE("the passphrase of a softcard is changed, and its keys stay", "[passphrase][softcard]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& world = ready.world;
    CHECK(status_of([&] { (void)world.create_softcard(1, "soft", {}); }) == Status::passphrase_required);
    CHECK(status_of([&] { (void)world.create_softcard(1, "", words("x")); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)world.create_softcard(1, "soft", words("x"), true); }) ==
          Status::not_supported);
    const auto card = world.create_softcard(1, "soft", words("old")).token;
    const auto id =
        world.generate(request_for("k", "P-256"), world.load_softcard(1, card, words("old"))).id();
    CHECK(status_of([&] { world.change_softcard_passphrase(1, card, words("no"), words("new")); }) ==
          Status::passphrase_wrong);
    CHECK(status_of([&] { world.change_softcard_passphrase(1, card, words("old"), {}); }) ==
          Status::passphrase_required);
    world.change_softcard_passphrase(1, card, words("old"), words("new"));
    CHECK(attempt(world, card, "old") == Status::passphrase_wrong);
    auto other_client = ready.home.open();
    auto other = other_client.world();
    FixedPassphrase authoriser(words("new"));
    CHECK(other.load("simple", "k", authoriser).id() == id);
    CHECK(status_of([&] { (void)other.load("simple", "k", silent()); }) == Status::passphrase_required);
    FixedPassphrase wrong(words("nope"));
    CHECK(status_of([&] { (void)other.load("simple", "k", wrong); }) == Status::passphrase_wrong);
    CHECK(status_of([&] { world.delete_softcard(card); }) == Status::bad_state);
    world.remove("simple", "k");
    CHECK_NOTHROW(world.delete_softcard(card));
    CHECK(world.softcards().empty());
}

TEST_CASE("guessing from many threads is slowed down like from one", "[passphrase][threaded]") {
    ReadyHome ready;
    const auto card = ready.world.create_softcard(1, "soft", words("right")).token;
    std::atomic<int> looked_at{0};
    for (int round = 0; round < 4; ++round) {
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 8; ++i)
                    if (attempt(ready.world, card, "wrong") == Status::passphrase_wrong) ++looked_at;
            });
        for (auto& thread : threads) thread.join();
    }
    // Time stands still: three are free, the fourth closes the door; those that were already inside may
    // finish.
    CHECK(looked_at.load() >= 4);
    CHECK(looked_at.load() <= 4 + 3);
    CHECK(attempt(ready.world, card, "right") == Status::passphrase_delayed);
}
