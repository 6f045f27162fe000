// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "call_log.hpp"

#include <cstdio>
#include <string_view>

namespace hsm::pkcs11 {

namespace {

// Stays open: a call may still be on its way to it when C_Finalize has done its work, and nothing runs at exit.
constinit std::FILE* file = nullptr; // changed by C_Initialize only, before calls_are_logged

std::FILE* target() noexcept { return file ? file : stderr; }

#ifdef __GLIBC__
constexpr const char* append = "ae"; // not for programs that this one starts
#else
constexpr const char* append = "ab";
#endif

/// "CK_RV C_Login(CK_SESSION_HANDLE, ...)" is C_Login.
std::string_view bare_name(std::string_view function) noexcept {
    function = function.substr(0, function.find('('));
    const auto before = function.find_last_of(" :");
    return before == std::string_view::npos ? function : function.substr(before + 1);
}

} // namespace

void open_call_log(const std::string& path) noexcept {
    if (!path.empty()) {
        file = file ? std::freopen(path.c_str(), append, file) : std::fopen(path.c_str(), append);
        if (!file) return;
        std::setvbuf(file, nullptr, _IOLBF, 256); // whole lines, also when the program is killed
    } else file = nullptr;
    calls_are_logged.store(true, std::memory_order_release);
}

void log_call(const char* function, CK_RV code) noexcept {
    const auto name = bare_name(function);
    std::fprintf(target(), "%.*s 0x%08lx\n", static_cast<int>(name.size()), name.data(), static_cast<unsigned long>(code));
}

void log_note(const std::string& line) noexcept {
    if (calls_are_logged.load(std::memory_order_relaxed)) std::fprintf(target(), "%s\n", line.c_str());
}

} // namespace hsm::pkcs11
