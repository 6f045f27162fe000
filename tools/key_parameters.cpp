// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "key_parameters.hpp"

#include "command_line.hpp"
#include "console.hpp"
#include "terminal.hpp"

#include <hsm/mechanism.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools {

namespace {

struct ParameterRow {
    std::string_view name, title;
};

constexpr auto parameter_table = std::to_array<ParameterRow>({
    {"operation", "Operation to perform"},
    {"application", "Application"},
    {"protect", "Protected by"},
    {"cardset", "Card set"},
    {"softcard", "Softcard"},
    {"slot", "Slot with a card of the set"},
    {"recovery", "Key recovery"},
    {"verify", "Verify the key"},
    {"type", "Key type"},
    {"size", "Key size"},
    {"curve", "Elliptic curve"},
    {"pubexp", "Public exponent (0: the usual one)"},
    {"ident", "Key identifier"},
    {"plainname", "Key name"},
    {"allow", "Allowed uses"},
    {"exportable", "May leave the module in the clear"},
    {"uses", "Uses for each loading of the card set, softcard or module key (0: any number)"},
    {"uselimit", "Uses ever, counted in NVRAM of the module (0: any number)"},
    {"lifetime", "Seconds from loading to the end of use (0: no end)"},
    {"nvram", "Blob in NVRAM (needs ACS)"},
    {"module", "Module"},
});

enum class Detail { none, size, curve };

struct TypeRow {
    std::string_view word;   ///< as given
    std::string_view prefix; ///< of the name of the type
    Detail detail;
    std::string_view fallback;
    std::uint32_t actions;
};

constexpr auto sign_only =
    bit(Action::sign) | bit(Action::verify) | bit(Action::get_acl) | bit(Action::reduce_acl);
constexpr auto agree_only = bit(Action::derive) | bit(Action::get_acl) | bit(Action::reduce_acl);

constexpr auto type_table = std::to_array<TypeRow>({
    {"RSA", "RSA-", Detail::size, "3072", 0},
    {"DSA", "DSA-", Detail::size, "2048", 0},
    {"DH", "FFDHE-", Detail::size, "3072", 0},
    {"EC", "", Detail::curve, "P-256", 0},
    {"ECDSA", "", Detail::curve, "P-256", sign_only},
    {"ECDH", "", Detail::curve, "P-256", agree_only},
    {"Ed25519", "Ed25519", Detail::none, "", 0},
    {"Ed448", "Ed448", Detail::none, "", 0},
    {"X25519", "X25519", Detail::none, "", 0},
    {"X448", "X448", Detail::none, "", 0},
    {"ML-DSA", "ML-DSA-", Detail::size, "65", 0},
    {"ML-KEM", "ML-KEM-", Detail::size, "768", 0},
    {"SLH-DSA", "SLH-DSA-", Detail::size, "SHA2-128s", 0},
    {"AES", "AES-", Detail::size, "256", 0},
    {"Rijndael", "AES-", Detail::size, "256", 0},
    {"DES3", "DES3-", Detail::size, "192", 0},
    {"DES", "DES", Detail::none, "", 0},
    {"RC4", "RC4-", Detail::size, "128", 0},
    {"ChaCha20", "ChaCha20", Detail::none, "", 0},
    {"HMAC", "HMAC-", Detail::size, "256", 0},
});

bool same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

KeySpec parse_spec(const std::string& text) {
    try {
        return parse_key_spec(text);
    } catch (const Error& error) {
        throw UsageError(escaped(error.what()));
    }
}

std::uint64_t parse_exponent(const std::string& text) {
    try {
        std::size_t used = 0;
        const auto value = std::stoull(text, &used, 0);
        if (used == text.size()) return value;
    } catch (const std::exception&) { // the same complaint as for a rest
    }
    throw UsageError(fmt::format("pubexp: \"{}\" is no number", escaped(text)));
}

} // namespace

std::string_view parameter_title(std::string_view name) {
    for (const auto& row : parameter_table) {
        if (row.name == name) return row.title;
    }
    return {};
}

void KeyParameters::take(const std::string& word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw UsageError(fmt::format("\"{}\" is not of the form name=value", escaped(word)));
    }
    take(word.substr(0, equals), word.substr(equals + 1));
}

void KeyParameters::take(const std::string& name, const std::string& value) {
    if (parameter_title(name).empty()) {
        std::string names;
        for (const auto& row : parameter_table) names += (names.empty() ? "" : ", ") + std::string(row.name);
        throw UsageError(fmt::format("there is no parameter \"{}\"; there are: {}", escaped(name), names));
    }
    if (!values_.emplace(name, value).second) throw UsageError(fmt::format("{} is given twice", name));
}

std::string KeyParameters::ask(const std::string& name, const std::string& fallback,
                               const std::vector<std::string>& allowed) {
    std::string prompt = name + ": " + std::string(parameter_title(name)) + "?";
    for (const auto& word : allowed) prompt += (&word == &allowed.front() ? " (" : ", ") + word;
    if (!allowed.empty()) prompt += ")";
    prompt += fmt::format(" [{}] > ", fallback);
    const auto line = terminal::ask_line(prompt);
    if (!line) throw Error(Status::cancelled, "given up at a question; nothing was changed");
    return line->empty() ? fallback : *line;
}

std::string KeyParameters::get(const std::string& name, const std::string& fallback,
                               const std::vector<std::string>& allowed) {
    const auto will_do = [&](const std::string& value) {
        return (!value.empty() || fallback.empty()) &&
               (allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end());
    };
    std::string value;
    if (const auto found = values_.find(name); found != values_.end()) {
        value = found->second;
        if (!will_do(value)) {
            throw UsageError(fmt::format(
                "{}: \"{}\" will not do{}", name, escaped(value),
                allowed.empty() ? "" : fmt::format("; choose one of {}", fmt::join(allowed, ", "))));
        }
    } else if (!interactive_) {
        value = fallback;
    } else {
        do value = ask(name, fallback, allowed);
        while (!will_do(value));
    }
    decided_.emplace_back(name, value);
    return value;
}

bool KeyParameters::get_flag(const std::string& name, bool fallback) {
    return get(name, fallback ? "yes" : "no", {"yes", "no"}) == "yes";
}

KeyChoice choose_key_spec(KeyParameters& parameters) {
    const auto word = parameters.get("type", "RSA");
    const auto* row = std::find_if(type_table.begin(), type_table.end(),
                                   [&](const TypeRow& r) { return same_word(r.word, word); });
    KeyChoice choice;
    if (row == type_table.end()) {
        choice.spec = parse_spec(word); // "RSA-3072", "P-256"
        for (const auto* name : {"size", "curve"}) {
            if (parameters.given(name))
                throw UsageError(fmt::format("the type {} says the {} already", escaped(word), name));
        }
    } else {
        std::string detail;
        if (row->detail == Detail::size) detail = parameters.get("size", std::string(row->fallback));
        if (row->detail == Detail::curve) detail = parameters.get("curve", std::string(row->fallback));
        choice.spec = parse_spec(std::string(row->prefix) + detail);
        choice.actions = row->actions;
    }
    if (choice.spec.type == KeyType::rsa && parameters.given("pubexp")) {
        choice.spec.public_exponent = parse_exponent(parameters.get("pubexp", "0"));
    }
    return choice;
}

std::uint32_t parse_actions(const std::string& words) {
    std::uint32_t actions = 0;
    for (std::size_t from = 0; from <= words.size();) {
        const auto comma = std::min(words.find(',', from), words.size());
        const auto word = words.substr(from, comma - from);
        from = comma + 1;
        bool known = false;
        std::string names;
        for (unsigned number = 0; number <= static_cast<unsigned>(Action::make_archive_blob); ++number) {
            const auto action = static_cast<Action>(number);
            if (word == action_name(action)) {
                actions |= bit(action);
                known = true;
            }
            names += (names.empty() ? "" : ", ") + std::string(action_name(action));
        }
        if (!known)
            throw UsageError(fmt::format("allow: there is no \"{}\"; there are: {}", escaped(word), names));
    }
    return actions;
}

} // namespace hsm::tools
