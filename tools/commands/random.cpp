// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "files.hpp"
#include "session.hpp"

#include <algorithm>

namespace hsm::tools {

Exit run_random(CommandLine& line) {
    std::optional<std::uint64_t> count;
    std::string output = "-", form = "hex";
    std::uint32_t module = 1;
    line.value("-n,--bytes", "N", count, "how many bytes (32)");
    line.value("-o,--output", "FILE", output, "where they go (-: standard output)");
    line.choice("--format", form, {std::begin(form_choices), std::end(form_choices)},
                "hex (default), raw or base64");
    declare_module(line, module);
    line.parse();

    constexpr std::uint64_t piece = 48 * 1024; // whole base64 groups
    const auto format = parse_form(form);
    auto left = count.value_or(32);
    if (format != Form::raw && left > piece) line.refuse("more than 48 KiB at once only with --format raw");
    const auto client = open_client();
    (void)client.module(module);
    OutputFile file(output, Privacy::owner_only, format == Form::raw);
    while (left > 0) {
        const auto size = std::min(left, piece);
        file.write(in_form(client.random(static_cast<std::size_t>(size), module), format));
        left -= size;
    }
    file.commit();
    return Exit::done;
}

} // namespace hsm::tools
