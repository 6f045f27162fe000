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

TEST_CASE("every subset of a card set loads exactly when it reaches K", "[ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    for (const auto& [k, n] : {std::pair{1u, 1u}, {1u, 2u}, {2u, 2u}, {2u, 3u}, {3u, 4u}}) {
        std::vector<std::string> cards;
        auto options = set_of("set" + std::to_string(k) + std::to_string(n), k, n);
        options.persistent = true;
        const auto set = ready.card_set(cards, options);
        CHECK(ready.world.card_set(options.name).token == set.token);
        Hash256 id{};
        for (unsigned subset = 1; subset < (1u << n); ++subset) {
            CAPTURE(k, n, subset);
            std::vector<std::string> chosen;
            for (unsigned card = 0; card < n; ++card)
                if (subset & (1u << card)) chosen.push_back(cards[card]);
            ScriptedAuthoriser authoriser(ready.client, chosen);
            const auto load = [&] {
                const auto protector = ready.world.load_card_set(1, set.token, authoriser);
                if (is_zero(id)) {
                    id = ready.world.generate(request_for("key" + options.name, "AES-128"), protector).id();
                    return;
                }
                const auto facts = ready.world.find("simple", "key" + options.name);
                CHECK(ready.world.load(*facts, protector).id() == id);
            };
            CHECK(status_of(load) == (chosen.size() >= k ? Status::ok : Status::cancelled));
            ready.empty_slots();
        }
    }
}

TEST_CASE("cards of a set that do not serve are refused with what is the matter", "[ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri), other(uri);
    std::vector<std::string> cards, others, strangers;
    const auto set = ready.card_set(cards, set_of("payroll", 2, 2));
    (void)ready.card_set(others, set_of("website", 1, 1));
    (void)other.card_set(strangers, set_of("strangers", 1, 1));
    const auto blank = ready.home.cards(ready.client, 1);
    auto& link = *ready.client.state()->link;
    const auto token = link.call(1, protocol::BeginToken{set.token}).token;
    const auto present = [&](const std::string& card) {
        ready.empty_slots();
        ready.client.insert_card(1, 2, card);
        return error_of([&] { (void)link.call(1, protocol::AddShare{token, 2, {}}); });
    };
    struct Case {
        std::string card;
        Status status;
        std::string words;
    };
    for (const auto& each : {Case{others[0], Status::card_foreign, "website"},
                             Case{strangers[0], Status::card_foreign, "another Security World"},
                             Case{ready.acs[0], Status::card_foreign, "administrator card"},
                             Case{blank[0], Status::card_foreign, "blank"}}) {
        CAPTURE(each.card);
        const auto refusal = present(each.card);
        REQUIRE(refusal);
        CHECK(refusal->status() == each.status);
        CHECK_THAT(refusal->message(), ContainsSubstring(each.words));
    }
    CHECK_FALSE(present(cards[0]));
    const auto duplicate = present(cards[0]);
    REQUIRE(duplicate);
    CHECK(duplicate->status() == Status::share_duplicate);
    // An incomplete token protects nothing.
    protocol::GenerateKey generate;
    generate.spec = parse_key_spec("AES-128");
    generate.protection.token = token;
    CHECK(status_of([&] { (void)link.call(1, generate); }) == Status::token_incomplete);
    CHECK_FALSE(present(cards[1]));
    CHECK_NOTHROW(link.call(1, generate));
    // The conversation says it too, and goes on with the next card.
    ready.empty_slots();
    ScriptedAuthoriser authoriser(
        ready.client, {blank[0], others[0], strangers[0], ready.acs[0], cards[1], cards[1], cards[0]});
    CHECK_NOTHROW(ready.world.load_card_set(1, set.token, authoriser));
    bool named = false;
    std::vector<Status> problems;
    for (const auto& question : authoriser.asked) {
        named = named || question.problem.find("website") != std::string::npos;
        CHECK((question.problem_status == Status::ok) == question.problem.empty());
        problems.push_back(question.problem_status);
    }
    CHECK(named);
    CHECK(problems == std::vector{Status::ok, Status::card_foreign, Status::card_foreign, Status::card_foreign,
                                  Status::card_foreign, Status::share_duplicate, Status::share_duplicate});
}

TEST_CASE("card sets are checked before the first card is asked for", "[ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto refused = [&](const CardSetOptions& options) {
        ScriptedAuthoriser authoriser(ready.client, {});
        const auto status = status_of([&] { (void)ready.world.create_card_set(1, options, authoriser); });
        CHECK(authoriser.asked.empty());
        return status;
    };
    CHECK(refused(set_of("a", 0, 1)) == Status::invalid_argument);
    CHECK(refused(set_of("a", 2, 1)) == Status::invalid_argument);
    CHECK(refused(set_of("a", 1, 65)) == Status::invalid_argument);
    CHECK(refused(set_of("", 1, 1)) == Status::invalid_argument);
    CHECK(refused(set_of(std::string(65, 'x'), 1, 1)) == Status::invalid_argument);
    CHECK(refused(set_of("a", 4294967295u, 4294967295u)) == Status::invalid_argument);
    CHECK(ready.world.card_sets().empty());
    CHECK(status_of([&] { (void)ready.world.card_set("nobody"); }) == Status::not_found);
}

TEST_CASE("a set that was not finished does not exist, and cards are written on blank ones only", "[ocs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto before = contents_of(ready.home.locations().kmlocal);
    auto cards = ready.home.cards(ready.client, 2);
    ScriptedAuthoriser gives_up(ready.client, {cards[0]});
    CHECK(status_of([&] { (void)ready.world.create_card_set(1, set_of("half", 1, 2), gives_up); }) ==
          Status::cancelled);
    ready.empty_slots();
    CHECK(contents_of(ready.home.locations().kmlocal) == before);
    CHECK(ready.client.module(1).objects == 0);
    // The written card is not blank any more.
    const auto written = read_file(cards[0]);
    ready.client.insert_card(1, 0, cards[0]);
    auto refusal = error_of([&] { (void)ready.world.create_card_set(1, set_of("again", 1, 1), silent()); });
    REQUIRE(refusal);
    CHECK_THAT(refusal->message(), ContainsSubstring("not blank"));
    CHECK(read_file(cards[0]) == written);
    auto& link = *ready.client.state()->link;
    const auto made = link.call(1, protocol::MakeCardSet{[] {
                                    CardSetFacts f;
                                    f.name = "x";
                                    f.k = f.n = 2;
                                    return f;
                                }()});
    CHECK(status_of([&] {
              (void)link.call(1, protocol::WriteShare{made.token, 0, 1, "", {}});
          }) == Status::card_not_blank);
    CHECK(status_of([&] { (void)link.call(1, protocol::AddShare{made.token, 0, {}}); }) == Status::bad_state);
    NewCards how;
    how.erase = true;
    CHECK_NOTHROW(ready.world.create_card_set(1, set_of("again", 1, 1), silent(), how));
    // One number is written once.
    ready.empty_slots();
    ready.client.insert_card(1, 0, cards[1]);
    CHECK(status_of([&] {
              (void)link.call(1, protocol::WriteShare{made.token, 0, 0, "", {}});
          }) == Status::invalid_argument);
    CHECK(status_of([&] {
              (void)link.call(1, protocol::WriteShare{made.token, 0, 3, "", {}});
          }) == Status::invalid_argument);
    CHECK_NOTHROW(link.call(1, protocol::WriteShare{made.token, 0, 1, "", {}}));
    ready.empty_slots();
    ready.client.insert_card(1, 0, ready.home.cards(ready.client, 1)[0]);
    CHECK(status_of([&] {
              (void)link.call(1, protocol::WriteShare{made.token, 0, 1, "", {}});
          }) == Status::bad_state);
}

TEST_CASE("slots hold one card each, and one card is in one slot", "[ocs][slots]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto cards = ready.home.cards(ready.client, 2);
    auto other = ready.home.open();
    ready.client.insert_card(1, 0, cards[0]);
    CHECK(other.slots(1).at(0).state == SlotState::blank);
    CHECK(status_of([&] { other.insert_card(1, 0, cards[1]); }) == Status::bad_state);
    CHECK(status_of([&] { other.insert_card(1, 1, cards[0]); }) == Status::bad_state);
    CHECK(status_of([&] { other.insert_card(1, 4, cards[1]); }) == Status::invalid_argument);
    CHECK(status_of([&] { other.insert_card(1, 1, ready.home.path() / "nothing"); }) == Status::no_card);
    write_file(ready.home.path() / "text", view("this is not a card"));
    CHECK(status_of([&] { other.insert_card(1, 1, ready.home.path() / "text"); }) == Status::card_damaged);
    CHECK(status_of([&] { other.create_card(cards[0]); }) == Status::already_exists);
    other.remove_card(1, 0);
    CHECK(ready.client.slots(1).at(0).state == SlotState::empty);
    CHECK(status_of([&] { other.remove_card(1, 0); }) == Status::no_card);
    CHECK(status_of([&] { other.erase_card(1, 0); }) == Status::no_card);
    // The card is exchanged behind the module's back.
    ready.client.insert_card(1, 0, cards[0]);
    write_file(cards[0], read_file(cards[1]));
    CHECK(ready.client.slots(1).at(0).state == SlotState::damaged);
    CHECK(status_of([&] { ready.client.erase_card(1, 0); }) == Status::card_removed);
}
