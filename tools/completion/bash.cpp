// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "shells.hpp"

namespace hsm::tools::completion {

namespace {

constexpr std::string_view head =
    R"sh(# Completion of hsm for bash: source this file, or put it into the directory
# ~/.local/share/bash-completion/completions under the name hsm.
_hsm() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[0]##*/} first=1 options='' arguments='' choices='' kind
    if [ "$command" = hsm ]; then
        command=''
        [ "$COMP_CWORD" -gt 1 ] && command=${COMP_WORDS[1]}
        first=2
    fi
    case $command in
        card | module) [ "$COMP_CWORD" -gt "$first" ] && command="$command/${COMP_WORDS[first]}" ;;
    esac
    COMPREPLY=()
    case $command in
)sh";

constexpr std::string_view tail = R"sh(    esac
    if [ -n "$choices" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
        return
    fi
    if [ "${current:0:1}" = - ]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        return
    fi
    for kind in $arguments; do
        case $kind in
            file) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current") ;;
            key) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(hsm list --names 2>/dev/null)" -- "$current") ;;
            card) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$(hsm card list --names 2>/dev/null)" -- "$current") ;;
        esac
    done
}
)sh";

std::string_view kind_word(ValueKind kind) {
    switch (kind) {
    case ValueKind::file: return "file";
    case ValueKind::key: return "key";
    case ValueKind::card: return "card";
    case ValueKind::other: break;
    }
    return "none";
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : std::string(between)) + word;
    return text;
}

/// The branch of one command: its options, its arguments, and what the value of the option before the cursor
/// can be.
std::string branch(const CommandFacts& command, const std::string& name) {
    std::vector<std::string> options, arguments;
    std::string values;
    for (const auto& option : command.options) {
        if (option.names.empty()) {
            arguments.emplace_back(kind_word(value_kind(option.placeholder)));
            continue;
        }
        options.insert(options.end(), option.names.begin(), option.names.end());
        if (option.placeholder.empty()) continue;
        values += "                " + joined(option.names, " | ") + ") ";
        if (!option.choices.empty())
            values += "choices=" + quoted(joined(option.choices, " "));
        else
            values += "arguments=" + std::string(kind_word(value_kind(option.placeholder)));
        values += " ;;\n";
    }
    std::string text = "        " + name + ")\n";
    text += "            options=" + quoted(joined(options, " ")) + "\n";
    text += "            arguments=" + quoted(joined(arguments, " ")) + "\n";
    if (!values.empty()) text += "            case $previous in\n" + values + "            esac\n";
    return text + "            ;;\n";
}

} // namespace

std::string bash_script(const std::vector<Program>& programs) {
    std::string script(head), own_names;
    std::vector<std::string> commands;
    for (const auto& program : programs) {
        const auto& facts = program.facts;
        commands.push_back(facts.name);
        if (program.own_name) own_names += " " + facts.name;
        if (facts.verbs.empty()) {
            script += branch(facts, facts.name);
            continue;
        }
        std::vector<std::string> verbs;
        for (const auto& verb : facts.verbs) {
            verbs.push_back(verb.name);
            script += branch(verb, facts.name + "/" + verb.name);
        }
        script += "        " + facts.name + " | " + facts.name + "/*) choices=" + quoted(joined(verbs, " ")) +
                  " ;;\n";
    }
    script +=
        "        *) choices=" + quoted(joined(commands, " ") + " help --help --version --usage") + " ;;\n";
    return script + std::string(tail) + "complete -F _hsm hsm" + own_names + "\n";
}

} // namespace hsm::tools::completion
