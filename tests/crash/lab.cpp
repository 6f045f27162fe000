// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "lab.hpp"

#include <base/temporary_name.hpp>
#include <client/state.hpp>
#include <server/in_process.hpp>
#include <support/recording_file_system.hpp>

#include <cstdlib>
#include <filesystem>

namespace hsm::test {

using base::Path;

namespace {

// Durability is a model here, not this machine's disk: memory serves best.
Path scratch_root() {
    const Path memory = "/dev/shm";
    std::error_code ignored;
    const auto root = std::filesystem::is_directory(memory, ignored) ? memory : std::filesystem::temp_directory_path();
    return std::filesystem::canonical(root) / ("libhsm" + base::temporary_name());
}

Protector open_cards(World& world, std::uint32_t module, const Hash256& set, const std::string& passphrase) {
    FixedPassphrase known(Secret::from_text(passphrase));
    return world.load_card_set(module, set, known);
}

} // namespace

Answer Person::ask(const Question& question) {
    Answer answer;
    answer.go_on = true;
    switch (question.kind) {
    case Question::Kind::insert_card:
    case Question::Kind::insert_blank_card:
        if (next_ == cards_.size()) return {};
        try {
            client_.remove_card(question.module, 0);
        } catch (const Error& error) {
            if (error.status() != Status::no_card) throw;
        }
        client_.insert_card(question.module, 0, cards_[next_++]);
        break;
    case Question::Kind::passphrase:
        if (question.attempt > 1) return {};
        [[fallthrough]];
    case Question::Kind::new_passphrase: answer.passphrase = Secret::from_text(passphrase_); break;
    case Question::Kind::remove_card:
    case Question::Kind::confirm: break;
    }
    return answer;
}

Lab& Lab::instance() {
    static Lab lab;
    return lab;
}

Lab::Lab() : scratch_(scratch_root()), home_(scratch_ / "home") {
    std::filesystem::create_directories(home_);
    try {
        set_the_stages();
    } catch (...) {
        std::filesystem::remove_all(scratch_);
        throw;
    }
}

Lab::~Lab() {
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
}

void Lab::put(const DiskState& state) {
    clock_.now_ms = 1'000'000;
    materialise(state, home_);
}

Client Lab::open(base::FileSystem& files) {
    const Locations locations{home_, home_ / "modules", home_ / "kmdata", home_ / "kmdata" / "local"};
    auto modules = std::make_shared<server::Modules>(module::Platform{&files, &clock_}, locations.modules);
    return Client(client::make_state(server::connect_in_process(std::move(modules)), locations, files, clock_, {}));
}

void Lab::set_the_stages() {
    const auto keep = [&] { return read_tree(home_, {"page", "locks"}); };
    std::filesystem::create_directories(home_ / "cards");
    stages_.empty = keep();
    {
        auto client = open();
        client.create_module();
        for (const auto* name : {"a1", "o1", "b1", "b2", "b3"}) client.create_card(card(name));
    }
    stages_.module_only = keep();
    {
        auto client = open();
        Person administrator(client, {card("a1")}, "acs");
        NewCards with_passphrase;
        with_passphrase.ask_passphrases = true;
        auto world = client.create_world(1, small_world(1), administrator, with_passphrase);
        stages_.facts = world.facts();

        Person operator_(client, {card("o1")}, "ocs");
        CardSetOptions set;
        set.name = "ops";
        stages_.ops = world.create_card_set(1, set, operator_, with_passphrase).token;
        stages_.soft = world.create_softcard(1, "soft", Secret::from_text("soft")).token;

        const auto make = [&](const std::string& ident, const Protector& protector) {
            stages_.public_info[ident] = world.generate(p256(ident), protector).public_info();
        };
        make("m", Protector::module_key());
        make("o", open_cards(world, 1, stages_.ops, "ocs"));
        make("s", world.load_softcard(1, stages_.soft, Secret::from_text("soft")));
        client.remove_card(1, 0);
    }
    stages_.world = keep();
}

void empty_slots(Client& client, std::uint32_t module) {
    for (std::uint32_t slot = 0; slot < 2; ++slot) {
        try {
            client.remove_card(module, slot);
        } catch (const Error& error) {
            if (error.status() != Status::no_card) throw;
        }
    }
}

void check_key(const Key& key, const Bytes& public_info) {
    require(key.public_info() == public_info, "a key is not the one that was stored under its name");
    const auto data = view("a message");
    const auto mechanism = default_signature(key.spec());
    require(key.verify(mechanism, data, key.sign(mechanism, data)), "a signature does not verify");
}

void check_world(Client& client, const Expected& expected) {
    auto& lab = Lab::instance();
    const auto& stages = lab.stages();
    auto world = client.world();
    require(world.facts().hknso == stages.facts.hknso, "the world is another one");
    world.check(expected.module);
    const auto problems = world.problems();
    require(problems.empty(), problems.empty() ? "" : "problem: " + problems.front().text);

    const auto key = [&](const std::string& ident, const Protector& protector) {
        const auto facts = world.find("simple", ident);
        require(facts.has_value(), "key " + ident + " is lost");
        check_key(world.load(*facts, protector), stages.public_info.at(ident));
    };
    const auto module = expected.module;
    if (expected.has_m) key("m", Protector::module_key(module));
    if (expected.has_s) {
        const auto softcard = world.softcard("soft").token;
        key("s", world.load_softcard(module, softcard, Secret::from_text(expected.softcard_passphrase)));
    }
    if (expected.has_o) {
        empty_slots(client, module);
        client.insert_card(module, 0, lab.card("o1"));
        require(world.card_set("ops").token == stages.ops, "the card set is another one");
        key("o", open_cards(world, module, stages.ops, expected.ocs_passphrase));
        client.remove_card(module, 0);
    }
    const auto fresh = world.generate(p256("fresh"), Protector::module_key(module));
    check_key(world.load("simple", "fresh", silent(), module), fresh.public_info());
}

WorldOptions small_world(std::uint32_t n) {
    WorldOptions options;
    options.quora.k = 1;
    options.quora.n = n;
    options.test_parameters = true;
    return options;
}

KeyRequest p256(const std::string& ident, bool replace) {
    KeyRequest request;
    request.ident = ident;
    request.spec = parse_key_spec("P-256");
    request.replace = replace;
    return request;
}

std::size_t sampled(std::size_t full, std::size_t sample) {
    return std::getenv("HSM_TEST_SAMPLE") != nullptr ? sample : full;
}

} // namespace hsm::test
