// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "protocol/administration.hpp"
#include "support/scripted_authoriser.hpp"

// What administrator cards do for keys and passphrases that are lost.

using namespace hsm;
using namespace hsm::test;
using Outcome = RecoveredKey::Outcome;

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

Outcome outcome_for(const std::vector<RecoveredKey>& results, const std::string& ident) {
    for (const auto& result : results)
        if (result.key.ident == ident) return result.outcome;
    FAIL("no result for " << ident);
    return Outcome::failed;
}

/// The records, without the index, which is derived.
std::vector<std::pair<std::string, Bytes>> records_of(ReadyHome& ready) {
    auto all = contents_of(ready.home.locations().kmlocal);
    std::erase_if(all, [](const auto& file) {
        return file.first.find('_') == std::string::npos && file.first != "world";
    });
    return all;
}

void check_signs(const Key& key, const Bytes& public_info) {
    const auto mechanism = default_signature(key.spec());
    CHECK(key.public_info() == public_info);
    CHECK(key.verify(mechanism, view("data"), key.sign(mechanism, view("data"))));
}

} // namespace

namespace {

/// A card set 2/3 with keys, lost: two of its cards are gone, its record too. And a new set, loaded.
struct LostSet {
    explicit LostSet(const std::string& uri)
        : ready(uri, three_of_five()),
          old_set(ready.card_set(old_cards, set_of("old", 2, 3))),
          new_set(ready.card_set(new_cards, set_of("new", 1, 1))),
          administration(ready.world) {
        {
            ScriptedAuthoriser person(ready.client, some(old_cards, {0, 1}));
            const auto protector = ready.world.load_card_set(1, old_set.token, person);
            first = ready.world.generate(request_for("first", "P-256"), protector).public_info();
            second = ready.world.generate(request_for("second", "P-256"), protector).public_info();
            (void)ready.world.generate(request_for("secret", "AES-256"), protector);
            auto without = request_for("without", "P-256");
            without.usage.recoverable = false;
            (void)ready.world.generate(without, protector);
        }
        (void)ready.world.generate(request_for("module", "P-256"), Protector::module_key());
        ready.empty_slots();
        ready.world.forget_card_set(old_set.token);
    }
    Protector load(const CardSetFacts& set, const std::vector<std::string>& cards) {
        ScriptedAuthoriser person(ready.client, cards);
        return ready.world.load_card_set(1, set.token, person);
    }
    Protector load() { return load(new_set, new_cards); }

    ReadyHome ready;
    std::vector<std::string> old_cards, new_cards;
    CardSetFacts old_set, new_set;
    Administration administration;
    Bytes first, second;
};

} // namespace

TEST_CASE("keys of a card set are recovered to another one with the quorum, and again to a third",
          "[recovery]") {
    const auto uri = each_connection();
    LostSet lost(uri);
    auto& ready = lost.ready;
    const auto to = lost.load();
    ScriptedAuthoriser officers(ready.client, some(ready.acs, {4, 1}));
    RecoveryOptions options;
    std::vector<std::string> seen;
    options.progress = [&](const RecoveredKey& key) { seen.push_back(key.key.ident); };
    const auto results = lost.administration.recover_keys(lost.old_set.token, to, officers, options);
    CHECK(results.size() == 4);
    CHECK(seen.size() == 4);
    for (const auto* ident : {"first", "second", "secret"}) {
        CAPTURE(ident);
        CHECK(outcome_for(results, ident) == Outcome::moved);
        CHECK(ready.world.find("simple", ident)->protector_hash == lost.new_set.token);
    }
    CHECK(outcome_for(results, "without") == Outcome::not_recoverable);
    check_signs(ready.world.load(*ready.world.find("simple", "first"), to), lost.first);
    check_signs(ready.world.load(*ready.world.find("simple", "second"), to), lost.second);
    CHECK_FALSE(is_zero(ready.world.load(*ready.world.find("simple", "secret"), to).id()));
    // Again: nothing is left to do but what cannot be done.
    ready.empty_slots();
    ScriptedAuthoriser again(ready.client, lost.new_cards);
    const auto reloaded = ready.world.load_card_set(1, lost.new_set.token, again);
    ScriptedAuthoriser same(ready.client, some(ready.acs, {0, 3}));
    CHECK(lost.administration.recover_keys(lost.old_set.token, reloaded, same).size() == 1);
    // What was recovered can be recovered once more, and its blob made again.
    ready.empty_slots();
    std::vector<std::string> third_cards;
    const auto third = ready.card_set(third_cards, set_of("third", 1, 1));
    ScriptedAuthoriser third_loader(ready.client, third_cards);
    const auto further = ready.world.load_card_set(1, third.token, third_loader);
    ScriptedAuthoriser officers_again(ready.client, some(ready.acs, {2, 1}));
    CHECK(lost.administration.recover_keys(lost.new_set.token, further, officers_again).size() == 3);
    const auto key = ready.world.load(*ready.world.find("simple", "first"), further);
    check_signs(key, lost.first);
    CHECK_NOTHROW(ready.client.state()->link->call(1, protocol::MakeBlob{key.handle(), further.token()}));
}

TEST_CASE("keys are recovered with enough administrators only, and to the same kind of protection",
          "[recovery]") {
    const auto uri = each_connection();
    LostSet lost(uri);
    auto& ready = lost.ready;
    const auto to = lost.load();
    SECTION("too few administrators, or none") {
        const auto before = records_of(ready);
        CHECK(status_of([&] { (void)lost.administration.recover_keys(lost.old_set.token, to, silent()); }) ==
              Status::no_card);
        ScriptedAuthoriser one(ready.client, some(ready.acs, {4}));
        CHECK(status_of([&] { (void)lost.administration.recover_keys(lost.old_set.token, to, one); }) ==
              Status::cancelled);
        CHECK(records_of(ready) == before);
    }
    SECTION("only those that were asked for") {
        ScriptedAuthoriser officers(ready.client, some(ready.acs, {0, 1}));
        RecoveryOptions options;
        options.only = {{"simple", "second"}};
        CHECK(lost.administration.recover_keys(lost.old_set.token, to, officers, options).size() == 1);
        CHECK(ready.world.find("simple", "first")->protector_hash == lost.old_set.token);
        options.only = {{"simple", "module"}};
        CHECK(status_of([&] {
                  (void)lost.administration.recover_keys(lost.old_set.token, to, silent(), options);
              }) == Status::not_found);
    }
    SECTION("not to a softcard, not to the module") {
        const auto softcard = ready.world.create_softcard(1, "soft", Secret::from_text("pass"));
        const auto soft = ready.world.load_softcard(1, softcard.token, Secret::from_text("pass"));
        ScriptedAuthoriser officers(ready.client, some(ready.acs, {0, 1}));
        for (const auto& result : lost.administration.recover_keys(lost.old_set.token, soft, officers))
            CHECK(result.outcome != Outcome::moved);
        CHECK(status_of([&] {
                  (void)lost.administration.recover_keys(lost.old_set.token, Protector::module_key(),
                                                         silent());
              }) == Status::invalid_argument);
    }
}

TEST_CASE("keys of a softcard are recovered to another softcard", "[recovery]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto lost = ready.world.create_softcard(1, "lost", Secret::from_text("forgotten"));
    Bytes public_info;
    {
        const auto protector = ready.world.load_softcard(1, lost.token, Secret::from_text("forgotten"));
        public_info = ready.world.generate(request_for("k", "P-256"), protector).public_info();
    }
    const auto fresh = ready.world.create_softcard(1, "fresh", Secret::from_text("known"));
    const auto to = ready.world.load_softcard(1, fresh.token, Secret::from_text("known"));
    ScriptedAuthoriser officer(ready.client, ready.acs);
    const auto results = Administration(ready.world).recover_keys(lost.token, to, officer);
    REQUIRE(results.size() == 1);
    CHECK(results.front().outcome == Outcome::moved);
    check_signs(ready.world.load(*ready.world.find("simple", "k"), to), public_info);
    CHECK_NOTHROW(ready.world.delete_softcard(lost.token)); // nothing is under it any more
}

TEST_CASE("recovery believes neither the host's records nor another world's", "[recovery]") {
    const auto uri = each_connection();
    ReadyHome ready(uri), other(uri);
    const auto softcard = [](ReadyHome& home, const char* name) {
        return home.world.load_softcard(1, home.world.create_softcard(1, name, Secret::from_text("p")).token,
                                        Secret::from_text("p"));
    };
    const auto from = softcard(ready, "from"), to = softcard(ready, "to");
    (void)ready.world.generate(request_for("a", "P-256"), from);
    (void)ready.world.generate(request_for("b", "P-256"), from);
    (void)other.world.generate(request_for("c", "P-256"), softcard(other, "elsewhere"));
    const auto path = [](ReadyHome& home, const char* ident) {
        return home.home.locations().kmlocal / ("key_simple_" + std::string(ident));
    };
    const auto read = [&](ReadyHome& home, const char* ident) {
        return base::decode<protocol::KeyRecord>(read_file(path(home, ident)));
    };
    auto a = read(ready, "a");
    SECTION("the archive of another key") { a.archive = read(ready, "b").archive; }
    SECTION("of another world") { a.archive = read(other, "c").archive; }
    SECTION("changed") { a.archive->back() ^= 1; }
    SECTION("the working blob in its place") { a.archive = a.blob; }
    write_file(path(ready, "a"), base::encode(a));
    const auto before = read_file(path(ready, "a"));
    ScriptedAuthoriser officer(ready.client, ready.acs);
    const auto results = Administration(ready.world).recover_keys(from.hash(), to, officer);
    CHECK(outcome_for(results, "a") == Outcome::failed);
    CHECK(outcome_for(results, "b") == Outcome::moved); // one bad record does not keep the others
    CHECK(read_file(path(ready, "a")) == before);
}

TEST_CASE("a world without recovery has none", "[recovery]") {
    const auto uri = each_connection();
    auto options = cheap_world();
    options.recovery = false;
    ReadyHome ready(uri, options);
    const auto old_one = ready.world.create_softcard(1, "old", Secret::from_text("p"));
    const auto new_one = ready.world.create_softcard(1, "new", Secret::from_text("p"));
    (void)ready.world.generate(request_for("k", "P-256"),
                               ready.world.load_softcard(1, old_one.token, Secret::from_text("p")));
    ScriptedAuthoriser officer(ready.client, ready.acs);
    const auto to = ready.world.load_softcard(1, new_one.token, Secret::from_text("p"));
    Administration administration(ready.world);
    CHECK(status_of([&] { (void)administration.recover_keys(old_one.token, to, officer); }) ==
          Status::not_supported);
    CHECK(status_of([&] {
              administration.replace_softcard_passphrase(old_one.token, Secret::from_text("q"), officer);
          }) == Status::not_supported);
}

TEST_CASE("lost passphrases are replaced with administrator cards", "[recovery][passphrase]") {
    const auto uri = each_connection();
    ReadyHome ready(uri, three_of_five());
    std::vector<std::string> cards, unrecoverable;
    (void)ready.card_set(cards, set_of("set", 1, 1), "forgotten");
    auto options = set_of("without", 1, 1);
    options.passphrase_recovery = false;
    (void)ready.card_set(unrecoverable, options, "forgotten");
    Administration administration(ready.world);
    const auto replace = [&](std::uint32_t slot, const char* passphrase,
                             std::initializer_list<std::size_t> officers) {
        ScriptedAuthoriser person(ready.client, some(ready.acs, officers));
        const auto take_out = [&] {
            for (std::uint32_t each = 0; each < 3; ++each)
                if (ready.client.slots(1).at(each).state != SlotState::empty)
                    ready.client.remove_card(1, each);
        };
        try {
            administration.replace_card_passphrase(slot, Secret::from_text(passphrase), person);
        } catch (...) {
            take_out();
            throw;
        }
        take_out();
    };
    const auto opens = [&](const char* passphrase) {
        return status_of([&] { ready.client.check_card_passphrase(1, 3, Secret::from_text(passphrase)); });
    };
    ready.client.insert_card(1, 3, cards[0]);
    for (int i = 0; i < 5; ++i) (void)opens("wrong");
    CHECK(opens("forgotten") == Status::passphrase_delayed);
    CHECK(status_of([&] { replace(3, "new", {0}); }) == Status::cancelled);
    replace(3, "new", {0, 1});
    CHECK(opens("new") == Status::ok); // and the delay is forgotten with the passphrase
    CHECK(opens("forgotten") == Status::passphrase_wrong);
    ready.empty_slots();
    ready.client.insert_card(1, 3, unrecoverable[0]);
    CHECK(status_of([&] { replace(3, "new", {1, 2}); }) == Status::not_supported);
    ready.empty_slots();
    // With p = 2 cards nobody gets at a third administrator's card.
    ready.client.insert_card(1, 3, ready.acs[4]);
    CHECK(status_of([&] { replace(3, "new", {1, 2}); }) == Status::access_denied);
    ready.empty_slots();

    const auto softcard = ready.world.create_softcard(1, "soft", Secret::from_text("forgotten"), true);
    const auto plain = ready.world.create_softcard(1, "plain", Secret::from_text("forgotten"));
    const auto replace_softcard = [&](const Hash256& token, const char* passphrase) {
        ScriptedAuthoriser person(ready.client, some(ready.acs, {3, 1}));
        administration.replace_softcard_passphrase(token, Secret::from_text(passphrase), person);
        ready.empty_slots();
    };
    replace_softcard(softcard.token, "new");
    CHECK_NOTHROW(ready.world.load_softcard(1, softcard.token, Secret::from_text("new")));
    CHECK(status_of([&] {
              (void)ready.world.load_softcard(1, softcard.token, Secret::from_text("forgotten"));
          }) == Status::passphrase_wrong);
    CHECK(status_of([&] { replace_softcard(plain.token, "new"); }) == Status::not_supported);
    ready.empty_slots();
    CHECK(status_of([&] { replace_softcard(softcard.token, ""); }) == Status::passphrase_required);
}
