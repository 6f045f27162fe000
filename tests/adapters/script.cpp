// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "script.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace hsm::test {

namespace {

using Names = std::map<std::string, std::string>;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Puts the values of names in: %NAME, the longest name that is known.
std::string with_names(const std::string& line, const Names& names) {
    std::string result;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] != '%') {
            result += line[at++];
            continue;
        }
        auto end = at + 1;
        while (end < line.size() &&
               (std::isalnum(static_cast<unsigned char>(line[end])) != 0 || line[end] == '_'))
            ++end;
        auto found = names.end(); // the longest name that is known: %M_SHA256 may be M and a text
        for (; end > at + 1 && found == names.end(); --end)
            found = names.find(line.substr(at + 1, end - at - 1));
        if (found == names.end()) throw std::runtime_error("unknown name in " + line.substr(at));
        ++end;
        result += with_names(found->second, names);
        at = end;
    }
    return result;
}

Stage stage_named(const std::string& name) {
    static const std::map<std::string, Stage> stages = {{"none", Stage::none},
                                                        {"initialised", Stage::initialised},
                                                        {"open", Stage::open},
                                                        {"user", Stage::user},
                                                        {"officer", Stage::officer}};
    const auto found = stages.find(name);
    if (found == stages.end()) throw std::runtime_error("unknown stage " + name);
    return found->second;
}

Step step_of(const std::string& text, std::size_t line) {
    Step step;
    step.line = line;
    step.expected = "CKR_OK";
    auto call = text;
    if (const auto arrow = text.find("=>"); arrow != std::string::npos) {
        step.expected = trimmed(text.substr(arrow + 2));
        call = trimmed(text.substr(0, arrow));
    }
    step.words = words_of(call);
    if (step.words.empty()) throw std::runtime_error("an empty step");
    step.name = step.words.front();
    step.words.erase(step.words.begin());
    return step;
}

struct RawLine {
    std::string text;
    std::size_t number = 0;
};

struct Table {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

/// A case before its tables are applied.
struct RawCase {
    ScriptCase head;
    std::vector<Table> tables;
    std::vector<RawLine> lines;
};

class Reader {
public:
    explicit Reader(std::filesystem::path file) : file_(std::move(file)) {}

    std::vector<ScriptCase> read() {
        read_lines(file_);
        finish();
        return std::move(cases_);
    }

private:
    void read_lines(const std::filesystem::path& path) {
        std::ifstream in(path);
        if (!in) throw std::runtime_error("cannot read " + path.string());
        std::size_t number = 0;
        for (std::string line, part; std::getline(in, part);) {
            ++number;
            line += trimmed(part);
            if (line.ends_with('\\')) {
                line.back() = ' ';
                continue;
            }
            try {
                read_line(line, number);
            } catch (const std::runtime_error& error) {
                throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " + error.what());
            }
            line.clear();
        }
    }

    void read_line(const std::string& line, std::size_t number) {
        if (line.empty() || line.starts_with('#')) return;
        if (line.starts_with("==")) return begin(trimmed(line.substr(2)), number);
        if (line.starts_with("include ")) return read_lines(file_.parent_path() / trimmed(line.substr(8)));
        if (line.starts_with("stage ")) return set_stage(stage_named(trimmed(line.substr(6))));
        if (line.starts_with("let ")) return let(line.substr(4));
        if (line.starts_with("for ")) return table_head(line.substr(4));
        if (line.starts_with("| ")) return add_cells(line.substr(2));
        current_.lines.push_back({line, number});
    }

    void set_stage(Stage stage) {
        if (current_.head.name.empty() || !current_.lines.empty()) finish(); // for all that follow
        stage_ = stage;
    }

    void let(const std::string& text) {
        const auto equals = text.find('=');
        if (equals == std::string::npos) throw std::runtime_error("let without '='");
        names_[trimmed(text.substr(0, equals))] = trimmed(text.substr(equals + 1));
    }

    /// One column takes all of the line.
    void add_cells(const std::string& text) {
        if (current_.tables.empty()) throw std::runtime_error("a row without 'for'");
        auto& table = current_.tables.back();
        table.rows.push_back(table.columns.size() == 1 ? std::vector{trimmed(text)} : words_of(text));
        if (table.rows.back().size() != table.columns.size())
            throw std::runtime_error("a row of the wrong length in " + current_.head.name);
    }

    void table_head(const std::string& text) { current_.tables.push_back({words_of(text), {}}); }

    void begin(const std::string& name, std::size_t number) {
        finish();
        current_.head.name = name;
        current_.head.line = number;
        current_.head.file = file_;
    }

    void finish() {
        if (!current_.head.name.empty()) {
            current_.head.stage = stage_;
            add_rows(0, names_, current_.head.name);
        }
        current_ = {};
    }

    /// Each row of this table with each of the tables that follow.
    void add_rows(std::size_t table, const Names& names, const std::string& name) {
        if (table == current_.tables.size()) return add_case(names, name);
        const auto& [columns, rows] = current_.tables[table];
        for (const auto& row : rows) {
            auto more = names;
            auto longer = name;
            for (std::size_t i = 0; i < row.size(); ++i) {
                more[columns[i]] = row[i];
                longer += (i == 0 ? ": " : " ") + row[i];
            }
            add_rows(table + 1, more, longer);
        }
    }

    void add_case(const Names& names, const std::string& name) {
        auto made = current_.head;
        made.name = name;
        for (const auto& line : current_.lines) {
            std::istringstream parts(with_names(line.text, names));
            for (std::string part; std::getline(parts, part, ';');)
                made.steps.push_back(step_of(trimmed(part), line.number));
        }
        made.steps = with_sweeps(std::move(made.steps));
        cases_.push_back(std::move(made));
    }

    std::filesystem::path file_;
    Names names_;
    Stage stage_ = Stage::user;
    RawCase current_;
    std::vector<ScriptCase> cases_;
};

} // namespace

std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    int depth = 0;
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (!quoted && (c == '(' || c == '{' || c == '[')) ++depth;
        if (!quoted && (c == ')' || c == '}' || c == ']')) --depth;
        if (c == ' ' && depth == 0 && !quoted) {
            if (!word.empty()) words.push_back(std::move(word));
            word.clear();
            continue;
        }
        word += c;
    }
    if (depth != 0 || quoted) throw std::runtime_error("brackets or quotes that do not close: " + line);
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

std::vector<ScriptCase> read_script(const std::filesystem::path& file) { return Reader(file).read(); }

} // namespace hsm::test
