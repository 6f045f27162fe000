// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kill_model.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

// A process works at random and is killed at a random moment, a thousand times over the same directory. HSM_TEST_KILLS
// says how often; where the tests take samples it is rarer.

using namespace hsm;
using namespace hsm::test;

namespace {

std::size_t kill_count() {
    if (const auto* wanted = std::getenv("HSM_TEST_KILLS")) return std::strtoul(wanted, nullptr, 10);
    return sampled(1000, 25);
}

void send(int pipe, const std::string& line) {
    if (write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

/// Works until it is killed. Each step is announced, done, and acknowledged before the next.
[[noreturn]] void be_the_victim(int pipe, KillModel model, std::uint64_t seed) {
    try {
        std::mt19937_64 random(seed);
        auto client = Lab::instance().open();
        for (;;) {
            auto step = choose_step(model, random);
            send(pipe, line_of('?', step));
            step.result = do_step(client, model, step);
            model.done(step);
            send(pipe, line_of('!', step));
        }
    } catch (const std::exception& error) {
        send(pipe, std::string("x ") + error.what() + '\n');
    }
    _exit(2);
}

struct Report {
    std::vector<KillStep> acknowledged;
    std::optional<KillStep> under_way;
    std::string failure;
};

Report read_report(int pipe) {
    std::string text;
    char part[4096];
    for (;;) {
        const auto got = read(pipe, part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(part, static_cast<std::size_t>(got));
    }
    Report report;
    for (std::size_t from = 0, to; (to = text.find('\n', from)) != std::string::npos; from = to + 1) {
        const auto line = text.substr(from, to - from);
        if (line[0] == 'x') report.failure = line.substr(2);
        if (line[0] == '?') report.under_way = parse_step(line);
        if (line[0] == '!') report.acknowledged.push_back(parse_step(line)), report.under_way.reset();
    }
    return report;
}

Report kill_once(const KillModel& model, std::mt19937_64& random) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    const auto seed = random();
    const auto pid = fork();
    if (pid < 0) throw std::runtime_error("no process");
    if (pid == 0) {
        close(ends[0]);
        be_the_victim(ends[1], model, seed);
    }
    close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 80'000));
    kill(pid, SIGKILL);
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    auto report = read_report(ends[0]);
    close(ends[0]);
    return report;
}

} // namespace

TEST_CASE("kill -9 at any moment loses nothing that was acknowledged", "[crash][kill]") {
    auto& lab = Lab::instance();
    lab.put(lab.stages().world);
    lab.open().insert_card(1, 0, lab.card("o1"));
    std::mt19937_64 random(20260101);
    KillModel model;
    const auto kills = kill_count();
    std::size_t steps = 0, interrupted = 0;
    for (std::size_t n = 1; n <= kills; ++n) {
        const auto report = kill_once(model, random);
        INFO("kill " << n << ", under way: " << (report.under_way ? line_of('?', *report.under_way) : "nothing"));
        REQUIRE(report.failure == "");
        for (const auto& step : report.acknowledged) model.done(step);
        steps += report.acknowledged.size();
        interrupted += report.under_way ? 1 : 0;
        model.next += 10'000; // no name that the victim used
        auto client = lab.open();
        REQUIRE_NOTHROW(settle(client, model, report.under_way, n % 50 == 0 || n == kills, random));
    }
    std::cout << kills << " kills, " << steps << " steps acknowledged, " << interrupted << " interrupted\n";
    CHECK(interrupted > kills / 4);
}
