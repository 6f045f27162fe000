// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/state.hpp"
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "protocol/administration.hpp"
#include "support/scripted_authoriser.hpp"

// Tokens that one program loads for others.

using namespace hsm;
using namespace hsm::test;

namespace {

/// A card set 2/3 with a key, and another client of the same modules that was told of the tokens file.
struct Loaded {
    explicit Loaded(const std::string& uri, bool persistent)
        : ready(uri), file(ready.home.path() / "tokens") {
        auto options = set_of("ops", 2, 3);
        options.persistent = persistent;
        set = ready.card_set(cards, options, "pin");
        auto protector = load();
        auto request = request_for("k", "P-256");
        key = ready.world.generate(request, protector).public_info();
        request = request_for("once", "HMAC-256");
        request.usage.limits.push_back({UseLimit::Kind::authorisation, 1, {}, {}});
        (void)ready.world.generate(request, protector);
        preload.emplace(ready.world, std::vector{protector});
        preload->write(file);
    }
    Protector load() {
        ScriptedAuthoriser person(ready.client, {cards[0], cards[2]}, {"pin"});
        return ready.world.load_card_set(1, set.token, person);
    }
    Client other(bool told = true) {
        auto client = ready.home.open();
        if (told) client.state()->tokens_file = file;
        return client;
    }

    ReadyHome ready;
    base::Path file;
    std::vector<std::string> cards;
    CardSetFacts set;
    Bytes key;
    std::optional<Preload> preload;
};

Status loads(Client& client) {
    return status_of([&] { (void)client.world().load("simple", "k", silent()); });
}

} // namespace

TEST_CASE("a preloaded card set serves other programs without its cards", "[preload]") {
    const auto uri = each_connection();
    Loaded loaded(uri, true);
    loaded.ready.empty_slots();
    auto other = loaded.other();
    const auto key = other.world().load("simple", "k", silent());
    CHECK(key.public_info() == loaded.key);
    const auto mechanism = default_signature(key.spec());
    CHECK(key.verify(mechanism, view("data"), key.sign(mechanism, view("data"))));
    // Card by card: none is asked for.
    auto world = other.world();
    auto loading = world.begin_card_set(1, loaded.set.token);
    CHECK(loading.present({}) == 0);
    CHECK(loading.finish().hash() == loaded.set.token);
    // A program that was not told has to present them.
    auto untold = loaded.other(false);
    CHECK(loads(untold) == Status::no_card);
    const auto listed = other.state()->link->call(1, protocol::ListPublished{}).tokens;
    REQUIRE(listed.size() == 1);
    CHECK(listed.front().hash == loaded.set.token);

    loaded.preload.reset();
    CHECK(loads(other) == Status::no_card);
    CHECK(other.state()->link->call(1, protocol::ListPublished{}).tokens.empty());
    // What was taken stays with who took it, as with a token of one's own.
    CHECK_NOTHROW(key.sign(mechanism, view("data")));
}

TEST_CASE("a preloaded token ends with its card, its time and its module", "[preload]") {
    const auto uri = each_connection();
    Loaded loaded(uri, false);
    auto other = loaded.other();
    REQUIRE(loads(other) == Status::ok);
    const auto key = other.world().load("simple", "k", silent());
    SECTION("the card leaves") { loaded.ready.empty_slots(); }
    SECTION("and comes back") {
        loaded.ready.empty_slots();
        loaded.ready.client.insert_card(1, 0, loaded.cards[2]);
    }
    SECTION("the module is cleared") { loaded.ready.client.clear(1, ModuleMode::operational); }
    SECTION("the loader's process dies") { // its locks go, its files stay
        const auto run = loaded.ready.home.locations().modules / loaded.ready.client.module(1).esn / "run";
        const auto before = contents_of(run);
        REQUIRE(before.size() == 2);
        loaded.preload.reset();
        for (const auto& [name, contents] : before) write_file(run / name, contents);
        CHECK(loads(other) != Status::ok);
        CHECK(contents_of(run).empty()); // whoever finds a dead one clears it away
        return;
    }
    CHECK(loads(other) != Status::ok);
    CHECK(status_of([&] { (void)key.sign(default_signature(key.spec()), view("data")); }) != Status::ok);
}

TEST_CASE("taking a preloaded token authorises nothing anew", "[preload][limits]") {
    const auto uri = each_connection();
    Loaded loaded(uri, true);
    auto other = loaded.other();
    const auto once = other.world().load("simple", "once", silent());
    Mechanism hmac;
    hmac.id = MechanismId::hmac;
    hmac.hash = Hash::sha256;
    CHECK(status_of([&] { (void)once.sign(hmac, view("data")); }) == Status::limit_reached);
    CHECK(status_of([&] { once.authorise_use(Secret::from_text("pin")); }) != Status::ok);
}

TEST_CASE("what may not be preloaded is not", "[preload]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& link = *ready.client.state()->link;
    CHECK(status_of([&] { const Preload none(ready.world, {Protector::module_key()}); }) ==
          Status::invalid_argument);
    ready.client.insert_card(1, 0, ready.acs[0]);
    const auto begun = link.call(
        1, protocol::BeginAdminToken{AdminRole::nso, read_file(ready.home.locations().kmlocal / "world")});
    CHECK(status_of([&] { (void)link.call(1, protocol::PublishToken{begun.token}); }) ==
          Status::access_denied);
    (void)link.call(1, protocol::AddShare{begun.token, 0, {}});
    CHECK(status_of([&] { (void)link.call(1, protocol::PublishToken{begun.token}); }) ==
          Status::access_denied);
    const auto open = link.call(1, protocol::BeginToken{});
    CHECK(status_of([&] { (void)link.call(1, protocol::PublishToken{open.token}); }) ==
          Status::token_incomplete);
    for (const auto* name : {"", "../root.key", "00000000000000000000000000000000", "nonsense"})
        CHECK(status_of([&] { (void)link.call(1, protocol::TakePublished{name}); }) != Status::ok);
    CHECK(link.call(1, protocol::ListPublished{}).tokens.empty());
}

TEST_CASE("a changed ticket is refused", "[preload][tamper]") {
    Loaded loaded({}, true);
    const auto run = loaded.ready.home.locations().modules / loaded.ready.client.module(1).esn / "run";
    auto other = loaded.other();
    const auto files = contents_of(run);
    for (const auto& [name, contents] : files) {
        if (name.size() != 32) continue;
        // The file repeats its own name, which nothing depends on.
        const auto text = std::string(contents.begin(), contents.end());
        const auto own_name = text.find("run/" + name);
        REQUIRE(own_name != std::string::npos);
        for (std::size_t i = 0; i < contents.size(); i += 7) {
            if (i >= own_name && i < own_name + 4 + name.size()) continue;
            CAPTURE(i);
            auto changed = contents;
            changed[i] ^= 1;
            write_file(run / name, changed);
            CHECK(loads(other) == Status::passphrase_required); // its cards are still in the slots
        }
        write_file(run / name, contents);
    }
    CHECK(loads(other) == Status::ok);
}
