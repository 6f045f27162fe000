// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"

#include <catch2/matchers/catch_matchers_string.hpp>

// A module whose directory cannot be written (a container, a read-only mount): what is there works, and what would have to
// be written down is refused.

using namespace hsm;
using namespace hsm::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// The refusal is one line that says what is the matter and what to do.
template <class Action>
void check_refused(Action action) {
    const auto refusal = error_of(action);
    REQUIRE(refusal);
    CAPTURE(refusal->message());
    CHECK(refusal->status() == Status::read_only);
    CHECK_THAT(refusal->message(), ContainsSubstring("is read-only; make it writable"));
    CHECK(refusal->message().find('\n') == std::string::npos);
}

void check_signs(const Key& key) {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    CHECK(key.sign(mechanism, view("data")).size() == 32);
}

/// A module in a world with one key, that nobody has open.
void make_closed_module(ThrowawayHome& home) {
    auto client = home.open();
    (void)client.create_module();
    ScriptedAuthoriser authoriser(client, home.cards(client, 1));
    auto world = client.create_world(1, cheap_world(), authoriser);
    (void)world.generate(request_for("k", "HMAC-256"), Protector::module_key());
}

} // namespace

TEST_CASE("a read-only module serves its keys and softcards, and writes nothing", "[read-only]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto pass = Secret::from_text("pass");
    (void)ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    const auto softcard = ready.world.create_softcard(1, "soft", pass);
    (void)ready.world.generate(request_for("s", "HMAC-256"), ready.world.load_softcard(1, softcard.token, pass));
    const auto before = contents_of(ready.home.locations().modules);
    {
        auto client = ready.home.open_read_only();
        auto world = client.world();
        check_signs(world.load("simple", "k", silent()));
        check_signs(world.load(*world.find("simple", "s"), world.load_softcard(1, softcard.token, pass)));
        check_signs(world.generate(request_for("new", "HMAC-256"), Protector::module_key()));
        CHECK(client.random(8).size() == 8);
        CHECK(client.module(1).mode == ModuleMode::operational);
        CHECK(client.slots(1).at(0).state == SlotState::empty);
        // Wrong passphrases are slowed down all the same, as far as one process can.
        Status last = Status::ok;
        for (int i = 0; i < 6 && last != Status::passphrase_delayed; ++i)
            last = status_of([&] { (void)world.load_softcard(1, softcard.token, Secret::from_text("wrong")); });
        CHECK(last == Status::passphrase_delayed);
    }
    CHECK(contents_of(ready.home.locations().modules) == before);
    check_signs(ready.world.load("simple", "new", silent()));
}

TEST_CASE("a read-only module refuses what would have to be written down", "[read-only]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw writer(ready.client);
    auto acl = one_group(bit(Action::sign), {limit_of(UseLimit::Kind::global, 2, "G")});
    acl.groups.push_back(one_group(bit(Action::make_blob)).groups[0]);
    const auto blob = writer.blob(writer.generate("HMAC-256", acl));
    std::vector<std::string> going, staying, expiring;
    const auto removed = ready.card_set(going, set_of("going", 1, 1));
    auto options = set_of("staying", 1, 1);
    options.persistent = true;
    const auto kept = ready.card_set(staying, options);
    options = set_of("expiring", 1, 1);
    options.persistent = true;
    options.timeout_s = 60;
    const auto timed = ready.card_set(expiring, options);
    ready.client.insert_card(1, 0, staying[0]);
    ready.client.insert_card(1, 1, going[0]);
    ready.client.insert_card(1, 2, expiring[0]);

    auto client = ready.home.open_read_only();
    auto world = client.world();
    const Raw raw(client);
    const auto key = raw.load(blob);
    check_refused([&] { (void)raw.use(key); });
    check_refused([&] { (void)world.load_card_set(1, removed.token, silent()); });
    check_refused([&] { (void)world.load_card_set(1, timed.token, silent()); });
    CHECK_NOTHROW(world.load_card_set(1, kept.token, silent()));
    check_refused([&] { client.insert_card(1, 3, going[0]); });
    check_refused([&] { client.remove_card(1, 0); });
    check_refused([&] { client.clear(1, ModuleMode::operational); });
    // A card that others insert or remove is seen.
    ready.client.remove_card(1, 0);
    CHECK(client.slots(1).at(0).state == SlotState::empty);
    CHECK(status_of([&] { (void)world.load_card_set(1, kept.token, silent()); }) == Status::no_card);
    // The refused use was none.
    const auto again = writer.load(blob);
    CHECK_NOTHROW(writer.use(again));
    CHECK_NOTHROW(writer.use(again));
    CHECK(status_of([&] { (void)writer.use(again); }) == Status::limit_reached);
}

TEST_CASE("a read-only module without a world refuses to make one before any card is written", "[read-only]") {
    ThrowawayHome home;
    auto writer = home.open();
    (void)writer.create_module();
    const auto cards = home.cards(writer, 1);
    auto client = home.open_read_only();
    ScriptedAuthoriser authoriser(client, cards);
    check_refused([&] { (void)client.create_world(1, cheap_world(), authoriser); });
    CHECK(authoriser.asked.empty());
}

TEST_CASE("who only reads a module sees that another process cleared it", "[read-only]") {
    const auto uri = each_connection();
    ThrowawayHome home(uri);
    make_closed_module(home);
    auto client = home.open_read_only();
    auto world = client.world();
    const Raw raw(client);
    auto key = world.load("simple", "k", silent());
    check_signs(key);
    SECTION("by one that is still there") {
        auto other = home.open();
        CHECK_NOTHROW(raw.use(key.handle()));
        other.clear(1, ModuleMode::operational);
        CHECK(status_of([&] { (void)raw.use(key.handle()); }) == Status::module_cleared);
        check_signs(world.load("simple", "k", silent()));
        other.clear(1, ModuleMode::maintenance);
        CHECK(status_of([&] { (void)world.load("simple", "k", silent()); }) == Status::wrong_module_state);
    }
    SECTION("by some that came and went meanwhile") {
        home.open().clear(1, ModuleMode::operational);
        (void)home.open();
        CHECK(status_of([&] { (void)raw.use(key.handle()); }) == Status::module_cleared);
        check_signs(world.load("simple", "k", silent()));
    }
    SECTION("by one that took it out of its world") {
        {
            auto other = home.open();
            other.clear(1, ModuleMode::pre_initialisation);
            other.factory(1);
        }
        CHECK(status_of([&] { (void)raw.use(key.handle()); }) == Status::no_world);
        CHECK_FALSE(client.module(1).enrolled);
    }
}

TEST_CASE("a copy of a module that was never opened where it lies works read-only", "[read-only]") {
    ThrowawayHome home;
    make_closed_module(home);
    for (const auto& entry : std::filesystem::directory_iterator(home.locations().modules)) {
        if (!entry.is_directory()) continue;
        std::filesystem::remove(entry.path() / "page");
        std::filesystem::remove(entry.path() / "locks");
        auto client = home.open_read_only();
        check_signs(client.world().load("simple", "k", silent()));
        CHECK_FALSE(std::filesystem::exists(entry.path() / "page"));
        CHECK_FALSE(std::filesystem::exists(entry.path() / "locks"));
    }
}
