// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "protocol/administration.hpp"
#include "support/scripted_authoriser.hpp"

#include <bit>

// Replacing the administrator cards, and how long what they open stays open.

using namespace hsm;
using namespace hsm::test;

namespace {

WorldOptions three_of_five() {
    auto options = cheap_world(3, 5);
    options.quora = {3, 5, 2, 2, 2, 1};
    options.passphrase_recovery = true;
    return options;
}

std::vector<std::string> some(const std::vector<std::string>& all, std::initializer_list<std::size_t> which) {
    std::vector<std::string> chosen;
    for (const auto i : which) chosen.push_back(all.at(i));
    return chosen;
}

void check_signs(const Key& key, const Bytes& public_info) {
    const auto mechanism = default_signature(key.spec());
    CHECK(key.public_info() == public_info);
    CHECK(key.verify(mechanism, view("data"), key.sign(mechanism, view("data"))));
}

/// K cards replace the set; the new cards' paths.
std::vector<std::string> replace(ReadyHome& ready, const std::vector<std::string>& present) {
    const auto blank = ready.home.cards(ready.client, ready.world.facts().quora.n, "new");
    auto all = present;
    all.insert(all.end(), blank.begin(), blank.end());
    ScriptedAuthoriser authoriser(ready.client, all);
    ready.world = Administration(ready.world).replace_cards(authoriser);
    ready.empty_slots();
    return blank;
}

} // namespace

TEST_CASE("new administrator cards take the place of the old ones", "[racs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, three_of_five());
    const auto old_facts = ready.world.facts();
    const auto old_record = read_file(ready.home.locations().kmlocal / "world");
    const auto key = ready.world.generate(request_for("k", "P-256"), Protector::module_key()).public_info();
    const auto fresh = replace(ready, some(ready.acs, {4, 0, 2}));
    const auto& facts = ready.world.facts();
    CHECK(facts.hknso == old_facts.hknso);
    CHECK(facts.hkm == old_facts.hkm);
    CHECK(facts.hkre == old_facts.hkre);
    CHECK(facts.quora == old_facts.quora);
    CHECK(facts.acs_generation == 2);
    CHECK(facts.token_nso != old_facts.token_nso);
    CHECK_NOTHROW(ready.world.check());
    check_signs(ready.world.load("simple", "k", silent()), key);

    auto& link = *ready.client.state()->link;
    constexpr AdminRole roles[] = {AdminRole::nso, AdminRole::load, AdminRole::recovery,
                                   AdminRole::passphrase, AdminRole::nvram};
    const auto new_record = read_file(ready.home.locations().kmlocal / "world");
    for (const auto role : roles) {
        CAPTURE(to_string(role), uri);
        const auto begun = link.call(1, protocol::BeginAdminToken{role, new_record});
        ready.client.insert_card(1, 0, ready.acs[1]);
        CHECK(status_of([&] {
                  (void)link.call(1, protocol::AddShare{begun.token, 0, {}});
              }) == Status::card_foreign);
        ready.empty_slots();
        for (std::uint32_t i = 0; i < begun.needed; ++i) {
            ready.client.insert_card(1, i % 4, fresh[i]);
            CHECK(link.call(1, protocol::AddShare{begun.token, i % 4, {}}).presented == i + 1);
        }
        ready.empty_slots();
        // Nor with the world file that they fit: the module knows that it was replaced.
        CHECK(status_of([&] {
                  (void)link.call(1, protocol::BeginAdminToken{role, old_record});
              }) == Status::untrusted);
    }
    // Another process sees the same, and one that comes later.
    auto second = ready.home.open();
    CHECK(status_of([&] {
              (void)second.state()->link->call(1, protocol::BeginAdminToken{AdminRole::nso, old_record});
          }) == Status::untrusted);
    // The old cards may be erased now, the new ones may not.
    ready.client.insert_card(1, 0, ready.acs[1]);
    CHECK_NOTHROW(ready.client.erase_card(1, 0));
    CHECK(ready.client.slots(1).at(0).state == SlotState::blank);
    ready.empty_slots();
    ready.client.insert_card(1, 0, fresh[1]);
    CHECK(status_of([&] { ready.client.erase_card(1, 0); }) == Status::access_denied);
    ready.empty_slots();
    // And once more, with the new ones.
    (void)replace(ready, some(fresh, {1, 2, 3}));
    CHECK(ready.world.facts().acs_generation == 3);
}

TEST_CASE("a world is loaded with the new cards only, and the old world file is not taken for new",
          "[racs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, three_of_five());
    (void)ready.client.create_module();
    const auto before = read_file(ready.home.locations().kmlocal / "world");
    const auto fresh = replace(ready, some(ready.acs, {0, 1, 2}));
    ScriptedAuthoriser old_ones(ready.client, some(ready.acs, {0, 1}));
    CHECK(status_of([&] { (void)ready.client.load_world(2, old_ones, ready.world.facts().hknso); }) ==
          Status::cancelled);
    ready.client.remove_card(2, 0);
    ScriptedAuthoriser new_ones(ready.client, some(fresh, {3, 4}));
    CHECK_NOTHROW(ready.client.load_world(2, new_ones, ready.world.facts().hknso));
    CHECK(ready.client.module(2).enrolled);
    ready.client.remove_card(2, 0);

    // A module that has seen neither cannot know; the records of the others tell the host.
    const auto file = ready.home.locations().kmlocal / "world";
    const auto newest = read_file(file);
    write_file(file, before);
    (void)ready.client.create_module();
    ScriptedAuthoriser old_cards(ready.client, some(ready.acs, {0, 1}));
    CHECK(status_of([&] { (void)ready.client.load_world(3, old_cards, ready.world.facts().hknso); }) ==
          Status::untrusted);
    CHECK_FALSE(ready.client.module(3).enrolled);
    write_file(file, newest);
}

TEST_CASE("a module that was away takes note of the new cards when they are presented", "[racs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    (void)ready.client.create_module();
    ScriptedAuthoriser person(ready.client, ready.acs);
    (void)ready.client.load_world(2, person, ready.world.facts().hknso);
    ready.client.remove_card(2, 0);
    ready.client.clear(2, ModuleMode::maintenance); // it does not hear of the replacement
    const auto old_record = read_file(ready.home.locations().kmlocal / "world");
    (void)replace(ready, ready.acs);
    const auto new_record = read_file(ready.home.locations().kmlocal / "world");
    ready.client.clear(2, ModuleMode::operational);
    auto& link = *ready.client.state()->link;
    const auto begin = [&](const Bytes& record) {
        return status_of([&] { (void)link.call(2, protocol::BeginAdminToken{AdminRole::nso, record}); });
    };
    CHECK(begin(old_record) == Status::ok); // it cannot know yet
    CHECK(begin(new_record) == Status::ok);
    CHECK(begin(old_record) == Status::untrusted);
    CHECK(link.call(2, protocol::AdoptWorld{old_record}).generation == 2);
}

TEST_CASE("an old copy of the module's state knows nothing of the new cards, as the threat model says",
          "[racs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto state = ready.home.locations().modules / ready.client.module(1).esn / "module.state";
    const auto old_state = read_file(state);
    const auto old_record = read_file(ready.home.locations().kmlocal / "world");
    (void)replace(ready, ready.acs);
    const auto begin = [&] {
        return status_of([&] {
            (void)ready.client.state()->link->call(1, protocol::BeginAdminToken{AdminRole::nso, old_record});
        });
    };
    CHECK(begin() == Status::untrusted);
    write_file(state, old_state);
    CHECK(begin() == Status::ok);
}

TEST_CASE("every K cards replace the set, no K - 1 do", "[racs][quorum]") {
    auto options = cheap_world(2, 4);
    options.quora = {2, 4, 1, 1, 1, 1};
    ReadyHome ready({}, options);
    const auto record = read_file(ready.home.locations().kmlocal / "world");
    auto& link = *ready.client.state()->link;
    for (unsigned subset = 1; subset < 16; ++subset) {
        if (std::popcount(subset) > 2) continue;
        CAPTURE(subset);
        const auto begun = link.call(1, protocol::BeginAdminSet{record, false});
        for (unsigned card = 0; card < 4; ++card) {
            if (!(subset & (1u << card))) continue;
            ready.empty_slots();
            ready.client.insert_card(1, 0, ready.acs[card]);
            (void)link.call(1, protocol::AddShare{begun.token, 0, {}});
        }
        const auto status = status_of([&] { (void)link.call(1, protocol::MakeAdminSet{begun.token}); });
        CHECK(status == (std::popcount(subset) == 2 ? Status::ok : Status::token_incomplete));
        // It is for this only: K_NSO does not come out of it as a certifier.
        CHECK(status_of([&] { (void)link.call(1, protocol::LoadAdminKey{begun.token}); }) != Status::ok);
        (void)link.call(1, protocol::Destroy{begun.token.value});
    }
    // A token of one role, though of K cards, does not do.
    const auto nso = link.call(1, protocol::BeginAdminToken{AdminRole::nso, record});
    for (unsigned card = 0; card < 2; ++card) {
        ready.empty_slots();
        ready.client.insert_card(1, 0, ready.acs[card]);
        (void)link.call(1, protocol::AddShare{nso.token, 0, {}});
    }
    CHECK(status_of([&] { (void)link.call(1, protocol::MakeAdminSet{nso.token}); }) ==
          Status::invalid_argument);
}

TEST_CASE("a replacement that is given up changes nothing, and its cards can be used again", "[racs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, three_of_five());
    const auto before = contents_of(ready.home.locations().kmlocal);
    const auto blank = ready.home.cards(ready.client, 5, "new");
    auto cards = some(ready.acs, {0, 1, 2});
    cards.insert(cards.end(), blank.begin(), blank.begin() + 3); // two are missing
    ScriptedAuthoriser person(ready.client, cards);
    Administration administration(ready.world);
    CHECK(status_of([&] { (void)administration.replace_cards(person); }) == Status::cancelled);
    ready.empty_slots();
    CHECK(contents_of(ready.home.locations().kmlocal) == before);
    // The three that were written are of no set: they may be erased, the present ones may not.
    auto again = some(ready.acs, {3, 1, 4});
    again.insert(again.end(), blank.begin(), blank.end());
    ScriptedAuthoriser second(ready.client, again);
    NewCards how;
    how.erase = true;
    CHECK(administration.replace_cards(second, how).facts().acs_generation == 2);
    ready.empty_slots();
    ready.client.insert_card(1, 0, blank[0]);
    CHECK(status_of([&] { ready.client.erase_card(1, 0); }) == Status::access_denied);
}

TEST_CASE("what administrator cards opened closes after its time", "[acs][timeout]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto& link = *ready.client.state()->link;
    const auto record = read_file(ready.home.locations().kmlocal / "world");
    ready.client.insert_card(1, 0, ready.acs[0]);
    const auto begun = link.call(1, protocol::BeginAdminToken{AdminRole::nso, record});
    (void)link.call(1, protocol::AddShare{begun.token, 0, {}});
    const Raw raw(ready.client);
    auto acl = one_group(bit(Action::sign));
    acl.groups[0].certifier = to_bytes(ready.world.facts().hknso);
    const auto key = raw.generate("HMAC-256", acl);
    CHECK(status_of([&] { (void)raw.use(key); }) == Status::needs_certifier);
    const auto certifier = link.call(1, protocol::LoadAdminKey{begun.token}).key;
    CHECK(status_of([&] { (void)raw.use(key); }) == Status::ok);
    ready.home.clock().pass_s(administrator_timeout_s(1) - 1);
    CHECK(status_of([&] { (void)raw.use(key); }) == Status::ok);
    ready.home.clock().pass_s(2);
    CHECK(status_of([&] { (void)raw.use(key); }) == Status::needs_certifier);
    CHECK(status_of([&] { (void)link.call(1, protocol::LoadAdminKey{begun.token}); }) ==
          Status::token_expired);
    (void)certifier;
}

TEST_CASE("after a reset the administrators load the world again", "[acs]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, three_of_five());
    const auto public_info =
        ready.world.generate(request_for("k", "P-256"), Protector::module_key()).public_info();
    const auto esn = ready.client.module(1).esn;
    ready.client.clear(1, ModuleMode::maintenance);
    ready.client.factory(1);
    CHECK(status_of([&] { (void)ready.world.load("simple", "k", silent()); }) == Status::no_world);
    ScriptedAuthoriser one(ready.client, some(ready.acs, {2}));
    CHECK(status_of([&] { (void)ready.client.load_world(1, one, ready.world.facts().hknso); }) ==
          Status::cancelled);
    ready.empty_slots();
    ScriptedAuthoriser two(ready.client, some(ready.acs, {2, 3}));
    const auto world = ready.client.load_world(1, two, ready.world.facts().hknso);
    CHECK(ready.client.module(1).esn == esn);
    check_signs(world.load("simple", "k", silent()), public_info);
}

TEST_CASE("whoever asks for administrator cards is told first", "[acs]") {
    struct Watching final : Authoriser {
        explicit Watching(Authoriser& other) : behind(other) {}
        Answer ask(const Question& question) override {
            CHECK(told > 0);
            return behind.ask(question);
        }
        void administrator_cards(std::uint32_t module) override {
            CHECK(module == 1);
            ++told;
        }
        Authoriser& behind;
        int told = 0;
    };
    ReadyHome ready({}, cheap_world());
    ready.client.insert_card(1, 0, ready.acs[0]); // it is there already: nothing will be asked for
    const auto softcard = ready.world.create_softcard(1, "old", Secret::from_text("p"));
    const auto fresh = ready.world.create_softcard(1, "new", Secret::from_text("p"));
    (void)ready.world.generate(request_for("k", "P-256"),
                               ready.world.load_softcard(1, softcard.token, Secret::from_text("p")));
    const auto to = ready.world.load_softcard(1, fresh.token, Secret::from_text("p"));
    Watching watching(silent());
    CHECK(Administration(ready.world).recover_keys(softcard.token, to, watching).size() == 1);
    CHECK(watching.told == 1);
}
