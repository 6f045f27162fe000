// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "key_use.hpp"

namespace hsm::tools {

namespace {

Bytes sign_file(const Key& key, const Mechanism& mechanism, InputFile& input) {
    if (!streams(mechanism)) return key.sign(mechanism, input.all());
    auto channel = key.open(Action::sign, mechanism);
    Bytes signature;
    for (auto piece = input.next(); !piece.empty(); piece = input.next()) channel.update(piece, signature);
    channel.finish(signature);
    return signature;
}

} // namespace

Exit run_sign(CommandLine& line) {
    std::string which, input = "-", output = "-", mechanism_name, form = "raw", context;
    std::uint32_t module = 1;
    bool raw_pair = false;
    Ceremony ceremony;
    line.value("-o,--output", "FILE", output, "where the signature goes (-: standard output)");
    line.value("--mechanism", "NAME", mechanism_name,
               "RSA-PSS/SHA-256, RSA-PKCS1/SHA-256, ECDSA/SHA-384, ... (what suits the key)");
    line.value("--context", "TEXT", context, "context of Ed25519ph, ML-DSA and SLH-DSA signatures");
    line.flag("--raw", raw_pair, "ECDSA and DSA: r and s one after the other, not DER");
    line.choice("--format", form, {std::begin(form_choices), std::end(form_choices)},
                "raw (default), hex or base64");
    declare_module(line, module);
    ceremony.declare(line);
    line.argument("KEY", which, key_help);
    line.argument("FILE", input, "the file to sign (-: standard input)", Need::optional);
    line.text("Example: hsm sign web-server release.tar -o release.tar.sig");
    line.parse();

    auto client = open_client();
    const auto world = client.world();
    const auto facts = find_key(world, which);
    auto mechanism = signature_mechanism(mechanism_name, facts.spec);
    mechanism.context = view(context);
    const auto format = parse_form(form);
    InputFile file(input); // both files are there before anybody is asked for a card
    OutputFile result(output, Privacy::shared, format == Form::raw);
    ceremony.start(client);
    const auto key = world.load(facts.app, facts.ident, ceremony, module);
    auto signature = sign_file(key, mechanism, file);
    if (!raw_pair && pair_bytes(mechanism, facts) != 0) signature = signature_to_der(signature);
    result.write(in_form(signature, format));
    result.commit();
    return Exit::done;
}

} // namespace hsm::tools
