// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "session.hpp"

#include <hsm/administration.hpp>

#include <fmt/format.h>

namespace hsm::tools {

Exit run_racs(CommandLine& line) {
    std::uint32_t module = 1;
    NewCards cards;
    bool no_passphrase = false, json = false;
    Ceremony ceremony;
    declare_module(line, module);
    line.value("-s,--slot", "N", cards.slot, "the slot for the new cards (any)");
    line.flag("--erase", cards.erase, "erase cards that are not blank (never a present administrator card)");
    line.flag("--no-passphrase", no_passphrase, "cards without passphrases");
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.text(
        "K of the present administrator cards are presented first, then N blank ones. The quora stay.\n"
        "Afterwards copy the world file to every host, and erase the old cards (hsm bulkerase): with an old "
        "world file\nthey still open the world on a module that has not heard of the new ones.\n"
        "Example: hsm racs --cards admin-1,admin-2,new-1,new-2,new-3 --no-passphrase");
    line.parse();
    cards.ask_passphrases = !no_passphrase;

    auto client = open_client();
    const auto world = client.world();
    if (cards.ask_passphrases && !ceremony.passphrases().available()) {
        throw Error(Status::passphrase_required,
                    "nobody is there to enter passphrases for the new cards; use --passphrase-file, "
                    "--passphrase-fd or --passphrase-env, or --no-passphrase");
    }
    ceremony.start(client);
    ceremony.confirm("All administrator cards will be replaced.");
    const auto facts = Administration(world, module).replace_cards(ceremony, cards).facts();
    if (json) {
        json_of(facts).print();
    } else {
        print("administrator cards replaced, generation {}; hknso = {}\n", facts.acs_generation,
              short_hash(facts.hknso));
        flush();
        remark("copy the world file to every host of this world, and erase the old cards");
    }
    return Exit::done;
}

} // namespace hsm::tools
