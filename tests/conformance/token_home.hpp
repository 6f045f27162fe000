// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"

namespace hsm::test {

inline Secret words(std::string_view text) { return Secret::from_text(text); }

/// A part with one label, found by it.
inline ObjectPart part_of(std::string_view attributes, bool sealed, std::string_view label = {}) {
    ObjectPart part;
    part.sealed = sealed;
    part.attributes = words(attributes);
    if (!label.empty()) part.terms.push_back({3, view(label)});
    return part;
}

inline std::vector<ObjectPart> parts_of(ObjectPart one) {
    std::vector<ObjectPart> parts;
    parts.push_back(std::move(one));
    return parts;
}

inline std::vector<ObjectPart> parts_of(ObjectPart one, ObjectPart two) {
    auto parts = parts_of(std::move(one));
    parts.push_back(std::move(two));
    return parts;
}

inline std::string attributes_of(const StoredObject& object, std::size_t part = 0) {
    return std::string(text(object.parts.at(part).attributes.view()));
}

/// A world with one token, officer "officer" and user "user".
struct TokenHome {
    explicit TokenHome(const std::string& uri = {})
        : ready(uri), tokens(ready.world), token(tokens.create("token", words("officer")).token) {
        tokens.set_user_passphrase(officer(), words("user"));
    }
    [[nodiscard]] Protector officer() const { return tokens.load(token, TokenRole::officer, words("officer")); }
    [[nodiscard]] Protector user() const { return tokens.load(token, TokenRole::user, words("user")); }
    [[nodiscard]] Objects objects() const { return {ready.world, "pkcs11", 1, token}; }
    [[nodiscard]] Objects opened() const {
        auto all = objects();
        all.open(user());
        return all;
    }
    [[nodiscard]] Usage usage(std::uint32_t actions = 0) const {
        Usage usage;
        usage.actions = actions;
        usage.homes = objects().homes();
        usage.adjustable = true;
        return usage;
    }
    [[nodiscard]] base::Path record(const std::string& name) { return ready.home.locations().kmlocal / name; }

    ReadyHome ready;
    Tokens tokens;
    Hash256 token;
};

} // namespace hsm::test
