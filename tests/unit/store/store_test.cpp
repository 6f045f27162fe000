// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "store_fixture.hpp"

#include <base/temporary_name.hpp>

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>

using namespace hsm;
using namespace hsm::test;
using store::RecordKind;
using store::RecordName;

namespace {

std::vector<std::string> files_in(const base::Path& directory) {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        names.push_back(file.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

TEST_CASE("records are created, read, replaced and removed", "[store]") {
    StoreFixture f;
    const auto name = RecordName::key("simple", "one");
    CHECK_FALSE(f.store.read(name));
    CHECK_FALSE(f.store.exists(name));
    f.store.create(name, record({"a"}));
    CHECK(f.store.read(name) == record({"a"}));
    CHECK(f.store.exists(name));
    CHECK(f.idents("a") == "one");

    CHECK(status_of([&] { f.store.create(name, record({"b"})); }) == Status::already_exists);
    CHECK(f.store.read(name) == record({"a"}));
    CHECK(f.idents("b").empty());

    f.store.replace(name, record({"c"}));
    CHECK(f.store.read(name) == record({"c"}));
    CHECK(f.idents("a").empty());
    CHECK(f.idents("c") == "one");

    f.store.remove(name);
    CHECK_FALSE(f.store.read(name));
    CHECK(f.idents("c").empty());
    CHECK(status_of([&] { f.store.remove(name); }) == Status::not_found);
    CHECK(files_in(f.scratch.path()) == std::vector<std::string>{".index", ".index.lock"});
}

TEST_CASE("keys are found by name, by one term, by several, by application", "[store]") {
    StoreFixture f;
    f.create("one", {"red", "small"});
    f.create("two", {"red", "large"});
    f.store.create(RecordName::key("pkcs11", "three"), record({"blue", "large"}));
    f.store.create(RecordName::world(), record({"red"}));

    CHECK(f.store.find_key("simple", "one"));
    CHECK_FALSE(f.store.find_key("simple", "three"));
    CHECK(status_of([&] { f.store.find_key("simple", "a_b"); }) == Status::invalid_argument);
    CHECK(f.idents("red") == "one two");
    const store::Term red_large[] = {line_term("red"), line_term("large")};
    CHECK(f.store.find_by_terms(red_large) == std::vector{RecordName::key("simple", "two")});
    const store::Term nothing[] = {line_term("blue"), line_term("small")};
    CHECK(f.store.find_by_terms(nothing).empty());
    CHECK(f.store.find_by_terms({}).size() == 3);
    CHECK(f.store.keys().size() == 3);
    CHECK(f.store.keys("pkcs11") == std::vector{RecordName::key("pkcs11", "three")});
    CHECK(f.store.keys("pkcs1").empty());
    CHECK(f.store.count_keys() == 3);
    CHECK(f.store.count_keys("simple") == 2);
    CHECK(f.store.list(RecordKind::world) == std::vector{RecordName::world()});
    CHECK(f.store.list(RecordKind::key).size() == 3);
    CHECK(f.store.list(RecordKind::softcard).empty());
}

TEST_CASE("records of every kind are listed by kind", "[store]") {
    StoreFixture f;
    const std::string hash(40, 'a');
    f.store.create(RecordName::card_set(hash), record({}));
    for (unsigned n = 1; n <= 3; ++n) f.store.create(RecordName::card(hash, n), record({}));
    f.store.create(RecordName::softcard(hash), record({}));
    f.store.create(RecordName::module("0000-0000-0001"), record({}));
    for (auto* s : {&f.store}) {
        CHECK(s->list(RecordKind::card).size() == 3);
        CHECK(s->list(RecordKind::card_set).size() == 1);
        CHECK(s->list(RecordKind::softcard).size() == 1);
        CHECK(s->list(RecordKind::module).size() == 1);
        CHECK(s->keys().empty());
    }
    auto other = f.another();
    CHECK(other.list(RecordKind::card).size() == 3);
}

TEST_CASE("an absent directory reads as empty and refuses to be written", "[store]") {
    StoreFixture f;
    store::Store s(f.fs, f.clock, f.path("absent"), line_options());
    CHECK_FALSE(s.read(RecordName::world()));
    CHECK(s.keys().empty());
    CHECK(s.problems().empty());
    CHECK(status_of([&] { s.create(RecordName::world(), record({})); }) == Status::not_found);
    std::filesystem::create_directory(f.path("absent"));
    s.create(RecordName::world(), record({}));
    CHECK(s.list(RecordKind::world).size() == 1);
}

TEST_CASE("a record has a size", "[store]") {
    StoreFixture f;
    CHECK(status_of([&] { f.store.create(RecordName::world(), {}); }) == Status::invalid_argument);
    Bytes large(store::max_record_size + 1, 'x');
    CHECK(status_of([&] { f.store.create(RecordName::world(), large); }) == Status::invalid_argument);
    large.pop_back();
    f.store.create(RecordName::world(), large);
    CHECK(f.store.read(RecordName::world()) == large);
}

TEST_CASE("what cannot be used is named and hides nothing", "[store]") {
    StoreFixture f;
    f.create("good", {"red"});
    write_contents(f.path("key_simple_damaged"), view("red\n"));
    write_contents(f.path("key_simple_empty"), {});
    write_contents(f.path("key_simple_UPPER"), record({"red"}));
    write_contents(f.path("key_simple_a_b"), record({"red"}));
    write_contents(f.path("README"), view("not a record"));
    std::filesystem::create_directory(f.path("key_simple_directory"));
    std::filesystem::create_directory(f.path("softcard_x"));
    std::filesystem::resize_file(f.path("key_simple_damaged"), 3);
    write_contents(f.path("key_simple_huge"), view("rec\n"));
    std::filesystem::resize_file(f.path("key_simple_huge"), store::max_record_size + 1);
    std::size_t expected = 7;
#if !defined(_WIN32)
    std::filesystem::create_symlink(f.path("key_simple_good"), f.path("key_simple_link"));
    REQUIRE(mkfifo(f.path("key_simple_fifo").c_str(), 0600) == 0);
    expected += 2;
#endif
    for (int round = 0; round < 3; ++round) {
        auto s = f.another(); // the second one has it from the index
        CHECK(StoreFixture::idents(s, "red") == "good");
        CHECK(s.keys().size() == 1);
        const auto problems = s.problems();
        CHECK(problems.size() == expected);
        for (const auto& problem : problems) {
            CAPTURE(problem.file_name, problem.text);
            CHECK(problem.text.find(problem.file_name) != std::string::npos);
            CHECK(problem.text.find('\n') == std::string::npos);
            const bool misnamed = problem.file_name.ends_with("UPPER") || problem.file_name.ends_with("a_b") ||
                                  problem.file_name == "softcard_x";
            CHECK(problem.status == (misnamed ? Status::invalid_argument : Status::record_damaged));
        }
        if (round == 1) f.store.reindex();
    }
    CHECK(status_of([&] { f.store.read(RecordName::key("simple", "directory")); }) == Status::record_damaged);
    CHECK(status_of([&] { f.store.read(RecordName::key("simple", "huge")); }) == Status::record_damaged);
#if !defined(_WIN32)
    CHECK(status_of([&] { f.store.read(RecordName::key("simple", "link")); }) == Status::record_damaged);
    CHECK(status_of([&] { f.store.read(RecordName::key("simple", "fifo")); }) == Status::record_damaged);
    CHECK_FALSE(f.store.find_key("simple", "link"));
#endif
    // Mended, it is a record like any other.
    write_contents(f.path("key_simple_damaged.new"), record({"red"}));
    std::filesystem::rename(f.path("key_simple_damaged.new"), f.path("key_simple_damaged"));
    CHECK(f.idents("red") == "damaged good");
    CHECK(f.store.problems().size() == expected - 1);
}

TEST_CASE("an extractor may fail in any way", "[store]") {
    StoreFixture f;
    auto options = line_options();
    options.extract = [](ByteView bytes, store::TermSink& sink) {
        if (text(bytes).find("newer") != std::string_view::npos) throw Error(Status::record_newer, "made by libhsm 99");
        if (text(bytes).find("odd") != std::string_view::npos) throw std::length_error("odd");
        extract_lines(bytes, sink);
    };
    options.extract_version = 2;
    store::Store s(f.fs, f.clock, f.scratch.path(), options);
    s.create(RecordName::key("a", "1"), record({"red"}));
    s.create(RecordName::key("a", "2"), record({"red", "newer"}));
    s.create(RecordName::key("a", "3"), record({"red", "odd"}));
    CHECK(StoreFixture::idents(s, "red") == "1");
    const auto problems = s.problems();
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].status == Status::record_newer);
    CHECK(problems[0].text == "key_a_2: made by libhsm 99");
    CHECK(problems[1].status == Status::record_damaged);
    CHECK(s.read(RecordName::key("a", "2")).has_value());
}

TEST_CASE("another version of the extractor makes another index", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    auto options = line_options();
    options.extract_version = 2;
    options.extract = [](ByteView, store::TermSink& sink) { sink.add(line_term("green")); };
    store::Store s(f.fs, f.clock, f.scratch.path(), options);
    CHECK(StoreFixture::idents(s, "green") == "one");
    CHECK(StoreFixture::idents(s, "red").empty());
}

TEST_CASE("without an extractor names are all there is", "[store]") {
    StoreFixture f;
    store::Store s(f.fs, f.clock, f.scratch.path());
    write_contents(f.path("key_a_1"), view("anything"));
    s.create(RecordName::key("a", "2"), view("else"));
    CHECK(s.keys().size() == 2);
    CHECK(s.problems().empty());
}

TEST_CASE("temporary files of dead writers are removed when they are old", "[store]") {
    StoreFixture f;
    const auto left = f.path(base::temporary_name());
    write_contents(left, view("half a rec"));
    CHECK(f.store.keys().empty());
    CHECK(std::filesystem::exists(left));
    f.clock.ahead_s += 3700;
    write_contents(f.path("key_a_1"), record({}));
    CHECK(f.store.keys().size() == 1);
    CHECK_FALSE(std::filesystem::exists(left));
}

TEST_CASE("many records", "[store]") {
    StoreFixture f;
    constexpr int count = thorough ? 10'000 : 1'000;
    for (int i = 0; i < count; ++i) {
        write_contents(f.path("key_simple_k" + std::to_string(i)), record({"n" + std::to_string(i), i % 2 ? "odd" : "even"}));
    }
    CHECK(f.store.count_keys() == count);
    CHECK(f.idents("n471") == "k471");
    f.settle();
    const auto lists = f.fs.lists.load();
    const auto opens = f.fs.opens.load();
    auto s = f.another();
    CHECK(StoreFixture::idents(s, "n999") == "k999");
    CHECK(s.find_by_term(line_term("odd")).size() == count / 2);
    CHECK(f.fs.lists == lists);
    CHECK(f.fs.opens - opens <= 2); // the index, and nothing else
    s.create(RecordName::key("simple", "new"), record({"odd"}));
    CHECK(s.find_by_term(line_term("odd")).size() == count / 2 + 1);
    CHECK(f.fs.lists == lists);
}
