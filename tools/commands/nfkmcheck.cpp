// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <hsm/nvram.hpp>

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hsm::tools {

namespace {

/// An NVRAM area whose key has no record here: left over from a generation that was interrupted, or of a key that was
/// deleted. It does no harm but for the room it takes.
struct Leftover {
    std::uint32_t module = 0;
    std::string area;
};

std::vector<Leftover> leftovers(const World& world, const std::vector<std::uint32_t>& modules) {
    std::set<Hash256> known;
    for (const auto& key : world.keys()) known.insert(key.key_id);
    std::vector<Leftover> found;
    for (const auto module : modules) {
        try {
            for (const auto& area : Nvram(world, module).facts().areas) {
                if (!is_zero(area.key) && !known.contains(area.key)) found.push_back({module, area.name});
            }
        } catch (const Error& error) { // a module that cannot be asked hides nothing else
            remark("NVRAM of module #{}: {}", module, escaped(error.what()));
        }
    }
    return found;
}

} // namespace

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
    const auto left = leftovers(world, modules);
    if (json) {
        auto rows = Json::list();
        for (const auto& each : left) {
            auto row = Json::object();
            row.set("module", each.module).set("area", each.area);
            rows.add(std::move(row));
        }
        auto object = Json::object();
        object.set("ok", problems.empty())
            .set("keys", world.key_count())
            .set("modules_checked", modules.size());
        object.set("unused_nvram", std::move(rows)).set("problems", json_list(problems)).print();
    } else {
        for (const auto& each : left)
            remark("NVRAM area {} of module #{} belongs to a key that has no record here", escaped(each.area), each.module);
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
