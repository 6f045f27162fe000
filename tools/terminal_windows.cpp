// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "console.hpp"
#include "secret_line.hpp"
#include "terminal.hpp"

#include <windows.h>

namespace hsm::tools::terminal {

namespace {

HANDLE console(const wchar_t* name) {
    return ::CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                         OPEN_EXISTING, 0, nullptr);
}

HANDLE keyboard() {
    static const HANDLE handle = console(L"CONIN$");
    return handle;
}

HANDLE screen() {
    static const HANDLE handle = console(L"CONOUT$");
    return handle;
}

/// One key without echo, as UTF-16.
class Keys {
public:
    explicit Keys(DWORD mode) {
        ::GetConsoleMode(keyboard(), &before_);
        ::SetConsoleMode(keyboard(), mode);
    }
    ~Keys() {
        ::SetConsoleMode(keyboard(), before_);
        wipe({reinterpret_cast<std::uint8_t*>(bytes_), sizeof bytes_});
    }
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;

    /// The next byte of what is typed, in UTF-8.
    std::optional<char> next() {
        if (used_ == held_) {
            wchar_t wide[2] = {};
            if (!read(wide[0])) return std::nullopt;
            const bool pair = IS_HIGH_SURROGATE(wide[0]) && read(wide[1]);
            held_ = ::WideCharToMultiByte(CP_UTF8, 0, wide, pair ? 2 : 1, bytes_, sizeof bytes_, nullptr,
                                          nullptr);
            used_ = 0;
            wipe({reinterpret_cast<std::uint8_t*>(wide), sizeof wide});
            if (held_ <= 0) return std::nullopt;
        }
        return bytes_[used_++];
    }

private:
    static bool read(wchar_t& key) {
        DWORD count = 0;
        return ::ReadConsoleW(keyboard(), &key, 1, &count, nullptr) != 0 && count == 1;
    }

    DWORD before_ = 0;
    char bytes_[8] = {};
    int held_ = 0, used_ = 0;
};

} // namespace

bool present() { return keyboard() != INVALID_HANDLE_VALUE && screen() != INVALID_HANDLE_VALUE; }

void tell(std::string_view text) {
    flush();
    std::wstring wide(text.size(), L'\0');
    const int size = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), static_cast<int>(text.size()),
                                           wide.data(), static_cast<int>(wide.size()));
    DWORD written = 0;
    ::WriteConsoleW(screen(), wide.data(), static_cast<DWORD>(size), &written, nullptr);
}

std::optional<std::string> ask_line(std::string_view prompt) {
    tell(prompt);
    Keys keys(ENABLE_LINE_INPUT | ENABLE_ECHO_INPUT | ENABLE_PROCESSED_INPUT);
    std::string line;
    for (auto byte = keys.next(); byte; byte = keys.next()) {
        if (*byte == '\x1a' && line.empty()) return std::nullopt; // ^Z
        if (*byte == '\n') return line;
        if (*byte != '\r') line.push_back(*byte);
    }
    if (line.empty()) return std::nullopt;
    return line;
}

std::optional<Secret> ask_secret(std::string_view prompt) {
    tell(prompt);
    Keys keys(0);
    auto secret = read_secret_line([&] { return keys.next(); });
    tell("\r\n");
    return secret;
}

std::optional<std::string> ask_line_unless(std::string_view prompt, const std::function<bool()>&) {
    // A console wakes a waiter at every event, not at a line: simply wait for the line.
    return ask_line(prompt);
}

} // namespace hsm::tools::terminal
