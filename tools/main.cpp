// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "system.hpp"
#include "version_text.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <new>
#include <utility>

/// \file
/// The program hsm: finds the command, runs it, turns what it throws into one line and an exit code.

namespace hsm::tools {

namespace {

/// "/usr/bin/createocs" and "C:\\bin\\createocs.exe" -> "createocs".
std::string base_name(const std::string& path) {
    auto name = path.substr(path.find_last_of("/\\") + 1);
    if (name.size() > 4 && (name.ends_with(".exe") || name.ends_with(".EXE"))) name.resize(name.size() - 4);
    return name;
}

void overview() {
    print("hsm: a software hardware security module\n\nusage: hsm COMMAND [options] [arguments]\n");
    for (const auto& group : command_groups()) {
        print("\n{}\n", group.title);
        for (const auto& row : command_table()) {
            if (row.group == group.group) print("  {:<14} {}\n", row.name, row.summary);
        }
    }
    print("\nhsm COMMAND --help tells more. hsm --version shows the version. hsm quickstart is the place to "
          "begin.\n");
}

/// How many letters must be changed, added or left out; the usual table, a row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
        }
    }
    return row[b.size()];
}

[[noreturn]] void unknown_command(const std::string& name) {
    const auto* closest = &command_table().front();
    for (const auto& row : command_table()) {
        if (distance(name, row.name) < distance(name, closest->name)) closest = &row;
    }
    const bool likely = distance(name, closest->name) <= 2;
    throw UsageError(fmt::format("there is no command \"{}\"{}; hsm --help lists them", escaped(name),
                                 likely ? fmt::format(", did you mean {}", closest->name) : ""));
}

Exit run_command(const CommandRow& row, std::string shown_name, std::vector<std::string> words) {
    set_program(shown_name);
    CommandLine line(std::move(shown_name), std::string(row.summary), std::move(words));
    return row.run(line);
}

Exit dispatch(std::vector<std::string> words) {
    const auto name = words.empty() ? std::string("hsm") : base_name(words.front());
    if (!words.empty()) words.erase(words.begin());
    if (const auto* row = find_command(name); row != nullptr && row->own_name)
        return run_command(*row, name, std::move(words));
    if (words.empty()) {
        overview();
        remark("a command is missing; choose one of these");
        return Exit::usage;
    }
    auto first = words.front();
    words.erase(words.begin());
    if (first == "help" && !words.empty()) {
        first = words.front();
        words = {"--help"};
    }
    if (first == "-h" || first == "--help" || first == "help") {
        overview();
        return Exit::done;
    }
    if (first == "-v" || first == "--version") {
        print("{}\n", version_text("hsm"));
        return Exit::done;
    }
    if (first == "-u" || first == "--usage") {
        print("usage: hsm COMMAND [options] [arguments]\n");
        return Exit::done;
    }
    const auto* row = find_command(first);
    if (row == nullptr) unknown_command(first);
    return run_command(*row, "hsm " + first, std::move(words));
}

Exit run(std::vector<std::string> words) {
    try {
        Exit exit = Exit::done;
        try {
            exit = dispatch(std::move(words));
        } catch (const Finished&) {
        }
        flush();
        return exit;
    } catch (const UsageError& error) {
        const std::string_view text = error.what();
        const auto more = error.usage().empty() ? program() + " --help tells more" : error.usage();
        const bool advises = error.usage().empty() && text.find("; ") != std::string_view::npos;
        remark("{}{}{}", text, advises ? "" : "; ", advises ? "" : more);
        return Exit::usage;
    } catch (const Error& error) {
        const auto text = escaped(error.what());
        const bool advises = text.find("; ") != std::string::npos;
        remark("{}{}{}", text, advises ? "" : "; ", advises ? "" : exit_code_row(error.status()).advice);
        return exit_code(error.status());
    } catch (const BrokenPipe&) {
        return Exit::io_error;
    } catch (const std::bad_alloc&) {
        remark("out of memory; close other programs and try again");
        return Exit::out_of_memory;
    } catch (const std::filesystem::filesystem_error& error) {
        remark("{}; check the path and its permissions", escaped(error.what()));
        return Exit::io_error;
    } catch (const std::exception& error) {
        remark("unexpected: {}; please report this", escaped(error.what()));
        return Exit::internal;
    }
}

} // namespace

} // namespace hsm::tools

int main(int count, char** arguments) {
    auto exit = hsm::tools::Exit::internal;
    try {
        exit = hsm::tools::run(hsm::tools::system::start(count, arguments));
    } catch (...) { // standard output failed again while an error was being told
        std::fputs("hsm: cannot write to standard output\n", stderr);
        exit = hsm::tools::Exit::io_error;
    }
    return static_cast<int>(exit);
}
