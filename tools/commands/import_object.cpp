// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "files.hpp"
#include "pkcs11/key_templates.hpp"
#include "pkcs11/object_files.hpp"
#include "pkcs11/token_choice.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace hsm::tools {

namespace {

using pkcs11::Creation;
using pkcs11::FileContents;
using pkcs11::KeyUse;
using pkcs11::ObjectNames;
using pkcs11::Session;
using pkcs11::Template;

struct Request {
    std::string file, label, id;
    KeyUse use;
    bool public_key = true;
};

/// What was imported, for the report.
struct Imported {
    std::string_view what;
    ObjectNames names;
};

class Import {
public:
    Import(Session& session, const Request& request) : session_(session), request_(request), made_(session) {
        if (!request.id.empty()) id_ = from_hex(request.id);
    }

    void add_all(const FileContents& file) {
        for (const auto& key : file.keys) add_pair(key);
        for (const auto& key : file.public_keys) add_public(key, names_for(key, {}, {}));
        for (const auto& certificate : file.certificates) add_certificate(certificate, file);
        made_.keep();
    }

    std::vector<Imported> done;

private:
    struct Pair {
        Bytes public_info;
        ObjectNames names;
    };

    void add_pair(const FileKey& key) {
        auto public_info = public_info_of(key.pkcs8.view());
        const auto names = names_for(public_info, key.name, key.id);
        refuse_second(CKO_PRIVATE_KEY, names, "private key");
        made_.add(pkcs11::private_key_template(key.pkcs8.view(), names, request_.use), "the private key");
        done.push_back({"private key", names});
        if (request_.public_key) add_public(public_info, names);
        pairs_.push_back({std::move(public_info), names});
    }

    void add_public(ByteView public_info, const ObjectNames& names) {
        refuse_second(CKO_PUBLIC_KEY, names, "public key");
        made_.add(pkcs11::public_key_template(public_info, names, request_.use), "the public key");
        done.push_back({"public key", names});
    }

    void add_certificate(const FileCertificate& certificate, const FileContents& file) {
        Template same;
        same.number(CKA_CLASS, CKO_CERTIFICATE).bytes(CKA_VALUE, certificate.der);
        if (!session_.find(same).empty()) return; // an authority's, from an earlier import
        const auto parts = certificate_parts(certificate.der);
        const auto pair = std::ranges::find_if(
            pairs_, [&](const Pair& one) { return std::ranges::equal(one.public_info, parts.public_info); });
        const bool alone = file.keys.empty() && file.certificates.size() == 1;
        ObjectNames names;
        if (pair != pairs_.end()) names = pair->names;
        else if (alone) names = names_for(parts.public_info, certificate.name, certificate.id);
        else names = {certificate.name, session_.sha1(public_key_bits(parts.public_info))};
        made_.add(pkcs11::certificate_template(certificate.der, names), "the certificate");
        done.push_back({"certificate", names});
    }

    [[nodiscard]] ObjectNames names_for(ByteView public_info, const std::string& name, const Bytes& id) const {
        ObjectNames names;
        names.label = !request_.label.empty() ? request_.label : !name.empty() ? name : to_text(to_path(request_.file).stem());
        names.id = !id_.empty() ? id_ : !id.empty() ? id : session_.sha1(public_key_bits(public_info));
        return names;
    }

    void refuse_second(CK_OBJECT_CLASS object_class, const ObjectNames& names, std::string_view what) const {
        Template same;
        same.number(CKA_CLASS, object_class).bytes(CKA_ID, names.id);
        if (session_.find(same).empty()) return;
        throw Error(Status::already_exists, fmt::format("the token has a {} with id {} already; choose another --id",
                                                        what, to_hex(names.id)));
    }

    Session& session_;
    const Request& request_;
    Bytes id_;
    Creation made_;
    std::vector<Pair> pairs_;
};

void report(const pkcs11::Token& token, const std::vector<Imported>& done, bool json) {
    if (!json) {
        if (done.empty()) print("{} has it already\n", pkcs11::token_text(token));
        for (const auto& one : done)
            print("{}: imported {} \"{}\", id {}\n", pkcs11::token_text(token), one.what, escaped(one.names.label),
                  to_hex(one.names.id));
        return;
    }
    auto list = Json::list();
    for (const auto& one : done) {
        auto object = Json::object();
        object.set("class", one.what).set("label", one.names.label).set("id", to_hex(one.names.id));
        list.add(std::move(object));
    }
    auto object = Json::object();
    object.set("token", token.label).set("serial", token.serial).set("objects", std::move(list)).print();
}

} // namespace

Exit run_import_object(CommandLine& line) {
    std::optional<std::string> module_file;
    pkcs11::TokenChoice choice;
    Request request;
    Passphrases passphrases;
    bool no_public_key = false, json = false;
    line.value("-l,--label", "LABEL", request.label, "label of the objects (the name in the file, or the file's name)");
    line.value("-i,--id", "HEX", request.id, "id of the objects, in hexadecimal (the file's, or a hash of the public key)");
    line.values("--allow", "USE,...", request.use.actions,
                "what a private key may do: sign, decrypt, unwrap, derive, decapsulate (what its type is good for)");
    line.flag("--extractable", request.use.extractable, "the private key may be wrapped by another key");
    line.flag("--no-public-key", no_public_key, "import a private key without its public half");
    choice.declare(line);
    pkcs11::declare_module_file(line, module_file);
    line.flag("--json", json, "print JSON");
    passphrases.declare(line);
    line.argument("FILE", request.file, "PEM, DER or PKCS #12: private keys, public keys, certificates");
    line.text("The passphrase of an encrypted file is the first line of passphrases; then comes the token's user PIN. All "
              "objects of the file are imported, or none.");
    line.parse();
    pkcs11::check_use(request.use);
    request.public_key = !no_public_key;
    const auto file = pkcs11::read_objects(request.file, passphrases);
    if (!request.id.empty() && file.keys.size() + file.public_keys.size() > 1)
        throw Error(Status::invalid_argument, "the file holds several keys, which cannot have one id; leave out --id");
    const pkcs11::Module module(module_file);
    const auto token = choice.pick(module);
    Session session(module, token, pkcs11::Access::write);
    request.use.behind_login = token.has(CKF_LOGIN_REQUIRED);
    if (request.use.behind_login)
        session.login(CKU_USER, passphrases.existing(fmt::format("the user of {}", pkcs11::token_text(token))));
    Import import(session, request);
    import.add_all(file);
    report(token, import.done, json);
    return Exit::done;
}

} // namespace hsm::tools
