// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "protocol/administration.hpp"
#include "support/scripted_authoriser.hpp"

// Keys that come from another Security World, with the administrators of both.

using namespace hsm;
using namespace hsm::test;
using Outcome = RecoveredKey::Outcome;

namespace {

std::vector<std::string> joined(std::vector<std::string> one, const std::vector<std::string>& two) {
    one.insert(one.end(), two.begin(), two.end());
    return one;
}

std::vector<std::string> first_two(const std::vector<std::string>& cards) {
    return {cards.at(0), cards.at(1)};
}

} // namespace

TEST_CASE("keys come into another world with the administrators of both", "[transfer]") {
    const auto uri = each_connection();
    ReadyHome from(uri, cheap_world(2, 2)), to(uri, cheap_world(2, 3));
    const auto public_info =
        from.world.generate(request_for("m", "P-256"), Protector::module_key()).public_info();
    (void)from.world.generate(request_for("a", "AES-256"), Protector::module_key());
    auto without = request_for("w", "P-256");
    without.usage.recoverable = false;
    (void)from.world.generate(without, Protector::module_key());
    const auto softcard = from.world.create_softcard(1, "soft", Secret::from_text("p"));
    (void)from.world.generate(request_for("s", "P-256"),
                              from.world.load_softcard(1, softcard.token, Secret::from_text("p")));
    const auto source = from.home.locations().kmlocal;
    const auto before = read_file(source / "key_simple_m");

    Administration administration(to.world);
    SECTION("without all of them nothing comes") {
        const auto kept = contents_of(to.home.locations().kmlocal);
        for (const auto& cards :
             {joined({from.acs[0]}, first_two(to.acs)), joined(from.acs, {to.acs[0]}), first_two(to.acs)}) {
            ScriptedAuthoriser person(to.client, cards);
            CHECK(status_of([&] {
                      (void)administration.transfer_keys(source, {}, Protector::module_key(), person);
                  }) == Status::cancelled);
            to.empty_slots();
        }
        CHECK(contents_of(to.home.locations().kmlocal) == kept);
    }
    SECTION("keys under the module") {
        ScriptedAuthoriser person(to.client, joined(from.acs, first_two(to.acs)));
        const auto results = administration.transfer_keys(source, {}, Protector::module_key(), person);
        to.empty_slots();
        CHECK(results.size() == 3);
        for (const auto& result : results) {
            CAPTURE(result.key.ident, result.reason);
            CHECK(result.outcome == Outcome::moved);
        }
        const auto key = to.world.load("simple", "m", silent());
        CHECK(key.public_info() == public_info);
        const auto mechanism = default_signature(key.spec());
        CHECK(key.verify(mechanism, view("data"), key.sign(mechanism, view("data"))));
        const auto facts = *to.world.find("simple", "m");
        CHECK(facts.recoverable);
        CHECK_FALSE(facts.generated);
        CHECK_FALSE(to.world.find("simple", "w")->recoverable);
        CHECK_FALSE(is_zero(to.world.load("simple", "a", silent()).id()));
        CHECK(read_file(source / "key_simple_m") == before);
        // The name is taken: the second time they stay where they are.
        ScriptedAuthoriser again(to.client, joined(from.acs, first_two(to.acs)));
        for (const auto& result : administration.transfer_keys(source, {}, Protector::module_key(), again))
            CHECK(result.outcome == Outcome::failed);
    }
    SECTION("keys under a softcard, which is then this world's to recover") {
        const auto fresh = to.world.create_softcard(1, "fresh", Secret::from_text("q"));
        const auto protector = to.world.load_softcard(1, fresh.token, Secret::from_text("q"));
        ScriptedAuthoriser person(to.client, joined(from.acs, first_two(to.acs)));
        const auto results = administration.transfer_keys(source, softcard.token, protector, person);
        REQUIRE(results.size() == 1);
        CHECK(results.front().outcome == Outcome::moved);
        to.empty_slots();
        CHECK_NOTHROW(to.world.load(*to.world.find("simple", "s"), protector));
        const auto next = to.world.create_softcard(1, "next", Secret::from_text("r"));
        const auto loaded = to.world.load_softcard(1, next.token, Secret::from_text("r"));
        ScriptedAuthoriser officers(to.client, first_two(to.acs));
        const auto recovered = administration.recover_keys(fresh.token, loaded, officers);
        REQUIRE(recovered.size() == 1);
        CHECK(recovered.front().outcome == Outcome::moved);
    }
    SECTION("a key does not change its kind of protection") {
        const auto fresh = to.world.create_softcard(1, "fresh", Secret::from_text("q"));
        const auto protector = to.world.load_softcard(1, fresh.token, Secret::from_text("q"));
        ScriptedAuthoriser person(to.client, joined(from.acs, first_two(to.acs)));
        for (const auto& result : administration.transfer_keys(source, {}, protector, person))
            CHECK(result.outcome != Outcome::moved);
        CHECK(to.world.keys().empty());
    }
}

TEST_CASE("keys neither leave nor enter a world in common-criteria-cmts; level 3 takes what it allows",
          "[transfer][cmts][level3]") {
    const auto uri = each_connection();
    auto cmts = cheap_world(2, 2), level3 = cheap_world();
    cmts.mode = WorldMode::common_criteria_cmts;
    level3.mode = WorldMode::fips_140_level_3;
    ReadyHome closed(uri, cmts), open(uri), strict(uri, level3);
    (void)closed.world.generate(request_for("c", "P-256"), Protector::module_key());
    (void)open.world.generate(request_for("good", "P-256"), Protector::module_key());
    (void)open.world.generate(request_for("weak", "RSA-1024"), Protector::module_key());
    const auto try_it = [](ReadyHome& into, const ReadyHome& from) {
        ScriptedAuthoriser person(into.client, joined(from.acs, into.acs));
        auto results = Administration(into.world)
                           .transfer_keys(from.home.locations().kmlocal, {}, Protector::module_key(), person);
        into.empty_slots();
        return results;
    };
    for (const auto& result : try_it(open, closed)) CHECK(result.outcome == Outcome::failed);
    for (const auto& result : try_it(closed, open)) CHECK(result.outcome == Outcome::failed);
    CHECK_FALSE(open.world.find("simple", "c"));
    const auto results = try_it(strict, open);
    REQUIRE(results.size() == 2);
    for (const auto& result : results) {
        CAPTURE(result.key.ident, result.reason);
        CHECK((result.outcome == Outcome::moved) == (result.key.ident == "good"));
    }
}
