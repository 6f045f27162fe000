// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "files.hpp"
#include "session.hpp"
#include "system.hpp"

#include <hsm/preload.hpp>

#include <fmt/format.h>

#include <array>
#include <system_error>

namespace hsm::tools {

namespace {

constexpr auto variable = "NFAST_NFKM_TOKENSFILE";

/// Until standard input ends.
void pause() {
    std::array<std::uint8_t, 256> ignored;
    while (system::read(system::standard_input, ignored) > 0) {
    }
}

/// The tokens file, gone with this object if it was made here.
struct TokensFile {
    std::filesystem::path path;
    bool keep = false;
    ~TokensFile() {
        std::error_code ignored;
        if (!keep) std::filesystem::remove(path, ignored);
    }
};

} // namespace

Exit run_preload(CommandLine& line) {
    std::uint32_t module = 1;
    std::vector<std::string> card_sets, softcards, words;
    std::optional<std::string> file;
    Ceremony ceremony;
    line.values("-c,--cardset", "NAME,...", card_sets, "load these card sets");
    line.values("-s,--softcard", "NAME,...", softcards, "load these softcards");
    line.value("-f,--file", "FILE", file,
               "the tokens file for other programs (default: one for COMMAND alone)");
    declare_module(line, module);
    ceremony.declare(line);
    line.arguments("COMMAND", words,
                   "the program to run meanwhile, after --; or pause: until standard input ends");
    line.text(
        "While COMMAND runs, it and every program that finds the tokens file in NFAST_NFKM_TOKENSFILE uses "
        "the\n"
        "keys under these tokens without cards and passphrases. They go with this command, however it ends,\n"
        "and when the card that must stay is removed.\n"
        "Example: hsm preload -c operators --cards op-1,op-2 -- openssl ...");
    line.parse();
    if (card_sets.empty() && softcards.empty()) line.refuse("name what to load: -c CARDSET or -s SOFTCARD");

    auto client = open_client();
    auto world = client.world();
    ceremony.start(client);
    std::vector<Protector> tokens;
    for (const auto& name : card_sets)
        tokens.push_back(load_protector(client, world, module, name, {}, ceremony));
    for (const auto& name : softcards)
        tokens.push_back(load_protector(client, world, module, {}, name, ceremony));
    const Preload preload(world, tokens);
    const TokensFile tokens_file{file ? std::filesystem::absolute(to_path(*file))
                                      : client.locations().modules /
                                            fmt::format(".tokens-{}", system::process_id()),
                                 false};
    preload.write(tokens_file.path);
    if (words == std::vector<std::string>{"pause"}) {
        print("{} tokens are loaded; {}={}\n", tokens.size(), variable, escaped(to_text(tokens_file.path)));
        flush();
        pause();
        return Exit::done;
    }
    flush();
    std::string problem;
    const auto code = system::run_program(words, variable, to_text(tokens_file.path), problem);
    if (code < 0)
        throw Error(Status::not_found, fmt::format("{} cannot be run: {}", escaped(words.front()), problem));
    return static_cast<Exit>(code);
}

} // namespace hsm::tools
