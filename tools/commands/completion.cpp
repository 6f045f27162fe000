// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands.hpp"
#include "commands/all.hpp"
#include "completion/shells.hpp"
#include "console.hpp"

namespace hsm::tools {

namespace {

/// The trees of all commands: each declares what it takes and stops there.
std::vector<completion::Program> all_programs() {
    std::vector<completion::Program> programs;
    for (const auto& row : command_table()) {
        completion::Program program{{}, row.own_name};
        CommandLine::describe_only(program.facts);
        try {
            CommandLine line(std::string(row.name), std::string(row.summary), {});
            row.run(line);
        } catch (const Finished&) {
            programs.push_back(std::move(program));
        }
    }
    return programs;
}

} // namespace

Exit run_completion(CommandLine& line) {
    std::string shell;
    line.argument("SHELL", shell, "bash, zsh or fish");
    line.text("Example: hsm completion bash > ~/.local/share/bash-completion/completions/hsm");
    line.parse();
    if (shell == "bash")
        print("{}", completion::bash_script(all_programs()));
    else if (shell == "zsh")
        print("{}", completion::zsh_script(all_programs()));
    else if (shell == "fish")
        print("{}", completion::fish_script(all_programs()));
    else
        line.refuse("\"" + escaped(shell) + "\" is none of bash, zsh, fish");
    return Exit::done;
}

} // namespace hsm::tools
