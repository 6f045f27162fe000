// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "store_fixture.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <functional>
#include <random>
#include <set>
#include <thread>

#if !defined(_WIN32)
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#endif

// Many at once.

using namespace hsm;
using namespace hsm::test;
using store::RecordName;

namespace {

/// Makes, replaces, removes and finds keys of its own, and fights over shared ones. Throws when an answer is wrong.
void work(store::Store& s, const std::string& me, int rounds) {
    std::set<std::string> mine;
    std::mt19937 random(static_cast<unsigned>(std::hash<std::string>()(me)));
    const auto expect = [](bool good, const char* what) {
        if (!good) throw Error(Status::internal, what);
    };
    for (int i = 0; i < rounds; ++i) {
        const auto ident = me + "-" + std::to_string(random() % 12);
        const auto name = RecordName::key("simple", ident);
        if (mine.insert(ident).second) {
            s.create(name, record({ident, me}));
        } else if (random() % 2 == 0) {
            s.replace(name, record({ident, me, "again"}));
        } else {
            s.remove(name);
            mine.erase(ident);
        }
        expect(s.find_by_term(line_term(ident)).size() == mine.count(ident), "own key by its term");
        expect(s.find_key("simple", ident).has_value() == (mine.count(ident) == 1), "own key by its name");
        if (i % 8 == 0) expect(s.find_by_term(line_term(me)).size() == mine.size(), "all own keys");
        try {
            const auto shared = RecordName::key("shared", std::to_string(random() % 3));
            if (random() % 2 == 0) {
                s.create(shared, record({"shared"}));
            } else {
                s.remove(shared);
            }
        } catch (const Error& error) {
            expect(error.status() == Status::already_exists || error.status() == Status::not_found, "shared key");
        }
    }
}

/// What the index says is what is there.
void check_against_files(StoreFixture& f) {
    std::set<std::string> there;
    for (const auto& file : std::filesystem::directory_iterator(f.scratch.path())) {
        const auto name = file.path().filename().string();
        if (name.starts_with("key_")) there.insert(name);
        CHECK_FALSE(name.starts_with(".tmp-"));
    }
    const auto indexed = [](store::Store& s) {
        std::set<std::string> names;
        for (const auto& name : s.keys()) names.insert(name.file_name());
        return names;
    };
    auto fresh = f.another();
    CHECK(indexed(fresh) == there);
    CHECK(indexed(f.store) == there);
    for (const auto& name : fresh.keys("simple")) CHECK(f.idents(name.ident()) == name.ident());
}

#if !defined(_WIN32)
/// Runs \p body in a child; 0 when it returned.
pid_t start_child(const std::function<void()>& body) {
    const auto child = fork();
    if (child != 0) return child;
    int code = 0;
    try {
        body();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        code = 1;
    }
    _exit(code);
}

int wait_for(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
#endif

} // namespace

TEST_CASE("one store used by many threads", "[store][threaded]") {
    StoreFixture f;
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&f, &failures, t] {
            try {
                work(f.store, "thread" + std::to_string(t), 60);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "thread: %s\n", error.what());
                ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failures == 0);
    check_against_files(f);
}

TEST_CASE("several stores on one directory, each with a thread", "[store][threaded]") {
    StoreFixture f;
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&f, &failures, t] {
            try {
                auto s = f.another();
                work(s, "store" + std::to_string(t), 60);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "thread: %s\n", error.what());
                ++failures;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(failures == 0);
    check_against_files(f);
}

#if !defined(_WIN32)

TEST_CASE("several processes on one directory", "[store]") {
    StoreFixture f;
    f.create("one", {"one"});
    f.idents("one");
    std::vector<pid_t> children;
    for (int c = 0; c < 4; ++c) {
        children.push_back(start_child([&f, c] {
            auto s = f.another();
            work(s, "child" + std::to_string(c), 80);
        }));
    }
    for (const auto child : children) CHECK(wait_for(child) == 0);
    check_against_files(f);
}

TEST_CASE("of many who create one record exactly one does", "[store]") {
    StoreFixture f;
    std::vector<pid_t> children;
    for (int c = 0; c < 8; ++c) {
        children.push_back(start_child([&f, c] {
            auto s = f.another();
            for (int i = 0; i < 20; ++i) {
                const auto name = RecordName::key("simple", std::to_string(i));
                const auto by = "by" + std::to_string(c);
                try {
                    s.create(name, record({by}));
                } catch (const Error& error) {
                    if (error.status() != Status::already_exists) throw;
                    continue;
                }
                if (s.read(name) != record({by})) throw Error(Status::internal, "another's record under our name");
                s.create(RecordName::key("won", by + "-" + std::to_string(i)), record({}));
            }
        }));
    }
    for (const auto child : children) CHECK(wait_for(child) == 0);
    CHECK(f.store.count_keys("won") == 20);
    CHECK(f.store.count_keys("simple") == 20);
}

TEST_CASE("processes killed at any moment leave whole records and a true index", "[store]") {
    StoreFixture f;
    f.create("one", {"one"});
    std::mt19937 random(5);
    for (int round = 0; round < 25; ++round) {
        const auto child = start_child([&f, round] {
            auto s = f.another();
            for (int i = 0;; ++i) {
                const auto ident = std::to_string(round) + "-" + std::to_string(i);
                s.create(RecordName::key("simple", ident), record({ident, "all"}));
                if (i % 3 == 0) s.remove(RecordName::key("simple", ident));
            }
        });
        usleep(static_cast<unsigned>(random() % 12'000));
        kill(child, SIGKILL);
        wait_for(child);
        for (const auto& name : f.store.keys()) {
            const auto contents = f.store.read(name);
            REQUIRE(contents);
            CHECK(text(*contents).starts_with("rec\n"));
        }
    }
    for (const auto& file : std::filesystem::directory_iterator(f.scratch.path())) {
        if (file.path().filename().string().starts_with(".tmp-")) std::filesystem::remove(file);
    }
    CHECK(f.store.problems().empty());
    check_against_files(f);
}

TEST_CASE("a stopped writer does not stop readers", "[store]") {
    StoreFixture f;
    f.create("one", {"red"});
    f.settle();
    const auto lock = f.fs.lock_file(f.path(".index.lock"));
    lock->lock(0, base::LockFile::Mode::exclusive);
    write_contents(f.path("key_simple_two"), record({"blue"}));
    CHECK(f.idents("blue") == "two"); // after a pause
    CHECK(f.store.read(RecordName::key("simple", "two")) == record({"blue"}));
}

#endif
