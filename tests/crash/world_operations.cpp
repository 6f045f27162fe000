// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <support/recording_file_system.hpp>

#include "operations.hpp"

#include <algorithm>

namespace hsm::test {

namespace {

NewCards erasing() {
    NewCards how;
    how.ask_passphrases = true;
    how.erase = true;
    return how;
}

/// With cards that are in the slots already, blank or written by an attempt before.
void make_world(Client& client, std::uint32_t cards) {
    FixedPassphrase person(Secret::from_text("acs"));
    (void)client.create_world(1, small_world(cards), person, erasing());
}

void insert(Client& client, std::uint32_t module, std::uint32_t slot, const std::string& card) {
    client.insert_card(module, slot, Lab::instance().card(card));
}

void load(Client& client, std::uint32_t module, const std::string& card) {
    Person person(client, {Lab::instance().card(card)}, "acs");
    (void)client.load_world(module, person);
}

/// A new world is complete: certificates, keys, and cards that load it onto another module.
void check_new_world(Client& client, const std::string& card) {
    auto world = client.world();
    world.check();
    require(world.problems().empty(), "the new world's directory has problems");
    require(client.module(1).pending_swap.empty(), "a directory change is pending after opening");
    const auto key = world.generate(p256("first"), Protector::module_key());
    require(world.verify_key(*world.find("simple", "first")).certificate_valid, "a new key's certificate is not valid");
    empty_slots(client);
    const auto further = client.create_module();
    load(client, further, card);
    check_key(world.load("simple", "first", silent(), further), key.public_info());
}

bool is_record(const std::string& name) { return !name.empty() && name[0] != '.'; }

/// The records of one directory, by name.
std::map<std::string, Bytes> records(const DiskState& state, const std::string& directory) {
    std::map<std::string, Bytes> found;
    for (const auto& [path, contents] : state)
        if (contents && path.starts_with(directory + '/') && is_record(path.substr(directory.size() + 1)))
            found[path.substr(directory.size() + 1)] = *contents;
    return found;
}

Operation create_module() {
    return {"create a module", &Stages::empty, {},
            [](Client& client, Notes&) { (void)client.create_module(); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto modules = client.modules();
                require(modules.size() == 1 || (!done && modules.empty()), "an acknowledged module is lost");
                for (const auto& module : modules)
                    require(module.mode == ModuleMode::pre_initialisation, "half a module: " + module.failure);
                const auto next = client.create_module();
                require(next == modules.size() + 1, "a module's number was not the next");
                require(client.module(next).mode == ModuleMode::pre_initialisation, "a later module does not work");
            }};
}

Operation first_world() {
    return {"new-world from nothing", &Stages::module_only,
            [](Client& client) {
                insert(client, 1, 0, "b1");
                insert(client, 1, 1, "b2");
            },
            [](Client& client, Notes&) { make_world(client, 2); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const bool enrolled = client.module(1).enrolled;
                require(enrolled || !done, "an acknowledged world is lost");
                require(client.has_world() == enrolled, enrolled ? "the module is in a world that has no directory"
                                                                 : "there is a directory without a world");
                if (!enrolled) make_world(client, 2);
                check_new_world(client, "b2");
            },
            true, true};
}

void leave_world(Client& client) {
    client.clear(1, ModuleMode::pre_initialisation);
    client.factory(1);
    insert(client, 1, 0, "b1");
}

Operation further_world() {
    return {"new-world over an existing one", &Stages::world, leave_world,
            [](Client& client, Notes&) { make_world(client, 1); },
            [](const Notes&, bool done) {
                auto& lab = Lab::instance();
                auto client = lab.open();
                const bool enrolled = client.module(1).enrolled;
                require(enrolled || !done, "an acknowledged world is lost");
                if (!enrolled) {
                    empty_slots(client);
                    load(client, 1, "a1");
                    check_world(client);
                    return;
                }
                const auto now = read_tree(lab.home() / "kmdata");
                require(records(now, "local_1") == records(lab.stages().world, "kmdata/local"),
                        "the old world was not kept as it was");
                require(client.world().facts().hknso != lab.stages().facts.hknso, "the directory is not the new world's");
                check_new_world(client, "b1");
            },
            true, true};
}

/// A module that joins the world of another.
Operation load_world() {
    return {"world loading on a further module", &Stages::world,
            [](Client& client) { insert(client, client.create_module(), 0, "a1"); },
            [](Client& client, Notes&) {
                Person person(client, {}, "acs");
                (void)client.load_world(2, person);
            },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto has_record = [&] {
                    const auto esn = client.module(2).esn;
                    return std::filesystem::exists(client.locations().kmlocal / ("module_" + esn));
                };
                if (done) {
                    require(client.module(2).enrolled, "an acknowledged module is not in the world");
                    require(has_record(), "an acknowledged module has no record");
                    const auto problems = client.world().problems();
                    require(problems.empty(), problems.empty() ? "" : "problem: " + problems.front().text);
                }
                // What a person does after a crash: the same again.
                empty_slots(client, 2);
                load(client, 2, "a1");
                require(has_record(), "a module in the world has no record");
                Expected on_second;
                on_second.module = 2;
                check_world(client, on_second);
            },
            false, true};
}

Operation clear() {
    return {"clear a module", &Stages::world, {},
            [](Client& client, Notes&) { client.clear(1, ModuleMode::maintenance); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const auto mode = client.module(1).mode;
                require(mode == ModuleMode::maintenance || (!done && mode == ModuleMode::operational),
                        "the module is not in the mode it was cleared to");
                client.clear(1, ModuleMode::operational);
                check_world(client);
            }};
}

Operation factory() {
    return {"factory", &Stages::world, [](Client& client) { client.clear(1, ModuleMode::pre_initialisation); },
            [](Client& client, Notes&) { client.factory(1); },
            [](const Notes&, bool done) {
                auto client = Lab::instance().open();
                const bool enrolled = client.module(1).enrolled;
                require(!enrolled || !done, "the module is in its old world again");
                if (enrolled) client.clear(1, ModuleMode::operational);
                else load(client, 1, "a1");
                check_world(client);
            }};
}

} // namespace

std::vector<Operation> world_operations() {
    return {create_module(), first_world(), further_world(), load_world(), clear(), factory()};
}

} // namespace hsm::test
