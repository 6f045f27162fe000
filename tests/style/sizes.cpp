// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "checks.hpp"

#include <algorithm>
#include <regex>

namespace hsm::test {

namespace {

constexpr std::size_t longest_file = 700;
constexpr std::size_t longest_function = 80;

/// Whether the text before a brace is the head of a function: it has parameters, and declares no scope of another kind.
bool is_function_head(const std::string& head) {
    if (head.find('(') == std::string::npos) return false;
    static const std::regex other(R"(^\s*(template\s*<.*>\s*)?(inline\s+)?(namespace|class|struct|union|enum|extern)\b)");
    if (std::regex_search(head, other) && head.find(')') == std::string::npos) return false;
    static const std::regex scope(R"(\b(namespace|class|struct|union|enum)\s+[A-Za-z_][A-Za-z_0-9:<> ]*(\s+final)?\s*(:[^:].*)?$)");
    if (std::regex_search(head, scope)) return false;
    static const std::regex initialiser(R"([=,(]\s*$)");
    return !std::regex_search(head, initialiser);
}

struct Scope {
    bool is_function = false;
    std::size_t first_line = 0;
    std::string head; ///< of a member initialiser: the constructor's, which goes on behind it
};

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Preprocessor lines are no part of what they stand in.
std::string without_directives(const std::string& code) {
    static const std::regex directive(R"(^[ \t]*#(.*\\\n)*.*$)", std::regex::ECMAScript | std::regex::multiline);
    std::string result;
    std::size_t from = 0;
    for (std::sregex_iterator at(code.begin(), code.end(), directive), end; at != end; ++at) {
        result.append(code, from, static_cast<std::size_t>(at->position()) - from);
        const auto text = at->str();
        result.append(static_cast<std::size_t>(std::ranges::count(text, '\n')), '\n');
        from = static_cast<std::size_t>(at->position() + at->length());
    }
    return result.append(code, from);
}

} // namespace

Findings check_sizes(const Source& source) {
    Findings findings;
    const auto lines = source.lines().size();
    const bool counts = source.is_code() || source.in("scripts");
    if (counts && lines > longest_file)
        findings.push_back("has " + std::to_string(lines) + " lines; at most " + std::to_string(longest_file));
    if (!source.is_code()) return findings;

    const auto code = without_directives(without_comments_and_strings(source.text));
    std::vector<Scope> scopes;
    std::string head;            // since the last ';', '{' or '}'
    std::size_t line = 1, head_line = 1, in_function = 0;
    char before = ' ';
    for (const char c : code) {
        if (c == '\n') ++line;
        if (c == '{') {
            const bool is_initialiser = is_word(before) && head.find('(') != std::string::npos; // `member_{`
            const bool starts = in_function == 0 && !is_initialiser && is_function_head(head);
            scopes.push_back({starts, head_line, is_initialiser ? head : std::string()});
            in_function += (starts || in_function > 0) ? 1 : 0;
            head.clear();
        } else if (c == '}' && !scopes.empty()) {
            const auto scope = scopes.back();
            scopes.pop_back();
            if (in_function > 0) --in_function;
            if (scope.is_function && line - scope.first_line + 1 > longest_function)
                findings.push_back("line " + std::to_string(scope.first_line) + ": a function of " +
                                   std::to_string(line - scope.first_line + 1) + " lines; at most " +
                                   std::to_string(longest_function));
            head = scope.head;
            head_line = head.empty() ? line : scope.first_line;
        } else if (c == ';') {
            head.clear();
        } else if (!head.empty() || (c != ' ' && c != '\n')) {
            if (head.empty()) head_line = line;
            head += c == '\n' ? ' ' : c;
        }
        before = c;
    }
    return findings;
}

} // namespace hsm::test
