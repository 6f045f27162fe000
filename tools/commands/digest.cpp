// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "files.hpp"
#include "json.hpp"
#include "session.hpp"

namespace hsm::tools {

namespace {

Hash hash_called(const CommandLine& line, const std::string& name) {
    try {
        return parse_hash(name);
    } catch (const Error& error) {
        line.refuse(escaped(error.what()));
    }
}

} // namespace

Exit run_digest(CommandLine& line) {
    std::string name = "SHA-256";
    std::vector<std::string> files;
    std::uint32_t module = 1;
    bool json = false;
    line.value("-a,--hash", "NAME", name, "SHA-256 (default), SHA-384, SHA-512, SHA3-256, ...");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    line.arguments("FILE", files, "the files (-: standard input)", Need::optional);
    line.parse();
    const auto hash = hash_called(line, name);
    if (files.empty()) files.emplace_back("-");
    const auto client = open_client();
    auto list = Json::list();
    for (const auto& file : files) {
        InputFile input(file);
        auto channel = client.open_digest(hash, module);
        Bytes digest;
        for (auto piece = input.next(); !piece.empty(); piece = input.next()) channel.update(piece, digest);
        channel.finish(digest);
        if (json) {
            auto row = Json::object();
            list.add(std::move(
                row.set("file", file).set("hash", hash_row(hash).name).set("digest", to_hex(digest))));
        } else {
            print("{}  {}\n", to_hex(digest), escaped(file));
        }
    }
    if (json) list.print();
    return Exit::done;
}

} // namespace hsm::tools
