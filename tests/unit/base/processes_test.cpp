// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/file_system.hpp>
#include <base/fork_guard.hpp>
#include <base/log.hpp>
#include <base/thread_index.hpp>

#include "child_process.hpp"
#include "support/expect_error.hpp"
#include "temporary_directory.hpp"

#include <hsm/secret.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstdlib>
#include <list>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

// What several processes share, and what a fork does. POSIX only.

using namespace hsm;
using namespace hsm::base;
using test::ChildProcess;
using test::run_in_child;
using test::Signal;
using test::status_of;
using test::TemporaryDirectory;
using Mode = LockFile::Mode;

namespace {

FileSystem& fs() { return real_file_system(); }

} // namespace

TEST_CASE("locks exclude other processes and go with them") {
    const TemporaryDirectory dir;
    const auto locks = fs().lock_file(dir / "locks");
    Signal held;
    ChildProcess holder([&] {
        const auto own = fs().lock_file(dir / "locks");
        own->lock(5, Mode::exclusive);
        own->lock(6, Mode::shared);
        held.set();
        pause();
        return 0;
    });
    held.wait();
    CHECK_FALSE(locks->try_lock(5, Mode::shared));
    CHECK(locks->try_lock(6, Mode::shared));
    CHECK_FALSE(locks->try_lock(6, Mode::exclusive));
    CHECK(locks->try_lock(7, Mode::exclusive));
    kill(holder.pid(), SIGKILL);
    CHECK(holder.wait() == 128 + SIGKILL);
    CHECK(locks->try_lock(5, Mode::exclusive));
}

TEST_CASE("closing the file elsewhere in the process keeps the locks") {
    const TemporaryDirectory dir;
    const auto locks = fs().lock_file(dir / "locks");
    REQUIRE(locks->try_lock(1, Mode::exclusive));
    { static_cast<void>(fs().lock_file(dir / "locks")); }
    static_cast<void>(fs().read(dir / "locks", 10));
    CHECK(run_in_child([&] { return fs().lock_file(dir / "locks")->try_lock(1, Mode::exclusive) ? 1 : 0; }) ==
          0);
}

TEST_CASE("a child that abandons a lock file leaves the parent's locks alone and can use it no more") {
    const TemporaryDirectory dir;
    const auto locks = fs().lock_file(dir / "locks");
    REQUIRE(locks->try_lock(1, Mode::exclusive));
    CHECK(run_in_child([&] {
              locks->abandon();
              locks->unlock(1);
              return status_of([&] { locks->try_lock(1, Mode::exclusive); }) == Status::forked ? 0 : 1;
          }) == 0);
    CHECK_FALSE(fs().lock_file(dir / "locks")->try_lock(1, Mode::exclusive));
}

TEST_CASE("processes count in shared memory under a lock") {
    const TemporaryDirectory dir;
    constexpr int rounds = 500;
    std::list<ChildProcess> children;
    for (int i = 0; i < 3; ++i)
        children.emplace_back([&] {
            const auto locks = fs().lock_file(dir / "locks");
            const auto page = fs().map_shared(dir / "page", 4096);
            auto* const counter = reinterpret_cast<volatile std::uint32_t*>(page->bytes().data());
            for (int n = 0; n < rounds; ++n) {
                locks->lock(10, Mode::exclusive);
                *counter = *counter + 1; // not atomic: the lock is what is tested
                locks->unlock(10);
            }
            return 0;
        });
    for (auto& child : children) CHECK(child.wait() == 0);
    const auto page = fs().map_shared(dir / "page", 4096);
    CHECK(*reinterpret_cast<const std::uint32_t*>(page->bytes().data()) == 3 * rounds);
}

TEST_CASE("the fork generation grows in the child only") {
    const auto before = fork_generation();
    const auto in_child = run_in_child([&] { return fork_generation() == before + 1 ? 0 : 1; });
    CHECK(in_child == 0);
    CHECK(run_in_child(
              [&] { return run_in_child([&] { return fork_generation() == before + 2 ? 0 : 1; }); }) == 0);
    CHECK(fork_generation() == before);
}

namespace {

std::string order;
struct Registered {
    char name;
};
void prepare(void* owner) noexcept { order += static_cast<Registered*>(owner)->name; }
void parent(void* owner) noexcept {
    order += static_cast<char>(static_cast<Registered*>(owner)->name + 'A' - 'a');
}
void child(void* owner) noexcept {
    order += static_cast<Registered*>(owner)->name == 'a'   ? '1'
             : static_cast<Registered*>(owner)->name == 'b' ? '2'
                                                            : '3';
}

} // namespace

TEST_CASE("fork steps run by rank, and a forgotten owner is left out") {
    Registered a{'a'};
    Registered b{'b'};
    Registered c{'c'};
    const ForkSteps steps{.prepare = prepare, .parent = parent, .child = child};
    order.reserve(100);
    on_fork(&c, steps, 30);
    on_fork(&a, steps, 10);
    on_fork(&b, steps, 20);
    order.clear();
    CHECK(run_in_child([] { return order == "abc321" ? 0 : 1; }) == 0);
    CHECK(order == "abcCBA");
    forget_on_fork(&b);
    order.clear();
    CHECK(run_in_child([] { return order == "ac31" ? 0 : 1; }) == 0);
    CHECK(order == "acCA");
    forget_on_fork(&a);
    forget_on_fork(&c);
    on_fork_child(&b, child);
    order.clear();
    CHECK(run_in_child([] { return order == "2" ? 0 : 1; }) == 0);
    CHECK(order.empty());
    forget_on_fork(&b);
}

TEST_CASE("many owners can be registered") {
    std::vector<Registered> many(100, Registered{'a'});
    const ForkSteps steps{.prepare = nullptr, .parent = nullptr, .child = child};
    for (auto& one : many) on_fork(&one, steps, static_cast<int>(&one - many.data()) % 7);
    order.clear();
    CHECK(run_in_child([] { return order.size() == 100 ? 0 : 1; }) == 0);
    for (auto& one : many) forget_on_fork(&one);
    CHECK(run_in_child([] { return order.empty() ? 0 : 1; }) == 0);
}

TEST_CASE("a child makes secrets and logs although its parent's threads were doing so") {
    const TemporaryDirectory dir;
    setenv("NFLOG_FILE", (dir / "log").c_str(), 1);
    log::reopen();
    std::atomic<bool> stop{false};
    {
        std::vector<std::jthread> busy;
        for (int i = 0; i < 2; ++i)
            busy.emplace_back([&] {
                while (!stop) {
                    const Secret secret(100);
                    log::warning("busy {}", secret.size());
                }
            });
        for (int i = 0; i < 50; ++i)
            CHECK(run_in_child([] {
                      alarm(20); // a deadlock ends it
                      const Secret small(100);
                      const Secret large(100'000);
                      log::warning("child");
                      return small.size() + large.size() == 100'100 ? 0 : 1;
                  }) == 0);
        stop = true;
    }
    unsetenv("NFLOG_FILE");
    log::reopen();
}

TEST_CASE("a child logs into its own file when the file is a process's") {
    const TemporaryDirectory dir;
    setenv("NFAST_LOGDIR", dir.path().c_str(), 1);
    log::reopen();
    log::error("parent");
    CHECK(run_in_child([] {
              log::error("child");
              return 0;
          }) == 0);
    log::error("parent again");
    unsetenv("NFAST_LOGDIR");
    log::reopen();
    CHECK(fs().list(dir.path()).size() == 2);
}
