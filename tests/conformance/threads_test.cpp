// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/table.hpp"
#include "support/scripted_authoriser.hpp"
#include "support/throwaway_home.hpp"

#include <atomic>
#include <functional>
#include <set>
#include <thread>

using namespace hsm;
using namespace hsm::test;

namespace {

/// Runs \p work on \p count threads; gives the first exception's text, or nothing.
std::string on_threads(int count, const std::function<void(int)>& work) {
    Sync<std::string> first;
    std::vector<std::thread> threads;
    for (int t = 0; t < count; ++t)
        threads.emplace_back([&, t] {
            try {
                work(t);
            } catch (const std::exception& error) {
                const auto text = first.lock();
                if (text->empty()) *text = error.what();
            }
        });
    for (auto& thread : threads) thread.join();
    return *first.lock();
}

Mechanism hmac() {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    return mechanism;
}

} // namespace

TEST_CASE("many threads use one key of each engine", "[threaded]") {
    ReadyHome ready;
    for (const auto* spec : {"P-256", "Ed25519", "ML-DSA-44", "RSA-2048", "HMAC-256"}) {
        CAPTURE(spec);
        const auto key = ready.world.generate_session(parse_key_spec(spec), {});
        const auto mechanism = key.spec().type == KeyType::generic ? hmac() : default_signature(key.spec());
        CHECK(on_threads(4, [&](int t) {
                  for (int i = 0; i < 6; ++i) {
                      const auto data =
                          view(std::string_view("0123456789").substr(0, static_cast<std::size_t>(t) + 1));
                      if (!key.verify(mechanism, data, key.sign(mechanism, data)))
                          throw std::runtime_error("a signature is wrong");
                  }
              }).empty());
    }
    Mechanism ctr;
    ctr.id = MechanismId::ctr;
    const auto aes = ready.world.generate_session(parse_key_spec("AES-256"), {});
    CHECK(on_threads(4, [&](int t) {
              const Bytes iv(16, static_cast<std::uint8_t>(t)), data(100, static_cast<std::uint8_t>(t));
              auto mechanism = ctr;
              mechanism.iv = iv;
              for (int i = 0; i < 50; ++i)
                  if (aes.decrypt(mechanism, aes.encrypt(mechanism, data)) != data)
                      throw std::runtime_error("not what was encrypted");
          }).empty());
}

TEST_CASE("keys are used while others load, destroy and clear", "[threaded]") {
    ReadyHome ready;
    auto second_client = ready.home.open();
    auto second = second_client.world();
    (void)ready.world.generate(request_for("k", "HMAC-256"), Protector::module_key());
    std::atomic<bool> stop{false};
    std::atomic<int> used{0};
    const auto allowed = [](Status status) {
        return status == Status::ok || status == Status::module_cleared || status == Status::invalid_handle ||
               status == Status::busy;
    };
    const auto failure = on_threads(5, [&](int t) {
        if (t == 4) {
            for (int i = 0; i < 10; ++i) {
                (i % 2 ? ready.client : second_client).clear(1, ModuleMode::operational);
                std::this_thread::yield();
            }
            stop.store(true);
            return;
        }
        auto& world = t % 2 ? ready.world : second;
        while (!stop.load()) {
            Key key;
            const auto loading = status_of([&] { key = world.load("simple", "k", silent()); });
            if (!allowed(loading)) throw std::runtime_error("loading: " + status_name(loading));
            if (!key) continue;
            for (int i = 0; i < 20; ++i) {
                const auto status = status_of([&] { (void)key.sign(hmac(), view("data")); });
                if (!allowed(status)) throw std::runtime_error("signing: " + status_name(status));
                used += status == Status::ok;
            }
        }
    });
    CHECK(failure == "");
    CHECK(used.load() > 0);
    CHECK_NOTHROW(ready.world.load("simple", "k", silent()).sign(hmac(), view("x")));
}

TEST_CASE("keys are made by many threads at once, under one name only once", "[threaded]") {
    ReadyHome ready;
    auto second_client = ready.home.open();
    auto second = second_client.world();
    std::atomic<int> won{0};
    CHECK(on_threads(4, [&](int t) {
              auto& world = t % 2 ? ready.world : second;
              for (int i = 0; i < 8; ++i) {
                  (void)world.generate(
                      request_for("t" + std::to_string(t) + "n" + std::to_string(i), "AES-128"),
                      Protector::module_key());
                  const auto status = status_of([&] {
                      (void)world.generate(request_for("one" + std::to_string(i), "AES-128"),
                                           Protector::module_key());
                  });
                  if (status == Status::ok)
                      ++won;
                  else if (status != Status::already_exists)
                      throw std::runtime_error(status_name(status));
              }
          }) == "");
    CHECK(won.load() == 8);
    CHECK(ready.world.key_count() == 40);
    std::set<Hash256> ids;
    for (const auto& facts : second.keys()) ids.insert(facts.key_id);
    CHECK(ids.size() == 40);
    CHECK(ready.world.problems().empty());
}

TEST_CASE("cards come and go while others load and use them", "[threaded]") {
    ReadyHome ready;
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 1, 1));
    auto second_client = ready.home.open();
    auto second = second_client.world();
    ready.client.insert_card(1, 0, cards[0]);
    (void)ready.world.generate(request_for("k", "HMAC-256"),
                               ready.world.load_card_set(1, set.token, silent()));
    std::atomic<bool> stop{false};
    const auto failure = on_threads(4, [&](int t) {
        if (t == 0) {
            for (int i = 0; i < 30; ++i) {
                second_client.remove_card(1, 0);
                second_client.insert_card(1, 0, cards[0]);
                std::this_thread::yield();
            }
            stop.store(true);
            return;
        }
        auto& world = t % 2 ? ready.world : second;
        while (!stop.load()) {
            const auto status = status_of([&] {
                const auto key = world.load("simple", "k", silent());
                for (int i = 0; i < 50; ++i) (void)key.sign(hmac(), view("data"));
            });
            if (status != Status::ok && status != Status::card_removed && status != Status::no_card)
                throw std::runtime_error(status_name(status));
        }
    });
    CHECK(failure == "");
    CHECK_NOTHROW(ready.world.load("simple", "k", silent()));
}

TEST_CASE("no use that starts after a card's removal succeeds", "[threaded]") {
    ReadyHome ready;
    std::vector<std::string> cards;
    const auto set = ready.card_set(cards, set_of("ops", 1, 1));
    auto second_client = ready.home.open();
    for (int round = 0; round < 10; ++round) {
        ready.client.insert_card(1, 0, cards[0]);
        auto request = request_for("k", "HMAC-256");
        request.replace = true;
        const auto key = ready.world.generate(request, ready.world.load_card_set(1, set.token, silent()));
        std::atomic<bool> removed{false};
        const auto failure = on_threads(3, [&](int t) {
            if (t == 0) {
                second_client.remove_card(1, 0);
                removed.store(true);
                return;
            }
            for (;;) {
                const bool late = removed.load();
                const auto status = status_of([&] { (void)key.sign(hmac(), view("data")); });
                if (late && status == Status::ok)
                    throw std::runtime_error("a use after the removal succeeded");
                if (status != Status::ok) return;
            }
        });
        CHECK(failure == "");
    }
}

TEST_CASE("modules made at the same time have different numbers", "[threaded]") {
    ThrowawayHome home;
    auto one = home.open(), two = home.open();
    Sync<std::set<std::uint32_t>> numbers;
    CHECK(on_threads(4, [&](int t) {
              const auto number = (t % 2 ? one : two).create_module();
              numbers.lock()->insert(number);
          }) == "");
    CHECK(numbers.lock()->size() == 4);
    CHECK(home.open().modules().size() == 4);
}
