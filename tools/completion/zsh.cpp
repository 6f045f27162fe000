// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "shells.hpp"

namespace hsm::tools::completion {

namespace {

constexpr std::string_view head =
    R"sh(# Completion of hsm for zsh: put this file into a directory of $fpath under the name _hsm.

_hsm_keys() { local -a keys; keys=(${(f)"$(hsm list --names 2>/dev/null)"}); compadd -a keys }
_hsm_cards() { local -a cards; cards=(${(f)"$(hsm card list --names 2>/dev/null)"}); compadd -a cards; _files }
)sh";

/// Help text as _arguments wants it within brackets.
std::string help_text(std::string_view help) {
    std::string text;
    for (const char c : help) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

std::string action(const OptionFacts& option) {
    if (!option.choices.empty()) {
        std::string words;
        for (const auto& word : option.choices) words += (words.empty() ? "" : " ") + word;
        return "(" + words + ")";
    }
    switch (value_kind(option.placeholder)) {
    case ValueKind::file: return "_files";
    case ValueKind::key: return "_hsm_keys";
    case ValueKind::card: return "_hsm_cards";
    case ValueKind::other: break;
    }
    return " ";
}

std::string command_function(const CommandFacts& command, const std::string& name) {
    std::string text = "\n" + name + "() {\n    _arguments -s -S";
    for (const auto& option : command.options) {
        if (option.names.empty()) {
            text += " \\\n        " + quoted("*:" + help_text(option.placeholder) + ":" + action(option));
        }
        for (const auto& spelling : option.names) {
            auto spec = spelling + "[" + help_text(option.help) + "]";
            if (!option.placeholder.empty())
                spec += ":" + help_text(option.placeholder) + ":" + action(option);
            text += " \\\n        " + quoted(spec);
        }
    }
    return text + "\n}\n";
}

/// A function that offers names and goes on with the function of the one chosen.
std::string choosing_function(const std::string& name, const std::string& prefix,
                              const std::vector<CommandFacts>& choices) {
    std::string text = "\n" + name + "() {\n    local -a names\n    names=(\n";
    for (const auto& choice : choices)
        text += "        " + quoted(choice.name + ":" + help_text(choice.summary)) + "\n";
    text += "    )\n    if (( CURRENT == 2 )); then _describe command names; return; fi\n"
            "    shift words; (( CURRENT-- ))\n    case $words[1] in\n";
    for (const auto& choice : choices)
        text += "        " + choice.name + ") " + prefix + choice.name + " ;;\n";
    return text + "    esac\n}\n";
}

/// _arguments takes one rest of arguments: of several, the one that can be completed.
CommandFacts with_one_rest(CommandFacts command) {
    const OptionFacts* best = nullptr;
    for (const auto& option : command.options) {
        if (option.names.empty() && (best == nullptr || value_kind(option.placeholder) != ValueKind::other))
            best = &option;
    }
    if (best == nullptr) return command;
    const auto rest = *best;
    std::erase_if(command.options, [](const OptionFacts& option) { return option.names.empty(); });
    command.options.push_back(rest);
    return command;
}

} // namespace

std::string zsh_script(const std::vector<Program>& programs) {
    std::string names = "hsm", functions, own;
    std::vector<CommandFacts> all;
    for (const auto& program : programs) {
        const auto& facts = program.facts;
        const auto function = "_hsm_" + facts.name;
        all.push_back(facts);
        if (program.own_name) {
            names += " " + facts.name;
            own += "        " + facts.name + ") " + function + " ;;\n";
        }
        if (facts.verbs.empty()) {
            functions += command_function(with_one_rest(facts), function);
            continue;
        }
        for (const auto& verb : facts.verbs)
            functions += command_function(with_one_rest(verb), function + "_" + verb.name);
        functions += choosing_function(function, function + "_", facts.verbs);
    }
    return "#compdef " + names + "\n" + std::string(head) + functions +
           choosing_function("_hsm_commands", "_hsm_", all) + "\n_hsm() {\n    case $service in\n" + own +
           "        *) _hsm_commands ;;\n    esac\n}\n_hsm \"$@\"\n";
}

} // namespace hsm::tools::completion
