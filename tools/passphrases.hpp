// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// \file
/// Where passphrases come from: a file descriptor, a file or an environment variable, in which successive
/// lines answer successive questions; without one of these, the person at the terminal. Never the command
/// line itself.

namespace hsm::tools {

class CommandLine;

class Passphrases {
public:
    Passphrases() = default;
    ~Passphrases();
    Passphrases(const Passphrases&) = delete;
    Passphrases& operator=(const Passphrases&) = delete;

    void declare(CommandLine& line);

    /// True when a source other than the terminal was given.
    [[nodiscard]] bool scripted() const noexcept { return descriptor_.has_value() || file_ || variable_; }
    /// True when somebody or something can answer.
    [[nodiscard]] bool available() const;

    /// The passphrase of \p whose. Throws passphrase_required when nobody can answer or the lines have run
    /// out, and cancelled.
    Secret existing(std::string_view whose, std::string_view problem = {});
    /// A new passphrase for \p whose; at the terminal it is asked for twice. Empty: none.
    Secret fresh(std::string_view whose) { return new_one(whose, " (empty for none)"); }
    /// A PIN of a token, which cannot be empty.
    Secret fresh_pin(std::string_view whose) { return new_one(whose, {}); }

private:
    Secret new_one(std::string_view whose, std::string_view remark);
    Secret next_line(std::string_view whose);
    void open();
    std::optional<char> next_byte();

    std::optional<std::uint32_t> descriptor_;
    std::optional<std::string> file_, variable_;
    bool opened_ = false;
    int source_ = -1;
    Secret text_; ///< of the variable
    std::size_t used_ = 0;
};

} // namespace hsm::tools
