// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/nvram_home.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <random>
#include <thread>

using namespace hsm;
using namespace hsm::test;

TEST_CASE("an NVRAM area is allocated by the administrators, and used by what its ACL says", "[nvram]") {
    NvramWorld home(each_connection());
    auto& nvram = home.nvram;
    home.allocate("area", 100);
    home.withdraw();
    CHECK(nvram.read("area") == Bytes(100));
    nvram.write("area", view("hello"), 95);
    CHECK(nvram.read("area", 95) == to_bytes(view("hello")));
    CHECK(nvram.read("area", 94, 2) == Bytes{0, 'h'});
    CHECK(status_of([&] { nvram.write("area", view("hello"), 96); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)nvram.read("area", 50, 51); }) == Status::invalid_argument);
    CHECK(status_of([&] { (void)nvram.read("other"); }) == Status::not_found);
    CHECK(status_of([&] { nvram.increment("area"); }) == Status::bad_state);
    const auto area = nvram.area("area");
    CHECK(area.size == 100);
    CHECK(area.rules == nvram.stock_rules());
    // Another process, and a module that was cleared, find it.
    auto other = home.ready.home.open();
    CHECK(Nvram(other.world()).read("area", 95) == to_bytes(view("hello")));
    other.clear(1, ModuleMode::operational);
    CHECK(nvram.read("area", 95) == to_bytes(view("hello")));
    // Without the cards nobody makes or deletes one.
    const auto without = [&](auto action) { return status_of(action) == Status::needs_certifier; };
    CHECK(without([&] { nvram.free("area"); }));
    CHECK(without([&] { nvram.allocate({"more", NvramKind::data, 8, {}, {}, 0}); }));
    CHECK(without([&] { nvram.prepare(1); }));
    CHECK(without([&] { nvram.resize(max_nvram_capacity); }));
    ScriptedAuthoriser cards(home.ready.client, home.ready.acs);
    Nvram again(home.ready.world);
    again.authorise(cards);
    nvram.free("area");
    CHECK(status_of([&] { (void)nvram.read("area"); }) == Status::not_found);
    // Authority ends when the card leaves.
    home.ready.empty_slots();
    CHECK(without([&] { nvram.prepare(1); }));
}

TEST_CASE("NVRAM areas have names and sizes within bounds", "[nvram]") {
    NvramWorld home(each_connection());
    for (const auto& row : table("nvram-areas.txt")) {
        CAPTURE(row[0]);
        CHECK(outcome_of([&] { home.allocate(row[0], static_cast<std::uint32_t>(std::stoul(row[1]))); }) == row[2]);
        CHECK(outcome_of([&] { (void)home.nvram.area(row[0]); }) == (row[2] == "ok" ? "ok" : "not_found"));
    }
    CHECK(status_of([&] { home.allocate("a"); }) == Status::already_exists);
    CHECK(status_of([&] {
              home.authority->allocate({"c", NvramKind::counter, 9, {}, {}, 0});
          }) == Status::invalid_argument);
    CHECK(status_of([&] {
              home.authority->allocate({"c", NvramKind::counter, 8, {{{}, bit(NvramRight::increment), 0}}, {}, 0});
          }) == Status::invalid_argument);
    CHECK(status_of([&] { home.allocate("b", 8, {{{}, 16, 0}}); }) == Status::invalid_argument);
    CHECK(status_of([&] { home.allocate("b", 8, {{Bytes(31), 1, 0}}); }) == Status::invalid_argument);
    Hash256 someone{};
    someone[0] = 1;
    CHECK(status_of([&] {
              home.authority->allocate({"b", NvramKind::data, 8, {}, someone, 0});
          }) == Status::invalid_argument);
    // All or none.
    const NvramArea one{"one", NvramKind::data, 8, {}, {}, 0}, old{"a", NvramKind::data, 8, {}, {}, 0};
    CHECK(status_of([&] { home.authority->allocate({one, old}); }) == Status::already_exists);
    CHECK(status_of([&] { home.authority->allocate({one, one}); }) == Status::already_exists);
    CHECK(status_of([&] { (void)home.nvram.area("one"); }) == Status::not_found);
}

TEST_CASE("an area's ACL is asked for each right", "[nvram]") {
    NvramWorld home(each_connection());
    auto& nvram = home.nvram;
    const auto knv = to_bytes(home.ready.world.facts().hknv);
    const auto try_all = [&](const std::string& name) {
        std::vector<Status> found;
        found.push_back(status_of([&] { (void)nvram.read(name); }));
        found.push_back(status_of([&] { nvram.write(name, Bytes(8)); }));
        found.push_back(status_of([&] { nvram.increment(name); }));
        return found;
    };
    for (unsigned right = 0; right < 3; ++right) {
        const auto name = std::to_string(right);
        home.allocate("free" + name, 8, {{{}, 1u << right, 0}});
        home.allocate("cert" + name, 8, {{knv, 1u << right, 0}});
        for (const bool present : {true, false}) {
            if (!present) home.withdraw();
            CAPTURE(right, present);
            std::vector<Status> expected(3, Status::access_denied);
            expected[right] = Status::ok;
            CHECK(try_all("free" + name) == expected);
            if (!present) expected[right] = Status::needs_certifier;
            CHECK(try_all("cert" + name) == expected);
        }
        home.authority.emplace(home.ready.world);
        ScriptedAuthoriser cards(home.ready.client, home.ready.acs);
        home.authority->authorise(cards);
    }
    home.allocate("limited", 8, {{{}, bit(NvramRight::increment) | bit(NvramRight::read), 5}});
    home.allocate("bin", 8, {{{}, bit(NvramRight::free), 0}});
    home.withdraw();
    CHECK(nvram.increment("limited", 3) == 3);
    CHECK(status_of([&] { nvram.increment("limited", 3); }) == Status::limit_reached);
    CHECK(status_of([&] { nvram.increment("limited", UINT64_MAX); }) == Status::limit_reached);
    CHECK(status_of([&] { nvram.increment("limited", 0); }) == Status::invalid_argument);
    CHECK(nvram.increment("limited", 2) == 5);
    CHECK(nvram.read("limited") == Bytes{0, 0, 0, 0, 0, 0, 0, 5});
    nvram.free("bin");
}

TEST_CASE("NVRAM that is full says so, and can be made larger", "[nvram]") {
    NvramWorld home(each_connection());
    int made = 0;
    Status last = Status::ok;
    for (; last == Status::ok && made < 100; ++made)
        last = status_of([&] { home.allocate("a" + std::to_string(made), max_nvram_area); });
    CHECK(last == Status::nvram_full);
    CHECK(made == 8); // 256 KiB
    auto facts = home.nvram.facts();
    CHECK(facts.capacity == default_nvram_capacity);
    CHECK(facts.used <= facts.capacity);
    CHECK(facts.areas.size() == 7);
    home.authority->resize(2 * default_nvram_capacity);
    home.allocate("b", max_nvram_area);
    CHECK(status_of([&] { home.authority->resize(default_nvram_capacity); }) == Status::invalid_argument);
    CHECK(status_of([&] { home.authority->resize(max_nvram_capacity + 1); }) == Status::invalid_argument);
    for (const auto& area : home.nvram.facts().areas) home.authority->free(area.name);
    CHECK(home.nvram.facts().used == 0);
    home.authority->resize(1000);
    CHECK(status_of([&] { home.allocate("c", 1000); }) == Status::nvram_full);
}

TEST_CASE("an area is backed up for this module and world, and restored by administrators", "[nvram]") {
    const auto uri = each_connection();
    NvramWorld home(uri);
    auto& nvram = home.nvram;
    home.allocate("area", 16);
    home.allocate("secret", 8, {{to_bytes(home.ready.world.facts().hknv), bit(NvramRight::free), 0}});
    nvram.write("area", view("worth keeping"));
    const auto backup = nvram.back_up("area");
    CHECK_NOTHROW(nvram.back_up("secret")); // the administrators may
    CHECK(status_of([&] { home.authority->restore(backup); }) == Status::already_exists);
    home.authority->free("area");
    auto changed = backup;
    changed[changed.size() - 5] ^= 1;
    CHECK(status_of([&] { home.authority->restore(changed); }) == Status::foreign_world);
    CHECK(home.authority->restore(backup).name == "area");
    CHECK(nvram.read("area", 0, 13) == to_bytes(view("worth keeping")));
    NvramWorld stranger(uri);
    CHECK(status_of([&] { stranger.authority->restore(backup); }) == Status::foreign_world);
    home.withdraw();
    CHECK(status_of([&] { (void)nvram.back_up("secret"); }) == Status::access_denied);
    CHECK(status_of([&] { nvram.restore(backup); }) == Status::needs_certifier);
}

TEST_CASE("NVRAM does what a simple model does, over both connections", "[nvram][model]") {
    NvramWorld home(each_connection());
    std::mt19937_64 random(7);
    std::map<std::string, Bytes> model;
    auto second = home.ready.home.open();
    Nvram other(second.world());
    for (int step = 0; step < 3000; ++step) {
        const auto name = "a" + std::to_string(random() % 8);
        auto& nvram = random() % 2 ? other : home.nvram;
        const auto known = model.find(name);
        const auto choice = random() % 100;
        if (known == model.end()) {
            if (choice < 10)
                home.allocate(name), model[name] = Bytes(8);
            else
                CHECK(status_of([&] { (void)nvram.read(name); }) == Status::not_found);
        } else if (choice < 3) {
            home.authority->free(name);
            model.erase(known);
        } else if (choice < 40) {
            const Bytes part(random() % 8, static_cast<std::uint8_t>(random() % 200));
            nvram.write(name, part, 1);
            std::copy(part.begin(), part.end(), known->second.begin() + 1);
        } else if (choice < 70) {
            std::uint64_t value = 0;
            for (const auto byte : known->second) value = value << 8 | byte;
            CHECK(nvram.increment(name, 5) == value + 5);
            known->second = [value = value + 5]() mutable {
                Bytes bytes(8);
                for (std::size_t i = 8; i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
                return bytes;
            }();
        } else {
            CHECK(nvram.read(name) == known->second);
        }
    }
}

TEST_CASE("many threads and openings increment one area, and no increment is lost or made twice",
          "[nvram][threaded]") {
    NvramWorld home;
    home.allocate("n");
    auto second = home.ready.home.open();
    Nvram other(second.world());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            auto& nvram = t % 2 ? other : home.nvram;
            for (int i = 0; i < 250; ++i) nvram.increment("n");
        });
    for (auto& thread : threads) thread.join();
    CHECK(home.nvram.increment("n") == 1001);
}

TEST_CASE("initialising a module again erases its NVRAM, and nothing else", "[nvram]") {
    NvramWorld home(each_connection());
    auto& client = home.ready.client;
    home.allocate("area");
    (void)home.ready.world.generate(NvramWorld::counted("counted", 5), Protector::module_key());
    (void)home.ready.world.generate(request_for("plain", "P-256"), Protector::module_key());
    auto stored = request_for("stored", "P-256");
    stored.nvram = true;
    (void)home.ready.world.generate(stored, Protector::module_key());
    const auto before = contents_of(home.ready.home.locations().kmlocal);
    home.withdraw();
    client.clear(1, ModuleMode::pre_initialisation);
    CHECK(home.nvram.facts().areas.size() == 3); // a tool can say what goes
    client.factory(1);
    CHECK(home.nvram.facts().areas.empty());
    CHECK_FALSE(client.module(1).enrolled);
    CHECK(contents_of(home.ready.home.locations().kmlocal) == before);
    ScriptedAuthoriser cards(client, home.ready.acs);
    auto world = client.load_world(1, cards);
    CHECK(home.nvram.facts().areas.empty());
    CHECK_NOTHROW(world.load("simple", "plain", silent()).acl());
    CHECK(status_of([&] { (void)world.load("simple", "stored", silent()); }) == Status::not_found);
    const auto key = world.load("simple", "counted", silent());
    CHECK(key.uses().at(0).erased);
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    CHECK(status_of([&] { (void)key.sign(mechanism, view("x")); }) == Status::bad_state);
    world.remove("simple", "stored");
    CHECK_FALSE(world.find("simple", "stored"));
}

TEST_CASE("a module whose directory is read-only refuses NVRAM with one clear line", "[nvram]") {
    NvramWorld home(each_connection());
    home.allocate("area");
    auto reader = home.ready.home.open_read_only();
    Nvram nvram(reader.world());
    CHECK(status_of([&] { (void)nvram.read("area"); }) == Status::read_only);
    CHECK(status_of([&] { nvram.increment("area"); }) == Status::read_only);
}

TEST_CASE("writers that are at work while a module is initialised again write nothing that stays", "[nvram][threaded]") {
    NvramWorld home;
    home.allocate("n");
    const auto key = home.ready.world.generate(NvramWorld::counted("k", 1'000'000), Protector::module_key());
    auto second = home.ready.home.open();
    Mechanism hmac;
    hmac.id = MechanismId::hmac;
    hmac.hash = Hash::sha256;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            Nvram nvram(t % 2 ? second.world() : home.ready.world);
            const auto work = [&] {
                if (t < 2) (void)nvram.increment("n");
                else (void)key.sign(hmac, view("x"));
            };
            while (status_of(work) == Status::ok) {}
        });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    home.authority.reset();
    home.ready.client.clear(1, ModuleMode::pre_initialisation);
    home.ready.client.factory(1);
    CHECK(home.nvram.facts().areas.empty());
    for (auto& thread : threads) thread.join();
    home.ready.empty_slots();
    ScriptedAuthoriser cards(home.ready.client, home.ready.acs);
    auto world = home.ready.client.load_world(1, cards);
    CHECK(home.nvram.facts().areas.empty());
    CHECK(world.load("simple", "k", silent()).uses().at(0).erased);
}

TEST_CASE("a module whose NVRAM is damaged fails, and can be initialised again", "[nvram]") {
    const auto uri = each_connection();
    NvramWorld home(uri);
    home.allocate("n");
    (void)home.ready.world.generate(request_for("plain", "HMAC-256"), Protector::module_key());
    home.withdraw();
    base::Path checkpoint;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home.ready.home.locations().modules))
        if (entry.path().extension() == ".ckpt") checkpoint = entry.path();
    auto bytes = read_file(checkpoint);
    bytes[bytes.size() / 2] ^= 1;
    write_file(checkpoint, bytes);
    // The module's own processes have what they need; those that open it afresh do not.
    ReadyHome& ready = home.ready;
    ready.client = ready.home.open();
    ready.world = ready.client.world();
    home.nvram = Nvram(ready.world);
    CHECK(status_of([&] { (void)home.nvram.facts(); }) == Status::module_failed);
    CHECK(ready.client.module(1).mode == ModuleMode::failed);
    CHECK(ready.client.module(1).failure.find("NVRAM") != std::string::npos);
    CHECK(status_of([&] { (void)ready.client.random(8); }) == Status::module_failed);
    CHECK(status_of([&] { ready.client.clear(1, ModuleMode::operational); }) == Status::record_damaged);
    ready.client.factory(1);
    CHECK(ready.client.module(1).mode == ModuleMode::pre_initialisation);
    ScriptedAuthoriser cards(ready.client, ready.acs);
    auto world = ready.client.load_world(1, cards);
    CHECK(Nvram(world).facts().areas.empty());
    CHECK_NOTHROW(world.load("simple", "plain", silent()).acl());
}
