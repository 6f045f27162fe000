// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"
#include "support/throwaway_home.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::uint32_t number(const std::string& text) { return static_cast<std::uint32_t>(std::stoul(text)); }

WorldOptions options_of(const std::vector<std::string>& row) {
    WorldOptions options;
    options.mode = parse_world_mode(row.at(0));
    if (row.at(1) != "-") options.suite = parse_cipher_suite(row.at(1));
    options.quora = {number(row.at(2)), number(row.at(3)), number(row.at(4)),
                     number(row.at(5)), number(row.at(6)), number(row.at(7))};
    options.recovery = row.at(8) == "yes";
    options.passphrase_recovery = row.at(9) == "yes";
    options.test_parameters = true;
    return options;
}

std::uint32_t or_k(std::uint32_t asked, std::uint32_t k) { return asked ? asked : k; }

} // namespace

TEST_CASE("every combination of world options is made as asked, or refused before anything changes",
          "[world]") {
    const auto uri = each_connection();
    ThrowawayHome home(uri);
    auto client = home.open();
    (void)client.create_module();
    for (const auto& row : table("worlds.txt")) {
        CAPTURE(row, uri);
        const auto options = options_of(row);
        const bool good = row.at(10) == "ok";
        const auto cards = home.cards(client, good ? options.quora.n : 1);
        ScriptedAuthoriser authoriser(client, cards);
        const auto before = contents_of(home.path() / "kmdata");
        const auto outcome = outcome_of([&] { (void)client.create_world(1, options, authoriser); });
        CHECK(outcome == row.at(10));
        if (!good) {
            CHECK(contents_of(home.path() / "kmdata") == before);
            CHECK_FALSE(client.module(1).enrolled);
            CHECK(authoriser.asked.empty());
            continue;
        }
        // Another process sees the same world, and the module stands behind it.
        auto other = home.open();
        const auto world = other.world();
        const auto& facts = world.facts();
        const auto& q = options.quora;
        CHECK(facts.mode == options.mode);
        if (options.suite) CHECK(facts.suite == *options.suite);
        CHECK(facts.quora == AcsQuora{q.k, q.n, or_k(q.load, q.k), or_k(q.recovery, q.k),
                                      or_k(q.passphrase, q.k), or_k(q.nvram, q.k)});
        CHECK(facts.recovery == options.recovery);
        CHECK(facts.passphrase_recovery == options.passphrase_recovery);
        CHECK(is_zero(facts.hkre) == !options.recovery);
        CHECK(is_zero(facts.hkp) == !options.passphrase_recovery);
        CHECK(facts.test_parameters);
        CHECK_NOTHROW(world.check(1));
        CHECK(other.module(1).enrolled);
        CHECK(other.module(1).hknso == facts.hknso);
        CHECK(other.module(1).mode == ModuleMode::operational);
        CHECK(other.module(1).pending_swap.empty());
        other.clear(1, ModuleMode::pre_initialisation);
        other.factory(1);
        client.remove_card(1, 0);
    }
}

TEST_CASE("a new world keeps the old directory as local_N", "[world]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto first = contents_of(ready.home.locations().kmlocal);
    for (int round = 1; round <= 2; ++round) {
        ready.client.clear(1, ModuleMode::pre_initialisation);
        ready.client.factory(1);
        ScriptedAuthoriser authoriser(ready.client, ready.home.cards(ready.client, 1));
        (void)ready.client.create_world(1, cheap_world(), authoriser);
        ready.client.remove_card(1, 0);
        CHECK(
            std::filesystem::is_directory(ready.home.path() / "kmdata" / ("local_" + std::to_string(round))));
    }
    CHECK(contents_of(ready.home.path() / "kmdata" / "local_1") == first);
}

TEST_CASE("nothing changes when the person gives up halfway through the administrator cards", "[world]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    ready.client.clear(1, ModuleMode::pre_initialisation);
    ready.client.factory(1);
    const auto before = contents_of(ready.home.path() / "kmdata");
    for (const std::size_t given : {0u, 1u, 2u}) {
        CAPTURE(given);
        ScriptedAuthoriser authoriser(ready.client, ready.home.cards(ready.client, given));
        CHECK(status_of([&] { (void)ready.client.create_world(1, cheap_world(2, 3), authoriser); }) ==
              Status::cancelled);
        ready.empty_slots();
        CHECK(contents_of(ready.home.path() / "kmdata") == before);
        CHECK_FALSE(ready.client.module(1).enrolled);
        CHECK(ready.client.module(1).objects == 0);
    }
    CHECK(status_of([&] { (void)ready.client.create_world(1, cheap_world(2, 3), silent()); }) ==
          Status::no_card);
    // And with all of them it goes through.
    ScriptedAuthoriser authoriser(ready.client, ready.home.cards(ready.client, 3));
    CHECK_NOTHROW(ready.client.create_world(1, cheap_world(2, 3), authoriser));
}

TEST_CASE("a world is made in pre-initialisation only, and never over another", "[world]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    ScriptedAuthoriser authoriser(ready.client, ready.home.cards(ready.client, 1));
    CHECK(status_of([&] { (void)ready.client.create_world(1, cheap_world(), authoriser); }) ==
          Status::wrong_module_state);
    CHECK(status_of([&] { ready.client.factory(1); }) == Status::wrong_module_state);
    ready.client.clear(1, ModuleMode::pre_initialisation);
    CHECK(status_of([&] { (void)ready.client.create_world(1, cheap_world(), authoriser); }) ==
          Status::world_exists);
    CHECK(authoriser.asked.empty());
    CHECK(status_of([&] { (void)ready.client.create_world(7, cheap_world(), authoriser); }) ==
          Status::no_module);
}

TEST_CASE("a further module joins with m administrator cards", "[world]") {
    const auto uri = each_connection();
    auto options = cheap_world(3, 4);
    options.quora.load = 2;
    ReadyHome ready(uri, options);
    auto key = ready.world.generate(request_for("shared", "P-256"), Protector::module_key(1));
    const auto signature = key.sign(default_signature(key.spec()), view("hello"));
    REQUIRE(ready.client.create_module() == 2);

    SECTION("one card too few leaves the module as it was") {
        ScriptedAuthoriser authoriser(ready.client, {ready.acs[2]});
        const auto refusal = error_of([&] { (void)ready.client.load_world(2, authoriser); });
        REQUIRE(refusal);
        CHECK(refusal->status() == Status::cancelled);
        CHECK_THAT(refusal->message(), ContainsSubstring("1 more card"));
        CHECK_FALSE(ready.client.module(2).enrolled);
        CHECK(ready.client.module(2).objects == 0);
    }
    SECTION("two of them do; then both modules load the same keys") {
        ScriptedAuthoriser authoriser(ready.client, {ready.acs[3], ready.acs[1]});
        const auto world = ready.client.load_world(2, authoriser);
        REQUIRE_FALSE(authoriser.asked.empty());
        CHECK(authoriser.asked.front().kind == Question::Kind::confirm);
        CHECK_THAT(authoriser.asked.front().text, ContainsSubstring(to_hex(world.facts().hknso)));
        CHECK_NOTHROW(world.check(2));
        CHECK(ready.client.module(2).hknso == world.facts().hknso);
        const auto there = world.load("simple", "shared", silent(), 2);
        CHECK(there.id() == key.id());
        CHECK(there.verify(default_signature(there.spec()), view("hello"), signature));
        // What module 2 makes, module 1 loads and certifies.
        (void)ready.world.generate(request_for("second", "P-256"), Protector::module_key(2));
        const auto facts = ready.world.find("simple", "second");
        REQUIRE(facts);
        CHECK(facts->esn == ready.client.module(2).esn);
        CHECK(ready.world.verify_key(*facts, 1).certificate_valid);
        CHECK_NOTHROW(ready.world.load("simple", "second", silent(), 1));
        // Again is harmless.
        CHECK_NOTHROW(ready.client.load_world(2, silent(), world.facts().hknso));
    }
    SECTION("the expected HKNSO guards, and stands for the confirmation") {
        ScriptedAuthoriser authoriser(ready.client, {ready.acs[0], ready.acs[1]});
        Hash256 other = ready.world.facts().hknso;
        other[31] ^= 1;
        CHECK(status_of([&] { (void)ready.client.load_world(2, authoriser, other); }) ==
              Status::foreign_world);
        CHECK(authoriser.asked.empty());
        CHECK_NOTHROW(ready.client.load_world(2, authoriser, ready.world.facts().hknso));
        CHECK(authoriser.asked.front().kind != Question::Kind::confirm);
    }
    SECTION("a no to the confirmation ends it") {
        ScriptedAuthoriser authoriser(ready.client, {ready.acs[0], ready.acs[1]});
        authoriser.confirms = false;
        CHECK(status_of([&] { (void)ready.client.load_world(2, authoriser); }) == Status::cancelled);
        CHECK_FALSE(ready.client.module(2).enrolled);
    }
    SECTION("not without pre-initialisation") {
        ready.client.clear(2, ModuleMode::maintenance);
        ScriptedAuthoriser authoriser(ready.client, {ready.acs[0], ready.acs[1]});
        CHECK(status_of([&] { (void)ready.client.load_world(2, authoriser, ready.world.facts().hknso); }) ==
              Status::wrong_module_state);
    }
}

TEST_CASE("another world's administrator cards do not load this one", "[world]") {
    const auto uri = each_connection();
    ReadyHome ready(uri), other(uri);
    (void)ready.client.create_module();
    ScriptedAuthoriser authoriser(ready.client, {other.acs[0]});
    const auto refusal = error_of([&] { (void)ready.client.load_world(2, authoriser); });
    REQUIRE(refusal);
    CHECK_THAT(refusal->message(),
               ContainsSubstring("another Security World") || ContainsSubstring("another set"));
    CHECK_FALSE(ready.client.module(2).enrolled);
}

TEST_CASE("factory takes the module out of its world and leaves the directory", "[world]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.world.generate(request_for("k", "AES-256"), Protector::module_key());
    const auto before = contents_of(ready.home.locations().kmlocal);
    ready.client.clear(1, ModuleMode::pre_initialisation);
    ready.client.factory(1);
    CHECK_FALSE(ready.client.module(1).enrolled);
    CHECK(contents_of(ready.home.locations().kmlocal) == before);
    ready.client.clear(1, ModuleMode::operational);
    CHECK(status_of([&] { (void)ready.world.load("simple", "k", silent()); }) == Status::no_world);
    // With its cards the module comes back.
    ready.client.clear(1, ModuleMode::pre_initialisation);
    ScriptedAuthoriser authoriser(ready.client, {ready.acs[0]});
    (void)ready.client.load_world(1, authoriser);
    CHECK_NOTHROW(ready.client.world().load("simple", "k", silent()));
}

TEST_CASE("a module whose state is under a passphrase starts only with it", "[world]") {
    ThrowawayHome home;
    Esn esn;
    {
        auto client = home.open();
        (void)client.create_module(Secret::from_text("start me"));
        esn = client.module(1).esn;
        CHECK(client.module(1).protected_start);
    }
    auto client = home.open();
    CHECK(status_of([&] { (void)client.module(1); }) == Status::passphrase_required);
    const auto facts = client.modules();
    REQUIRE(facts.size() == 1);
    CHECK(facts[0].esn == esn);
    CHECK(facts[0].mode == ModuleMode::failed);
    OpenOptions options;
    options.locations = home.locations();
    options.start_passphrase = [](const Esn&) { return Secret::from_text("wrong"); };
    CHECK(status_of([&] { (void)Client::open(options); }) == Status::passphrase_wrong);
    options.start_passphrase = [](const Esn&) { return Secret::from_text("start me"); };
    CHECK(Client::open(options).module(1).esn == esn);
}
