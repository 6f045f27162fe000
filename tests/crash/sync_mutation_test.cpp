// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "replay.hpp"

#include <catch2/catch_test_macros.hpp>

#include <iostream>

// Mutation: each sync of each operation is left out in turn, and the power cuts must show it. A sync that nothing
// misses is either superfluous (then it goes from the code) or covered by a later one of the same file or directory.

using namespace hsm;
using namespace hsm::test;

namespace {

bool is_sync(const Step& step) { return step.kind == Step::Kind::sync || step.kind == Step::Kind::sync_directory; }

/// Whether the lie among \p steps is made good by a later sync of the same file or directory.
bool is_covered(const std::vector<Step>& steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (!is_sync(steps[i]) || steps[i].outcome != Step::Sync::lie) continue;
        for (std::size_t later = i + 1; later < steps.size(); ++later)
            if (is_sync(steps[later]) && steps[later].node == steps[i].node) return true;
    }
    return false;
}

std::string lie_among(const std::vector<Step>& steps) {
    for (const auto& step : steps)
        if (is_sync(step) && step.outcome == Step::Sync::lie) return describe(step);
    return "no sync";
}

/// Syncs that are not needed and are there all the same, because the durable write of which they are a part is the only
/// one there is.
bool is_harmless(const Operation& operation, const std::vector<Step>& steps) {
    // The last step of a new world forgets the pending change of directory. When that is undone, the next opener finds
    // nothing to do and forgets it again.
    return operation.name.starts_with("new-world") && is_sync(steps.back()) && steps.back().outcome == Step::Sync::lie;
}

} // namespace

TEST_CASE("leaving out any one sync is noticed", "[crash][mutation]") {
    ReplayLimits limits;
    limits.states_per_step = 40;
    limits.variants = 2;
    limits.stop_at_first = true;
    limits.last_first = true;
    for (const auto& operation : all_operations()) {
        DYNAMIC_SECTION(operation.name) {
            std::size_t syncs = 0;
            {
                Recording recording(operation);
                REQUIRE_FALSE(recording.run());
                syncs = recording.files().sync_count();
            }
            REQUIRE(syncs > 0);
            std::size_t noticed = 0, covered = 0;
            const auto stride = sampled(1, 3); // all of them, but where time is short
            for (std::size_t n = 1; n <= syncs; n += stride) {
                Recording recording(operation);
                Fault fault;
                fault.drop_sync = n;
                REQUIRE_FALSE(recording.run(fault));
                const auto steps = recording.files().steps();
                const auto what = lie_among(steps);
                if (!replay(operation, recording, limits).violations.empty()) {
                    ++noticed;
                    continue;
                }
                if (is_covered(steps) || is_harmless(operation, steps)) {
                    ++covered;
                    std::cout << "  not needed: sync " << n << " of " << syncs << ", " << what << '\n';
                    continue;
                }
                FAIL_CHECK(operation.name << ": nothing misses sync " << n << " of " << syncs << ", " << what);
            }
            std::cout << operation.name << ": " << syncs << " syncs, " << noticed << " missed when left out, " << covered
                      << " not needed\n";
        }
    }
}
