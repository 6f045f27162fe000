// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <support/crash_model.hpp>

#include "temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <set>

using namespace hsm;
using namespace hsm::test;
using Kind = Step::Kind;

namespace {

Bytes bytes(std::string_view s) { return to_bytes(view(s)); }

Step step(Kind kind, std::string path, std::uint64_t node = 0) {
    Step s;
    s.kind = kind;
    s.path = std::move(path);
    s.node = node;
    return s;
}
Step write_of(std::string path, std::uint64_t node, std::uint64_t offset, Bytes data) {
    auto s = step(Kind::write, std::move(path), node);
    s.offset = offset;
    s.data = std::move(data);
    return s;
}
Step rename_of(std::string from, std::string to) {
    auto s = step(Kind::rename, std::move(from));
    s.to = std::move(to);
    return s;
}

// Each state in a line: "a=one d/".
std::set<std::string> shown(const std::vector<DiskState>& states) {
    std::set<std::string> lines;
    for (const auto& state : states) {
        std::string line;
        for (const auto& [path, contents] : state) {
            line += (line.empty() ? "" : " ") + path;
            if (!contents) {
                line += '/';
                continue;
            }
            line += '=';
            for (const auto byte : *contents) line += byte == 0 ? '.' : static_cast<char>(byte);
        }
        lines.insert(line);
    }
    return lines;
}

using Lines = std::set<std::string>;

Lines after(const DiskState& before, const std::vector<Step>& steps) {
    return shown(crash_states(before, steps, steps.size(), {.at_most = 10000}));
}

} // namespace

TEST_CASE("without steps there is one state") {
    CHECK(after({{"a", bytes("x")}, {"d", std::nullopt}, {"d/b", bytes("")}}, {}) == Lines{"a=x d/ d/b="});
    CHECK(after({}, {}) == Lines{""});
}

TEST_CASE("a new file may be absent, empty, zero or whole") {
    CHECK(after({}, {step(Kind::create, "f", 1), write_of("f", 1, 0, bytes("ab"))}) ==
          Lines{"", "f=", "f=..", "f=ab"});
}

TEST_CASE("a sync of the file is not one of its name, nor the other way round") {
    const auto create = step(Kind::create, "f", 1);
    const auto data = write_of("f", 1, 0, bytes("ab"));
    const auto sync = step(Kind::sync, "f", 1);
    const auto sync_name = step(Kind::sync_directory, "");
    CHECK(after({}, {create, data, sync}) == Lines{"", "f=ab"});
    CHECK(after({}, {create, data, sync_name}) == Lines{"f=", "f=..", "f=ab"});
    CHECK(after({}, {create, data, sync, sync_name}) == Lines{"f=ab"});
    CHECK(after({}, {create, sync_name, data, sync}) == Lines{"f=ab"});
    CHECK(after({}, {create, sync, sync_name, data}) == Lines{"f=", "f=..", "f=ab"});
}

TEST_CASE("writes are torn at sectors") {
    Bytes two(1024, 'n');
    const auto states =
        crash_states({{"f", Bytes(1024, 'o')}}, {write_of("f", 1, 0, two)}, 1, {.at_most = 100});
    REQUIRE(states.size() == 4);
    for (const auto& state : states) {
        const auto& contents = *state.at("f");
        REQUIRE(contents.size() == 1024);
        CHECK(std::ranges::count(contents.begin(), contents.begin() + 512, contents[0]) == 512);
        CHECK(std::ranges::count(contents.begin() + 512, contents.end(), contents[512]) == 512);
    }
    // A write that lies across a boundary is two sectors, however short.
    CHECK(crash_states({{"f", Bytes(1024, 'o')}}, {write_of("f", 1, 510, bytes("abcd"))}, 1, {.at_most = 100})
              .size() == 4);
}

TEST_CASE("any subset of the unsynced writes may have happened") {
    CHECK(after({{"f", bytes("oo")}}, {write_of("f", 1, 0, bytes("A")), write_of("f", 1, 1, bytes("B"))}) ==
          Lines{"f=oo", "f=Ao", "f=oB", "f=AB"});
    CHECK(after({{"f", bytes("oo")}}, {write_of("f", 1, 0, bytes("A")), step(Kind::sync, "f", 1),
                                       write_of("f", 1, 1, bytes("B"))}) == Lines{"f=Ao", "f=AB"});
}

TEST_CASE("a later synced write wins over an earlier one") {
    CHECK(after({{"f", bytes("o")}}, {write_of("f", 1, 0, bytes("A")), write_of("f", 1, 0, bytes("B")),
                                      step(Kind::sync, "f", 1)}) == Lines{"f=B"});
}

TEST_CASE("a truncation may be lost, and leaves zeros when the file grows again") {
    auto shrink = step(Kind::resize, "f", 1);
    shrink.size = 1;
    auto grow = step(Kind::resize, "f", 1);
    grow.size = 3;
    CHECK(after({{"f", bytes("abc")}}, {shrink}) == Lines{"f=abc", "f=a"});
    CHECK(after({{"f", bytes("abc")}}, {shrink, grow}) == Lines{"f=abc", "f=a", "f=a.."});
    CHECK(after({{"f", bytes("abc")}}, {shrink, grow, step(Kind::sync, "f", 1)}) == Lines{"f=a.."});
}

TEST_CASE("a rename in a directory is whole or not at all") {
    const DiskState before = {{"a", bytes("1")}, {"b", bytes("2")}};
    CHECK(after(before, {rename_of("a", "b")}) == Lines{"a=1 b=2", "b=1"});
    CHECK(after(before, {rename_of("a", "b"), step(Kind::sync_directory, "")}) == Lines{"b=1"});
}

TEST_CASE("names change in any order and number until the directory is synced") {
    const DiskState before = {{"a", bytes("1")}, {"b", bytes("2")}};
    CHECK(after(before, {step(Kind::remove, "a"), step(Kind::remove, "b")}) ==
          Lines{"a=1 b=2", "a=1", "b=2", ""});
    CHECK(after(before, {step(Kind::remove, "a"), step(Kind::sync_directory, ""), step(Kind::remove, "b")}) ==
          Lines{"b=2", ""});
}

TEST_CASE("a rename into another directory leaves one name or both") {
    const DiskState before = {{"d", std::nullopt}, {"d/a", bytes("1")}, {"e", std::nullopt}};
    CHECK(after(before, {rename_of("d/a", "e/b")}) ==
          Lines{"d/ d/a=1 e/", "d/ d/a=1 e/ e/b=1", "d/ e/ e/b=1"});
    CHECK(after(before, {rename_of("d/a", "e/b"), step(Kind::sync_directory, "d")}) == Lines{"d/ e/ e/b=1"});
    CHECK(after(before, {rename_of("d/a", "e/b"), step(Kind::sync_directory, "e")}) ==
          Lines{"d/ d/a=1 e/ e/b=1", "d/ e/ e/b=1"});
}

TEST_CASE("a directory that is renamed takes its contents along") {
    const DiskState before = {{"d", std::nullopt}, {"d/a", bytes("1")}};
    CHECK(after(before, {rename_of("d", "e"), write_of("e/a", 2, 0, bytes("2")),
                         step(Kind::sync, "e/a", 2)}) == Lines{"d/ d/a=2", "e/ e/a=2"});
}

TEST_CASE("what is in a new directory is lost with its name") {
    const std::vector<Step> steps = {step(Kind::mkdir, "d", 1), step(Kind::create, "d/f", 2),
                                     step(Kind::sync, "d/f", 2), step(Kind::sync_directory, "d")};
    CHECK(after({}, steps) == Lines{"", "d/ d/f="});
}

TEST_CASE("after a failed sync a later one does not help") {
    auto failed = step(Kind::sync, "f", 1);
    failed.outcome = Step::Sync::failed;
    const auto sync = step(Kind::sync, "f", 1);
    CHECK(after({{"f", bytes("o")}}, {write_of("f", 1, 0, bytes("A")), failed, sync}) == Lines{"f=o", "f=A"});
    CHECK(after({{"f", bytes("oo")}}, {write_of("f", 1, 0, bytes("A")), failed,
                                       write_of("f", 1, 1, bytes("B")), sync}) == Lines{"f=oB", "f=AB"});
    auto lie = sync;
    lie.outcome = Step::Sync::lie;
    CHECK(after({{"f", bytes("o")}}, {write_of("f", 1, 0, bytes("A")), lie}) == Lines{"f=o", "f=A"});
    CHECK(after({{"f", bytes("o")}}, {write_of("f", 1, 0, bytes("A")), lie, sync}) == Lines{"f=A"});
}

TEST_CASE("only the first steps count") {
    const std::vector<Step> steps = {step(Kind::create, "f", 1), step(Kind::sync_directory, "")};
    CHECK(shown(crash_states({}, steps, 0)) == Lines{""});
    CHECK(shown(crash_states({}, steps, 1)) == Lines{"", "f="});
    CHECK(shown(crash_states({}, steps, 2)) == Lines{"f="});
}

TEST_CASE("a large disk is sampled: bounded, the same for a seed, with the extremes") {
    std::vector<Step> steps = {step(Kind::create, "f", 1), write_of("f", 1, 0, Bytes(64 * 512, 'n')),
                               step(Kind::create, "g", 2)};
    const StateLimits limits{.at_most = 40, .seed = 9};
    const auto states = crash_states({}, steps, steps.size(), limits);
    CHECK(states.size() == 40);
    CHECK(states == crash_states({}, steps, steps.size(), limits));
    CHECK(states != crash_states({}, steps, steps.size(), {.at_most = 40, .seed = 10}));
    const auto has = [&](const DiskState& state) { return std::ranges::find(states, state) != states.end(); };
    CHECK(has({}));
    CHECK(has({{"f", Bytes(64 * 512, 'n')}, {"g", Bytes()}}));
    CHECK(has({{"f", Bytes(64 * 512, 0)}, {"g", Bytes()}}));
    CHECK(has({{"f", Bytes()}, {"g", Bytes()}}));
    CHECK(has({{"f", Bytes(64 * 512, 'n')}}));
    CHECK(has({{"g", Bytes()}}));
}

TEST_CASE("trees are read and written as they are") {
    const TemporaryDirectory dir;
    const DiskState state = {{"a", bytes("1")},
                             {"d", std::nullopt},
                             {"d/b", bytes(std::string_view("\0\r\n", 3))},
                             {"d/e", std::nullopt}};
    write_tree(dir / "tree", state);
    CHECK(read_tree(dir / "tree") == state);
    CHECK(read_tree(dir / "tree", {"a", "e"}) == DiskState{{"d", std::nullopt}, {"d/b", state.at("d/b")}});
}
