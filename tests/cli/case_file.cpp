// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "case_file.hpp"

#include <fstream>
#include <stdexcept>

namespace hsm::test {

namespace {

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false, any = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '\\' && quoted && i + 1 < line.size()) {
            const char next = line[++i];
            word += next == 'n' ? '\n' : next == 'e' ? '\x1b' : next == 'c' ? '\x03' : next;
        } else if (c == '"') {
            quoted = !quoted;
            any = true;
        } else if (c == ' ' && !quoted) {
            if (any) words.push_back(std::move(word));
            word.clear();
            any = false;
        } else {
            word += c;
            any = true;
        }
    }
    if (quoted) throw std::runtime_error("a quote is not closed");
    if (any) words.push_back(std::move(word));
    return words;
}

} // namespace

CaseFile read_case(const std::filesystem::path& path) {
    CaseFile result;
    result.name = path.stem().string();
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    unsigned number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const auto first = number;
        if (!line.empty() && line.back() == '\r') line.pop_back();
        for (std::string more; !line.empty() && line.back() == '\\' && std::getline(file, more); ++number) {
            line.back() = ' ';
            line += more.substr(std::min(more.find_first_not_of(' '), more.size()));
        }
        if (line.empty()) continue;
        if (line.front() == '#') {
            if (result.title.empty()) result.title = line.substr(std::min<std::size_t>(2, line.size()));
            continue;
        }
        Step step;
        step.line = first;
        step.words = split(line);
        step.verb = step.words.front();
        step.words.erase(step.words.begin());
        const auto space = line.find(' ');
        if (space != std::string::npos) step.rest = line.substr(space + 1);
        if (step.verb == "posix")
            result.posix_only = true;
        else
            result.steps.push_back(std::move(step));
    }
    return result;
}

} // namespace hsm::test
