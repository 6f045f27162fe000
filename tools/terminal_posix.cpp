// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "console.hpp"
#include "secret_line.hpp"
#include "terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace hsm::tools::terminal {

namespace {

int device() {
    static const int descriptor = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    return descriptor;
}

/// One byte from the terminal; nullopt at its end.
std::optional<char> next_byte() {
    for (;;) {
        char byte = 0;
        const auto count = ::read(device(), &byte, 1);
        if (count == 1) return byte;
        if (count < 0 && errno == EINTR) continue;
        return std::nullopt;
    }
}

/// Every key comes to us, none is shown. ^C too: so that the terminal is set back before the program ends.
class KeysOnly {
public:
    KeysOnly() {
        ::tcgetattr(device(), &before_);
        termios now = before_;
        now.c_lflag &= static_cast<tcflag_t>(~(ECHO | ICANON | ISIG));
        now.c_cc[VMIN] = 1;
        now.c_cc[VTIME] = 0;
        ::tcsetattr(device(), TCSAFLUSH, &now);
    }
    ~KeysOnly() { ::tcsetattr(device(), TCSAFLUSH, &before_); }
    KeysOnly(const KeysOnly&) = delete;
    KeysOnly& operator=(const KeysOnly&) = delete;

private:
    termios before_{};
};

std::optional<std::string> rest_of_line() {
    std::string line;
    for (auto byte = next_byte(); byte; byte = next_byte()) {
        if (*byte == '\n') return line;
        line.push_back(*byte);
    }
    if (line.empty()) return std::nullopt;
    return line;
}

} // namespace

bool present() { return device() >= 0; }

void tell(std::string_view text) {
    flush();
    while (!text.empty()) {
        const auto count = ::write(device(), text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

std::optional<std::string> ask_line(std::string_view prompt) {
    tell(prompt);
    return rest_of_line();
}

std::optional<Secret> ask_secret(std::string_view prompt) {
    tell(prompt);
    const KeysOnly keys;
    auto secret = read_secret_line([] { return next_byte(); });
    tell("\n");
    return secret;
}

std::optional<std::string> ask_line_unless(std::string_view prompt, const std::function<bool()>& settled) {
    tell(prompt);
    for (;;) {
        pollfd wait{device(), POLLIN, 0};
        const int ready = ::poll(&wait, 1, 500);
        if (ready > 0) return rest_of_line();
        if (ready < 0 && errno != EINTR) return std::nullopt;
        if (settled()) {
            tell("\n");
            return std::string();
        }
    }
}

} // namespace hsm::tools::terminal
