// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "bench.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <unistd.h>

// hsm-bench [calls] [store] [counted] [start] [start100k] [tool]: without words, all but start100k.

namespace {

using namespace hsm::bench;

bool asked(int argc, char** argv, std::string_view word, bool by_default) {
    if (argc < 2) return by_default;
    return std::any_of(argv + 1, argv + argc, [word](const char* arg) { return word == arg; });
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 4 && std::string_view(argv[1]) == "--cold-load") return cold_load(argv[2], argv[3]);
    if (argc == 4 && std::string_view(argv[1]) == "--counted") return counted_signatures(argv[2], std::strtoul(argv[3], nullptr, 10));
    if (argc == 2 && std::string_view(argv[1]) == "--nothing") return 0;

    const auto program = std::filesystem::read_symlink("/proc/self/exe");
    const auto home = std::filesystem::temp_directory_path() / ("hsm-bench-" + std::to_string(getpid()));
    std::vector<Figure> figures;
    const auto add = [&figures](std::vector<Figure> more) { figures.insert(figures.end(), more.begin(), more.end()); };
    make_home(home);
    if (asked(argc, argv, "calls", true)) add(call_figures(home));
    if (asked(argc, argv, "store", true)) add(store_figures(home));
    if (asked(argc, argv, "counted", true)) add(counted_figures(program, home));
    if (asked(argc, argv, "start", true)) add(start_figures(program, 10'000));
    if (asked(argc, argv, "start100k", false)) add(start_figures(program, 100'000));
    if (asked(argc, argv, "tool", true)) add(tool_figures(program.parent_path().parent_path() / "tools" / "hsm"));
    std::filesystem::remove_all(home);
    print(figures);
    write_csv(figures, "bench.csv");
    return 0;
}
