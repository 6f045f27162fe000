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

void copy_tree(const base::Path& from, const base::Path& to) {
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

} // namespace

TEST_CASE("the key management data of a world works on another machine of the same world", "[mirror]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const auto key = ready.world.generate(request_for("k", "P-256"), Protector::module_key());
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 1, 1));
    ThrowawayHome second(uri);
    auto there = second.open();
    (void)there.create_module();
    copy_tree(ready.home.locations().kmlocal, second.locations().kmlocal);
    ScriptedAuthoriser authoriser(there, {ready.acs[0]});
    auto world = there.load_world(1, authoriser, ready.world.facts().hknso);
    CHECK(world.load("simple", "k", silent()).id() == key.id());
    CHECK(world.verify_key(*world.find("simple", "k")).certificate_valid);
    there.remove_card(1, 0);
    // What is made there and copied back serves here, certificate and all.
    ScriptedAuthoriser operators(there, cards);
    const auto made =
        world.generate(request_for("back", "Ed25519"), world.load_card_set(1, set.token, operators));
    for (const auto& entry : std::filesystem::directory_iterator(second.locations().kmlocal)) {
        const auto target = ready.home.locations().kmlocal / entry.path().filename();
        if (entry.is_regular_file() && !std::filesystem::exists(target))
            std::filesystem::copy_file(entry.path(), target);
    }
    ScriptedAuthoriser here(ready.client, cards);
    CHECK(ready.world.load("simple", "back", here).id() == made.id());
    CHECK(ready.world.verify_key(*ready.world.find("simple", "back")).certificate_valid);
    CHECK(ready.world.problems().empty());
}

TEST_CASE("on a module of another world the copied directory is worth nothing, and says why", "[mirror]") {
    const auto uri = each_connection();
    ReadyHome ready(uri), other(uri);
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 1, 1));
    ScriptedAuthoriser operators(ready.client, cards);
    (void)ready.world.generate(request_for("m", "P-256"), Protector::module_key());
    (void)ready.world.generate(request_for("c", "P-256"), ready.world.load_card_set(1, set.token, operators));
    const auto soft = ready.world.create_softcard(1, "soft", Secret::from_text("p")).token;
    copy_tree(ready.home.locations().kmlocal, other.home.locations().kmlocal);
    auto client = other.home.open();
    auto world = client.world();
    CHECK(status_of([&] { world.check(); }) == Status::foreign_world);
    const auto refusal = error_of([&] { (void)world.load("simple", "m", silent()); });
    REQUIRE(refusal);
    CHECK(refusal->status() == Status::foreign_world);
    CHECK_THAT(refusal->message(), ContainsSubstring("another Security World"));
    CHECK(status_of([&] { (void)world.load_softcard(1, soft, Secret::from_text("p")); }) ==
          Status::foreign_world);
    // All cards and the passphrase are there: still nothing.
    ScriptedAuthoriser all(client, cards);
    const auto no = error_of([&] { (void)world.load("simple", "c", all); });
    REQUIRE(no);
    CHECK_THAT(no->message(), ContainsSubstring("another Security World"));
    CHECK_FALSE(world.verify_key(*world.find("simple", "m")).certificate_valid);
}

TEST_CASE("records of another world beside one's own are named, and hide nothing", "[mirror]") {
    const auto uri = each_connection();
    ReadyHome ready(uri), other(uri);
    (void)ready.world.generate(request_for("mine", "AES-128"), Protector::module_key());
    (void)other.world.generate(request_for("theirs", "AES-128"), Protector::module_key());
    std::filesystem::copy_file(other.home.locations().kmlocal / "key_simple_theirs",
                               ready.home.locations().kmlocal / "key_simple_theirs");
    bool named = false;
    for (const auto& problem : ready.world.problems())
        named = named || (problem.name == "key_simple_theirs" && problem.status == Status::foreign_world);
    CHECK(named);
    CHECK(status_of([&] { (void)ready.world.load("simple", "theirs", silent()); }) == Status::foreign_world);
    CHECK_NOTHROW(ready.world.load("simple", "mine", silent()));
}
