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

namespace {

constexpr std::size_t short_passphrase = 8;

void list_softcards(const World& world, bool json) {
    const auto softcards = world.softcards();
    if (json) return json_list(softcards).print();
    if (softcards.empty()) print("No softcards\n");
    for (const auto& softcard : softcards) {
        print("{}  {}{}\n", short_hash(softcard.token), escaped(softcard.name),
              softcard.passphrase_recovery ? "  (passphrase recovery)" : "");
    }
}

void warn_if_short(const World& world, const Secret& passphrase) {
    if (!world.facts().warn_short_passphrases || passphrase.size() >= short_passphrase) return;
    if (passphrase.empty()) {
        remark("warning: this softcard has no passphrase; whoever has the files and the module can use its "
               "keys");
    } else {
        remark("warning: the passphrase is shorter than {} characters", short_passphrase);
    }
}

} // namespace

Exit run_ppmk(CommandLine& line) {
    bool make = false, change = false, list = false, remove = false, recover = false,
         recoverable = false, json = false;
    std::uint32_t module = 1;
    std::string name;
    Ceremony ceremony;
    line.group("What to do");
    line.flag("-n,--new", make, "make a softcard of this name");
    line.flag("-c,--change", change, "change the passphrase of a softcard");
    line.flag("--recover", recover, "replace the lost passphrase of a softcard: administrator cards are asked for");
    line.flag("-l,--list", list, "list the softcards");
    line.flag("-d,--delete", remove, "delete a softcard that protects no key");
    line.group("Options");
    line.flag("--recoverable", recoverable,
              "with --new: a lost passphrase can be replaced with administrator cards");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.argument("NAME", name, "the softcard: its name, or its hash", Need::optional);
    line.text("With --change, the first line of passphrases is the old one, the second the new one; with "
              "--recover the new one comes first, then those of the administrator cards.");
    line.parse();
    if ((make ? 1 : 0) + (change ? 1 : 0) + (recover ? 1 : 0) + (list ? 1 : 0) + (remove ? 1 : 0) != 1) {
        line.refuse("choose one of --new, --change, --recover, --list and --delete");
    }
    if (list != name.empty())
        line.refuse(list ? "--list takes no name" : "the name of the softcard is missing");
    if (recoverable && !make) line.refuse("--recoverable belongs to --new");

    auto client = open_client();
    auto world = client.world();
    if (list) {
        list_softcards(world, json);
        return Exit::done;
    }
    if (make) {
        if (recoverable && !world.facts().passphrase_recovery) {
            throw Error(Status::bad_state,
                        "this world was made without passphrase recovery; leave out --recoverable");
        }
        const auto passphrase = ceremony.passphrases().fresh(fmt::format("softcard {}", escaped(name)));
        warn_if_short(world, passphrase);
        const auto softcard = world.create_softcard(module, name, passphrase, recoverable);
        if (json) {
            json_of(softcard).print();
        } else {
            print("New softcard created: HKLTU {}\n", short_hash(softcard.token));
        }
        return Exit::done;
    }
    const auto softcard = world.softcard(name);
    const auto shown = fmt::format("softcard {}", escaped(softcard.name));
    if (change) {
        const auto old_one = ceremony.passphrases().existing(shown);
        const auto new_one = ceremony.passphrases().fresh(shown);
        warn_if_short(world, new_one);
        world.change_softcard_passphrase(module, softcard.token, old_one, new_one);
    } else if (recover) {
        ceremony.start(client);
        const auto fresh = ceremony.passphrases().fresh(shown);
        warn_if_short(world, fresh);
        Administration(world, module).replace_softcard_passphrase(softcard.token, fresh, ceremony);
    } else {
        ceremony.confirm(fmt::format("The {} will be deleted.", shown));
        world.delete_softcard(softcard.token);
    }
    if (json) {
        json_of(softcard).print();
    } else {
        print("{}: {}\n", shown, remove ? "deleted" : "passphrase changed");
    }
    return Exit::done;
}

} // namespace hsm::tools
