// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/clock.hpp>
#include <base/thread_index.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

using namespace hsm::base;

TEST_CASE("each thread has an index of its own that stays", "[threaded]") {
    std::array<std::uint32_t, 8> indices{};
    {
        std::vector<std::jthread> threads;
        for (auto& index : indices)
            threads.emplace_back([&index] {
                index = thread_index();
                for (int i = 0; i < 100; ++i)
                    if (thread_index() != index) index = UINT32_MAX;
            });
    }
    CHECK(std::ranges::find(indices, UINT32_MAX) == indices.end());
    std::ranges::sort(indices);
    CHECK(std::ranges::adjacent_find(indices) == indices.end());
    CHECK(std::ranges::find(indices, thread_index()) == indices.end());
}

TEST_CASE("the clock goes forward") {
    auto& clock = real_clock();
    CHECK(clock.utc_seconds() > 1'700'000'000);
    const auto before = clock.boot_ms();
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
    const auto after = clock.boot_ms();
    CHECK(after > before);
    CHECK(after - before < 60'000);
}
