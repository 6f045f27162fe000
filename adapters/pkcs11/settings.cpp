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

#ifdef _WIN32
#include <process.h>
#else
#include <unistd.h>
#endif

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
    [[nodiscard]] bool security_world() const {
        return !file_.empty() || std::getenv("NFAST_HOME") || std::getenv("NFAST_KMDATA") || std::getenv("NFAST_KMLOCAL");
    }
    [[nodiscard]] int flag(const char* name, int otherwise) const {
        const auto value = text(name);
        if (value.empty()) return otherwise;
        return value == "1" || value[0] == 'Y' || value[0] == 'y';
    }

private:
    std::map<std::string, std::string> file_;
};

struct NotHonoured {
    const char* name;
    const char* why;
};
constexpr NotHonoured not_honoured[] = {
    {"CKNFAST_ASSURANCE_LOG", "what is refused, and why, is in libhsm's own log (LIBHSM_LOG)"},
    {"CKNFAST_CONCATENATIONKDF_X963_COMPLIANCE", "the derivation functions follow the standard always"},
    {"CKNFAST_DH_LSB", "shared secrets are in the byte order of the standard always"},
    {"CKNFAST_HSM_POOL", "keys are used on one module, in this process"},
    {"CKNFAST_JCE_COMPATIBILITY", "there is no JCE provider of our own; SunPKCS11 needs no special treatment"},
    {"CKNFAST_LOAD_KEYS", "keys are loaded when they are first used"},
    {"CKNFAST_NVRAM_KEY_STORAGE", "keys lie in the key management data"},
    {"CKNFAST_OVERRIDE_SECURITY_ASSURANCES", "what a key allows is decided by its attributes alone"},
    {"CKNFAST_RELOAD_KEYS", "keys come back with a new login"},
    {"CKNFAST_SEED_MAC_ZERO", "CKM_SEED_MAC is not there"},
    {"CKNFAST_SESSION_THREADSAFE", "sessions are thread-safe always"},
    {"CKNFAST_SHARE_SESSION_KEYS", "keys are used on one module, in this process"},
    {"CKNFAST_TOKENS_PERSISTENT", "a card set is persistent or not from its making"},
    {"CKNFAST_USE_THREAD_UPCALLS", "the system's locks are used, never the application's"},
};

int process_id() {
#ifdef _WIN32
    return ::_getpid();
#else
    return ::getpid();
#endif
}

/// CKNFAST_DEBUG and where to.
void read_debugging(const Variables& variables, Settings& s) {
    s.log_calls = std::strtoul(variables.text("CKNFAST_DEBUG").c_str(), nullptr, 10) > 0;
    if (!s.log_calls) return;
    s.call_log = variables.text("CKNFAST_DEBUGFILE");
    if (const auto directory = variables.text("CKNFAST_DEBUGDIR"); s.call_log.empty() && !directory.empty())
        s.call_log = (std::filesystem::path(directory) / ("pkcs11-" + std::to_string(process_id()) + ".log")).string();
}

} // namespace

Settings read_settings() {
    const Variables variables;
    Settings s;
    s.test_parameters = variables.flag("LIBHSM_TEST_PARAMETERS", 0);
    s.assume_single_process = variables.flag("CKNFAST_ASSUME_SINGLE_PROCESS", 0);
    s.fake_accelerator_login = variables.flag("CKNFAST_FAKE_ACCELERATOR_LOGIN", 0);
    const auto hidden = variables.flag("CKNFAST_NO_ACCELERATOR_SLOTS", -1);
    s.accelerator_slots = hidden < 0 ? -1 : !hidden;
    s.load_sharing = variables.flag("CKNFAST_LOADSHARING", 1);
    s.profile_objects = variables.flag("LIBHSM_PROFILE_OBJECTS", 0);
    s.foreign_keys = variables.flag("LIBHSM_FOREIGN_KEYS", 0);
    s.security_world = variables.security_world();
    s.nonremovable = variables.flag("CKNFAST_NONREMOVABLE", 0);
    s.write_protected = variables.flag("CKNFAST_WRITE_PROTECTED", 0);
    s.no_symmetric = variables.flag("CKNFAST_NO_SYMMETRIC", 0);
    s.no_unwrap = variables.flag("CKNFAST_NO_UNWRAP", 0);
    s.free_slot = variables.flag("LIBHSM_FREE_SLOT", 1);
    s.raw_edwards_points = variables.text("CKNFAST_EDDSA_PUBKEY_FORMAT") == "raw";
    s.cardset_hash = variables.text("CKNFAST_CARDSET_HASH");
    std::ranges::transform(s.cardset_hash, s.cardset_hash.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    s.pin_lockout = static_cast<std::uint32_t>(std::strtoul(variables.text("LIBHSM_PIN_LOCKOUT").c_str(), nullptr, 10));
    s.max_sessions = std::strtoull(variables.text("LIBHSM_MAX_SESSIONS").c_str(), nullptr, 10);
    read_debugging(variables, s);
    for (const auto& row : not_honoured)
        if (!variables.text(row.name).empty()) s.notes.push_back(std::string(row.name) + " has no effect: " + row.why);
    return s;
}

} // namespace hsm::pkcs11
