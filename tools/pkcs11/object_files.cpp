// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/object_files.hpp"

#include "console.hpp"
#include "encoding.hpp"
#include "files.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

#include <optional>

namespace hsm::tools::pkcs11 {

namespace {

class FileParser {
public:
    explicit FileParser(Passphrases& passphrases) : passphrases_(passphrases) {}

    FileContents contents;

    void der(Secret bytes) {
        if (is_pkcs12(bytes.view())) return pkcs12(bytes.view());
        switch (classify_key(bytes.view())) {
        case KeyFile::private_key: contents.keys.push_back({std::move(bytes), {}, {}}); return;
        case KeyFile::public_key: contents.public_keys.push_back(to_bytes(bytes.view())); return;
        case KeyFile::certificate: contents.certificates.push_back({to_bytes(bytes.view()), {}, {}}); return;
        case KeyFile::encrypted: contents.keys.push_back({decrypt_pkcs8(bytes.view(), passphrase()), {}, {}}); return;
        case KeyFile::unknown: break;
        }
        throw Error(Status::invalid_data, "the file holds neither a key (PKCS #8, SubjectPublicKeyInfo), nor a "
                                          "certificate, nor PKCS #12; convert it with openssl");
    }

    void pem(Pem block) {
        for (const auto* known : {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE", "X509 CERTIFICATE"})
            if (block.label == known) return der(std::move(block.data));
        if (block.label.find("PARAMETERS") != std::string::npos) return; // what openssl writes in front of a key
        throw Error(Status::not_supported,
                    fmt::format("\"{}\" is not a form that is read; convert it: openssl pkcs8 -topk8 -in FILE",
                                escaped(block.label)));
    }

private:
    void pkcs12(ByteView file) {
        auto found = read_pkcs12(file, passphrase());
        for (auto& key : found.keys) contents.keys.push_back(std::move(key));
        for (auto& certificate : found.certificates) contents.certificates.push_back(std::move(certificate));
    }

    const Secret& passphrase() {
        if (!passphrase_) passphrase_ = passphrases_.existing("the file");
        return *passphrase_;
    }

    Passphrases& passphrases_;
    std::optional<Secret> passphrase_;
};

} // namespace

FileContents read_objects(const std::string& name, Passphrases& passphrases) {
    auto file = InputFile(name).all_secret();
    FileParser parser(passphrases);
    auto blocks = all_pem(file.view());
    if (blocks.empty()) parser.der(std::move(file));
    for (auto& block : blocks) parser.pem(std::move(block));
    auto& found = parser.contents;
    if (found.keys.empty() && found.certificates.empty() && found.public_keys.empty())
        throw Error(Status::invalid_data, "the file holds neither a key nor a certificate; check the file");
    return std::move(found);
}

} // namespace hsm::tools::pkcs11
