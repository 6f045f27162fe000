// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "shells.hpp"

#include <algorithm>

namespace hsm::tools::completion {

namespace {

constexpr std::string_view head =
    "# Completion of hsm for fish: put this file into ~/.config/fish/completions under the name hsm.fish.\n"
    "complete -c hsm -f\n";

/// fish knows two escapes within single quotes.
std::string fish_quoted(std::string_view text) {
    std::string word = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') word += '\\';
        word += c;
    }
    return word + "'";
}

std::string value_part(const OptionFacts& option) {
    if (option.placeholder.empty()) return "";
    if (!option.choices.empty()) {
        std::string words;
        for (const auto& word : option.choices) words += (words.empty() ? "" : " ") + word;
        return " -x -a " + fish_quoted(words);
    }
    switch (value_kind(option.placeholder)) {
    case ValueKind::file: return " -r -F";
    case ValueKind::key: return " -x -a '(hsm list --names 2>/dev/null)'";
    case ValueKind::card: return " -r -F -a '(hsm card list --names 2>/dev/null)'";
    case ValueKind::other: break;
    }
    return " -x";
}

/// The lines of one command, for the program \p program, where \p condition holds.
std::string lines(const CommandFacts& command, const std::string& program, const std::string& condition) {
    const auto start = "complete -c " + program + (condition.empty() ? "" : " -n " + fish_quoted(condition));
    std::string text;
    for (const auto& option : command.options) {
        if (option.names.empty()) {
            if (value_kind(option.placeholder) != ValueKind::other) text += start + value_part(option) + "\n";
            continue;
        }
        std::string names;
        for (const auto& name : option.names)
            names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
        text += start + names + value_part(option) + " -d " + fish_quoted(option.help) + "\n";
    }
    return text;
}

std::string seen(const std::string& name) { return "__fish_seen_subcommand_from " + name; }

} // namespace

std::string fish_script(const std::vector<Program>& programs) {
    std::string script(head);
    for (const auto& program : programs) {
        const auto& facts = program.facts;
        script += "complete -c hsm -n __fish_use_subcommand -a " + facts.name + " -d " +
                  fish_quoted(facts.summary) + "\n";
        std::string verb_names;
        for (const auto& verb : facts.verbs) verb_names += " " + verb.name;
        for (const auto& verb : facts.verbs) {
            script += "complete -c hsm -n " +
                      fish_quoted(seen(facts.name) + "; and not " + seen(verb_names.substr(1))) + " -a " +
                      verb.name + " -d " + fish_quoted(verb.summary) + "\n";
            script += lines(verb, "hsm", seen(facts.name) + "; and " + seen(verb.name));
        }
        if (facts.verbs.empty()) script += lines(facts, "hsm", seen(facts.name));
        if (program.own_name) script += "complete -c " + facts.name + " -f\n" + lines(facts, facts.name, "");
    }
    return script;
}

} // namespace hsm::tools::completion
