// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "encoding.hpp"
#include "files.hpp"
#include "passphrases.hpp"
#include "pkcs11/token_choice.hpp"
#include "pkcs11/token_session.hpp"

#include <hsm/encoding.hpp>
#include <hsm/error.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

using pkcs11::Session;

struct Found {
    std::string_view pem_label;
    Bytes der;
};

/// From its numbers, for modules that do not have CKA_PUBLIC_KEY_INFO.
Bytes public_info(const Session& session, CK_OBJECT_HANDLE object) {
    auto info = session.attribute(object, CKA_PUBLIC_KEY_INFO);
    if (!info.empty()) return info;
    PublicComponents key;
    if (const auto curve = session.attribute(object, CKA_EC_PARAMS); !curve.empty()) {
        key.spec = spec_of_ec_parameters(curve);
        key.y = to_bytes(octet_string_content(session.attribute(object, CKA_EC_POINT)));
    } else {
        key.spec.type = KeyType::rsa;
        key.n = session.attribute(object, CKA_MODULUS);
        key.e = session.attribute(object, CKA_PUBLIC_EXPONENT);
        if (key.n.empty()) throw Error(Status::not_supported, "the module does not tell what the public key is");
    }
    return spki_from(key);
}

std::optional<Found> find(const Session& session, CK_OBJECT_CLASS object_class, const std::string& label, ByteView id) {
    pkcs11::Template like;
    like.number(CKA_CLASS, object_class);
    if (!label.empty()) like.bytes(CKA_LABEL, view(label));
    if (!id.empty()) like.bytes(CKA_ID, id);
    const auto all = session.find(like);
    if (all.empty()) return std::nullopt;
    const bool certificate = object_class == CKO_CERTIFICATE;
    Found found{certificate ? "CERTIFICATE" : "PUBLIC KEY",
                certificate ? session.attribute(all[0], CKA_VALUE) : public_info(session, all[0])};
    for (std::size_t i = 1; i < all.size(); ++i) { // the same one twice is no question
        if ((certificate ? session.attribute(all[i], CKA_VALUE) : public_info(session, all[i])) == found.der) continue;
        throw Error(Status::invalid_argument,
                    fmt::format("{} of them may be meant; choose one with --id or --label", all.size()));
    }
    return found;
}

} // namespace

Exit run_export_object(CommandLine& line) {
    std::optional<std::string> module_file;
    pkcs11::TokenChoice choice;
    std::string label, id, type, output = "-";
    bool der = false;
    Passphrases passphrases;
    line.value("-l,--label", "LABEL", label, "the object with this label");
    line.value("-i,--id", "HEX", id, "the object with this id, in hexadecimal");
    line.choice("--type", type, {"certificate", "public-key"}, "which of the two (a certificate, else a public key)");
    line.flag("--der", der, "DER, not PEM");
    line.value("-o,--output", "FILE", output, "where it goes (-: standard output)");
    choice.declare(line);
    pkcs11::declare_module_file(line, module_file);
    passphrases.declare(line);
    line.text("Public objects need no PIN. With a passphrase option the user logs in, and private objects are found too.");
    line.parse();
    const auto wanted = from_hex(id);
    const pkcs11::Module module(module_file);
    const auto token = choice.pick(module);
    Session session(module, token, pkcs11::Access::read);
    if (passphrases.scripted()) session.login(CKU_USER, passphrases.existing("the user"));
    std::optional<Found> found;
    if (type != "public-key") found = find(session, CKO_CERTIFICATE, label, wanted);
    if (!found && type != "certificate") found = find(session, CKO_PUBLIC_KEY, label, wanted);
    if (!found)
        throw Error(Status::not_found,
                    fmt::format("{} has no such object; check --id and --label, or give the PIN", pkcs11::token_text(token)));
    OutputFile file(output, Privacy::shared, der);
    if (der)
        file.write(found->der);
    else
        file.write(to_pem(found->pem_label, found->der).view());
    file.commit();
    return Exit::done;
}

} // namespace hsm::tools
