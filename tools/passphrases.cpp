// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "passphrases.hpp"

#include "command_line.hpp"
#include "console.hpp"
#include "files.hpp"
#include "secret_line.hpp"
#include "system.hpp"
#include "terminal.hpp"

#include <hsm/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <climits>

namespace hsm::tools {

namespace {

constexpr auto how_to_give =
    "give it with --passphrase-file, --passphrase-fd or --passphrase-env, or run this in a terminal";

} // namespace

Passphrases::~Passphrases() {
    if (file_ && source_ >= 0) system::close(source_);
}

void Passphrases::declare(CommandLine& line) {
    line.value("--passphrase-fd", "N", descriptor_,
               "read passphrases from this open file descriptor, a line each");
    line.value("--passphrase-file", "FILE", file_, "read passphrases from this file, a line each");
    line.value("--passphrase-env", "NAME", variable_,
               "read passphrases from this environment variable, a line each");
}

bool Passphrases::available() const { return scripted() || terminal::present(); }

void Passphrases::open() {
    opened_ = true;
    if ((descriptor_ ? 1 : 0) + (file_ ? 1 : 0) + (variable_ ? 1 : 0) > 1) {
        throw UsageError("passphrases can come from one place only: choose one of --passphrase-fd, "
                         "--passphrase-file, --passphrase-env");
    }
    if (descriptor_) {
        if (*descriptor_ > INT_MAX) throw_system_error(EBADF, "read passphrases from", "the file descriptor");
        source_ = static_cast<int>(*descriptor_);
    } else if (file_) {
        source_ = system::open_read(to_path(*file_));
        if (source_ < 0) throw_system_error(errno, "read passphrase file", *file_);
        if (system::open_to_others(source_)) {
            throw Error(
                Status::permission_denied,
                fmt::format("passphrase file {} is open to other users; make it private: chmod 600 {}",
                            *file_, *file_));
        }
    } else {
        const auto value = system::environment(variable_->c_str());
        if (!value) {
            throw Error(
                Status::passphrase_required,
                fmt::format("environment variable {} is not set; set it, or {}", *variable_, how_to_give));
        }
        text_ = Secret::from_text(*value);
    }
}

std::optional<char> Passphrases::next_byte() {
    if (variable_) {
        if (used_ == text_.size()) return std::nullopt;
        return static_cast<char>(text_.view()[used_++]);
    }
    std::uint8_t byte = 0; // one at a time: what follows in a pipe is not ours
    const auto count = system::read(source_, {&byte, 1});
    if (count < 0) throw_system_error(errno, "read passphrases from", file_ ? *file_ : "the file descriptor");
    if (count == 0) return std::nullopt;
    return static_cast<char>(byte);
}

Secret Passphrases::next_line(std::string_view whose) {
    if (!opened_) open();
    Secret line(longest_passphrase);
    std::size_t size = 0;
    bool any = false;
    for (auto byte = next_byte(); byte; byte = next_byte()) {
        any = true;
        if (*byte == '\n') break;
        if (size == line.size()) {
            throw Error(
                Status::invalid_argument,
                fmt::format("a passphrase is longer than {} bytes; use a shorter one", longest_passphrase));
        }
        line.mutable_view()[size++] = static_cast<std::uint8_t>(*byte);
    }
    if (!any) {
        throw Error(Status::passphrase_required,
                    fmt::format("no line is left for the passphrase of {}; give one line for each passphrase",
                                whose));
    }
    if (size > 0 && line.view()[size - 1] == '\r') --size;
    return Secret(line.view().first(size));
}

Secret Passphrases::existing(std::string_view whose, std::string_view problem) {
    if (scripted()) return next_line(whose);
    if (!terminal::present()) {
        throw Error(Status::passphrase_required,
                    fmt::format("{} needs a passphrase; {}", whose, how_to_give));
    }
    if (!problem.empty()) terminal::tell(fmt::format("{}\n", problem));
    auto secret = terminal::ask_secret(fmt::format("Passphrase for {}: ", whose));
    if (!secret) throw Error(Status::cancelled, "given up at the passphrase; nothing was changed");
    return std::move(*secret);
}

Secret Passphrases::new_one(std::string_view whose, std::string_view remark) {
    if (scripted()) return next_line(whose);
    if (!terminal::present()) {
        throw Error(Status::passphrase_required,
                    fmt::format("{} needs a new passphrase; {}", whose, how_to_give));
    }
    for (;;) {
        auto first = terminal::ask_secret(fmt::format("New passphrase for {}{}: ", whose, remark));
        auto second = first ? terminal::ask_secret("The same again: ") : std::nullopt;
        if (!second) throw Error(Status::cancelled, "given up at the passphrase; nothing was changed");
        if (equal_in_constant_time(first->view(), second->view())) return std::move(*first);
        terminal::tell("The two differ: try again.\n");
    }
}

} // namespace hsm::tools
