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

Exit create(Ceremony& ceremony, bool protect, bool json) {
    auto client = open_client();
    const auto passphrase = protect ? ceremony.passphrases().fresh("the start of the module") : Secret{};
    if (protect && passphrase.empty())
        throw Error(Status::passphrase_required,
                    "an empty passphrase protects nothing; give one, or leave out --protect");
    const auto number = client.create_module(passphrase);
    if (json) {
        json_of(client.module(number)).print();
    } else {
        print("module #{} made, ESN {}, in pre-initialisation\n", number, escaped(client.module(number).esn));
        print("next: hsm new-world -m {} makes a world, or loads the existing one\n", number);
    }
    return Exit::done;
}

Exit list(bool json) {
    const auto client = open_client();
    const auto modules = client.modules();
    if (json) json_list(modules).print();
    for (const auto& module : modules) {
        if (json) break;
        print("#{}  {}  {}{}\n", module.number, escaped(module.esn), to_string(module.mode),
              module.enrolled ? "  in world " + short_hash(module.hknso) : "");
    }
    if (!json && modules.empty()) print("No modules; hsm quickstart or hsm module create makes one\n");
    return Exit::done;
}

Exit test(std::uint32_t number) {
    auto client = open_client();
    const auto failure = client.self_test(number);
    print("module #{}: {}\n", number,
          failure.empty() ? "the self-test passed" : "the self-test FAILED: " + escaped(failure));
    return failure.empty() ? Exit::done : Exit::no;
}

} // namespace

Exit run_module(CommandLine& line) {
    bool protect = false, json = false;
    std::uint32_t number = 1;
    Ceremony ceremony;
    auto& create_verb = line.verb("create", "make a further module on this host, in pre-initialisation");
    create_verb.flag("--protect", protect,
                     "its state under a passphrase, which every process needs to start it");
    create_verb.flag("--json", json, "print JSON");
    ceremony.passphrases().declare(create_verb);
    create_verb.text("Processes find the start passphrase in the file that LIBHSM_START_PASSPHRASE_FILE "
                     "names, or ask for it.");
    auto& list_verb = line.verb("list", "list the modules");
    list_verb.flag("--json", json, "print JSON");
    auto& test_verb = line.verb("test", "run the known-answer tests of a module");
    declare_module(test_verb, number);
    line.parse();
    if (create_verb.chosen()) return create(ceremony, protect, json);
    if (test_verb.chosen()) return test(number);
    return list(json);
}

} // namespace hsm::tools
