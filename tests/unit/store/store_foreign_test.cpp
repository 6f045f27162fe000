// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "store_fixture.hpp"

#include <store/index_file.hpp>

#include <catch2/catch_test_macros.hpp>

#include <chrono>

// What other programs do to the directory, and what the index makes of it.

using namespace hsm;
using namespace hsm::test;
using store::RecordName;
namespace filesystem = std::filesystem;

namespace {

#if !defined(_WIN32)
/// As tar -x and cp -a leave it.
void set_old_time(const base::Path& path) {
    filesystem::last_write_time(path, filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 365 * 5));
}
#endif

/// As rsync replaces a file.
void replace_file(const base::Path& path, ByteView contents) {
    const auto fresh = path.parent_path() / ".foreign.tmp";
    write_contents(fresh, contents);
    filesystem::rename(fresh, path);
}

} // namespace

TEST_CASE("a record that is copied in is found at once", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    CHECK(f.idents("red") == "one");
    write_contents(f.path("key_simple_two"), record({"red", "blue"}));
    CHECK(f.idents("blue") == "two");
    CHECK(f.idents("red") == "one two");
    CHECK(f.store.keys().size() == 2);
}

#if !defined(_WIN32) // the C++ library there does not set a directory's times
TEST_CASE("records copied in with old times are found", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    set_old_time(f.scratch.path());
    f.settle();
    write_contents(f.path("key_simple_two"), record({"blue"}));
    set_old_time(f.path("key_simple_two"));
    set_old_time(f.scratch.path());
    CHECK(f.idents("blue") == "two");
    CHECK(f.idents("red") == "one");
}
#endif

TEST_CASE("a record that is removed by hand is gone", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.create("two", {"red"});
    f.settle();
    filesystem::remove(f.path("key_simple_one"));
    CHECK(f.idents("red") == "two");
    CHECK(f.store.count_keys() == 1);
    CHECK_FALSE(f.store.find_key("simple", "one"));
}

TEST_CASE("a record that is renamed or replaced by hand is found as it is now", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    filesystem::rename(f.path("key_simple_one"), f.path("key_simple_uno"));
    CHECK(f.idents("red") == "uno");
    f.settle();
    replace_file(f.path("key_simple_uno"), record({"blue"}));
    CHECK(f.idents("red").empty());
    CHECK(f.idents("blue") == "uno");
}

TEST_CASE("a record that is overwritten in place is read as it is, and found so after that", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.create("two", {"red"});
    f.settle();
    CHECK(f.idents("red") == "one two");
    write_contents(f.path("key_simple_one"), record({"blue", "new"}));
    CHECK(f.store.read(RecordName::key("simple", "one")) == record({"blue", "new"}));
    CHECK(f.idents("blue") == "one");
    CHECK(f.idents("red") == "two");
    auto other = f.another();
    CHECK(StoreFixture::idents(other, "blue") == "one");

    write_contents(f.path("key_simple_two"), record({"green", "new"}));
    f.store.reindex();
    CHECK(f.idents("green") == "two");
}

TEST_CASE("a whole directory copied over another is taken as it is", "[store]") {
    StoreFixture a;
    StoreFixture b;
    for (int i = 0; i < 40; ++i) a.create("a" + std::to_string(i), {"of a", "all"});
    for (int i = 0; i < 60; ++i) b.create("b" + std::to_string(i), {"of b", "all"});
    a.settle();
    b.settle();
    // The index and its lock are copied along, into the place of those in use.
    for (const auto& file : filesystem::directory_iterator(a.scratch.path())) {
        write_contents(b.path(file.path().filename().string()), read_contents(file.path()));
    }
    CHECK(b.store.find_by_term(line_term("all")).size() == 100);
    CHECK(b.store.find_by_term(line_term("of b")).size() == 60);
    CHECK(b.store.find_by_term(line_term("of a")).size() == 40);
    auto other = b.another();
    CHECK(other.find_by_term(line_term("all")).size() == 100);
}

TEST_CASE("a directory in the place of the old one is another directory", "[store]") {
    StoreFixture f;
    const auto local = f.path("local");
    filesystem::create_directory(local);
    store::Store s(f.fs, f.clock, local, line_options());
    s.create(RecordName::key("simple", "one"), record({"red"}));
    CHECK(StoreFixture::idents(s, "red") == "one");
    filesystem::rename(local, f.path("local_1"));
    CHECK(StoreFixture::idents(s, "red").empty());
    filesystem::create_directory(local);
    CHECK(StoreFixture::idents(s, "red").empty());
    s.create(RecordName::key("simple", "two"), record({"red"}));
    CHECK(StoreFixture::idents(s, "red") == "two");
}

TEST_CASE("libhsm's own changes never make it list the directory", "[store]") {
    StoreFixture f;
    f.create("first", {"red", "all"});
    f.settle();
    f.idents("red");
    auto other = f.another(); // stands for another process
    CHECK(StoreFixture::idents(other, "red") == "first");
    const auto lists = f.fs.lists.load();
    for (int i = 0; i < 50; ++i) {
        const auto n = std::to_string(i);
        auto& writer = i % 2 ? f.store : other;
        auto& reader = i % 3 ? f.store : other;
        writer.create(RecordName::key("simple", n), record({n, "all"}));
        CHECK(StoreFixture::idents(reader, n) == n);
        if (i % 5 == 0) {
            writer.replace(RecordName::key("simple", n), record({n + "b", "all"}));
            CHECK(StoreFixture::idents(reader, n + "b") == n);
        }
        if (i % 10 == 0) {
            writer.remove(RecordName::key("simple", n));
            CHECK(reader.find_by_term(line_term("all")).size() == static_cast<std::size_t>(i - i / 10 + 1));
        }
    }
    CHECK(f.fs.lists == lists);
    auto third = f.another();
    CHECK(third.find_by_term(line_term("all")).size() == 46);
    CHECK(f.fs.lists == lists);
}

TEST_CASE("more than a thousand own changes are merged and stay right", "[store]") {
    StoreFixture f;
    auto other = f.another();
    constexpr int count = thorough ? 1300 : 260;
    for (int i = 0; i < count; ++i) {
        const auto n = std::to_string(i);
        f.create(n, {n, i % 7 ? "most" : "few"});
        if (i % 250 == 249) {
            f.settle();
            CHECK(StoreFixture::idents(other, n) == n);
            CHECK(f.idents(n) == n);
        }
    }
    auto third = f.another();
    CHECK(third.find_by_term(line_term("few")).size() == (count + 6) / 7);
    CHECK(f.store.find_by_term(line_term("few")).size() == (count + 6) / 7);
    CHECK(third.count_keys() == count);
}

TEST_CASE("changes of writers who never look are merged by whoever does", "[store]") {
    StoreFixture f;
    f.create("first", {"red"});
    f.settle();
    constexpr int count = thorough ? 600 : 100;
    std::string many = "all"; // terms, so that the changes take room
    for (int i = 0; i < 36000 / count; ++i) many += "\nterm " + std::to_string(i);
    auto writer = f.another();
    for (int i = 0; i < count; ++i) {
        const auto n = std::to_string(i);
        writer.create(RecordName::key("simple", n), record({n, many}));
    }
    store::IndexFile file(f.fs, f.path(".index"), 1, base::FileMode::private_file);
    CHECK(file.read_mark()->position.tail > 256u << 10);
    const auto lists = f.fs.lists.load();
    CHECK(f.idents("17") == "17");
    CHECK(f.store.find_by_term(line_term("all")).size() == count);
    CHECK(file.read_mark()->position.tail == 0);
    auto other = f.another();
    CHECK(StoreFixture::idents(other, "17") == "17");
    CHECK(f.fs.lists == lists);
}

TEST_CASE("what is not found in a settled directory is not looked for", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    const auto lists = f.fs.lists.load();
    for (int i = 0; i < 10; ++i) CHECK(f.idents("blue").empty());
    auto other = f.another();
    CHECK(StoreFixture::idents(other, "blue").empty());
    CHECK(f.fs.lists == lists);
}

TEST_CASE("a second change in the same tick of the file system's clock is found", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.fs.times_stand_still = true;
    auto s = f.another();
    CHECK(StoreFixture::idents(s, "red") == "one");
    write_contents(f.path("key_simple_two"), record({"blue"}));
    SECTION("when it is looked for") { CHECK(StoreFixture::idents(s, "blue") == "two"); }
    SECTION("when the directory has grown old meanwhile") {
        f.clock.ahead_s += 10;
        CHECK(StoreFixture::idents(s, "blue") == "two");
    }
    SECTION("after a change of our own, within a second") {
        s.create(RecordName::key("simple", "three"), record({"green"}));
        CHECK(StoreFixture::idents(s, "green") == "three");
        f.clock.ahead_s += 2;
        CHECK(StoreFixture::idents(s, "blue") == "two");
    }
}

TEST_CASE("on a network file system the directory is listed at least once a second", "[store]") {
    StoreFixture f;
    f.fs.network = true;
    f.create("one", {"red"});
    CHECK(f.idents("red") == "one");
    f.fs.times_stand_still = true;
    CHECK(f.idents("red") == "one");
    write_contents(f.path("key_simple_one"), record({"blue", "new"})); // in place: no directory shows it
    f.clock.ahead_s += 2;
    CHECK(f.idents("blue") == "one");
    CHECK(f.idents("red").empty());
}
