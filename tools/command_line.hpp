// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "exit_codes.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// The command line of one command: what it takes is declared, then parse() fills it in. A thin cover over
/// CLI11, so that one file alone is compiled with it and only the chosen command pays for building its tree.

namespace hsm::tools {

/// The command line is wrong. The message is one line; main adds how to go on.
class UsageError : public std::exception {
public:
    explicit UsageError(std::string message, std::string usage = {})
        : message_(std::move(message)), usage_(std::move(usage)) {}
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
    [[nodiscard]] const std::string& usage() const noexcept { return usage_; }

private:
    std::string message_, usage_;
};

/// Help, usage or version was asked for and printed; or the tree is built and nothing is to be run.
struct Finished {};

/// One option or argument, for completion.
struct OptionFacts {
    std::vector<std::string> names; ///< "-m", "--module"; empty: an argument
    std::string placeholder;        ///< FILE, KEY, N, ...; empty: a flag
    std::vector<std::string> choices;
    std::string help;
};

/// A command's tree, for completion.
struct CommandFacts {
    std::string name, summary;
    std::vector<OptionFacts> options;
    std::vector<CommandFacts> verbs;
};

enum class Need { optional, required };

/// Declares and reads. Variables given to it are filled by parse() and must live until then. Thread-bound.
class CommandLine {
public:
    /// \p words: what follows the command's name.
    CommandLine(std::string shown_name, std::string summary, std::vector<std::string> words);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    /// Where the following options appear in the help.
    void group(const char* title);
    /// \p names as "-m,--module".
    void flag(const char* names, bool& to, const char* help);
    void value(const char* names, const char* placeholder, std::string& to, const char* help);
    void value(const char* names, const char* placeholder, std::optional<std::string>& to, const char* help);
    void value(const char* names, const char* placeholder, std::uint32_t& to, const char* help);
    void value(const char* names, const char* placeholder, std::optional<std::uint32_t>& to,
               const char* help);
    void value(const char* names, const char* placeholder, std::optional<std::uint64_t>& to,
               const char* help);
    /// May be given several times, and takes several values with commas between them.
    void values(const char* names, const char* placeholder, std::vector<std::string>& to, const char* help);
    void choice(const char* names, std::string& to, std::vector<std::string> choices, const char* help);
    void argument(const char* name, std::string& to, const char* help, Need need = Need::required);
    void arguments(const char* name, std::vector<std::string>& to, const char* help,
                   Need need = Need::required);
    /// Text after the list of options: examples, remarks.
    void text(std::string footer);
    /// "hsm card create": a command in the command. It lives as long as this.
    CommandLine& verb(const char* name, const char* summary);
    [[nodiscard]] bool chosen() const; ///< for a verb, after parse()

    /// Throws UsageError, Finished.
    void parse();
    /// One line: "usage: hsm sign [options] KEY [FILE]".
    [[nodiscard]] std::string usage() const;
    [[noreturn]] void refuse(std::string message) const; ///< throws UsageError with our usage

    /// From now on parse() only keeps the tree and throws Finished; for completion.
    static void describe_only(CommandFacts& facts);

private:
    struct Tree;
    explicit CommandLine(std::unique_ptr<Tree> tree);
    std::unique_ptr<Tree> tree_;
};

} // namespace hsm::tools
