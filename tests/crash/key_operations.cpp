// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "operations.hpp"

namespace hsm::test {

namespace {

Protector module_key() { return Protector::module_key(); }

/// The key is there and works, or (before the acknowledgement) is not there at all.
void check_new_key(Client& client, const std::string& ident, const Notes& notes, bool done, Authoriser& authoriser) {
    auto world = client.world();
    if (!world.find("simple", ident)) {
        require(!done, "an acknowledged key is lost");
        return;
    }
    const auto key = world.load("simple", ident, authoriser);
    const auto known = notes.find(ident);
    check_key(key, known == notes.end() ? key.public_info() : known->second);
}

void check_generated(const Notes& notes, bool done, const std::string& passphrase) {
    auto client = Lab::instance().open();
    FixedPassphrase known(Secret::from_text(passphrase));
    check_new_key(client, "n", notes, done, known);
    check_world(client);
}

Operation generate() {
    return {"generate a key under the module", &Stages::world, {},
            [](Client& client, Notes& notes) {
                notes["n"] = client.world().generate(p256("n"), module_key()).public_info();
            },
            [](const Notes& notes, bool done) { check_generated(notes, done, ""); }};
}

Operation generate_under_softcard() {
    return {"generate a key under a softcard", &Stages::world, {},
            [](Client& client, Notes& notes) {
                auto world = client.world();
                const auto soft = world.load_softcard(1, Lab::instance().stages().soft, Secret::from_text("soft"));
                notes["n"] = world.generate(p256("n"), soft).public_info();
            },
            [](const Notes& notes, bool done) { check_generated(notes, done, "soft"); }};
}

Operation import() {
    return {"import a key", &Stages::world, {},
            [](Client& client, Notes&) {
                auto request = p256("n");
                request.spec = parse_key_spec("AES-256");
                (void)client.world().import(request, KeyHalf::secret, Secret(Bytes(32, 7)), module_key());
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                auto world = client.world();
                const auto facts = world.find("simple", "n");
                require(facts || !done, "an acknowledged key is lost");
                if (facts) (void)world.load(*facts, module_key());
                check_world(client);
            }};
}

Operation replace() {
    return {"replace a key", &Stages::world, {},
            [](Client& client, Notes& notes) {
                notes["m"] = client.world().generate(p256("m", true), module_key()).public_info();
            },
            [](const Notes& notes, bool done) {
                auto client = Lab::instance().open();
                const auto key = client.world().load("simple", "m", silent());
                const auto& old = Lab::instance().stages().public_info.at("m");
                const auto known = notes.find("m");
                const bool is_old = key.public_info() == old;
                require(!done || !is_old, "an acknowledged replacement is lost");
                check_key(key, is_old ? old : known == notes.end() ? key.public_info() : known->second);
                Expected rest;
                rest.has_m = false;
                check_world(client, rest);
            }};
}

Operation remove() {
    return {"remove a key", &Stages::world, {},
            [](Client& client, Notes&) { client.world().remove("simple", "m"); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                Expected rest;
                rest.has_m = client.world().find("simple", "m").has_value();
                require(!done || !rest.has_m, "a key is back after its removal was acknowledged");
                check_world(client, rest);
            }};
}

Operation rename() {
    return {"rename a key", &Stages::world, {},
            [](Client& client, Notes&) { client.world().rename("simple", "m", "other", "n"); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                auto world = client.world();
                Expected rest;
                rest.has_m = world.find("simple", "m").has_value();
                const auto renamed = world.find("other", "n");
                require(!done || renamed, "an acknowledged name is lost");
                require(!done || !rest.has_m, "the old name is back");
                require(renamed || rest.has_m, "the key is lost");
                if (renamed) check_key(world.load(*renamed, module_key()), Lab::instance().stages().public_info.at("m"));
                check_world(client, rest);
            }};
}

} // namespace

std::vector<Operation> key_operations() {
    return {generate(), generate_under_softcard(), import(), replace(), remove(), rename()};
}

std::vector<Operation> all_operations() {
    auto all = key_operations();
    for (auto& operation : card_operations()) all.push_back(std::move(operation));
    for (auto& operation : token_operations()) all.push_back(std::move(operation));
    for (auto& operation : nvram_operations()) all.push_back(std::move(operation));
    for (auto& operation : world_operations()) all.push_back(std::move(operation));
    for (auto& operation : admin_operations()) all.push_back(std::move(operation));
    return all;
}

} // namespace hsm::test
