// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "files.hpp"
#include "json.hpp"
#include "session.hpp"

#include <hsm/token.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

void report(bool json, const World& world, std::uint32_t module, const std::string& card) {
    const bool made = !card.empty();
    if (json) {
        auto object = Json::object();
        object.set("created", made)
            .set("module", module)
            .set("hknso", to_hex(world.facts().hknso))
            .set("admin_card", card)
            .print();
        return;
    }
    const auto hash = short_hash(world.facts().hknso);
    if (!made) {
        print(
            "A Security World is there already, and module #{} is in it; hknso = {}\nNothing was changed.\n",
            module, hash);
        return;
    }
    print("Made module #{} and a Security World with one administrator card; hknso = {}\n", module, hash);
    print("The administrator card is the file {}\n", escaped(card));
    print("Move it away from this machine, to a USB stick for example: whoever has it rules the world.\n\n"
          "What to do next:\n"
          "  hsm generatekey --type P-256 first-key   make a key\n"
          "  hsm sign first-key FILE -o FILE.sig      sign a file with it\n"
          "  hsm nfkminfo                             see the world, its modules and slots\n");
}

} // namespace

Exit run_quickstart(CommandLine& line) {
    bool json = false, test_parameters = false;
    line.flag("--test-parameters", test_parameters, "cheap passphrase hashing: for tests only");
    line.flag("--json", json, "print JSON");
    line.text("Makes module 1 and a Security World with one administrator card, without a passphrase, and "
              "asks nothing.\n"
              "Where a world is already, it changes nothing. For real use, see new-world.");
    line.parse();

    auto client = open_client();
    const auto made = hsm::quickstart(client, test_parameters);
    report(json, client.world(), made.module, made.admin_card.empty() ? "" : to_text(made.admin_card));
    return Exit::done;
}

} // namespace hsm::tools
