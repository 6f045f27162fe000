// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "settings.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

namespace hsm::pkcs11 {

namespace {

std::string trimmed(std::string_view text) {
    const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
    while (!text.empty() && is_space(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    while (!text.empty() && is_space(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
    return std::string(text);
}

/// NAME=value lines; '#' begins a comment.
std::map<std::string, std::string> read_file(const std::filesystem::path& path) {
    std::map<std::string, std::string> values;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto text = trimmed(std::string_view(line).substr(0, line.find('#')));
        const auto equals = text.find('=');
        if (equals != std::string::npos) values[trimmed(text.substr(0, equals))] = trimmed(text.substr(equals + 1));
    }
    return values;
}

class Variables {
public:
    Variables() {
        for (const auto* home : {"NFAST_HOME", "LIBHSM_HOME"})
            if (const auto* directory = std::getenv(home))
                for (auto& [name, value] : read_file(std::filesystem::path(directory) / "cknfastrc")) file_[name] = value;
    }
    /// The environment wins over the file.
    [[nodiscard]] std::string text(const char* name) const {
        if (const auto* value = std::getenv(name)) return value;
        const auto at = file_.find(name);
        return at != file_.end() ? at->second : std::string();
    }
    [[nodiscard]] int flag(const char* name, int otherwise) const {
        const auto value = text(name);
        if (value.empty()) return otherwise;
        return value == "1" || value[0] == 'Y' || value[0] == 'y';
    }

private:
    std::map<std::string, std::string> file_;
};

} // namespace

Settings read_settings() {
    const Variables variables;
    Settings s;
    s.test_parameters = variables.flag("LIBHSM_TEST_PARAMETERS", 0);
    s.assume_single_process = variables.flag("CKNFAST_ASSUME_SINGLE_PROCESS", 0);
    s.fake_accelerator_login = variables.flag("CKNFAST_FAKE_ACCELERATOR_LOGIN", 0);
    const auto hidden = variables.flag("CKNFAST_NO_ACCELERATOR_SLOTS", -1);
    s.accelerator_slots = hidden < 0 ? -1 : !hidden;
    s.nonremovable = variables.flag("CKNFAST_NONREMOVABLE", 0);
    s.write_protected = variables.flag("CKNFAST_WRITE_PROTECTED", 0);
    s.no_symmetric = variables.flag("CKNFAST_NO_SYMMETRIC", 0);
    s.no_unwrap = variables.flag("CKNFAST_NO_UNWRAP", 0);
    s.free_slot = variables.flag("LIBHSM_FREE_SLOT", 1);
    s.raw_edwards_points = variables.text("CKNFAST_EDDSA_PUBKEY_FORMAT") == "raw";
    s.cardset_hash = variables.text("CKNFAST_CARDSET_HASH");
    std::ranges::transform(s.cardset_hash, s.cardset_hash.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    s.max_sessions = std::strtoull(variables.text("LIBHSM_MAX_SESSIONS").c_str(), nullptr, 10);
    return s;
}

} // namespace hsm::pkcs11
