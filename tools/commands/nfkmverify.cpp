// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

namespace {

struct Verdict {
    bool good = false;
    std::string text; ///< why not
    KeyCheck check;
};

Verdict examine(const World& world, const KeyFacts& key, std::uint32_t module) {
    try {
        auto check = world.verify_key(key, module);
        const bool good = check.certificate_valid;
        return {good,
                good            ? ""
                : key.generated ? "its generation certificate is not valid"
                                : "it was imported: no certificate says how it was made",
                std::move(check)};
    } catch (const Error& error) {
        return {false, error.what(), {}};
    }
}

void show(const World& world, const KeyFacts& key, const Verdict& verdict, bool with_acl) {
    print("key_{}_{} {}\n", escaped(key.app), escaped(key.ident),
          verdict.good ? "verified" : "NOT VERIFIED: " + escaped(verdict.text));
    print(" {:<12} {}\n", "type", type_text(key));
    print(" {:<12} {}\n", "protection", protection_text(world, key));
    print(" {:<12} {}\n", "recovery", key.recoverable ? "enabled" : "disabled");
    if (verdict.good) print(" {:<12} {}\n", "made in", escaped(verdict.check.esn));
    if (with_acl) {
        for (const auto& row : describe(verdict.check.acl)) print(" {:<12} {}\n", "allowed", escaped(row));
    }
    for (const auto& note : verdict.check.notes) print(" {:<12} {}\n", "note", escaped(note));
}

Json json_of_verdict(const KeyFacts& key, const Verdict& verdict) {
    auto notes = Json::list();
    for (const auto& note : verdict.check.notes) notes.add(note);
    auto row = Json::object();
    row.set("key", json_of(key))
        .set("verified", verdict.good)
        .set("problem", verdict.text)
        .set("esn", verdict.check.esn);
    row.set("acl", json_of(verdict.check.acl)).set("notes", std::move(notes));
    return row;
}

} // namespace

Exit run_nfkmverify(CommandLine& line) {
    std::uint32_t module = 1;
    bool json = false, acl = false;
    std::string app, ident;
    declare_module(line, module);
    line.flag("-l,--acl", acl, "show what each key was allowed when it was made");
    line.flag("--json", json, "print JSON");
    line.argument("APP", app, "just the keys of this application", Need::optional);
    line.argument("IDENT", ident, "just this key", Need::optional);
    line.text("Checks that each key was made inside a module of this world, with the type and ACL that its "
              "record says.\n"
              "The exit code is 1 if a key is not verified.");
    line.parse();
    const auto client = open_client();
    const auto world = client.world();
    world.check(module);
    std::vector<KeyFacts> keys;
    if (ident.empty()) {
        keys = world.keys(app);
    } else if (auto found = world.find(app, ident)) {
        keys.push_back(std::move(*found));
    } else {
        throw Error(Status::not_found, fmt::format("there is no key {}/{}; hsm list shows what there is",
                                                   escaped(app), escaped(ident)));
    }
    std::size_t bad = 0;
    auto list = Json::list();
    for (const auto& key : keys) {
        const auto verdict = examine(world, key, module);
        bad += verdict.good ? 0 : 1;
        if (json)
            list.add(json_of_verdict(key, verdict));
        else
            show(world, key, verdict, acl);
    }
    const auto damaged = world.problems();
    if (json) {
        auto object = Json::object();
        object.set("test_parameters", world.facts().test_parameters).set("keys", std::move(list));
        object.set("problems", json_list(damaged)).print();
    } else {
        if (world.facts().test_parameters)
            print("warning: this world was made with test parameters: passphrases are hashed cheaply\n");
        for (const auto& problem : damaged) print("{}: {}\n", escaped(problem.name), escaped(problem.text));
        print("{} of {} keys verified\n", keys.size() - bad, keys.size());
    }
    return bad == 0 && damaged.empty() ? Exit::done : Exit::no;
}

} // namespace hsm::tools
