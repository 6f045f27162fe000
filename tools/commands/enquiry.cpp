// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "files.hpp"
#include "session.hpp"

#include <hsm/version.hpp>

#include <algorithm>

namespace hsm::tools {

namespace {

void show_service(const Client& client, const std::vector<ModuleFacts>& modules) {
    const bool usable = std::any_of(modules.begin(), modules.end(),
                                    [](const auto& m) { return m.mode == ModuleMode::operational; });
    print("Server:\n");
    print(" enquiry reply level  Six\n");
    print(" mode                 {}\n", usable ? "operational" : "uninitialized");
    print(" version              {}\n", version());
    print(" kind                 modules inside this process (libhsm, a software implementation)\n");
    print(" modules              {}\n", modules.size());
    print(" directory            {}\n", escaped(to_text(client.locations().home)));
}

void show(const ModuleFacts& module) {
    print("\nModule #{}:\n", module.number);
    print(" enquiry reply level  Six\n");
    print(" serial number        {}\n", escaped(module.esn));
    print(" mode                 {}\n", to_string(module.mode));
    print(" version              {}\n", module.version);
    print(" cryptography         {}\n", module.crypto_version);
    print(" product name         libhsm software module\n");
    print(" slots                {}\n", module.slots);
    print(" in a world           {}\n", module.enrolled ? short_hash(module.hknso) : "no");
    print(" objects              {}\n", module.objects);
    print(" commands             {}\n", module.commands);
    print(" protected start      {}\n", module.protected_start ? "yes" : "no");
    if (module.test_parameters)
        print(" warning              made with test parameters: passphrases are hashed cheaply\n");
    if (!module.pending_swap.empty())
        print(" unfinished           change of directory: {}\n", escaped(module.pending_swap));
    print(" hardware status      {}\n", module.mode == ModuleMode::failed ? escaped(module.failure) : "OK");
}

} // namespace

Exit run_enquiry(CommandLine& line) {
    std::optional<std::uint32_t> number;
    bool json = false;
    line.value("-m,--module", "N", number, "just this module (all)");
    line.flag("--json", json, "print JSON");
    line.parse();
    const auto client = open_client();
    const auto modules = number ? std::vector<ModuleFacts>{client.module(*number)} : client.modules();
    if (json) {
        auto object = Json::object();
        object.set("version", version())
            .set("crypto_version", crypto_version())
            .set("modules", json_list(modules))
            .print();
        return Exit::done;
    }
    if (!number) show_service(client, modules);
    for (const auto& module : modules) show(module);
    return Exit::done;
}

} // namespace hsm::tools
