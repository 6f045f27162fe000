// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "stage.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <regex>
#include <stdexcept>

/// \file
/// The verbs of a case, as a table.

namespace hsm::test {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

void need(bool holds, const std::string& what) {
    if (!holds) fail(what);
}

// Setting the stage.

void set_environment(Stage& stage, const Words& words) {
    stage.environment[words.at(0)] = words.size() > 1 ? stage.expanded(words[1]) : "";
}

void make_file(Stage& stage, const Words& words) {
    write_file(stage.at(words.at(0)), words.size() > 1 ? stage.expanded(words[1]) : "");
}

void make_secret(Stage& stage, const Words& words) {
    std::string text;
    for (std::size_t i = 1; i < words.size(); ++i) text += words[i] + "\n";
    write_file(stage.at(words.at(0)), text);
    fs::permissions(stage.at(words[0]), fs::perms::owner_read | fs::perms::owner_write);
}

void make_large(Stage& stage, const Words& words) {
    std::string text(static_cast<std::size_t>(std::stoul(words.at(1))) << 20, '\0');
    std::uint32_t state = 1;
    for (auto& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    write_file(stage.at(words[0]), text);
}

void make_directory(Stage& stage, const Words& words) { fs::create_directories(stage.at(words.at(0))); }

void make_link(Stage& stage, const Words& words) {
    fs::create_directory_symlink(stage.at(words.at(0)), stage.at(words.at(1)));
}

void copy(Stage& stage, const Words& words) {
    fs::copy(stage.at(stage.expanded(words.at(0))), stage.at(stage.expanded(words.at(1))),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

void move(Stage& stage, const Words& words) {
    fs::rename(stage.at(stage.expanded(words.at(0))), stage.at(stage.expanded(words.at(1))));
}

void remove(Stage& stage, const Words& words) {
    need(fs::remove_all(stage.at(stage.expanded(words.at(0)))) > 0, "nothing to remove");
}

/// damage FILE: another byte in the middle; damage FILE half: the second half is missing.
void damage(Stage& stage, const Words& words) {
    const auto path = stage.at(stage.expanded(words.at(0)));
    auto text = read_file(path);
    need(!text.empty(), "there is nothing to damage in " + path.string());
    if (words.size() > 1)
        text.resize(text.size() / 2);
    else
        text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 0x10);
    fs::remove(path); // a new file, so that the store sees it
    write_file(path, text);
}

void set_mode(Stage& stage, const Words& words) {
    fs::permissions(stage.at(stage.expanded(words.at(1))),
                    static_cast<fs::perms>(std::stoul(words.at(0), nullptr, 8)));
}

/// From now on everything belongs to nobody, and commands run as nobody. Root would write into any directory.
void unprivileged(Stage& stage, const Words&) {
    stage.unprivileged = true;
    stage.skip = !give_to_nobody(stage.root);
    if (stage.skip) return;
    ChildRequest probe; // the build directory may lie where nobody can not go
    probe.program = program_path("hsm");
    probe.arguments = {"--version"};
    probe.directory = stage.root;
    probe.unprivileged = true;
    stage.skip = run_child(probe).exit != 0;
}

/// tmpfs DIRECTORY SIZE: a small disk of its own.
void small_disk(Stage& stage, const Words& words) {
    fs::create_directories(stage.at(words.at(0)));
    stage.skip = !mount_small_disk(stage.at(words[0]), words.at(1), false);
    if (!stage.skip) stage.mounted.push_back(stage.at(words[0]));
}

void make_read_only(Stage& stage, const Words& words) {
    need(mount_small_disk(stage.at(words.at(0)), "", true), "cannot make it read-only");
}

void fill_disk(Stage& stage, const Words& words) {
    std::ofstream file(stage.at(words.at(0)), std::ios::binary);
    const std::string piece(4096, 'x');
    while (file.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
}

void set_input(Stage& stage, const Words& words) {
    stage.next.input = words.empty() ? "" : stage.expanded(words[0]);
}
void input_file(Stage& stage, const Words& words) { stage.next.input = read_file(stage.at(words.at(0))); }

void type(Stage& stage, const Words& words) {
    stage.next.terminal = true;
    for (const auto& word : words) stage.next.typed.push_back(stage.expanded(word));
}

void limit_files(Stage& stage, const Words& words) { stage.next.largest_file = std::stoul(words.at(0)); }
void nobody_reads(Stage& stage, const Words&) { stage.next.close_output = true; }
void allow_changes(Stage& stage, const Words&) { stage.may_change = true; }

void make_world(Stage& stage, const Words&) { stage.run({"hsm", "quickstart", "--test-parameters"}, 0); }

// What must hold.

void out_has(Stage& stage, const Words& words) {
    need(stage.last.out.find(stage.expanded(words.at(0))) != std::string::npos,
         "standard output has no \"" + words[0] + "\"");
}
void out_lacks(Stage& stage, const Words& words) {
    need(stage.last.out.find(stage.expanded(words.at(0))) == std::string::npos,
         "standard output has \"" + words[0] + "\"");
}
void out_matches(Stage& stage, const Words& words) {
    need(std::regex_search(stage.last.out, std::regex(stage.expanded(words.at(0)))),
         "standard output does not match " + words[0]);
}
void out_is(Stage& stage, const Words& words) {
    need(stage.last.out == (words.empty() ? "" : stage.expanded(words[0])), "standard output is another");
}
void err_has(Stage& stage, const Words& words) {
    need(stage.last.err.find(stage.expanded(words.at(0))) != std::string::npos,
         "standard error has no \"" + words[0] + "\"");
}
void err_lacks(Stage& stage, const Words& words) {
    need(stage.last.err.find(stage.expanded(words.at(0))) == std::string::npos,
         "standard error has \"" + words[0] + "\"");
}
void err_is(Stage& stage, const Words& words) {
    need(stage.last.err == (words.empty() ? "" : words[0]), "standard error is another");
}
void screen_has(Stage& stage, const Words& words) {
    need(stage.last.screen.find(stage.expanded(words.at(0))) != std::string::npos,
         "the terminal does not show \"" + words[0] + "\"");
}
void screen_lacks(Stage& stage, const Words& words) {
    need(stage.last.screen.find(words.at(0)) == std::string::npos, "the terminal shows \"" + words[0] + "\"");
}

void same_files(Stage& stage, const Words& words) {
    need(read_file(stage.at(words.at(0))) == read_file(stage.at(words.at(1))),
         words[0] + " and " + words[1] + " differ");
}
void file_exists(Stage& stage, const Words& words) {
    need(fs::exists(stage.at(stage.expanded(words.at(0)))), "there is no " + words[0]);
}
void file_lacks(Stage& stage, const Words& words) {
    need(!fs::exists(stage.at(stage.expanded(words.at(0)))), "there is a " + words[0]);
}
void file_size(Stage& stage, const Words& words) {
    need(fs::file_size(stage.at(words.at(0))) == std::stoul(words.at(1)), words[0] + " has another size");
}

void save(Stage& stage, const Words& words) {
    std::smatch match;
    need(std::regex_search(stage.last.out, match, std::regex(words.at(1))) && match.size() > 1,
         "standard output does not match " + words[1]);
    stage.saved[words[0]] = match[1];
}

/// json PATH VALUE: members and indices with dots between; VALUE as it prints, strings without quotes.
void json_has(Stage& stage, const Words& words) {
    const auto whole = nlohmann::json::parse(stage.last.out);
    const auto* value = &whole;
    for (std::size_t from = 0; from <= words.at(0).size() && words[0] != ".";) {
        const auto dot = std::min(words[0].find('.', from), words[0].size());
        const auto name = words[0].substr(from, dot - from);
        from = dot + 1;
        if (value->is_array() && name == "#") {
            need(std::to_string(value->size()) == words.at(1),
                 words[0] + " is " + std::to_string(value->size()));
            return;
        }
        if (value->is_array())
            value = &value->at(std::stoul(name));
        else
            value = &value->at(name);
    }
    const auto text = value->is_string() ? value->get<std::string>() : value->dump();
    if (words.size() > 1) need(text == stage.expanded(words[1]), words[0] + " is " + text);
}

struct VerbRow {
    std::string_view name;
    void (*play)(Stage& stage, const Words& words);
};

constexpr auto verbs = std::to_array<VerbRow>({
    {"env", set_environment},
    {"file", make_file},
    {"secret", make_secret},
    {"large", make_large},
    {"directory", make_directory},
    {"link", make_link},
    {"copy", copy},
    {"move", move},
    {"remove", remove},
    {"damage", damage},
    {"mode", set_mode},
    {"unprivileged", unprivileged},
    {"tmpfs", small_disk},
    {"read-only", make_read_only},
    {"fill", fill_disk},
    {"input", set_input},
    {"input-file", input_file},
    {"type", type},
    {"largest-file", limit_files},
    {"nobody-reads", nobody_reads},
    {"may-change", allow_changes},
    {"world", make_world},
    {"out", out_has},
    {"out!", out_lacks},
    {"out~", out_matches},
    {"out=", out_is},
    {"err", err_has},
    {"err!", err_lacks},
    {"err=", err_is},
    {"screen", screen_has},
    {"screen!", screen_lacks},
    {"same", same_files},
    {"exists", file_exists},
    {"exists!", file_lacks},
    {"size", file_size},
    {"save", save},
    {"json", json_has},
});

} // namespace

void play(Stage& stage, const Step& step) {
    for (const auto& row : verbs) {
        if (row.name == step.verb) return row.play(stage, step.words);
    }
    fail("there is no verb " + step.verb);
}

} // namespace hsm::test
