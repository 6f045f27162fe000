// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "files.hpp"
#include "recovery_report.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

namespace {

/// "APP/IDENT", as they are called in the other world.
std::vector<KeyName> names_there(const CommandLine& line, const std::vector<std::string>& keys) {
    std::vector<KeyName> names;
    for (const auto& key : keys) {
        const auto slash = key.find('/');
        if (slash == std::string::npos)
            line.refuse(fmt::format("name keys of the other world as APP/IDENT, not as {}", escaped(key)));
        names.push_back({key.substr(0, slash), key.substr(slash + 1)});
    }
    return names;
}

} // namespace

Exit run_key_xfer_im(CommandLine& line) {
    std::uint32_t module = 1;
    std::string source, from, to;
    std::vector<std::string> keys;
    RecoveryOptions options;
    bool json = false;
    Ceremony ceremony;
    line.value("-o,--from", "HASH", from,
               "the card set or softcard there, by its whole hash; without: keys under the module");
    line.value("-n,--to", "NAME", to, "the card set or softcard here, of the same kind");
    line.flag("--without-attributes", options.without_attributes,
              "also keys of PKCS #11: they become plain keys, their labels and attributes are lost");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.argument("SOURCE", source,
                  "directory of the other world's key management data, with its file \"world\"");
    line.arguments("KEY", keys, "only these keys: APP/IDENT", Need::optional);
    line.text("K administrator cards of the other world are presented, then K of this one; before them the "
              "card set here.\n"
              "Nothing is changed in SOURCE. What comes in counts as imported.\n"
              "Example: hsm key-xfer-im /media/old/local --cards old-1,old-2,admin-1,admin-2");
    line.parse();
    if (from.empty() != to.empty()) line.refuse("--from and --to belong together");
    if (!from.empty() &&
        (from.size() != 64 || from.find_first_not_of("0123456789abcdef") != std::string::npos))
        line.refuse("--from: a hash of 64 hexadecimal digits is needed, as hsm list --json shows it there");
    options.only = names_there(line, keys);

    auto client = open_client();
    auto world = client.world();
    ceremony.start(client);
    Hash256 token{};
    auto protector = Protector::module_key(module);
    if (!from.empty()) {
        token = hash_from_hex(from);
        bool card_set = false;
        for (const auto& set : world.card_sets())
            card_set = card_set || set.name == to || to_hex(set.token).starts_with(to);
        protector = load_protector(client, world, module, card_set ? to : "", card_set ? "" : to, ceremony);
    }
    const auto results =
        Administration(world, module).transfer_keys(to_path(source), token, protector, ceremony, options);
    return report_recovery(results, json, "no keys are there");
}

} // namespace hsm::tools
