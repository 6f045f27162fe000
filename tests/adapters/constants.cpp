// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "constants.hpp"

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace hsm::test {

namespace {

Constants read_golden() {
    const std::string path = std::string(HSM_SOURCE_ROOT) + "/tests/data/pkcs11/constants.txt";
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path);
    Constants table;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string name, value;
        if (line.starts_with('#') || !(words >> name >> value)) continue;
        table[name] = value == "~" ? ~CK_ULONG{0} : static_cast<CK_ULONG>(std::stoull(value, nullptr, 0));
    }
    return table;
}

/// Aliases (two names, one number) keep the name that comes first in the alphabet.
std::string name_with_prefix(std::string_view prefix, CK_ULONG value) {
    for (const auto& [name, number] : golden_constants())
        if (number == value && name.starts_with(prefix)) return name;
    std::ostringstream text;
    text << prefix << "0x" << std::hex << value;
    return text.str();
}

} // namespace

const Constants& golden_constants() {
    static const Constants table = read_golden();
    return table;
}

Constants constants_of_header(const std::string& path) {
    static const std::regex define(
        R"(^#define\s+(CK[A-Z]*_\w+|CRYPTOKI_VERSION_\w+)\s+\(?(~?)\(?(?:CK_ULONG\))?\s*(0[xX][0-9a-fA-F]+|[0-9]+)[UL]*\)?\)?\s*(/\*.*)?$)");
    std::ifstream in(path);
    Constants found;
    for (std::string line; std::getline(in, line);) {
        std::smatch match;
        if (!line.starts_with("#define") || !std::regex_match(line, match, define)) continue;
        const auto number = static_cast<CK_ULONG>(std::stoull(match[3].str(), nullptr, 0));
        found[match[1].str()] = match[2].length() != 0 ? ~number : number;
    }
    return found;
}

std::optional<CK_ULONG> constant(std::string_view name) {
    static const Constants ours = {{"CKA_NFKM_ID", CKA_NFKM_ID},
                                   {"CKA_NFKM_APPNAME", CKA_NFKM_APPNAME},
                                   {"CKA_NFKM_HASH", CKA_NFKM_HASH},
                                   {"CKA_HSM_USE_LIMIT", CKA_HSM_USE_LIMIT},
                                   {"CKA_HSM_USE_COUNT", CKA_HSM_USE_COUNT}};
    for (const auto* table : {&golden_constants(), &ours})
        if (const auto at = table->find(name); at != table->end()) return at->second;
    return std::nullopt;
}

std::string rv_name(CK_RV rv) { return name_with_prefix("CKR_", rv); }

std::string mechanism_name(CK_MECHANISM_TYPE mechanism) { return name_with_prefix("CKM_", mechanism); }

} // namespace hsm::test
