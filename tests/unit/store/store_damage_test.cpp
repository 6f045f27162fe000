// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "store_fixture.hpp"

#include <base/open_files.hpp>
#include <store/index_file.hpp>

#include <catch2/catch_test_macros.hpp>

// The index file may hold anything: answers stay right.

using namespace hsm;
using namespace hsm::test;
using store::RecordName;

namespace {

constexpr int count = 60;

/// Records of which some are in the snapshot of the index and some are changes behind it.
struct DamageFixture : StoreFixture {
    DamageFixture() {
        for (int i = 0; i < count; ++i) {
            if (i == count / 2) store.reindex();
            create("k" + std::to_string(i), {"n" + std::to_string(i), "all"});
        }
        create("gone", {"n1", "all"});
        store.remove(RecordName::key("simple", "gone"));
        settle();
        index = read_contents(path(".index"));
        REQUIRE(index.size() > 4000);
    }

    /// Writing it in place changes nothing that the directory shows.
    void check_with(const Bytes& contents) {
        write_contents(path(".index"), contents);
        auto s = another();
        CHECK(idents(s, "n1") == "k1");
        CHECK(idents(s, "n59") == "k59");
        CHECK(idents(s, "none").empty());
        CHECK(s.find_by_term(line_term("all")).size() == count);
        CHECK(s.count_keys() == count);
        CHECK(s.problems().empty());
        // The store that is open all the while goes on too, and both can write.
        s.replace(RecordName::key("simple", "k3"), record({"n3", "all"}));
        CHECK(idents("n3") == "k3");
        CHECK(store.count_keys() == count);
    }

    Bytes index;
};

} // namespace

TEST_CASE("an index that is cut short", "[store]") {
    DamageFixture f;
    for (std::size_t part = 0; part <= 16; ++part) {
        CAPTURE(part);
        f.check_with(Bytes(f.index.begin(), f.index.begin() + static_cast<std::ptrdiff_t>(f.index.size() * part / 16)));
    }
    for (const std::size_t size : {1u, 63u, 64u, 128u, 207u, 208u, 255u, 256u, 257u}) {
        CAPTURE(size);
        f.check_with(Bytes(f.index.begin(), f.index.begin() + static_cast<std::ptrdiff_t>(size)));
    }
}

TEST_CASE("an index with a wrong byte", "[store]") {
    DamageFixture f;
    for (std::size_t at = 0; at < f.index.size(); at += (at < 256 ? 3 : 61) * (thorough ? 1 : 11)) {
        CAPTURE(at);
        auto bytes = f.index;
        bytes[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
        f.check_with(bytes);
    }
}

TEST_CASE("an index with something behind its end, or full of nothing", "[store]") {
    DamageFixture f;
    auto longer = f.index;
    longer.resize(longer.size() + 5000, 0x41);
    f.check_with(longer);
    f.check_with(Bytes(f.index.size(), 0));
    f.check_with(Bytes(f.index.size(), 0xff));
    auto half_lost = f.index; // as a power cut may leave what was never synced
    std::fill(half_lost.begin() + 4096, half_lost.end(), std::uint8_t{0});
    f.check_with(half_lost);
}

TEST_CASE("an older index, put back by hand", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    const auto old = read_contents(f.path(".index"));
    f.create("two", {"red"});
    write_contents(f.path(".index"), old);
    auto s = f.another();
    CHECK(StoreFixture::idents(s, "red") == "one two");
    f.create("three", {"red"});
    CHECK(f.idents("red") == "one three two");
    auto t = f.another();
    CHECK(StoreFixture::idents(t, "red") == "one three two");
}

TEST_CASE("something else in the place of the index", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    std::filesystem::remove(f.path(".index"));
    SECTION("nothing") {}
    SECTION("a directory") { std::filesystem::create_directory(f.path(".index")); }
    SECTION("a full directory") { std::filesystem::create_directories(f.path(".index") / "x"); }
#if !defined(_WIN32)
    SECTION("a link to a record") { std::filesystem::create_symlink(f.path("key_simple_one"), f.path(".index")); }
    SECTION("a link to nowhere") { std::filesystem::create_symlink(f.path("nowhere"), f.path(".index")); }
#endif
    for (int round = 0; round < 2; ++round) {
        auto s = f.another();
        CHECK(StoreFixture::idents(s, "red") == (round == 0 ? "one" : "one two"));
        if (round == 0) s.create(RecordName::key("simple", "two"), record({"red"}));
        CHECK(StoreFixture::idents(s, "red") == "one two");
        CHECK(f.idents("red") == "one two");
    }
    CHECK(read_contents(f.path("key_simple_one")) == record({"red"}));
}

TEST_CASE("something else in the place of the lock", "[store]") {
    StoreFixture f;
    std::filesystem::create_directory(f.path(".index.lock"));
    f.create("one", {"red"});
    CHECK(f.idents("red") == "one");
    f.create("two", {"red"});
    auto s = f.another();
    CHECK(StoreFixture::idents(s, "red") == "one two");
}

namespace {

/// So many records that a search looks at few of the index's blocks.
struct LargeFixture : StoreFixture {
    static constexpr int count = thorough ? 4000 : 500;

    LargeFixture() {
        for (int i = 0; i < count; ++i)
            write_contents(path("key_simple_k" + std::to_string(i)), record({"n" + std::to_string(i), "all"}));
        store.reindex();
        settle();
        index = read_contents(path(".index"));
        REQUIRE((!thorough || index.size() > 8 * store::Body::block_size));
    }

    /// Through both ways to ask.
    void check_all(store::Store& s) {
        for (int i = 0; i < count; i += 97) {
            CAPTURE(i);
            const auto line = "n" + std::to_string(i);
            CHECK(idents(s, line) == "k" + std::to_string(i));
            std::string found;
            const auto term = line_term(line);
            s.search({&term, 1}, [&](std::string_view name) { found.append(name); });
            CHECK(found == "key_simple_k" + std::to_string(i));
        }
        CHECK(s.count_keys() == static_cast<std::size_t>(count));
    }

    Bytes index;
};

} // namespace

TEST_CASE("an index that is written over while it is in use", "[store]") {
    LargeFixture f;
    auto s = f.another();
    auto reader = f.another();
    CHECK(StoreFixture::idents(s, "n7") == "k7");
    const auto term = line_term("n7");
    int seen = 0;
    reader.refresh();
    reader.search({&term, 1}, [&](std::string_view) { ++seen; });
    CHECK(seen == 1);
    auto bytes = f.index;
    SECTION("by nothing") { std::fill(bytes.begin() + 256, bytes.end(), std::uint8_t{0}); }
    SECTION("by something shorter") { bytes.resize(300); }
    SECTION("by an older one") {
        for (auto& byte : std::span(bytes).subspan(bytes.size() / 2)) byte = static_cast<std::uint8_t>(byte + 1);
    }
    write_contents(f.path(".index"), bytes);
    SECTION("and read by name first") {
        f.check_all(s);
        f.check_all(reader);
    }
    SECTION("and then a record is written") {
        s.replace(RecordName::key("simple", "k9"), record({"n9", "all"}));
        reader.create(RecordName::key("simple", "fresh"), record({"fresh"}));
        CHECK(StoreFixture::idents(s, "fresh") == "fresh");
        s.remove(RecordName::key("simple", "fresh"));
        f.check_all(s);
        f.check_all(reader);
    }
    SECTION("and then many are") {
        const auto name = [](int i) { return "key_other_m" + std::to_string(i); };
        for (int i = 0; i < LargeFixture::count; ++i) write_contents(f.path(name(i)), record({"more"}));
        f.settle();
        CHECK(s.find_by_term(line_term("more")).size() == LargeFixture::count);
        CHECK(reader.find_by_term(line_term("more")).size() == LargeFixture::count);
        for (int i = 0; i < LargeFixture::count; ++i) std::filesystem::remove(f.path(name(i)));
        f.settle();
        f.check_all(s);
        f.check_all(reader);
    }
    auto fresh = f.another();
    f.check_all(fresh);
}

TEST_CASE("a search in a large index reads little of it", "[store]") {
    LargeFixture f;
    store::IndexFile file(f.fs, f.path(".index"), 1, base::FileMode::private_file);
    store::Mark mark;
    const auto before = f.fs.bytes_read.load();
    auto view = file.read(mark);
    REQUIRE(view);
    const auto term = line_term("n100");
    CHECK(view->with_terms({&term, 1}).size() == 1);
    // Where an open file cannot be replaced, it is not kept open.
    if (base::is_open_file_replaceable) CHECK(f.fs.bytes_read - before < f.index.size() / 2);
    view->snapshot().need_all();
    CHECK(f.fs.bytes_read - before >= f.index.size());
    CHECK_FALSE(view->is_damaged());
}
