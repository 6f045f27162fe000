// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

Exit run_nfkmcheck(CommandLine& line) {
    bool reindex = false, json = false;
    line.flag("--reindex", reindex, "build the index of the key management data anew first");
    line.flag("--json", json, "print JSON");
    line.text("Checks the world file with each module that is in the world, and reads every record.\n"
              "The exit code is 1 if anything is wrong.");
    line.parse();
    const auto client = open_client();
    const auto world = client.world();
    if (reindex) world.reindex();
    auto problems = world.problems();
    const auto modules = usable_modules(client, world);
    for (const auto module : modules) {
        try {
            world.check(module);
        } catch (const Error& error) {
            problems.push_back(
                {fmt::format("world (says module #{})", module), error.status(), error.what()});
        }
    }
    if (json) {
        auto object = Json::object();
        object.set("ok", problems.empty())
            .set("keys", world.key_count())
            .set("modules_checked", modules.size());
        object.set("problems", json_list(problems)).print();
    } else {
        if (modules.empty())
            remark("no operational module is in this world, so that nothing could be checked against one");
        for (const auto& problem : problems) {
            print("{}: {}: {}\n", escaped(problem.name), status_row(problem.status).name,
                  escaped(problem.text));
        }
        if (problems.empty())
            print("{} keys: everything seems to be in order\n", world.key_count());
        else
            print("{} problems found\n", problems.size());
    }
    return problems.empty() ? Exit::done : Exit::no;
}

} // namespace hsm::tools
