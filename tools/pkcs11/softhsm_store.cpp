// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/softhsm_store.hpp"

#include "console.hpp"
#include "files.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools::pkcs11 {

namespace {

namespace fs = std::filesystem;

using Kind = SoftHsmAttribute::Kind;
using Attributes = std::vector<SoftHsmAttribute>;

/// What the token that an object is created in decides by itself.
constexpr auto decided_by_token = std::to_array<CK_ATTRIBUTE_TYPE>({
    CKA_TOKEN, CKA_UNIQUE_ID, CKA_TRUSTED, CKA_CHECK_VALUE, CKA_MODULUS_BITS, CKA_PUBLIC_KEY_INFO, CKA_PRIME_BITS,
    CKA_SUBPRIME_BITS, CKA_VALUE_BITS, CKA_VALUE_LEN, CKA_LOCAL, CKA_NEVER_EXTRACTABLE, CKA_ALWAYS_SENSITIVE,
    CKA_KEY_GEN_MECHANISM,
});

struct ClassText {
    std::uint64_t object_class;
    std::string_view text;
};
constexpr auto class_texts = std::to_array<ClassText>({
    {CKO_DATA, "the data object"},
    {CKO_CERTIFICATE, "the certificate"},
    {CKO_PUBLIC_KEY, "the public key"},
    {CKO_PRIVATE_KEY, "the private key"},
    {CKO_SECRET_KEY, "the secret key"},
    {CKO_DOMAIN_PARAMETERS, "the domain parameters"},
});

const SoftHsmAttribute* find(const Attributes& all, std::uint64_t type) {
    const auto found = std::ranges::find(all, type, &SoftHsmAttribute::type);
    return found == all.end() ? nullptr : &*found;
}

std::uint64_t number(const Attributes& all, std::uint64_t type) {
    const auto* found = find(all, type);
    return found == nullptr ? 0 : found->number;
}

Attributes read_file(const fs::path& path) {
    try {
        return read_softhsm_file(InputFile(to_text(path)).all_secret(std::size_t{4} << 20).view());
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data) throw;
        throw Error(Status::invalid_data, fmt::format("{}: {}", escaped(to_text(path)), error.what()));
    }
}

SoftHsmToken read_token(const fs::path& directory) {
    const auto all = read_file(directory / "token.object");
    SoftHsmToken token;
    token.directory = directory;
    const auto take = [&](std::uint64_t type) {
        const auto* found = find(all, type);
        return found == nullptr ? Bytes{} : to_bytes(found->bytes.view());
    };
    const auto words = [&](std::uint64_t type) {
        auto bytes = take(type);
        while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == 0)) bytes.pop_back();
        return std::string(text(bytes));
    };
    token.label = words(softhsm_token_label);
    token.serial = words(softhsm_token_serial);
    token.user_envelope = take(softhsm_user_pin);
    token.officer_envelope = take(softhsm_officer_pin);
    return token;
}

std::string text_of(const Attributes& all) {
    const auto object_class = number(all, CKA_CLASS);
    const auto row = std::ranges::find(class_texts, object_class, &ClassText::object_class);
    std::string words(row == class_texts.end() ? "the object" : row->text);
    if (const auto* label = find(all, CKA_LABEL)) words += fmt::format(" \"{}\"", text(label->bytes.view()));
    if (const auto* id = find(all, CKA_ID); id != nullptr && !id->bytes.empty())
        words += fmt::format(" (id {})", to_hex(id->bytes.view()));
    return words;
}

Template template_of(const Attributes& all) {
    Template out;
    for (const auto& one : all) {
        const auto type = static_cast<CK_ATTRIBUTE_TYPE>(one.type);
        if (one.type > 0x7fffffff || std::ranges::find(decided_by_token, type) != decided_by_token.end()) continue;
        switch (one.kind) {
        case Kind::flag: out.flag(type, one.number != 0); break;
        case Kind::number: out.number(type, static_cast<CK_ULONG>(one.number)); break;
        case Kind::bytes: // what is empty is not there: dates, subjects and so on
            if (!one.bytes.empty()) out.bytes(type, one.bytes.view());
            break;
        case Kind::attributes:
            if (!one.attributes.empty()) out.nested(type, template_of(one.attributes));
            break;
        case Kind::numbers:
            if (!one.numbers.empty()) out.numbers(type, {one.numbers.begin(), one.numbers.end()});
            break;
        }
    }
    return out;
}

SoftHsmObject read_object(const fs::path& path, const Secret& key) {
    auto all = read_file(path);
    if (number(all, CKA_PRIVATE) != 0) {
        for (auto& one : all) {
            if (one.kind != Kind::bytes || one.bytes.empty()) continue;
            one.bytes = decrypt_softhsm(key, one.bytes.view());
        }
    }
    auto words = text_of(all);
    if (number(all, CKA_TRUSTED) != 0)
        remark("warning: {} was trusted; let the officer of the new token mark it again", escaped(words));
    Template attributes = template_of(all);
    attributes.flag(CKA_TOKEN, true);
    return {std::move(words), std::move(attributes)};
}

} // namespace

SoftHsmToken find_softhsm_token(const std::string& directory, const std::string& which) {
    const auto top = to_path(directory);
    std::error_code failure;
    if (!fs::is_directory(top, failure))
        throw Error(Status::not_found, fmt::format("there is no directory {}; name that of SoftHSM's tokens", escaped(directory)));
    std::vector<fs::path> places{top};
    for (const auto& entry : fs::directory_iterator(top))
        if (entry.is_directory(failure)) places.push_back(entry.path());
    std::ranges::sort(places);
    std::vector<SoftHsmToken> found;
    bool database = false;
    for (const auto& place : places) {
        database = database || fs::exists(place / "sqlite3.db", failure);
        if (!fs::exists(place / "token.object", failure)) continue;
        auto token = read_token(place);
        if (which.empty() || token.label == which || token.serial == which) found.push_back(std::move(token));
    }
    if (found.size() == 1) return std::move(found.front());
    if (found.size() > 1) {
        throw Error(Status::invalid_argument, fmt::format("{} SoftHSM tokens may be meant ({}, {}, ...); choose one with --from",
                                                          found.size(), escaped(found[0].label), escaped(found[1].label)));
    }
    if (database) {
        throw Error(Status::not_supported, "the tokens are in SoftHSM's database (objectstore.backend = db), which is not "
                                           "read; move them to the file store first");
    }
    throw Error(Status::not_found, fmt::format("there is no such SoftHSM token in {}; it has a file token.object in a "
                                               "directory of its own",
                                               escaped(directory)));
}

std::vector<SoftHsmObject> read_softhsm_objects(const SoftHsmToken& token, const Secret& user_pin) {
    if (token.user_envelope.empty())
        throw Error(Status::bad_state, "the SoftHSM token has no user PIN; set it with softhsm2-util or pkcs11-tool first");
    const auto key = open_softhsm_token(token.user_envelope, user_pin);
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(token.directory))
        if (entry.path().extension() == ".object" && entry.path().filename() != "token.object") paths.push_back(entry.path());
    std::ranges::sort(paths);
    std::vector<SoftHsmObject> objects;
    for (const auto& path : paths) objects.push_back(read_object(path, key));
    return objects;
}

} // namespace hsm::tools::pkcs11
