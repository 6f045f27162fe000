// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace hsm::test {

namespace {

bool is_ours(const std::string& path) {
    static constexpr std::array folders = {"libhsm/", "adapters/", "tools/", "examples/", "tests/", "bench/", "scripts/",
                                           "docs/", "packaging/", ".ci/", "subprojects/"};
    if (path.starts_with("tests/data/") || path.starts_with("subprojects/packagecache/")) return false;
    if (path.starts_with("docs/api/")) return false; // made by Doxygen
    if (path.starts_with("subprojects/") && !path.ends_with(".wrap") && !path.ends_with("meson.build")) return false;
    if (path.find('/') == std::string::npos) return true;
    return std::ranges::any_of(folders, [&](const char* folder) { return path.starts_with(folder); });
}

bool is_text(const std::string& text) { return text.find('\0') == std::string::npos; }

/// Blanks text, keeping its line ends.
void blank(std::string& code, std::size_t from, std::size_t to) {
    for (auto at = from; at < std::min(to, code.size()); ++at)
        if (code[at] != '\n') code[at] = ' ';
}

std::size_t end_of_literal(const std::string& code, std::size_t at, char quote) {
    for (++at; at < code.size() && code[at] != quote && code[at] != '\n'; ++at)
        if (code[at] == '\\') ++at;
    return std::min(at + 1, code.size());
}

std::size_t end_of_raw_string(const std::string& code, std::size_t quote) {
    const auto open = code.find('(', quote);
    if (open == std::string::npos) return code.size();
    const auto close = code.find(")" + code.substr(quote + 1, open - quote - 1) + "\"", open);
    return close == std::string::npos ? code.size() : close + (open - quote) + 1;
}

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

} // namespace

bool Source::in(std::string_view directory) const { return path.starts_with(std::string(directory) + '/'); }

bool Source::is_code() const { return ends_with(".cpp") || ends_with(".hpp"); }

std::vector<std::string_view> Source::lines() const {
    std::vector<std::string_view> lines;
    const std::string_view all = text;
    for (std::size_t from = 0; from < all.size();) {
        const auto to = std::min(all.find('\n', from), all.size());
        lines.push_back(all.substr(from, to - from));
        from = to + 1;
    }
    return lines;
}

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<Source> read_sources(const std::filesystem::path& root) {
    std::vector<Source> sources;
    for (auto at = std::filesystem::recursive_directory_iterator(root); at != std::filesystem::recursive_directory_iterator();
         ++at) {
        const auto path = at->path().lexically_relative(root).generic_string();
        if (at->is_directory()) {
            const bool hidden = path.starts_with('.') && path != ".ci";
            if (hidden || path.starts_with("build") || path.ends_with("__pycache__")) at.disable_recursion_pending();
            continue;
        }
        if (!at->is_regular_file() || !is_ours(path)) continue;
        auto text = read_text(at->path());
        if (is_text(text)) sources.push_back({path, std::move(text)});
    }
    std::ranges::sort(sources, {}, &Source::path);
    return sources;
}

std::string without_comments_and_strings(std::string_view text) {
    std::string code(text);
    for (std::size_t at = 0; at < code.size();) {
        const auto two = std::string_view(code).substr(at, 2);
        auto end = at + 1;
        if (two == "//") end = std::min(code.find('\n', at), code.size());
        else if (two == "/*") end = std::min(code.find("*/", at + 2), code.size() - 2) + 2;
        else if (two == "R\"" && (at == 0 || !is_word(code[at - 1]))) end = end_of_raw_string(code, at + 1);
        else if (code[at] == '"') end = end_of_literal(code, at, '"');
        else if (code[at] == '\'' && (at == 0 || !is_word(code[at - 1]))) end = end_of_literal(code, at, '\'');
        if (end != at + 1 || code[at] == '"') blank(code, at, end);
        at = end;
    }
    return code;
}

} // namespace hsm::test
