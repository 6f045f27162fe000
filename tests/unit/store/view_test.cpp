// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/hash64.hpp>
#include <store/view.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace hsm;
using namespace hsm::store;

TEST_CASE("hash64 is XXH64", "[store]") {
    // Values of the reference implementation.
    CHECK(hash64(view("")) == 0xef46db3751d8e999u);
    CHECK(hash64(view("a")) == 0xd24ec4f1a98c6e5bu);
    CHECK(hash64(view("abc")) == 0x44bc2cf5ad770999u);
    CHECK(hash64(view("Nobody inspects the spammish repetition")) == 0xfbcea83c8a378bf1u);
}

TEST_CASE("terms depend on tag and value", "[store]") {
    CHECK(term_of(1, view("a")) == term_of(1, view("a")));
    CHECK(term_of(1, view("a")) != term_of(2, view("a")));
    CHECK(term_of(1, view("a")) != term_of(1, view("b")));
    CHECK(term_of(1, {}) != term_of(2, {}));
}

namespace {

/// The same as a view, in the simplest way.
using Model = std::map<std::string, std::set<Term>>;

std::set<std::string> expected(const Model& model, const std::vector<Term>& terms) {
    std::set<std::string> names;
    for (const auto& [name, has] : model) {
        if (std::all_of(terms.begin(), terms.end(), [&](Term t) { return has.contains(t); })) names.insert(name);
    }
    return names;
}

std::set<std::string> found(const View& v, const std::vector<Term>& terms) {
    std::set<std::string> names;
    for (const auto slot : v.with_terms(terms)) names.insert(std::string(v.entry(slot).file_name));
    return names;
}

void compare(const View& v, const Model& model) {
    std::set<std::string> all;
    v.each([&](View::Slot slot) { all.insert(std::string(v.entry(slot).file_name)); });
    CHECK(all == expected(model, {}));
    for (Term t = 0; t < 12; ++t) {
        CHECK(found(v, {t}) == expected(model, {t}));
        CHECK(found(v, {t, t / 2}) == expected(model, {t, t / 2}));
        CHECK(found(v, {t, 1, 5}) == expected(model, {t, 1, 5}));
    }
    for (int i = 0; i < 60; ++i) {
        const auto name = "key_a_" + std::to_string(i);
        CHECK(v.find(name).has_value() == model.contains(name));
    }
}

} // namespace

TEST_CASE("a view does what a map does, whatever comes in what order", "[store]") {
    std::mt19937 random(7);
    View v;
    Model model;
    for (int step = 0; step < 600; ++step) {
        const auto name = "key_a_" + std::to_string(random() % 50);
        std::vector<Term> terms(random() % 6);
        for (auto& term : terms) term = random() % 10;
        switch (random() % 8) {
        case 0:
            v.compact();
            break;
        case 1:
        case 2:
            v.erase(name);
            model.erase(name);
            break;
        case 3: {
            Entries batch;
            batch.add({name, {1, 2, 3}, Status::ok, {}}, terms);
            batch.add({name + "x", {1, 2, 3}, Status::ok, {}}, terms);
            v.absorb(batch);
            model[name] = model[name + "x"] = {terms.begin(), terms.end()};
            break;
        }
        default:
            v.put({name, {1, 2, 3}, Status::ok, {}}, terms);
            model[name] = {terms.begin(), terms.end()};
        }
        if (step % 20 == 0) compare(v, model);
    }
    compare(v, model);
    v.compact();
    compare(v, model);
}

TEST_CASE("entries keep everything, through a view and a snapshot", "[store]") {
    View v;
    const Entry bad{"key_a_bad", {~0u, -5, 1u << 20}, Status::record_newer, "it is from the future"};
    v.put(bad, {});
    v.put({"world", {1, 2, 3}, Status::ok, {}}, std::vector<Term>{kind_term(RecordKind::world)});
    for (int round = 0; round < 2; ++round, v.compact()) {
        const auto slot = v.find("key_a_bad");
        REQUIRE(slot);
        const auto entry = v.entry(*slot);
        CHECK(entry.identity == bad.identity);
        CHECK(entry.status == bad.status);
        CHECK(entry.text == bad.text);
        CHECK_FALSE(v.find("key_a_ba"));
    }
    CHECK(v.entry(*v.find("world")).identity == Identity{1, 2, 3});
}

TEST_CASE("a snapshot with any contents is harmless", "[store]") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
        // Every fourth has so many terms that it has starts.
        const Snapshot::Shape shape{8, round % 4 == 3 ? 5000u : 16u, 100};
        const auto body = std::make_shared<Body>(static_cast<std::size_t>(shape.body_size()));
        for (std::size_t i = 0; i < body->size(); ++i) body->data()[i] = static_cast<std::uint8_t>(random() >> (round % 40));
        View v(Snapshot(shape, body));
        std::size_t bytes = 0;
        v.each([&](View::Slot slot) {
            const auto entry = v.entry(slot);
            bytes += entry.file_name.size() + entry.text.size();
            CHECK((!v.find(entry.file_name) || *v.find(entry.file_name) < v.slots()));
        });
        CHECK(bytes < 8 * 65536 * 2);
        for (Term t = 0; t < 300; ++t) {
            for (const auto slot : v.with_terms({&t, 1})) REQUIRE(slot < v.slots());
        }
        v.put({"key_a_b", {}, Status::ok, {}}, {});
        v.compact();
    }
}

TEST_CASE("among very many terms, rare and frequent ones, each is found with its rows", "[store]") {
    std::mt19937_64 random(11);
    constexpr std::size_t count = 3000;
    std::vector<Term> own;
    const std::vector<Term> frequent{0, 1, Term{1} << 54, (Term{1} << 54) - 1, ~Term{0}, random(), random()};
    Entries batch;
    for (std::size_t i = 0; i < count; ++i) {
        own.push_back(random());
        std::vector<Term> terms{own.back()};
        for (std::size_t f = 0; f < frequent.size(); ++f)
            if (i % (f + 1) == 0) terms.push_back(frequent[f]);
        batch.add({"key_a_" + std::to_string(i), {i, 2, 3}, Status::ok, {}}, terms);
    }
    View v;
    v.absorb(batch);
    for (std::size_t i = 0; i < count; ++i) CHECK(found(v, {own[i]}) == std::set<std::string>{"key_a_" + std::to_string(i)});
    for (std::size_t f = 0; f < frequent.size(); ++f) CHECK(found(v, {frequent[f]}).size() == (count + f) / (f + 1));
    for (int i = 0; i < 1000; ++i) CHECK(found(v, {random()}).empty());
    CHECK(found(v, {own[8], frequent[0]}).size() == 1);
    CHECK(found(v, {own[8], frequent[6]}).empty());
}
