// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "store_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#if !defined(_WIN32)

#include <functional>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// Directories that cannot be written, and disks that are full.

using namespace hsm;
using namespace hsm::test;
using store::RecordName;

namespace {

constexpr unsigned nobody = 65534;

/// Runs \p body in a child without privileges; what it returns must be empty.
std::string without_privileges(const std::function<std::string()>& body) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const auto child = fork();
    if (child == 0) {
        std::string wrong;
        if (getuid() == 0 && (setgid(nobody) != 0 || setuid(nobody) != 0)) wrong = "cannot give up privileges";
        try {
            if (wrong.empty()) wrong = body();
        } catch (const std::exception& error) {
            wrong = error.what();
        }
        const auto done = write(ends[1], wrong.data(), wrong.size());
        _exit(done < 0 ? 1 : 0);
    }
    close(ends[1]);
    std::string wrong;
    char buffer[256];
    for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
        wrong.append(buffer, static_cast<std::size_t>(got));
    }
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return wrong;
}

std::string find_without_writing(StoreFixture& f) {
    auto s = f.another();
    if (StoreFixture::idents(s, "red") != "one") return "the key is not found";
    if (s.read(RecordName::key("simple", "one")) != record({"red"})) return "the key is not read";
    if (!StoreFixture::idents(s, "blue").empty()) return "a key that is not there";
    for (const auto& write : std::initializer_list<std::function<void()>>{
             [&] { s.create(RecordName::key("simple", "two"), record({})); },
             [&] { s.replace(RecordName::key("simple", "one"), record({})); },
             [&] { s.remove(RecordName::key("simple", "one")); },
         }) {
        const auto error = error_of(write);
        if (!error) return "a write went through";
        if (error->status() != Status::permission_denied && error->status() != Status::read_only) return error->message();
        if (error->message().find('\n') != std::string::npos) return "more than one line";
        if (error->message().find(f.scratch.path().string()) == std::string::npos) return "no path: " + error->message();
    }
    return {};
}

} // namespace

TEST_CASE("a directory that may only be read", "[store]") {
    StoreFixture f;
    auto options = line_options();
    options.record_mode = base::FileMode::shared_file;
    store::Store owner(f.fs, f.clock, f.scratch.path(), options);
    owner.create(RecordName::key("simple", "one"), record({"red"}));
    SECTION("with an index") {
        owner.find_by_term(line_term("red"));
        f.clock.ahead_s += 10;
        owner.find_by_term(line_term("none"));
    }
    SECTION("with an index that cannot be read") {
        owner.find_by_term(line_term("red"));
        REQUIRE(chmod(f.path(".index").c_str(), 0) == 0);
    }
    SECTION("without an index") { std::filesystem::remove(f.path(".index")); }
    REQUIRE(chmod(f.scratch.path().c_str(), 0555) == 0);
    CHECK(without_privileges([&] { return find_without_writing(f); }).empty());
    REQUIRE(chmod(f.scratch.path().c_str(), 0755) == 0);
}

TEST_CASE("a record that may not be read is a problem of its own", "[store]") {
    StoreFixture f;
    write_contents(f.path("key_simple_one"), record({"red"}));
    write_contents(f.path("key_simple_secret"), record({"red"}));
    REQUIRE(chmod(f.path("key_simple_secret").c_str(), 0) == 0);
    REQUIRE(chmod(f.scratch.path().c_str(), 0777) == 0);
    const auto wrong = without_privileges([&]() -> std::string {
        auto s = f.another();
        if (StoreFixture::idents(s, "red") != "one") return "finds " + StoreFixture::idents(s, "red");
        const auto problems = s.problems();
        if (problems.size() != 1 || problems[0].file_name != "key_simple_secret") return "other problems";
        if (problems[0].status != Status::permission_denied) return problems[0].text;
        return {};
    });
    CHECK(wrong.empty());
}

TEST_CASE("a directory that may not even be listed", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    REQUIRE(chmod(f.scratch.path().c_str(), 0) == 0);
    const auto wrong = without_privileges([&]() -> std::string {
        auto s = f.another();
        if (status_of([&] { s.keys(); }) != Status::permission_denied) return "lists";
        if (status_of([&] { s.read(RecordName::key("simple", "one")); }) != Status::permission_denied) return "reads";
        return {};
    });
    CHECK(wrong.empty());
    REQUIRE(chmod(f.scratch.path().c_str(), 0755) == 0);
}

#if defined(__linux__)
TEST_CASE("a full disk", "[store]") {
    StoreFixture f;
    const auto small = f.path("small");
    std::filesystem::create_directory(small);
    if (mount("none", small.c_str(), "tmpfs", 0, "size=512k") != 0) SKIP("cannot mount a small file system here");
    {
        store::Store s(f.fs, f.clock, small, line_options());
        int made = 0;
        const std::string filling(20'000, 'x');
        std::optional<Error> error;
        while (!error) {
            const auto n = std::to_string(made);
            error = error_of([&] { s.create(RecordName::key("simple", n), record({n, filling})); });
            if (!error) ++made;
        }
        CHECK(error->status() == Status::disk_full);
        CHECK(made > 5);
        std::size_t records = 0;
        for (const auto& file : std::filesystem::directory_iterator(small)) {
            const auto name = file.path().filename().string();
            CHECK_FALSE(name.starts_with(".tmp-"));
            if (name.starts_with("key_")) ++records;
        }
        CHECK(records == static_cast<std::size_t>(made));
        CHECK(s.count_keys() == records);
        CHECK(StoreFixture::idents(s, "3") == "3");
        CHECK(StoreFixture::idents(s, std::to_string(made)).empty());
        CHECK(error_of([&] { s.replace(RecordName::key("simple", "3"), record({"3b", filling})); }));
        CHECK(StoreFixture::idents(s, "3") == "3");
        s.remove(RecordName::key("simple", "0"));
        s.remove(RecordName::key("simple", "1"));
        s.create(RecordName::key("simple", "small"), record({"small"}));
        CHECK(StoreFixture::idents(s, "small") == "small");
        store::Store other(f.fs, f.clock, small, line_options());
        CHECK(StoreFixture::idents(other, "small") == "small");
        CHECK(other.count_keys() == records - 1);
    }
    umount(small.c_str());
}
#endif

#endif
