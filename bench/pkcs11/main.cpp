// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "target.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <iostream>
#include <sstream>
#include <thread>

// p11bench MODULE|botan LABEL PIN [session|cold]: measures one module in this process, as it is told on standard input, so that
// whoever drives several can let them take turns:
//
//     run NAME THREADS SECONDS    -> NAME THREADS operations seconds p50_us p99_us cpu_us_per_operation, or "refused CKR"
//     populate COUNT              -> how many token objects there are, and the seconds it took
//
// Processor time per operation is what remains comparable on a machine that others load as well.

namespace {

using namespace hsm::bench::p11;
using Clock = std::chrono::steady_clock;

double cpu_seconds() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// What one thread did. Short operations are timed in batches: looking at the clock takes longer than some of them.
struct Tally {
    std::size_t operations = 0;
    std::vector<float> us;
    CK_RV refused = CKR_OK;
};

std::size_t batch_for(const Operation& operation, CK_RV& code) {
    constexpr double enough_us = 20;
    for (int i = 0; i < 2 && code == CKR_OK; ++i) code = operation(); // the first loads keys and makes objects
    const auto start = Clock::now();
    if (code == CKR_OK) code = operation();
    const auto us = seconds_since(start) * 1e6;
    return us >= enough_us ? 1 : std::min<std::size_t>(64, static_cast<std::size_t>(enough_us / std::max(us, 0.1)) + 1);
}

void work(Target& target, std::string_view name, double seconds, std::barrier<>& together, Tally& tally) {
    auto operation = target.operation(name);
    if (!operation) tally.refused = CKR_FUNCTION_NOT_SUPPORTED;
    const auto batch = operation ? batch_for(operation, tally.refused) : 1;
    tally.us.reserve(1u << 18);
    together.arrive_and_wait();
    const auto start = Clock::now();
    auto last = start;
    while (tally.refused == CKR_OK && last - start < std::chrono::duration<double>(seconds)) {
        for (std::size_t i = 0; i < batch && tally.refused == CKR_OK; ++i) tally.refused = operation();
        const auto now = Clock::now();
        tally.operations += batch;
        const auto us = std::chrono::duration<float, std::micro>(now - last).count() / static_cast<float>(batch);
        if (tally.us.size() < tally.us.capacity()) tally.us.push_back(us);
        else tally.us[tally.operations * 2654435761u % tally.us.size()] = us;
        last = now;
    }
    together.arrive_and_wait();
}

void run(Target& target, const std::string& name, std::size_t threads, double seconds) {
    std::vector<Tally> tallies(threads);
    std::barrier<> together(static_cast<std::ptrdiff_t>(threads) + 1);
    std::vector<std::thread> running;
    for (auto& tally : tallies) running.emplace_back([&] { work(target, name, seconds, together, tally); });
    together.arrive_and_wait();
    const auto start = Clock::now();
    const auto cpu = cpu_seconds();
    together.arrive_and_wait();
    const auto took = seconds_since(start);
    const auto cpu_took = cpu_seconds() - cpu;
    for (auto& thread : running) thread.join();
    std::size_t operations = 0;
    std::vector<float> us;
    for (const auto& tally : tallies) {
        if (tally.refused != CKR_OK) {
            std::printf("refused 0x%lx\n", static_cast<unsigned long>(tally.refused));
            return;
        }
        operations += tally.operations;
        us.insert(us.end(), tally.us.begin(), tally.us.end());
    }
    std::sort(us.begin(), us.end());
    std::printf("%s %zu %zu %.6f %.3f %.3f %.4f\n", name.c_str(), threads, operations, took, double(us[us.size() / 2]),
                double(us[us.size() * 99 / 100]), cpu_took * 1e6 / static_cast<double>(operations));
}

void obey(Target& target, const std::string& line) {
    std::istringstream words(line);
    std::string verb, name;
    std::size_t number = 0;
    double seconds = 0;
    words >> verb;
    if (verb == "run" && words >> name >> number >> seconds && number > 0) {
        run(target, name, number, seconds);
    } else if (verb == "populate" && words >> number) {
        const auto start = Clock::now();
        const auto made = target.populate(number);
        std::printf("%zu %.3f\n", made, seconds_since(start));
    } else {
        std::printf("refused: %s\n", line.c_str());
    }
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2 || (std::strcmp(argv[1], "botan") != 0 && argc < 4)) {
        std::fprintf(stderr, "usage: p11bench MODULE LABEL PIN [session|cold]\n       p11bench botan\n");
        return 2;
    }
    Options options;
    options.module = argv[1];
    if (argc > 3) options.label = argv[2], options.pin = argv[3];
    const std::string_view word = argc > 4 ? argv[4] : "";
    options.session_keys = word == "session";
    if (word == "cold") return cold_start(options);
    const auto target = options.module == "botan" ? open_botan() : open_module(options);
    std::printf("ready\n");
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) obey(*target, line);
    target->tidy();
    return 0;
}
