// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// \file
/// Measuring as ratios: ours and the bare thing in turn, in one run, on CPU time where that is what counts. The machines
/// are shared and noisy; a figure is a median with its interval.

namespace hsm::bench {

/// One line of the table.
struct Figure {
    std::string name;
    double ours = 0, bare = 0; ///< in `unit`
    double low = 0, high = 0;  ///< 10th and 90th percentile of `value`
    double value = 0;          ///< what `goal` is about: a difference, a ratio or ours itself
    std::string unit, goal;
    bool reached = false;
};

/// Two things to compare, each doing `n` operations.
struct Pair {
    std::function<void(std::size_t n)> ours, bare;
    std::size_t n = 1000;     ///< operations a round
    std::size_t rounds = 15;
};

/// Microseconds of this thread's CPU time per operation, round by round: ours, bare.
struct Rounds {
    std::vector<double> ours, bare;
};
Rounds run_pair(const Pair& pair);

double median(std::vector<double> values);
double percentile(std::vector<double> values, double p);

Figure difference(const std::string& name, const Rounds& rounds, double goal_us); ///< ours - bare, at most goal_us
Figure ratio(const std::string& name, const Rounds& rounds, double goal);         ///< ours / bare, at most goal

void print(const std::vector<Figure>& figures);
void write_csv(const std::vector<Figure>& figures, const std::string& path);

std::vector<Figure> call_figures(const std::string& home);  ///< overhead of a call, scaling over threads
std::vector<Figure> store_figures(const std::string& home); ///< durable creation
std::vector<Figure> start_figures(const std::string& program, std::size_t keys); ///< cold process, memory
std::vector<Figure> counted_figures(const std::string& program, const std::string& home); ///< signatures counted in NVRAM
std::vector<Figure> tool_figures(const std::string& hsm_program);

/// What a cold process does: opens the world in \p home, finds the key, loads it. Prints microseconds.
int cold_load(const std::string& home, const std::string& name);
/// What one process of several does: signs \p n times with the counted key of \p home. Prints microseconds.
int counted_signatures(const std::string& home, std::size_t n);
/// Makes a home with a world of test parameters.
void make_home(const std::string& home);
/// Runs a program and waits: wall microseconds, and its peak memory in KiB.
struct Ran {
    double us = 0;
    long peak_kib = 0;
    std::string output;
};
Ran run_program(const std::vector<std::string>& argv);

} // namespace hsm::bench
