// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/nvram_format.hpp"
#include "operations.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

// NVRAM: areas, counted uses, checkpoints, keys kept there, and initialising the module again.

namespace hsm::test {

namespace {

constexpr std::uint64_t limit = 10;

/// What is prepared is done by another process, so that the recorded one opens the log by itself.
Client other() { return Lab::instance().open(); }

Nvram authorised(const Client& client) {
    Nvram nvram(client.world());
    Person administrator(client, {Lab::instance().card("a1")}, "acs");
    nvram.authorise(administrator);
    return nvram;
}

Mechanism hmac() {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    return mechanism;
}

bool use(const Key& key) {
    try {
        (void)key.sign(hmac(), view("a message"));
        return true;
    } catch (const Error& error) {
        if (error.status() != Status::limit_reached) throw;
        return false;
    }
}

KeyRequest counted() {
    KeyRequest request;
    request.ident = "n";
    request.spec = parse_key_spec("HMAC-256");
    request.usage.limits = {{UseLimit::Kind::nonvolatile, limit, {}, {}}};
    return request;
}

/// A prepared counter, an area "area" with 5, and the administrator card in the slot.
void prepare(Client& client) {
    auto nvram = authorised(client);
    nvram.prepare(1);
    nvram.prepare(1, NvramKind::key);
    nvram.allocate({"area", NvramKind::data, 8, nvram.stock_rules(), {}, 0});
    nvram.increment("area", 5);
}

std::uint64_t value(const Bytes& bytes) {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

void check_rest(Client& client) {
    empty_slots(client);
    check_world(client);
}

std::uint64_t blocks_in_log() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(Lab::instance().home() / "modules")) {
        if (entry.path().extension() != ".log") continue;
        std::ifstream in(entry.path(), std::ios::binary);
        const Bytes log{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        auto last = log.size();
        while (last > 0 && log[last - 1] == 0) --last;
        return (last + module::nvram_block - 1) / module::nvram_block;
    }
    return 0;
}

/// Two of ten uses were made before.
void check_count(const Notes&, bool done) {
    auto client = other();
    const auto key = client.world().load("simple", "n", silent());
    const auto count = key.use_count();
    require(count == 3 || (!done && count == 2), "the count is " + std::to_string(count.value_or(0)));
    require(value(Nvram(client.world()).read("area")) >= 5, "the area has lost its value");
    std::uint64_t left = 0;
    while (use(key)) ++left;
    require(left == limit - *count, std::to_string(left) + " uses are left after " + std::to_string(*count));
    check_rest(client);
}

void two_uses(Client& client) {
    prepare(client);
    const auto key = client.world().generate(counted(), Protector::module_key());
    require(use(key) && use(key), "a counted key cannot be used");
}

Operation count_use() {
    return {"count a use",
            &Stages::world,
            [](Client&) {
                auto client = other();
                two_uses(client);
            },
            [](Client& client, Notes&) { require(use(client.world().load("simple", "n", silent())), "refused"); },
            check_count,
            false,
            true};
}

Operation count_use_at_checkpoint() {
    return {"count a use when the log is full",
            &Stages::world,
            [](Client&) {
                auto client = other();
                two_uses(client);
                Nvram nvram(client.world());
                for (auto n = blocks_in_log(); n < module::nvram_log_blocks; ++n) nvram.increment("area");
                require(blocks_in_log() == module::nvram_log_blocks, "the log is not full");
            },
            [](Client& client, Notes&) { require(use(client.world().load("simple", "n", silent())), "refused"); },
            check_count,
            false,
            true};
}

Operation write() {
    return {"write an NVRAM area",
            &Stages::world,
            [](Client&) {
                auto client = other();
                prepare(client);
            },
            [](Client& client, Notes&) { Nvram(client.world()).write("area", Bytes(8, 1)); },
            [](const Notes&, bool done) {
                auto client = other();
                const auto now = Nvram(client.world()).read("area");
                require(now == Bytes(8, 1) || (!done && now == Bytes{0, 0, 0, 0, 0, 0, 0, 5}),
                        "the area is neither old nor new");
                require(Nvram(client.world()).increment("area") == value(now) + 1, "an increment goes wrong");
                check_rest(client);
            },
            false,
            true};
}

Operation allocate() {
    return {"allocate the first NVRAM area",
            &Stages::world,
            [](Client& client) { client.insert_card(1, 0, Lab::instance().card("a1")); },
            [](Client& client, Notes&) {
                auto nvram = authorised(client);
                nvram.allocate({"first", NvramKind::data, 8, nvram.stock_rules(), {}, 0});
            },
            [](const Notes&, bool done) {
                auto client = other();
                const auto areas = Nvram(client.world()).facts().areas;
                require(areas.size() == 1 || (!done && areas.empty()), "the area is lost");
                if (areas.size() == 1)
                    require(Nvram(client.world()).increment("first") == 1, "the area is not empty");
                check_rest(client);
            },
            false,
            true};
}

Operation free() {
    return {"free an NVRAM area",
            &Stages::world,
            [](Client& client) {
                auto first = other();
                prepare(first);
                empty_slots(first);
                client.insert_card(1, 0, Lab::instance().card("a1"));
            },
            [](Client& client, Notes&) { authorised(client).free("area"); },
            [](const Notes&, bool done) {
                auto client = other();
                const auto areas = Nvram(client.world()).facts().areas;
                require(areas.size() == 2 || (!done && areas.size() == 3),
                        "there are " + std::to_string(areas.size()) + " areas");
                if (areas.size() == 3)
                    require(Nvram(client.world()).increment("area") == 6, "an area that stays has changed");
                check_rest(client);
            },
            false,
            true};
}

Operation generate_counted() {
    return {"generate a counted key",
            &Stages::world,
            [](Client&) {
                auto client = other();
                prepare(client);
            },
            [](Client& client, Notes&) { (void)client.world().generate(counted(), Protector::module_key()); },
            [](const Notes&, bool done) {
                auto client = other();
                auto world = client.world();
                const auto facts = world.find("simple", "n");
                require(facts || !done, "an acknowledged key is lost");
                if (facts) {
                    const auto key = world.load(*facts, Protector::module_key());
                    require(key.use_count() == 0, "a new key was used already");
                    std::uint64_t uses = 0;
                    while (use(key)) ++uses;
                    require(uses == limit, "a new key has " + std::to_string(uses) + " uses");
                }
                check_rest(client);
            },
            false,
            true};
}

KeyRequest in_nvram() {
    auto request = p256("n");
    request.nvram = true;
    return request;
}

Operation generate_in_nvram() {
    return {"generate a key in NVRAM",
            &Stages::world,
            [](Client&) {
                auto client = other();
                prepare(client);
            },
            [](Client& client, Notes& notes) {
                notes["n"] = client.world().generate(in_nvram(), Protector::module_key()).public_info();
            },
            [](const Notes& notes, bool done) {
                auto client = other();
                auto world = client.world();
                const auto facts = world.find("simple", "n");
                require(facts || !done, "an acknowledged key is lost");
                const auto known = notes.find("n");
                if (facts)
                    check_key(world.load(*facts, Protector::module_key()),
                              known == notes.end() ? facts->public_info : known->second);
                check_rest(client);
            },
            false,
            true};
}

Operation remove_from_nvram() {
    return {"remove a key in NVRAM",
            &Stages::world,
            [](Client&) {
                auto client = other();
                prepare(client);
                (void)client.world().generate(in_nvram(), Protector::module_key());
            },
            [](Client& client, Notes&) { client.world().remove("simple", "n"); },
            [](const Notes&, bool done) {
                auto client = other();
                auto world = client.world();
                const auto facts = world.find("simple", "n");
                require(!facts || !done, "a key is back after its removal was acknowledged");
                if (facts) {
                    world.remove("simple", "n"); // whether its area went or not
                    require(!world.find("simple", "n"), "the key cannot be removed");
                }
                require(Nvram(world).facts().areas.size() == 2, "the key is still in NVRAM");
                check_rest(client);
            },
            false,
            true};
}

Operation initialise_again() {
    return {"initialise a module with NVRAM again",
            &Stages::world,
            [](Client&) {
                auto client = other();
                two_uses(client);
                empty_slots(client);
                client.clear(1, ModuleMode::pre_initialisation);
            },
            [](Client& client, Notes&) { client.factory(1); },
            [](const Notes&, bool done) {
                auto client = other();
                const bool enrolled = client.module(1).enrolled;
                require(!done || !enrolled, "the module is still in its world");
                require(!done || Nvram(client.world()).facts().areas.empty(), "its NVRAM is not erased");
                if (enrolled) {
                    client.clear(1, ModuleMode::operational);
                } else {
                    Person administrator(client, {Lab::instance().card("a1")}, "acs");
                    (void)client.load_world(1, administrator);
                }
                const auto key = client.world().load("simple", "n", silent());
                if (!enrolled) {
                    require(Nvram(client.world()).facts().areas.empty(), "NVRAM is back with the world");
                    require(key.uses().at(0).erased, "an erased counter counts");
                } else {
                    require(key.uses().at(0).erased || key.use_count() == 2, "the count has changed");
                }
                check_rest(client);
            },
            false,
            true};
}

} // namespace

std::vector<Operation> nvram_operations() {
    return {count_use(),         count_use_at_checkpoint(), write(),           allocate(), free(), generate_counted(),
            generate_in_nvram(), remove_from_nvram(),       initialise_again()};
}

} // namespace hsm::test
