// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "recovery_report.hpp"
#include "session.hpp"

#include <hsm/administration.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

/// The old card set or softcard. Its record may be gone: then only its whole hash names it, and the keys tell
/// its kind.
struct OldToken {
    ProtectorKind kind = ProtectorKind::card_set;
    Hash256 hash{};
    std::string shown;
};

OldToken find_old(const World& world, const std::string& name) {
    for (const auto& set : world.card_sets())
        if (set.name == name || (name.size() >= 8 && to_hex(set.token).starts_with(name)))
            return {ProtectorKind::card_set, world.card_set(name).token, "card set " + escaped(set.name)};
    for (const auto& softcard : world.softcards())
        if (softcard.name == name || (name.size() >= 8 && to_hex(softcard.token).starts_with(name)))
            return {ProtectorKind::softcard, world.softcard(name).token,
                    "softcard " + escaped(softcard.name)};
    if (name.size() >= 40)
        for (const auto& key : world.keys())
            if (key.protector != ProtectorKind::module && to_hex(key.protector_hash).starts_with(name))
                return {key.protector, key.protector_hash,
                        std::string(protector_kind_name(key.protector)) + " " +
                            short_hash(key.protector_hash)};
    throw Error(
        Status::not_found,
        fmt::format(
            "there is no card set or softcard {}; name one that has no record any more by the 40 digits "
            "that hsm list --json shows as the protector of its keys",
            escaped(name)));
}

} // namespace

Exit run_rocs(CommandLine& line) {
    std::uint32_t module = 1;
    std::string from, to;
    std::vector<std::string> keys;
    RecoveryOptions options;
    bool json = false;
    Ceremony ceremony;
    line.group("Options");
    line.value("-o,--old", "NAME", from, "the card set or softcard that the keys are under");
    line.value("-n,--new", "NAME", to, "the one of the same kind that they shall be under");
    line.flag("--without-attributes", options.without_attributes,
              "also keys of PKCS #11: they become plain keys, their labels and attributes are lost");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.arguments("KEY", keys, "only these keys: APP/IDENT, IDENT, or the key's name", Need::optional);
    line.text("The new card set is presented first, then administrator cards in another slot.\n"
              "An interrupted recovery goes on where it was when it is run again.\n"
              "Example: hsm createocs -N new --cards n1 --no-passphrase\n"
              "         hsm rocs --old lost --new new --cards n1,admin-1,admin-2");
    line.parse();
    if (from.empty() || to.empty()) line.refuse("both --old and --new are needed");

    auto client = open_client();
    auto world = client.world();
    const auto old = find_old(world, from);
    ceremony.start(client);
    options.only = key_names(world, keys);
    const bool cards = old.kind == ProtectorKind::card_set;
    // Asked for before any card is: a new token of another kind would be refused key by key.
    const auto fresh = cards ? world.card_set(to).token : world.softcard(to).token;
    if (fresh == old.hash) line.refuse("--old and --new are the same");
    const auto protector =
        cards ? world.load_card_set(module, fresh, ceremony) : world.load_softcard(module, fresh, ceremony);
    const auto results = Administration(world, module).recover_keys(old.hash, protector, ceremony, options);

    return report_recovery(results, json, "no keys are under " + old.shown);
}

} // namespace hsm::tools
