// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "files.hpp"
#include "session.hpp"

#include <fmt/format.h>

namespace hsm::tools {

namespace {

void write(const std::string& name, std::string_view label, ByteView data, bool binary, Privacy privacy) {
    OutputFile file(name, privacy, binary);
    if (binary)
        file.write(data);
    else
        file.write(to_pem(label, data).view());
    file.commit();
}

} // namespace

Exit run_export(CommandLine& line) {
    std::string which, output = "-";
    std::uint32_t module = 1;
    bool plain = false, der = false;
    Ceremony ceremony;
    line.flag("--plain", plain, "the private or secret key itself, in the clear, if its ACL allows it");
    line.flag("--der", der, "DER, not PEM");
    line.value("-o,--output", "FILE", output, "where it goes (-: standard output)");
    declare_module(line, module);
    ceremony.declare(line);
    line.argument("KEY", which, key_help);
    line.text("Writes the public key (SubjectPublicKeyInfo, PEM). With --plain a key pair is written as PKCS "
              "#8, a secret key as\n"
              "raw bytes, into a file that only you can read.");
    line.parse();
    auto client = open_client();
    const auto world = client.world();
    const auto facts = find_key(world, which);
    if (!plain) {
        if (facts.public_info.empty()) {
            throw Error(
                Status::key_type_mismatch,
                fmt::format("{} is a secret key and has no public half; --plain writes the key itself, if "
                            "its ACL allows it",
                            key_text(facts)));
        }
        write(output, "PUBLIC KEY", facts.public_info, der, Privacy::shared);
        return Exit::done;
    }
    ceremony.start(client);
    const auto key = world.load(facts.app, facts.ident, ceremony, module);
    const auto secret = key.export_plain();
    const bool pair = facts.half != KeyHalf::secret;
    write(output, facts.half == KeyHalf::public_key ? "PUBLIC KEY" : "PRIVATE KEY", secret.view(),
          der || !pair, Privacy::owner_only);
    remark("{} is in the clear now: protect what was written", key_text(facts));
    return Exit::done;
}

} // namespace hsm::tools
