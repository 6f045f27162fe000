// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "json.hpp"
#include "key_use.hpp"

namespace hsm::tools {

namespace {

bool verify_file(const Key& key, const Mechanism& mechanism, InputFile& input, ByteView signature) {
    if (!streams(mechanism)) return key.verify(mechanism, input.all(), signature);
    auto channel = key.open(Action::verify, mechanism);
    Bytes none;
    for (auto piece = input.next(); !piece.empty(); piece = input.next()) channel.update(piece, none);
    return channel.finish_verify(signature);
}

/// r || s of a DER signature; nullopt when it is no signature at all, which is a "no", not an error.
std::optional<Bytes> pair_of(ByteView der, std::size_t bytes) {
    try {
        return signature_from_der(der, bytes);
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

Exit run_verify(CommandLine& line) {
    std::string which, input, signature_file, mechanism_name, context;
    std::uint32_t module = 1;
    bool raw_pair = false, json = false;
    Ceremony ceremony;
    line.value("--mechanism", "NAME", mechanism_name,
               "RSA-PSS/SHA-256, RSA-PKCS1/SHA-256, ECDSA/SHA-384, ... (what suits the key)");
    line.value("--context", "TEXT", context, "context of Ed25519ph, ML-DSA and SLH-DSA signatures");
    line.flag("--raw", raw_pair, "ECDSA and DSA: the signature is r and s one after the other, not DER");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.argument("KEY", which, key_help);
    line.argument("FILE", input, "the file that was signed (-: standard input)");
    line.argument("SIGNATURE", signature_file, "the file with the signature");
    line.text("The exit code is 0 for a valid signature and 1 for an invalid one. No cards are needed where "
              "the key has a\n"
              "public half.");
    line.parse();

    auto client = open_client();
    auto world = client.world();
    const auto facts = find_key(world, which);
    auto mechanism = signature_mechanism(mechanism_name, facts.spec);
    mechanism.context = view(context);
    std::optional<Bytes> signature = InputFile(signature_file).all(std::size_t{1} << 20);
    InputFile file(input);
    ceremony.start(client);
    const auto key = load_public(world, facts, Action::verify, module, ceremony);
    if (const auto bytes = pair_bytes(mechanism, facts); bytes != 0 && !raw_pair)
        signature = pair_of(*signature, bytes);
    const bool valid = signature && verify_file(key, mechanism, file, *signature);
    if (json) {
        auto object = Json::object();
        object.set("valid", valid).set("key", facts.app + "/" + facts.ident).print();
    } else {
        print("signature {}\n", valid ? "valid" : "INVALID");
    }
    return valid ? Exit::done : Exit::no;
}

} // namespace hsm::tools
