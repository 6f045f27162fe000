// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "module/object_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace hsm;
using module::Object;
using module::ObjectTable;

namespace {

/// Says when it dies, and poisons itself first: a reader that still holds it would see.
struct Probe : Object {
    Probe(std::uint64_t client, std::atomic<int>& living) : Object(Kind::key, client), alive(living) { ++alive; }
    ~Probe() override {
        value.store(0);
        --alive;
    }
    std::atomic<int>& alive;
    std::atomic<int> value{42};
};

Status status_of(const ObjectTable& table, std::uint64_t handle) {
    try {
        (void)table.pin(handle);
        return Status::ok;
    } catch (const Error& error) {
        return error.status();
    }
}

} // namespace

TEST_CASE("a handle names its object until it is removed, and nothing afterwards") {
    std::atomic<int> alive{0};
    ObjectTable table;
    const auto a = table.insert(std::make_unique<Probe>(1, alive), table.era());
    CHECK(static_cast<Probe&>(table.pin(a).object()).value == 42);
    CHECK(table.remove(a, 2) == nullptr); // another client's
    CHECK(table.remove(a, 1) != nullptr);
    CHECK(alive == 0);
    CHECK(status_of(table, a) == Status::invalid_handle);
    CHECK(status_of(table, 0) == Status::invalid_handle);
    CHECK(status_of(table, ~std::uint64_t{0}) == Status::invalid_handle);
    // The place is used again, the number is not.
    const auto b = table.insert(std::make_unique<Probe>(1, alive), table.era());
    CHECK(b != a);
    CHECK(status_of(table, a) == Status::invalid_handle);
    CHECK(status_of(table, b) == Status::ok);
}

TEST_CASE("after a clear old handles say so, and what was made for the old era is refused") {
    std::atomic<int> alive{0};
    ObjectTable table;
    const auto era = table.era();
    const auto a = table.insert(std::make_unique<Probe>(1, alive), era);
    table.clear();
    CHECK(alive == 0);
    CHECK(table.size() == 0);
    CHECK(status_of(table, a) == Status::module_cleared);
    CHECK_THROWS_AS(table.insert(std::make_unique<Probe>(1, alive), era), Error);
    CHECK(alive == 0);
    CHECK(status_of(table, table.insert(std::make_unique<Probe>(1, alive), table.era())) == Status::ok);
}

TEST_CASE("a client's objects go with it; a retired object leaves a tombstone") {
    std::atomic<int> alive{0};
    ObjectTable table;
    const auto a = table.insert(std::make_unique<Probe>(1, alive), table.era());
    const auto b = table.insert(std::make_unique<Probe>(2, alive), table.era());
    table.remove_client(1);
    CHECK(status_of(table, a) == Status::invalid_handle);
    CHECK(status_of(table, b) == Status::ok);
    table.retire([](Object&) { return true; });
    CHECK(alive == 0);
    CHECK(table.pin(b).object().kind() == Object::Kind::tombstone);
    CHECK(table.remove(b, 2) != nullptr);
}

TEST_CASE("readers never see a dead object while others insert and remove", "[threaded]") {
    std::atomic<int> alive{0};
    {
        ObjectTable table;
        constexpr int places = 8;
        std::array<std::atomic<std::uint64_t>, places> handles{};
        for (auto& handle : handles) handle = table.insert(std::make_unique<Probe>(1, alive), table.era());
        std::atomic<bool> stop{false};
        std::atomic<int> bad{0}, seen{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                for (unsigned i = static_cast<unsigned>(t); !stop; ++i) {
                    try {
                        const auto pin = table.pin(handles[i % places]);
                        if (static_cast<Probe&>(pin.object()).value != 42) ++bad;
                        ++seen;
                    } catch (const Error&) {
                        // Removed a moment ago: that is an answer.
                    }
                }
            });
        for (unsigned i = 0; i < 3000; ++i) {
            const auto old = handles[i % places].load();
            const auto next = table.insert(std::make_unique<Probe>(1, alive), table.era());
            REQUIRE(table.remove(old, 1) != nullptr);
            handles[i % places] = next;
        }
        while (seen < 1000) std::this_thread::yield();
        stop = true;
        for (auto& thread : threads) thread.join();
        CHECK(bad == 0);
        CHECK(alive == places);
    }
    CHECK(alive == 0);
}

TEST_CASE("an object that is retired while it is looked up is what it was or what it became", "[threaded]") {
    constexpr int rounds = 1500, objects = 256, readers = 2;
    std::atomic<int> alive{0}, bad{0}, at_round{0}, done{0};
    ObjectTable table;
    std::array<std::uint64_t, objects> handles{};
    std::vector<std::thread> threads;
    for (int t = 0; t < readers; ++t)
        threads.emplace_back([&] {
            for (int round = 1; round <= rounds; ++round) {
                while (at_round < round) std::this_thread::yield();
                for (const auto handle : handles) // each until it is retired: close behind the one who does it
                    for (bool key = true; key;) {
                        try {
                            key = table.pin(handle).object().kind() == Object::Kind::key;
                        } catch (const Error&) {
                            ++bad;
                            key = false;
                        }
                    }
                ++done;
            }
        });
    for (int round = 1; round <= rounds; ++round) {
        for (auto& handle : handles) handle = table.insert(std::make_unique<Probe>(1, alive), table.era());
        at_round = round;
        table.retire([](Object& object) { return object.kind() == Object::Kind::key; });
        while (done < round * readers) std::this_thread::yield();
        CHECK(alive == 0);
        table.remove_client(1);
    }
    for (auto& thread : threads) thread.join();
    CHECK(bad == 0);
}
