// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "json.hpp"

namespace hsm::tools {

Exit run_exit_codes(CommandLine& line) {
    bool json = false;
    line.flag("--json", json, "print JSON");
    line.parse();
    auto list = Json::list();
    for (const auto& row : exit_table) {
        if (json) {
            auto object = Json::object();
            list.add(std::move(
                object.set("code", static_cast<int>(row.exit)).set("name", row.name).set("text", row.text)));
        } else {
            print("{:>3}  {:<20} {}\n", static_cast<int>(row.exit), row.name, row.text);
        }
    }
    if (json) list.print();
    return Exit::done;
}

} // namespace hsm::tools
