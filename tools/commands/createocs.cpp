// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "facts_json.hpp"
#include "quorum.hpp"
#include "session.hpp"

namespace hsm::tools {

Exit run_createocs(CommandLine& line) {
    std::uint32_t module = 1;
    std::string quorum = "1/1";
    CardSetOptions options;
    NewCards cards;
    bool persist = false, no_persist = false, no_pp_recovery = false, no_passphrase = false, json = false;
    Ceremony ceremony;
    declare_module(line, module);
    line.value("-s,--slot", "N", cards.slot, "the slot for the cards (any)");
    line.value("-Q,--ocs-quorum", "K/N", quorum, "N cards, any K of which load the keys (1/1)");
    line.value("-N,--name", "NAME", options.name, "name of the card set");
    line.values("--card-name", "NAME,...", options.card_names, "names of the cards, in order");
    line.flag("--persist,--persistent", persist, "keys stay loaded when the last card is removed");
    line.flag("--no-persist", no_persist, "keys go when the last required card is removed (the default)");
    line.flag("--remoteable", options.remoteable, "cards may be presented to other modules from afar");
    line.flag("--no-pp-recovery", no_pp_recovery, "lost passphrases of these cards can not be replaced");
    line.value("-T,--timeout", "SEC", options.timeout_s,
               "keys are unloaded this long after loading (0: never)");
    line.flag("--erase", cards.erase, "erase cards that are not blank");
    line.flag("--no-passphrase", no_passphrase, "cards without passphrases");
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.text("Example: hsm createocs -Q 2/3 -N operators --cards op-1,op-2,op-3 --passphrase-file pins.txt");
    line.parse();

    const auto [k, n] = parse_quorum(quorum, "--ocs-quorum");
    if (options.name.empty()) line.refuse("the card set needs a name: -N NAME");
    if (persist && no_persist) line.refuse("choose one of --persist and --no-persist");
    if (options.card_names.size() > n) line.refuse("there are more --card-name than cards");
    options.k = k;
    options.n = n;
    options.persistent = persist;
    options.passphrase_recovery = !no_pp_recovery;
    cards.ask_passphrases = !no_passphrase;

    auto client = open_client();
    auto world = client.world();
    if (cards.ask_passphrases && !ceremony.passphrases().available()) {
        throw Error(Status::passphrase_required,
                    "nobody is there to enter passphrases for the new cards; use --passphrase-file, "
                    "--passphrase-fd or --passphrase-env, or --no-passphrase");
    }
    ceremony.start(client);
    ceremony.check_blank_cards(module, cards.slot, n, cards.erase);
    const auto set = world.create_card_set(module, options, ceremony, cards);
    if (json) {
        json_of(set).print();
    } else {
        print("cardset created; hkltu = {}\n", short_hash(set.token));
    }
    return Exit::done;
}

} // namespace hsm::tools
