// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/nvram_home.hpp"
#include "protocol/nvram.hpp"

#include <atomic>
#include <thread>

// Uses of keys that are counted in NVRAM.

using namespace hsm;
using namespace hsm::test;

TEST_CASE("a key is used exactly as often as its limit in NVRAM says", "[counters]") {
    NvramWorld home(each_connection());
    auto& world = home.ready.world;
    home.authority->prepare(2);
    home.withdraw();
    const auto key = world.generate(NvramWorld::counted("k", 5), Protector::module_key());
    CHECK(key.use_limit() == 5);
    CHECK(key.use_count() == 0);
    CHECK(uses_of(key, 2) == 2);
    CHECK(key.use_count() == 2);
    // Every loading, in every process, and after clearing, counts on.
    auto other = home.ready.home.open();
    CHECK(uses_of(other.world().load("simple", "k", silent()), 1) == 1);
    other.clear(1, ModuleMode::operational);
    CHECK(uses_of(world.load("simple", "k", silent()), 10) == 2);
    CHECK(uses_of(other.world().load("simple", "k", silent()), 3) == 0);
    const auto again = world.load("simple", "k", silent());
    CHECK(again.use_count() == 5);
    CHECK_NOTHROW(again.acl());
    // The module has filled in where it counts.
    const auto area = home.nvram.area("count-1");
    CHECK(area.key == again.id());
    CHECK(area.value == 5);
    const auto check = world.verify_key(*world.find("simple", "k"));
    CHECK(check.certificate_valid);
    REQUIRE(check.acl == again.acl());
    CHECK(check.acl.groups[0].limits[0].esn == home.ready.client.module(1).esn);
    // One more is prepared; then the administrators are needed.
    (void)world.generate(NvramWorld::counted("l", 5), Protector::module_key());
    CHECK(status_of([&] { (void)world.generate(NvramWorld::counted("m", 5), Protector::module_key()); }) ==
          Status::needs_certifier);
    CHECK_FALSE(world.find("simple", "m"));
}

TEST_CASE("with the administrators a counter is made for the key", "[counters]") {
    NvramWorld home(each_connection());
    auto& world = home.ready.world;
    const auto key = world.generate(NvramWorld::counted("k", 1), Protector::module_key());
    const auto name = key.uses().at(0).area;
    CHECK(name.size() == max_nvram_name);
    CHECK(uses_of(key, 3) == 1);
    auto named = NvramWorld::counted("named", 0);
    named.usage.limits[0].id = to_bytes(view("mine"));
    CHECK(uses_of(world.generate(named, Protector::module_key()), 1) == 0);
    CHECK(home.nvram.area("mine").kind == NvramKind::counter);
    named.ident = "second";
    CHECK(status_of([&] { (void)world.generate(named, Protector::module_key()); }) == Status::already_exists);
    named.usage.limits[0].id = to_bytes(view("twelve-chars"));
    CHECK(status_of([&] { (void)world.generate(named, Protector::module_key()); }) == Status::invalid_argument);
    auto twice = NvramWorld::counted("twice", 3);
    twice.usage.limits.push_back(twice.usage.limits[0]);
    CHECK(status_of([&] { (void)world.generate(twice, Protector::module_key()); }) == Status::invalid_argument);
    // An imported key counts, too, and the same key taken in again counts on.
    const Secret material(Bytes(32, 9));
    auto request = NvramWorld::counted("i", 3);
    CHECK(uses_of(world.import(request, KeyHalf::secret, material, Protector::module_key()), 2) == 2);
    request.ident = "i2";
    CHECK(uses_of(world.import(request, KeyHalf::secret, material, Protector::module_key()), 5) == 1);
    // Counters are their keys' alone.
    CHECK(status_of([&] { home.nvram.increment(name); }) == Status::access_denied);
    CHECK(status_of([&] { home.nvram.write(name, Bytes(8)); }) == Status::access_denied);
    CHECK(home.nvram.read(name) == Bytes{0, 0, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("a counted key belongs to one module", "[counters]") {
    NvramWorld home(each_connection());
    auto& client = home.ready.client;
    auto& world = home.ready.world;
    (void)world.generate(NvramWorld::counted("k", 5), Protector::module_key());
    home.withdraw();
    const auto second = client.create_module();
    ScriptedAuthoriser cards(client, home.ready.acs);
    (void)client.load_world(second, cards);
    CHECK(status_of([&] { (void)world.load("simple", "k", silent(), second); }) == Status::access_denied);
    auto elsewhere = NvramWorld::counted("e", 5);
    elsewhere.usage.limits[0].esn = client.module(1).esn;
    CHECK(status_of([&] { (void)world.generate(elsewhere, Protector::module_key(second)); }) ==
          Status::access_denied);
    // A key that is made from another one has no counter.
    const Raw raw(client);
    const auto base = raw.generate("HMAC-256", one_group(bit(Action::derive)));
    Mechanism hkdf;
    hkdf.id = MechanismId::hkdf;
    hkdf.hash = Hash::sha256;
    hkdf.length = 32;
    const auto acl = one_group(bit(Action::sign), {{UseLimit::Kind::nonvolatile, 5, {}, {}}});
    CHECK(status_of([&] {
              (void)raw.call(protocol::DeriveKey{base, hkdf, {KeyType::generic, 256, ParamSet::none, 0}, acl, {}});
          }) == Status::access_denied);
}

TEST_CASE("a counter that was erased is made again by the administrators only", "[counters]") {
    NvramWorld home(each_connection());
    const auto key = home.ready.world.generate(NvramWorld::counted("k", 5), Protector::module_key());
    CHECK(uses_of(key, 3) == 3);
    const auto name = key.uses().at(0).area;
    const auto backup = home.authority->back_up(name);
    CHECK(uses_of(key, 1) == 1);
    CHECK(status_of([&] { home.authority->recreate_counter(key, 0); }) == Status::already_exists);
    // Restoring never lowers a count that is there.
    (void)home.authority->restore(backup);
    CHECK(key.use_count() == 4);
    home.authority->free(name);
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    const auto use = [&] { return status_of([&] { (void)key.sign(mechanism, view("x")); }); };
    CHECK(use() == Status::bad_state);
    CHECK(key.uses().at(0).erased);
    // An area of the same name that counts another key is no counter of this one.
    home.authority->allocate({name, NvramKind::counter, 8, home.nvram.stock_rules(NvramKind::counter), {}, 0});
    CHECK(use() == Status::bad_state);
    home.authority->free(name);
    CHECK(home.authority->recreate_counter(key, 4) == name);
    CHECK(uses_of(key, 5) == 1);
    home.authority->free(name);
    (void)home.authority->restore(backup);
    CHECK(key.use_count() == 3); // where it was erased, later uses are not known
    home.withdraw();
    CHECK(status_of([&] { home.nvram.recreate_counter(key, 0); }) == Status::needs_certifier);
}

TEST_CASE("uses reserved in batches are counted before, and never given back", "[counters]") {
    NvramWorld home(each_connection());
    auto& world = home.ready.world;
    const auto key = world.generate(NvramWorld::counted("k", 20), Protector::module_key());
    key.reserve_uses(8);
    CHECK(uses_of(key, 1) == 1);
    CHECK(key.use_count() == 8);
    CHECK(uses_of(key, 7) == 7);
    CHECK(key.use_count() == 8);
    CHECK(uses_of(key, 1) == 1);
    CHECK(key.use_count() == 16);
    {
        const auto second = world.load("simple", "k", silent());
        second.reserve_uses(100); // what is left is less
        CHECK(uses_of(second, 1) == 1);
        CHECK(second.use_count() == 20);
    }
    // What the second loading did not spend is gone with it.
    CHECK(uses_of(key, 100) == 7);
    CHECK(status_of([&] { key.reserve_uses(0); }) == Status::invalid_argument);
    // Uses that were taken under a higher limit are not spent under a lower one.
    const auto reduced = world.generate(NvramWorld::counted("r", 20), Protector::module_key());
    reduced.reserve_uses(20);
    CHECK(uses_of(reduced, 1) == 1);
    auto acl = reduced.acl();
    acl.groups[0].limits[0].value = 10;
    reduced.reduce_acl(acl);
    CHECK(uses_of(reduced, 5) == 0);
}

TEST_CASE("limits of one group are all taken or none, a counter last", "[counters]") {
    NvramWorld home(each_connection());
    const Raw raw(home.ready.client);
    Acl acl = one_group(bit(Action::sign), {limit_of(UseLimit::Kind::authorisation, 9),
                                            limit_of(UseLimit::Kind::global, 9, "g"),
                                            {UseLimit::Kind::nonvolatile, 2, {}, {}}});
    acl.groups.push_back(one_group(bit(Action::make_blob) | bit(Action::get_acl)).groups[0]);
    const auto key = raw.generate("HMAC-256", acl);
    const auto uses = [&](KeyHandle of, int tries) {
        int good = 0;
        for (int i = 0; i < tries; ++i) good += status_of([&] { (void)raw.use(of); }) == Status::ok;
        return good;
    };
    CHECK(uses(key, 20) == 2);
    // The others of its group were not used up by refusals: reduced to them they go on.
    CHECK(raw.call(protocol::KeyUses{key}).uses.at(0).used == 2);
    // A limit of nothing refuses everything.
    CHECK(uses(raw.generate("HMAC-256", one_group(bit(Action::sign), {{UseLimit::Kind::nonvolatile, 0, {}, {}}})),
               3) == 0);
}

TEST_CASE("a counted limit holds exactly under many threads and openings", "[counters][threaded]") {
    NvramWorld home;
    const auto key = home.ready.world.generate(NvramWorld::counted("k", 600), Protector::module_key());
    auto second = home.ready.home.open();
    const auto other = second.world().load("simple", "k", silent());
    const bool batches = GENERATE(false, true);
    if (batches) {
        key.reserve_uses(7);
        other.reserve_uses(3);
    }
    std::atomic<std::uint64_t> uses{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            Mechanism mechanism;
            mechanism.id = MechanismId::hmac;
            mechanism.hash = Hash::sha256;
            for (int i = 0; i < 150; ++i)
                if (status_of([&] { (void)(t % 2 ? key : other).sign(mechanism, view("x")); }) == Status::ok) ++uses;
        });
    for (auto& thread : threads) thread.join();
    CHECK(uses.load() == 600);
    CHECK(key.use_count() == 600);
}

TEST_CASE("a key in NVRAM is nowhere else", "[counters][nvram]") {
    NvramWorld home(each_connection());
    auto& world = home.ready.world;
    auto request = request_for("k", "P-256");
    request.nvram = true;
    home.authority->prepare(1, NvramKind::key);
    home.withdraw();
    const auto made = world.generate(request, Protector::module_key());
    const auto facts = world.find("simple", "k");
    REQUIRE(facts);
    CHECK(facts->nvram_area == "key-1");
    CHECK_FALSE(facts->recoverable);
    CHECK(facts->esn == home.ready.client.module(1).esn);
    CHECK(world.problems().empty());
    CHECK(world.verify_key(*facts).certificate_valid);
    auto other = home.ready.home.open();
    const auto loaded = other.world().load("simple", "k", silent());
    CHECK(loaded.public_info() == made.public_info());
    const auto mechanism = default_signature(loaded.spec());
    CHECK(made.verify(mechanism, view("x"), loaded.sign(mechanism, view("x"))));
    CHECK(status_of([&] { (void)home.nvram.read("key-1"); }) == Status::access_denied);
    // No place is left without the administrators; nothing of the attempt stays.
    request.ident = "l";
    CHECK(status_of([&] { (void)world.generate(request, Protector::module_key()); }) == Status::needs_certifier);
    CHECK_FALSE(world.find("simple", "l"));
    request.ident = "k";
    request.replace = true;
    CHECK(status_of([&] { (void)world.generate(request, Protector::module_key()); }) == Status::not_supported);
    world.rename("simple", "k", "simple", "renamed");
    CHECK_NOTHROW(world.load("simple", "renamed", silent()).acl());
    world.remove("simple", "renamed");
    CHECK_FALSE(world.find("simple", "renamed"));
    CHECK(home.nvram.facts().areas.empty());
}
