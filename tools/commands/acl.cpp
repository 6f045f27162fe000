// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <hsm/key.hpp>

#include <utility>
#include <vector>

namespace hsm::tools {

Exit run_acl(CommandLine& line) {
    std::string which;
    std::uint32_t module = 1;
    bool as_generated = false, json = false;
    Ceremony ceremony;
    line.flag("--as-generated", as_generated,
              "from the generation certificate: needs no cards, but does not show later changes");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.argument("KEY", which, key_help);
    line.parse();
    auto client = open_client();
    const auto world = client.world();
    const auto facts = find_key(world, which);
    ceremony.start(client);
    std::vector<KeyUse> uses;
    Acl acl;
    if (as_generated) {
        acl = world.verify_key(facts, module).acl;
    } else {
        const auto key = world.load(facts.app, facts.ident, ceremony, module);
        acl = key.acl();
        uses = key.uses();
    }
    if (json) {
        auto list = Json::list();
        for (const auto& use : uses) {
            auto row = Json::object();
            row.set("area", use.area).set("limit", use.limit).set("used", use.used).set("erased", use.erased);
            list.add(std::move(row));
        }
        auto object = Json::object();
        object.set("key", json_of(facts)).set("acl", json_of(acl)).set("uses", std::move(list)).print();
        return Exit::done;
    }
    print("{} ({}, protected by {})\n", key_text(facts), type_text(facts), protection_text(world, facts));
    const auto groups = describe(acl);
    for (std::size_t i = 0; i < groups.size(); ++i) print(" {}. {}\n", i + 1, escaped(groups[i]));
    if (groups.empty()) print(" nothing is allowed\n");
    for (const auto& use : uses) {
        if (use.erased) print(" its counter {} in NVRAM was erased: it cannot be used\n", escaped(use.area));
        else print(" {} of {} uses are counted in NVRAM ({})\n", use.used, use.limit, escaped(use.area));
    }
    return Exit::done;
}

} // namespace hsm::tools
