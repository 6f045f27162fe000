// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crash_model.hpp"

#include "pending_disk.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace hsm::test {

namespace {

constexpr std::size_t enumerated_bits = 12; // up to this many open questions, every answer is tried

// The cases that find mistakes most often, best first.
std::vector<Choice> extremes(const PendingDisk& disk) {
    const Choice all(disk.bit_count(), true);
    const Choice none(disk.bit_count(), false);
    std::vector<Choice> result = {all, none};
    const auto without = [&](const std::vector<std::size_t>& bits) {
        auto choice = all;
        for (const auto bit : bits) choice[bit] = false;
        result.push_back(std::move(choice));
    };
    for (const auto& file : disk.files()) {
        auto everything = file.data_bits;
        everything.insert(everything.end(), file.size_bits.begin(), file.size_bits.end());
        without(everything);     // as it was
        without(file.data_bits); // as long as it became, without its contents
        without(file.size_bits);
        if (file.data_bits.size() > 1) // torn in the middle, either half
            for (const bool first : {true, false}) {
                const auto middle =
                    file.data_bits.begin() + static_cast<std::ptrdiff_t>(file.data_bits.size() / 2);
                without(first ? std::vector(file.data_bits.begin(), middle)
                              : std::vector(middle, file.data_bits.end()));
            }
    }
    for (const auto bit : disk.name_bits()) without({bit});
    auto names_only = none;
    for (const auto bit :
         disk.name_bits()) { // every prefix of the names, without any data; and the full one with it
        names_only[bit] = true;
        result.push_back(names_only);
    }
    for (auto prefix = all; const auto bit : disk.name_bits()) {
        static_cast<void>(bit);
        const auto last = std::ranges::find_if(disk.name_bits().rbegin(), disk.name_bits().rend(),
                                               [&](auto b) { return prefix[b]; });
        if (last == disk.name_bits().rend()) break;
        prefix[*last] = false;
        result.push_back(prefix);
    }
    return result;
}

Choice random_choice(const PendingDisk& disk, std::mt19937_64& random) {
    // Mostly one way or the other in each part of the disk: evenly mixed states are many and alike.
    static constexpr unsigned odds[] = {0, 1, 4, 7, 8};
    Choice choice(disk.bit_count(), false);
    const auto fill = [&](const std::vector<std::size_t>& bits) {
        const auto of_eight = odds[random() % std::size(odds)];
        for (const auto bit : bits) choice[bit] = random() % 8 < of_eight;
    };
    fill(disk.name_bits());
    for (const auto& file : disk.files()) {
        fill(file.data_bits);
        fill(file.size_bits);
    }
    return choice;
}

std::set<DiskState> every_state(const PendingDisk& disk) {
    std::set<DiskState> states;
    for (std::size_t number = 0; number >> disk.bit_count() == 0; ++number) {
        Choice choice(disk.bit_count());
        for (std::size_t bit = 0; bit < choice.size(); ++bit) choice[bit] = (number >> bit & 1) != 0;
        states.insert(disk.state(choice));
    }
    return states;
}

} // namespace

std::vector<DiskState> crash_states(const DiskState& before, const std::vector<Step>& steps,
                                    std::size_t count, const StateLimits& limits) {
    PendingDisk disk(before);
    for (std::size_t i = 0; i < std::min(count, steps.size()); ++i) disk.apply(steps[i]);
    disk.number_bits();

    std::set<DiskState> states;
    if (disk.bit_count() <= enumerated_bits) {
        states = every_state(disk);
        if (states.size() <= limits.at_most) return {states.begin(), states.end()};
        states.clear();
    }
    for (const auto& choice : extremes(disk)) {
        if (states.size() >= limits.at_most) break;
        states.insert(disk.state(choice));
    }
    std::mt19937_64 random(limits.seed);
    for (std::size_t tries = 0; states.size() < limits.at_most && tries < 4 * limits.at_most; ++tries)
        states.insert(disk.state(random_choice(disk, random)));
    return {states.begin(), states.end()};
}

} // namespace hsm::test
