// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "lab.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

// Several processes with several threads each use one counted key and are killed at random moments, one or all of
// them. Each writes a byte to a witness before it tries and to another one when it has the signature in hand. A
// thousand kills, or as many as HSM_TEST_KILLS says.

using namespace hsm;
using namespace hsm::test;

namespace {

constexpr std::size_t process_count = 3;
constexpr std::size_t thread_count = 2;
constexpr std::uint64_t limit = 3000;

std::size_t kill_count() {
    if (const auto* wanted = std::getenv("HSM_TEST_KILLS")) return std::strtoul(wanted, nullptr, 10);
    return sampled(1000, 25);
}

/// Bytes that survive whoever wrote them.
class Witness {
public:
    explicit Witness(const base::Path& path)
        : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_TRUNC, 0600)) {
        if (fd_ < 0) throw std::runtime_error("no witness");
    }
    ~Witness() { close(fd_); }
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    void see() const noexcept {
        if (write(fd_, "x", 1) != 1) _exit(3);
    }
    [[nodiscard]] std::uint64_t seen() const {
        struct stat status {};
        if (fstat(fd_, &status) != 0) throw std::runtime_error("no witness");
        return static_cast<std::uint64_t>(status.st_size);
    }

private:
    int fd_;
};

[[noreturn]] void be_a_user(const std::string& ident, const Witness& tried, const Witness& done,
                            std::uint32_t batch) {
    const auto work = [&](const Key& key) {
        Mechanism mechanism;
        mechanism.id = MechanismId::hmac;
        mechanism.hash = Hash::sha256;
        for (;;) {
            tried.see();
            try {
                if (key.sign(mechanism, view("a message")).size() != 32) _exit(4);
            } catch (const Error& error) {
                if (error.status() == Status::limit_reached) return;
                std::cerr << "a use failed: " << error.what() << std::endl;
                _exit(5);
            }
            done.see();
        }
    };
    try {
        auto client = Lab::instance().open();
        const auto key = client.world().load("simple", ident, silent());
        key.reserve_uses(batch);
        std::vector<std::thread> threads;
        for (std::size_t t = 0; t < thread_count; ++t) threads.emplace_back([&] { work(key); });
        for (auto& thread : threads) thread.join();
        _exit(0);
    } catch (const std::exception& error) {
        std::cerr << "a user failed: " << error.what() << std::endl;
    }
    _exit(2);
}

struct Users {
    std::vector<pid_t> running;
    int exhausted = 0; ///< ended by themselves
    int failed = 0;

    void begin(const std::string& ident, const Witness& tried, const Witness& done, std::uint32_t batch) {
        const auto pid = fork();
        if (pid < 0) throw std::runtime_error("no process");
        if (pid == 0) be_a_user(ident, tried, done, batch);
        running.push_back(pid);
    }
    void reap(pid_t pid) {
        int status = 0;
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        if (WIFEXITED(status)) (WEXITSTATUS(status) == 0 ? exhausted : failed) += 1;
    }
    void kill_one(std::size_t index) {
        kill(running[index], SIGKILL);
        reap(running[index]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void wait() {
        for (const auto pid : running) reap(pid);
        running.clear();
    }
};

/// Uses the key up under kills. Returns how many processes were killed.
std::size_t exhaust(const std::string& ident, std::uint32_t batch, std::size_t most_kills, std::mt19937_64& random) {
    const Witness tried(Lab::instance().home() / ("tried-" + ident)),
        done(Lab::instance().home() / ("done-" + ident));
    Users users;
    std::size_t kills = 0;
    while (users.exhausted == 0 && kills < most_kills) {
        while (users.running.size() < process_count) users.begin(ident, tried, done, batch);
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
        const auto victims = random() % 8 == 0 ? users.running.size() : 1; // sometimes nobody is left
        for (std::size_t n = 0; n < victims; ++n, ++kills) users.kill_one(random() % users.running.size());
    }
    users.begin(ident, tried, done, batch); // and somebody to use up the rest
    users.wait();
    CHECK(users.failed == 0);
    auto client = Lab::instance().open();
    const auto count = client.world().load("simple", ident, silent()).use_count();
    INFO(ident << ": " << done.seen() << " uses returned, " << count.value_or(0) << " counted, " << tried.seen()
               << " tried, " << kills << " kills, batches of " << batch);
    CHECK(count == limit);
    CHECK(done.seen() <= limit);
    CHECK(tried.seen() >= limit / batch);
    // What a kill loses is what was under way, with what was reserved.
    CHECK(done.seen() + (kills + users.exhausted) * thread_count * batch >= limit);
    if (batch == 1) CHECK(done.seen() + kills * thread_count >= limit);
    return kills;
}

} // namespace

TEST_CASE("kill -9 at any moment: uses returned <= uses counted <= uses tried, and never one too many",
          "[crash][kill][counters]") {
    auto& lab = Lab::instance();
    lab.put(lab.stages().world);
    std::mt19937_64 random(20260102);
    const auto wanted = kill_count();
    std::size_t kills = 0, keys = 0;
    while (kills < wanted) {
        const auto ident = "k" + std::to_string(++keys);
        {
            auto client = lab.open();
            Nvram nvram(client.world());
            Person administrator(client, {lab.card("a1")}, "acs");
            nvram.authorise(administrator);
            KeyRequest request;
            request.ident = ident;
            request.spec = parse_key_spec("HMAC-256");
            request.usage.limits = {{UseLimit::Kind::nonvolatile, limit, {}, {}}};
            (void)client.world().generate(request, Protector::module_key());
            empty_slots(client);
        }
        kills += exhaust(ident, keys % 4 == 0 ? 5 : 1, wanted - kills, random);
    }
    std::cout << kills << " kills of " << process_count << " processes with " << thread_count << " threads, " << keys
              << " keys of " << limit << " uses\n";
}
