// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

Exit run_delete(CommandLine& line) {
    std::vector<std::string> which;
    bool yes = false;
    line.flag("-y,--yes", yes, "do not ask");
    line.arguments("KEY", which, key_help);
    line.text("Removes the record of a key from this host. Copies of it, in a backup or on another host of "
              "the world, stay usable.");
    line.parse();
    const auto client = open_client();
    auto world = client.world();
    std::vector<KeyFacts> keys;
    std::string names;
    for (const auto& word : which) {
        keys.push_back(find_key(world, word)); // all are found before one is deleted
        names += (names.empty() ? "" : ", ") + key_text(keys.back());
    }
    if (!yes) {
        Ceremony ceremony;
        ceremony.start(client);
        ceremony.confirm(fmt::format("{} will be deleted.", names));
    }
    for (const auto& key : keys) {
        world.remove(key.app, key.ident);
        print("deleted {}\n", key_text(key));
    }
    return Exit::done;
}

} // namespace hsm::tools
