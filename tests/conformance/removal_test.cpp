// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"

using namespace hsm;
using namespace hsm::test;

namespace {

Mechanism hmac() {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    return mechanism;
}

Status use(const Key& key) {
    return status_of([&] { (void)key.sign(hmac(), view("data")); });
}

} // namespace

TEST_CASE("keys of a set that is not persistent go with its last required card, wherever it is removed",
          "[removal]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 2, 2));
    auto other = ready.home.open();
    ready.client.insert_card(1, 0, cards[0]);
    ready.client.insert_card(1, 1, cards[1]);
    const auto protector = ready.world.load_card_set(1, set.token, silent());
    const auto key = ready.world.generate(request_for("k", "HMAC-256"), protector);
    auto channel = key.open(Action::sign, hmac());
    CHECK(use(key) == Status::ok);
    // The first card was only needed to load.
    other.remove_card(1, 0);
    CHECK(use(key) == Status::ok);
    other.remove_card(1, 1);
    CHECK(use(key) == Status::card_removed);
    Bytes out;
    CHECK(status_of([&] { channel.update(view("more"), out); }) == Status::card_removed);
    CHECK(status_of([&] { (void)ready.world.generate(request_for("k2", "HMAC-256"), protector); }) ==
          Status::card_removed);
    CHECK(status_of([&] { (void)ready.world.load(*ready.world.find("simple", "k"), protector); }) ==
          Status::card_removed);
    // Putting it back does not revive what was loaded.
    other.insert_card(1, 1, cards[1]);
    CHECK(use(key) == Status::card_removed);
    ready.client.insert_card(1, 0, cards[0]);
    CHECK(use(ready.world.load("simple", "k", silent())) == Status::ok);
    CHECK(use(key) == Status::card_removed);
    CHECK(status_of([&] { (void)key.acl(); }) == Status::card_removed);
}

TEST_CASE("a card that vanishes with its medium is a removed card", "[removal]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 1, 1));
    ready.client.insert_card(1, 0, cards[0]);
    const auto key =
        ready.world.generate(request_for("k", "HMAC-256"), ready.world.load_card_set(1, set.token, silent()));
    std::filesystem::rename(cards[0], cards[0] + ".away");
    ready.home.clock().pass_ms(101);
    CHECK(use(key) == Status::card_removed);
    std::filesystem::rename(cards[0] + ".away", cards[0]);
    ready.home.clock().pass_ms(101);
    CHECK(use(key) == Status::card_removed);
}

TEST_CASE("keys of a persistent set stay after the card is gone, until their time is up", "[removal]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    std::vector<std::string> cards;
    auto options = set_of("ops", 1, 1);
    options.persistent = true;
    options.timeout_s = 60;
    const auto set = ready.card_set(cards, options);
    ready.client.insert_card(1, 0, cards[0]);
    const auto key =
        ready.world.generate(request_for("k", "HMAC-256"), ready.world.load_card_set(1, set.token, silent()));
    ready.home.clock().pass_s(30);
    // The time runs from the first loading of this insertion, for whoever loads later too.
    auto other = ready.home.open();
    const auto theirs = other.world().load("simple", "k", silent());
    ready.client.remove_card(1, 0);
    CHECK(use(key) == Status::ok);
    ready.home.clock().pass_ms(29'999);
    CHECK(use(key) == Status::ok);
    CHECK(use(theirs) == Status::ok);
    ready.home.clock().pass_ms(1);
    CHECK(use(key) == Status::token_expired);
    CHECK(use(theirs) == Status::token_expired);
    ready.client.insert_card(1, 0, cards[0]);
    CHECK(use(key) == Status::token_expired);
    CHECK(use(ready.world.load("simple", "k", silent())) == Status::ok);
}

TEST_CASE("an expired insertion needs the card to be inserted again", "[removal]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    std::vector<std::string> cards;
    auto options = set_of("ops", 1, 1);
    options.timeout_s = 10;
    const auto set = ready.card_set(cards, options);
    ready.client.insert_card(1, 0, cards[0]);
    CHECK_NOTHROW(ready.world.load_card_set(1, set.token, silent()));
    ready.home.clock().pass_s(10);
    CHECK(status_of([&] { (void)ready.world.load_card_set(1, set.token, silent()); }) ==
          Status::token_expired);
    ready.client.remove_card(1, 0);
    ready.client.insert_card(1, 0, cards[0]);
    CHECK_NOTHROW(ready.world.load_card_set(1, set.token, silent()));
}

TEST_CASE("clearing the module drops everything that anybody loaded", "[states]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto other_client = ready.home.open();
    auto other = other_client.world();
    const auto key = ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    const auto theirs = other.load("simple", "k", silent());
    const auto session = other.generate_session(parse_key_spec("HMAC-256"), {});
    const auto soft = ready.world.create_softcard(1, "s", Secret::from_text("p")).token;
    const auto protector = other.load_softcard(1, soft, Secret::from_text("p"));
    auto channel = theirs.open(Action::sign, hmac());
    CHECK(use(key) == Status::ok);
    ready.client.clear(1, ModuleMode::operational);
    Bytes out;
    for (const auto& each : {key, theirs, session}) CHECK(use(each) == Status::module_cleared);
    CHECK(status_of([&] { channel.update(view("x"), out); }) == Status::module_cleared);
    CHECK(status_of([&] { (void)other.generate(request_for("k2", "HMAC-256"), protector); }) ==
          Status::module_cleared);
    CHECK(ready.client.module(1).objects == 0);
    CHECK(other_client.module(1).objects == 0);
    CHECK(use(other.load("simple", "k", silent())) == Status::ok);
}

TEST_CASE("a key that is being made while the module is cleared does not outlive the clearing", "[states]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto blob = raw.blob(raw.generate("HMAC-256", one_group(every_action)));
    auto second = std::make_shared<client::Link>(server::connect_in_process(ready.home.modules()));
    const auto clear = [&] { (void)second->call(1, protocol::Clear{ModuleMode::operational}); };
    // The command looks at the clock when it puts the key into the table: at that moment another client
    // clears.
    for (const bool load : {false, true}) {
        CAPTURE(load);
        KeyHandle key;
        ready.home.clock().next_look(clear);
        const auto status = status_of(
            [&] { key = load ? raw.load(blob) : raw.generate("HMAC-256", one_group(every_action)); });
        REQUIRE_FALSE(ready.home.clock().hook_pending());
        CHECK((status == Status::module_cleared ||
               status_of([&] { (void)raw.use(key); }) == Status::module_cleared));
        CHECK(ready.client.module(1).objects == 0);
    }
}

TEST_CASE("in the other states a module refuses work, with what to do", "[states]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    auto other = ready.home.open();
    for (const auto mode : {ModuleMode::pre_initialisation, ModuleMode::maintenance}) {
        CAPTURE(to_string(mode));
        other.clear(1, mode);
        CHECK(ready.client.module(1).mode == mode);
        const auto refusal = error_of([&] { (void)ready.world.load("simple", "k", silent()); });
        REQUIRE(refusal);
        CHECK(refusal->status() == Status::wrong_module_state);
        CHECK(refusal->message().find("nopclearfail") != std::string::npos);
        CHECK(status_of([&] {
                  (void)ready.world.generate(request_for("x", "AES-128"), Protector::module_key());
              }) == Status::wrong_module_state);
        CHECK(status_of([&] { (void)ready.world.create_softcard(1, "s", Secret::from_text("p")); }) ==
              Status::wrong_module_state);
        CHECK_FALSE(ready.world.find("simple", "x"));
        CHECK(ready.client.random(16).size() == 16);
        CHECK(ready.client.module(1).enrolled);
    }
    ready.client.clear(1, ModuleMode::operational);
    CHECK_NOTHROW(ready.world.load("simple", "k", silent()));
    CHECK(status_of([&] { ready.client.clear(1, ModuleMode::failed); }) == Status::invalid_argument);
    CHECK(status_of([&] { ready.client.clear(2, ModuleMode::operational); }) == Status::no_module);
}

TEST_CASE("a module in no Security World says that, not which command is impossible", "[states]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    (void)ready.client.create_module();
    for (const auto& refusal : {error_of([&] { (void)ready.world.load("simple", "k", silent(), 2); }),
                                error_of([&] { (void)ready.world.create_softcard(2, "s", Secret::from_text("p")); })}) {
        REQUIRE(refusal);
        CHECK(refusal->status() == Status::no_world);
        CHECK(refusal->message().find("the module is in no Security World") == 0);
        CHECK(refusal->message().find("load-blob") == std::string::npos);
    }
    ready.client.clear(2, ModuleMode::maintenance);
    CHECK(status_of([&] { (void)ready.world.load("simple", "k", silent(), 2); }) == Status::wrong_module_state);
}

TEST_CASE("a failed module answers nothing but what it is, in every process, until it is cleared",
          "[states]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto key = ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    ready.home.modules()->find(1)->fail("the test says so");
    auto other = ready.home.open();
    CHECK(use(key) == Status::module_failed);
    CHECK(status_of([&] { (void)other.world().load("simple", "k", silent()); }) == Status::module_failed);
    CHECK(status_of([&] { (void)other.random(1); }) == Status::module_failed);
    CHECK(ready.client.module(1).mode == ModuleMode::failed);
    CHECK(ready.client.module(1).failure == "the test says so");
    CHECK(other.module(1).mode == ModuleMode::failed);
    CHECK_FALSE(other.module(1).failure.empty());
    other.clear(1, ModuleMode::operational);
    CHECK(other.module(1).mode == ModuleMode::operational);
    CHECK(use(key) == Status::module_cleared);
    CHECK(use(ready.world.load("simple", "k", silent())) == Status::ok);
    CHECK(ready.client.self_test(1).empty());
}
