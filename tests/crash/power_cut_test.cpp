// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "replay.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <iostream>

// The power fails after every step of every durable operation.

using namespace hsm;
using namespace hsm::test;

namespace {

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += '\n' + line;
    return text;
}

void cut_power(const std::vector<Operation>& operations) {
    for (const auto& operation : operations) {
        DYNAMIC_SECTION(operation.name) {
            Recording recording(operation);
            const auto error = recording.run();
            INFO(joined(recording.files().describe_steps()));
            REQUIRE_FALSE(error);
            ReplayLimits limits;
            limits.states_per_step = sampled(40, 6);
            limits.variants = sampled(3, 1);
            const auto result = replay(operation, recording, limits);
            std::cout << operation.name << ": " << result.steps << " steps, " << result.syncs << " syncs, " << result.states
                      << " states\n";
            CHECK(result.states > 1);
            for (std::size_t i = 0; i < std::min<std::size_t>(result.violations.size(), 5); ++i) {
                FAIL_CHECK(result.violations[i]);
            }
        }
    }
}

} // namespace

TEST_CASE("a power cut during a key operation loses nothing", "[crash][power]") { cut_power(key_operations()); }

TEST_CASE("a power cut during a card or softcard operation loses nothing", "[crash][power]") {
    cut_power(card_operations());
}

TEST_CASE("a power cut while a token or an object changes leaves the old or the new one", "[crash][power]") {
    cut_power(token_operations());
}

TEST_CASE("a power cut while a module or world changes leaves the old or the new one", "[crash][power]") {
    cut_power(world_operations());
}

TEST_CASE("a power cut at any step of a counted use or a checkpoint loses no use and gives none", "[crash][power][nvram]") {
    cut_power(nvram_operations());
}

TEST_CASE("a power cut while administrators replace cards or recover keys leaves the old or the new", "[crash][power][admin]") {
    cut_power(admin_operations());
}
