// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

Exit run_nopclearfail(CommandLine& line) {
    bool initialisation = false, operational = false, maintenance = false, clear = false, all = false,
         wait = false, json = false;
    std::optional<std::uint32_t> number;
    line.group("What to do");
    line.flag("-c,--clear", clear, "clear the module: everything loaded goes, the mode stays");
    line.flag("-I,--initialization,--initialisation", initialisation,
              "clear it and put it into pre-initialisation");
    line.flag("-O,--operational", operational, "clear it and make it operational");
    line.flag("-M,--maintenance", maintenance, "clear it and put it into maintenance");
    line.group("Options");
    line.value("-m,--module", "N", number, "this module (1)");
    line.flag("-a,--all", all, "every module");
    line.flag("-w,--wait", wait, "accepted, without effect: the command waits anyway");
    line.flag("--json", json, "print JSON");
    line.parse();
    if ((initialisation ? 1 : 0) + (operational ? 1 : 0) + (maintenance ? 1 : 0) + (clear ? 1 : 0) != 1) {
        line.refuse("choose one of --clear, --initialization, --operational and --maintenance");
    }
    if (all && number) line.refuse("choose one of --module and --all");

    auto client = open_client();
    const auto modules = all ? client.modules() : std::vector<ModuleFacts>{client.module(number.value_or(1))};
    std::optional<Error> first_error; // one module that fails must not keep the others from being cleared
    auto list = Json::list();
    for (const auto& module : modules) {
        const auto mode = initialisation ? ModuleMode::pre_initialisation
                          : operational  ? ModuleMode::operational
                          : maintenance  ? ModuleMode::maintenance
                                         : module.mode;
        try {
            client.clear(module.number, mode);
            if (json)
                list.add(json_of(client.module(module.number)));
            else
                print("Module {}, command ClearUnitEx: OK\n", module.number);
        } catch (const Error& error) {
            if (!json && all)
                print("Module {}, command ClearUnitEx: {}\n", module.number, status_row(error.status()).name);
            if (!first_error) first_error = error;
        }
    }
    if (first_error) throw Error(*first_error);
    if (json) list.print();
    return Exit::done;
}

} // namespace hsm::tools
