// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "card_names.hpp"
#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "files.hpp"
#include "json.hpp"
#include "session.hpp"

#include <fmt/format.h>

#include <system_error>

namespace hsm::tools {

namespace {

void report(bool json, const World& world, std::uint32_t module, const std::string& card) {
    const bool made = !card.empty();
    if (json) {
        auto object = Json::object();
        object.set("created", made)
            .set("module", module)
            .set("hknso", to_hex(world.facts().hknso))
            .set("admin_card", card)
            .print();
        return;
    }
    const auto hash = short_hash(world.facts().hknso);
    if (!made) {
        print(
            "A Security World is there already, and module #{} is in it; hknso = {}\nNothing was changed.\n",
            module, hash);
        return;
    }
    print("Made module #{} and a Security World with one administrator card; hknso = {}\n", module, hash);
    print("The administrator card is the file {}\n", escaped(card));
    print("Move it away from this machine, to a USB stick for example: whoever has it rules the world.\n\n"
          "What to do next:\n"
          "  hsm generatekey --type P-256 first-key   make a key\n"
          "  hsm sign first-key FILE -o FILE.sig      sign a file with it\n"
          "  hsm nfkminfo                             see the world, its modules and slots\n");
}

/// Puts the existing world to use, as far as that can be done without cards. Returns the module.
std::uint32_t use_existing(Client& client, const World& world) {
    for (const auto& module : client.modules()) {
        if (!module.enrolled || module.hknso != world.facts().hknso) continue;
        if (module.mode == ModuleMode::pre_initialisation)
            client.clear(module.number, ModuleMode::operational);
        if (module.mode != ModuleMode::failed) return module.number;
    }
    throw Error(
        Status::bad_state,
        "a Security World is there, but no module is in it; load it onto a module with: new-world --load");
}

std::uint32_t fresh_module(Client& client) {
    const auto modules = client.modules();
    if (modules.empty()) return client.create_module();
    const auto& first = modules.front();
    if (first.enrolled) {
        throw Error(Status::bad_state,
                    fmt::format("module #{} belongs to a Security World whose files are not in {}; "
                                "bring them back, or give it up with: new-world --factory",
                                first.number, escaped(to_text(client.locations().kmdata))));
    }
    if (first.mode != ModuleMode::pre_initialisation)
        client.clear(first.number, ModuleMode::pre_initialisation);
    return first.number;
}

std::filesystem::path fresh_card(Client& client) {
    std::error_code failure;
    for (unsigned number = 1;; ++number) {
        const auto path = card_path(client, number == 1 ? "admin" : fmt::format("admin-{}", number));
        if (std::filesystem::exists(path, failure)) continue;
        make_card(client, path);
        return path;
    }
}

} // namespace

Exit run_quickstart(CommandLine& line) {
    bool json = false, test_parameters = false;
    line.flag("--test-parameters", test_parameters, "cheap passphrase hashing: for tests only");
    line.flag("--json", json, "print JSON");
    line.text("Makes module 1 and a Security World with one administrator card, without a passphrase, and "
              "asks nothing.\n"
              "Where a world is already, it changes nothing. For real use, see new-world.");
    line.parse();

    auto client = open_client();
    if (client.has_world()) {
        const auto world = client.world();
        report(json, world, use_existing(client, world), {});
        return Exit::done;
    }
    const auto module = fresh_module(client);
    const auto card = fresh_card(client);
    try {
        Ceremony ceremony;
        ceremony.run_alone({to_text(card)});
        ceremony.start(client);
        WorldOptions options;
        options.test_parameters = test_parameters;
        const auto world = client.create_world(module, options, ceremony);
        if (client.module(module).mode != ModuleMode::operational)
            client.clear(module, ModuleMode::operational);
        report(json, world, module, to_text(card));
        return Exit::done;
    } catch (...) {
        std::error_code ignored;
        if (!client.has_world()) std::filesystem::remove(card, ignored); // nothing of a world is on it
        throw;
    }
}

} // namespace hsm::tools
