// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "checks.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace hsm::test {

namespace {

constexpr std::array forbidden = {"manager", "helper", "util", "handler", "impl"};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// "CardManagers" -> "card managers"; "util_file" -> "util file".
std::string words_of(const std::string& name) {
    std::string words;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (std::isupper(c) && i > 0 && std::islower(static_cast<unsigned char>(name[i - 1]))) words += ' ';
        words += std::isalnum(c) ? static_cast<char>(std::tolower(c)) : ' ';
    }
    return words;
}

std::string forbidden_word(const std::string& name) {
    const auto words = ' ' + words_of(name) + ' ';
    for (const std::string word : forbidden)
        for (const auto* ending : {"", "s", "ities", "ity"})
            if (words.find(' ' + word + ending + ' ') != std::string::npos) return word + ending;
    return {};
}

/// Each match of \p pattern in the code, with its line.
void find_in_code(const Source& source, const std::regex& pattern, const std::string& finding, Findings& findings) {
    const auto code = without_comments_and_strings(source.text);
    for (std::sregex_iterator at(code.begin(), code.end(), pattern), end; at != end; ++at) {
        const auto line = 1 + std::count(code.begin(), code.begin() + at->position(), '\n');
        findings.push_back("line " + std::to_string(line) + ": '" + at->str() + "' " + finding);
    }
}

bool is_product(const Source& source) {
    return source.in("libhsm") || source.in("adapters") || source.in("tools") || source.in("examples");
}

} // namespace

Findings check_headers(const Source& source) {
    Findings findings;
    const auto name = source.path.substr(source.path.rfind('/') + 1);
    const bool is_source = source.is_code() || source.ends_with(".py") || source.ends_with(".sh") || name == "meson.build" ||
                           name == "meson_options.txt" || (source.in("scripts") && name.find('.') == std::string::npos);
    if (!is_source) return findings;
    const auto top = source.text.substr(0, 400);
    if (top.find("SPDX-FileCopyrightText: ") == std::string::npos ||
        top.find("SPDX-License-Identifier: BSD-2-Clause") == std::string::npos)
        findings.push_back("has no SPDX header");
    if (source.ends_with(".hpp") && source.text.find("\n#pragma once\n") == std::string::npos)
        findings.push_back("has no #pragma once");
    return findings;
}

Findings check_names(const Source& source) {
    Findings findings;
    const auto file = source.path.substr(source.path.rfind('/') + 1);
    if (const auto word = forbidden_word(file.substr(0, file.find('.'))); !word.empty())
        findings.push_back("is called '" + word + "'; say what it does");
    if (!source.is_code()) return findings;
    const auto code = without_comments_and_strings(source.text);
    static const std::regex type(R"(\b(class|struct|union|enum|concept|using)\s+(?:class\s+|struct\s+)?([A-Za-z_]\w*))");
    for (std::sregex_iterator at(code.begin(), code.end(), type), end; at != end; ++at)
        if (const auto word = forbidden_word((*at)[2].str()); !word.empty())
            findings.push_back("the type " + (*at)[2].str() + " is called '" + word + "'; say what it is");
    return findings;
}

Findings check_permits(const Source& source) {
    Findings findings;
    if (!source.is_code() || !is_product(source) || source.path == "libhsm/module/authorise.cpp") return findings;
    static const std::regex made(R"((class )?\bPermit\s*[({]|\bPermit\s+\w+\s*\{|make_(unique|shared)\s*<\s*(module::)?Permit\b)");
    find_in_code(source, made, "makes a Permit; only module/authorise.cpp may", findings);
    // The class itself, and the declaration of its constructor, which is private.
    if (source.path == "libhsm/module/authorise.hpp")
        std::erase_if(findings, [](const std::string& finding) {
            return finding.find("'Permit('") != std::string::npos || finding.find("'class Permit {'") != std::string::npos;
        });
    if (source.path == "libhsm/module/authorise.hpp" && findings.empty()) {
        static const std::regex friends(R"(\bfriend\b)");
        Findings all;
        find_in_code(source, friends, "", all);
        if (all.size() != 1) findings.push_back("a Permit has one friend, authorise(); there are " + std::to_string(all.size()));
    }
    return findings;
}

Findings check_material(const Source& source) {
    Findings findings;
    const bool may = source.in("libhsm/module") || source.in("libhsm/crypto");
    if (!source.is_code() || !is_product(source) || may) return findings;
    static const std::regex used(R"(\bcrypto\s*::\s*material\b)");
    find_in_code(source, used, "reads key material; only module/ and crypto/ may", findings);
    return findings;
}

Findings check_environment(const Source& source) {
    Findings findings;
    const bool may = source.path.starts_with("libhsm/base/environment");
    if (!source.is_code() || !source.in("libhsm") || may) return findings;
    static const std::regex used(R"(\b(secure_)?getenv\b|\benviron\b|\b_wgetenv\b|GetEnvironmentVariable[AW]?\b)");
    find_in_code(source, used, "reads the environment; only base/environment may", findings);
    return findings;
}

Findings check_places(const Source& source) {
    Findings findings;
    static const std::regex host(R"(\b(?:https?|git|ssh|ftp)://([A-Za-z0-9._-]+)(:[0-9]+)?)");
    static const std::regex private_host(
        R"(registry|artifactory|nexus|mirror|proxy|npmjs|pypi|crates\.io|\.(internal|corp|lan|intranet|local)$|^[0-9.]+$|^[^.]+$)");
    static const std::regex machine_path(R"((^|[\s"'=:(<,`])(/wor[k]/|/roo[t]/|/home/[a-z]\w+/|/Users/|/tmp/[b]-|[A-Z]:\\\\?Users))");
    std::size_t number = 0;
    for (const auto line : source.lines()) {
        ++number;
        const std::string text(line);
        const auto at = "line " + std::to_string(number) + ": ";
        std::smatch match;
        if (std::regex_search(text, match, host)) {
            const auto name = lower(match[1].str());
            const bool harmless = name == "localhost" || name.starts_with("127.") || name.ends_with("example.com");
            if (!harmless && std::regex_search(name, private_host)) findings.push_back(at + "names the host " + name);
        }
        if (std::regex_search(text, match, machine_path)) findings.push_back(at + "names a path of one machine: " + match.str());
    }
    return findings;
}

std::span<const Check> all_checks() {
    static constexpr Check checks[] = {
        {"layers", check_layers},     {"sizes", check_sizes},       {"headers", check_headers},
        {"names", check_names},       {"permits", check_permits},   {"material", check_material},
        {"environment", check_environment}, {"places", check_places},
    };
    return checks;
}

} // namespace hsm::test
