// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hsm::bench {

namespace {

double cpu_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double timed(const std::function<void(std::size_t)>& work, std::size_t n) {
    const auto start = cpu_us();
    work(n);
    return (cpu_us() - start) / static_cast<double>(n);
}

Figure figure(const std::string& name, const Rounds& rounds, std::vector<double> values, double goal, const char* unit,
              const char* goal_format) {
    Figure f;
    f.name = name;
    f.ours = median(rounds.ours);
    f.bare = median(rounds.bare);
    f.value = median(values);
    f.low = percentile(values, 0.1);
    f.high = percentile(values, 0.9);
    f.unit = unit;
    char text[64];
    std::snprintf(text, sizeof text, goal_format, goal);
    f.goal = text;
    f.reached = f.value <= goal;
    return f;
}

} // namespace

double percentile(std::vector<double> values, double p) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
}

double median(std::vector<double> values) { return percentile(std::move(values), 0.5); }

Rounds run_pair(const Pair& pair) {
    Rounds rounds;
    pair.ours(pair.n / 10 + 1);
    pair.bare(pair.n / 10 + 1);
    for (std::size_t i = 0; i < pair.rounds; ++i) {
        // In turn, and the first of each round changes, so that drift favours nobody.
        const bool ours_first = i % 2 == 0;
        if (ours_first) rounds.ours.push_back(timed(pair.ours, pair.n));
        rounds.bare.push_back(timed(pair.bare, pair.n));
        if (!ours_first) rounds.ours.push_back(timed(pair.ours, pair.n));
    }
    return rounds;
}

Figure difference(const std::string& name, const Rounds& rounds, double goal_us) {
    std::vector<double> values;
    for (std::size_t i = 0; i < rounds.ours.size(); ++i) values.push_back(rounds.ours[i] - rounds.bare[i]);
    return figure(name, rounds, std::move(values), goal_us, "us more", "<= %.2f us more");
}

Figure ratio(const std::string& name, const Rounds& rounds, double goal) {
    std::vector<double> values;
    for (std::size_t i = 0; i < rounds.ours.size(); ++i) values.push_back(rounds.ours[i] / rounds.bare[i]);
    return figure(name, rounds, std::move(values), goal, "x", "<= %.2f x");
}

void print(const std::vector<Figure>& figures) {
    std::printf("| figure | ours | bare | value | 10..90 %% | goal | |\n|---|---|---|---|---|---|---|\n");
    for (const auto& f : figures)
        std::printf("| %s | %.3f | %.3f | %.3f %s | %.3f..%.3f | %s | %s |\n", f.name.c_str(), f.ours, f.bare, f.value,
                    f.unit.c_str(), f.low, f.high, f.goal.c_str(), f.reached ? "reached" : "missed");
}

void write_csv(const std::vector<Figure>& figures, const std::string& path) {
    std::ofstream out(path);
    out << "figure,ours,bare,value,unit,low,high,goal,reached\n";
    for (const auto& f : figures)
        out << '"' << f.name << "\"," << f.ours << ',' << f.bare << ',' << f.value << ',' << f.unit << ',' << f.low << ','
            << f.high << ",\"" << f.goal << "\"," << (f.reached ? "yes" : "no") << '\n';
}

Ran run_program(const std::vector<std::string>& argv) {
    std::vector<char*> args;
    for (const auto& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
    args.push_back(nullptr);
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
    const auto start = std::chrono::steady_clock::now();
    const auto child = vfork();
    if (child == 0) {
        dup2(pipe_ends[1], 1);
        execv(args[0], args.data());
        _exit(127);
    }
    close(pipe_ends[1]);
    Ran ran;
    char buffer[4096];
    for (ssize_t n; (n = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) ran.output.append(buffer, static_cast<std::size_t>(n));
    close(pipe_ends[0]);
    int status = 0;
    rusage usage{};
    wait4(child, &status, 0, &usage);
    ran.us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    ran.peak_kib = usage.ru_maxrss;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("'" + argv[0] + "' failed");
    return ran;
}

} // namespace hsm::bench
