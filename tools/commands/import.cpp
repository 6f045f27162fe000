// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "facts_json.hpp"
#include "files.hpp"
#include "key_parameters.hpp"
#include "session.hpp"

#include <hsm/key_files.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

struct Material {
    KeyHalf half = KeyHalf::secret;
    Secret bytes;
};

Material from_der(Secret der, Ceremony& ceremony) {
    switch (classify_key(der.view())) {
    case KeyFile::private_key: return {KeyHalf::private_key, std::move(der)};
    case KeyFile::public_key: return {KeyHalf::public_key, std::move(der)};
    case KeyFile::encrypted:
        return {KeyHalf::private_key, decrypt_pkcs8(der.view(), ceremony.passphrases().existing("the key file"))};
    case KeyFile::certificate:
        throw Error(Status::not_supported, "the file holds a certificate; hsm import-object takes those");
    case KeyFile::unknown: break;
    }
    throw Error(
        Status::invalid_data,
        "the file holds neither PKCS #8 nor a SubjectPublicKeyInfo; convert it with openssl pkcs8 -topk8 "
        "-nocrypt, or give --type for a raw secret key");
}

Material read_material(const std::string& name, bool secret, bool hex, Ceremony& ceremony) {
    auto file = InputFile(name).all_secret();
    if (secret) {
        if (!hex) return {KeyHalf::secret, std::move(file)};
        auto digits = file.view();
        while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r'))
            digits = digits.first(digits.size() - 1);
        auto bytes = from_hex(text(digits));
        Material material{KeyHalf::secret, Secret(bytes)};
        wipe(bytes);
        return material;
    }
    auto pem = from_pem(file.view());
    if (!pem) return from_der(std::move(file), ceremony);
    if (pem->label == "PRIVATE KEY" || pem->label == "PUBLIC KEY" || pem->label == "ENCRYPTED PRIVATE KEY")
        return from_der(std::move(pem->data), ceremony);
    if (pem->label.find("ENCRYPTED") != std::string::npos) {
        throw Error(Status::not_supported,
                    "the key file is encrypted in an old way; write it anew: openssl pkcs8 -topk8 -in FILE");
    }
    throw Error(
        Status::not_supported,
        fmt::format("\"{}\" is not a form that is read; convert it: openssl pkcs8 -topk8 -nocrypt -in FILE",
                    escaped(pem->label)));
}

} // namespace

Exit run_import(CommandLine& line) {
    KeyRequest key;
    std::string input, type, cardset, softcard, allow;
    std::uint32_t module = 1;
    bool hex = false, no_recovery = false, json = false;
    Ceremony ceremony;
    line.value("-t,--type", "TYPE", type, "for a raw secret key: AES-256, HMAC-256, ...");
    line.flag("--hex", hex, "the raw secret key is in hexadecimal");
    line.value("-N,--name", "NAME", key.name, "the key's name, for people");
    line.value("--app", "APP", key.app, "application name (simple)");
    line.value("--cardset", "NAME", cardset, "protect the key with this card set");
    line.value("--softcard", "NAME", softcard, "protect the key with this softcard");
    line.value("--allow", "ACTION,...", allow, "what the key may do (what its type is good for)");
    line.flag("--no-recovery", no_recovery, "no copy for recovery with administrator cards");
    line.flag("--replace", key.replace, "replace a key of the same name");
    declare_module(line, module);
    line.flag("--json", json, "print JSON");
    ceremony.declare(line);
    line.argument("FILE", input,
                  "PEM or DER: a private key (PKCS #8) or a public one; or a raw secret with --type");
    line.argument("IDENT", key.ident, "identifier of the key");
    line.text("The key has been outside: nfkmverify says so for ever. Destroy the file. The passphrase of an encrypted file "
              "is the first line of passphrases.");
    line.parse();
    if (hex && type.empty()) line.refuse("--hex belongs to a raw secret key; give its --type");
    if (!allow.empty()) key.usage.actions = parse_actions(allow);
    key.usage.recoverable = !no_recovery;
    if (key.name.empty()) key.name = key.ident;
    if (!type.empty()) {
        try {
            key.spec = parse_key_spec(type);
        } catch (const Error& error) {
            line.refuse(fmt::format("--type: {}", escaped(error.what())));
        }
        if (key_type_row(key.spec.type).asymmetric)
            line.refuse("--type is for secret keys; a key pair says its type itself");
    }
    auto client = open_client();
    auto world = client.world();
    const auto material = read_material(input, !type.empty(), hex, ceremony);
    if (!key.replace && world.find(key.app, key.ident)) {
        throw Error(Status::already_exists,
                    fmt::format("there is a key {}/{} already; choose another identifier, or use --replace",
                                escaped(key.app), escaped(key.ident)));
    }
    key.usage.recoverable = key.usage.recoverable && world.facts().recovery;
    const auto protector = load_protector(client, world, module, cardset, softcard, ceremony);
    if (ceremony.can_ask()) world.authorise_new_key(module, ceremony);
    (void)world.import(key, material.half, material.bytes, protector);
    const auto path = record_path(client, key.app, key.ident);
    if (json) {
        auto object = Json::object();
        object.set("path", path);
        if (const auto facts = world.find(key.app, key.ident)) object.set("key", json_of(*facts));
        object.print();
    } else {
        print("Key imported. Path to key: {}\n", escaped(path));
    }
    return Exit::done;
}

} // namespace hsm::tools
