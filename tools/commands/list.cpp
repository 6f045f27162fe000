// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <algorithm>

namespace hsm::tools {

namespace {

void print_table(const World& world, const std::vector<KeyFacts>& keys) {
    std::size_t key_width = 3, type_width = 4;
    for (const auto& key : keys) {
        key_width = std::max(key_width, key_text(key).size());
        type_width = std::max(type_width, type_text(key).size());
    }
    print("{:<{}}  {:<{}}  {:<24}  {}\n", "KEY", key_width, "TYPE", type_width, "PROTECTED BY", "NAME");
    for (const auto& key : keys) {
        print("{:<{}}  {:<{}}  {:<24}  {}\n", key_text(key), key_width, type_text(key), type_width,
              protection_text(world, key), escaped(key.name));
    }
}

} // namespace

Exit run_list(CommandLine& line) {
    std::string app;
    bool names = false, json = false;
    line.value("--app", "APP", app, "just the keys of this application");
    line.flag("--names", names, "just the names that other commands take, a key a line");
    line.flag("--json", json, "print JSON");
    line.parse();
    const auto client = open_client();
    const auto world = client.world();
    const auto keys = world.keys(app);
    if (json) {
        json_list(keys).print();
    } else if (names) {
        for (const auto& key : keys) print("{}\n", key.app == "simple" ? escaped(key.ident) : key_text(key));
    } else if (keys.empty()) {
        print("No keys\n");
    } else {
        print_table(world, keys);
    }
    // Counting needs no reading: only when a record is missing from the list is it worth looking for the
    // reason.
    if (app.empty() && keys.size() != world.key_count()) {
        for (const auto& problem : world.problems())
            remark("warning: {}: {}", escaped(problem.name), escaped(problem.text));
    }
    return Exit::done;
}

} // namespace hsm::tools
