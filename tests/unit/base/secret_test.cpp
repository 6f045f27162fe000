// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/secret_arena.hpp>

#include <hsm/secret.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

using namespace hsm;
using namespace hsm::base;

template <class T>
concept Comparable = requires(const T& a, const T& b) { a == b; };

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);
static_assert(!Comparable<Secret>);

namespace {

std::atomic<std::size_t> released{0};
std::atomic<std::size_t> not_wiped{0};

void look(const std::uint8_t* data, std::size_t size) {
    released += 1;
    if (std::any_of(data, data + size, [](std::uint8_t byte) { return byte != 0; })) not_wiped += 1;
}

struct Watch {
    Watch() {
        released = not_wiped = 0;
        watch_secret_release([](const std::uint8_t* data, std::size_t size) noexcept { look(data, size); });
    }
    ~Watch() { watch_secret_release(nullptr); }
};

} // namespace

TEST_CASE("a secret holds, moves and clones its bytes") {
    CHECK(Secret().empty());
    CHECK(Secret(std::size_t{0}).empty());
    auto a = Secret::from_text("one");
    auto b = std::move(a);
    CHECK(a.empty());
    CHECK(text(b.view()) == "one");
    auto c = b.clone();
    CHECK(c.view().data() != b.view().data());
    b = Secret::from_text("two");
    CHECK(text(b.view()) == "two");
    auto& self = c;
    c = std::move(self);
    CHECK(text(c.view()) == "one");
    c.mutable_view()[0] = 'x';
    CHECK(text(c.view()) == "xne");
}

TEST_CASE("a secret is wiped when it goes, whatever its size") {
    for (const std::size_t size : {1u, 31u, 32u, 33u, 64u, 1000u, 4096u, 4097u, 70000u}) {
        const Watch watch;
        {
            Secret secret(size);
            std::ranges::fill(secret.mutable_view(), std::uint8_t{0xa5});
            auto moved = std::move(secret);
            moved = moved.clone();
        }
        CHECK(released == 2);
        CHECK(not_wiped == 0);
    }
}

TEST_CASE("a new secret is zero, also where an old one was") {
    for (int round = 0; round < 3; ++round) {
        std::vector<Secret> many;
        for (std::size_t size = 1; size <= 5000; size += 37) {
            Secret secret(size);
            REQUIRE(std::ranges::all_of(secret.view(), [](auto byte) { return byte == 0; }));
            std::ranges::fill(secret.mutable_view(), std::uint8_t{0xff});
            many.push_back(std::move(secret));
        }
    }
}

TEST_CASE("secrets do not overlap and memory is used again") {
    std::mt19937 random(7);
    std::vector<Secret> live;
    const auto churn = [&] {
        for (int i = 0; i < 20000; ++i) {
            if (live.size() < 300 && random() % 2 == 0) {
                Secret secret(1 + random() % 5000);
                std::ranges::fill(secret.mutable_view(), static_cast<std::uint8_t>(live.size() + 1));
                live.push_back(std::move(secret));
            } else if (!live.empty()) {
                const auto at = random() % live.size();
                const auto bytes = live[at].view();
                REQUIRE(std::ranges::all_of(bytes, [&](auto byte) { return byte == bytes[0]; }));
                live.erase(live.begin() + static_cast<std::ptrdiff_t>(at));
            }
        }
    };
    churn();
    const auto before = secret_arena_facts().mapped_bytes;
    for (int round = 0; round < 5; ++round) churn();
    CHECK(secret_arena_facts().mapped_bytes < 2 * before + 1'000'000);
    CHECK(secret_arena_facts().unlocked_bytes <= secret_arena_facts().mapped_bytes);
}

TEST_CASE("threads make and pass on secrets", "[threaded]") {
    const Watch watch;
    std::vector<Secret> passed[4];
    std::vector<std::jthread> makers;
    for (std::size_t t = 0; t < 4; ++t)
        makers.emplace_back([&passed, t] {
            for (std::size_t i = 0; i < 2000; ++i) {
                Secret secret(1 + (i * 61) % 300);
                std::ranges::fill(secret.mutable_view(), static_cast<std::uint8_t>(t + 1));
                if (i % 2 == 0) passed[t].push_back(std::move(secret));
            }
        });
    makers.clear();
    const auto mapped = secret_arena_facts().mapped_bytes;
    {
        std::vector<std::jthread> takers; // each frees what another one made
        for (std::size_t t = 0; t < 4; ++t)
            takers.emplace_back([&passed, t] {
                for (const auto& secret : passed[(t + 1) % 4])
                    if (secret.view()[0] != (t + 1) % 4 + 1) std::abort();
                passed[(t + 1) % 4].clear();
            });
    }
    CHECK(released == 8000);
    CHECK(not_wiped == 0);
    CHECK(secret_arena_facts().mapped_bytes == mapped);
}

TEST_CASE("wipe overwrites") {
    Bytes bytes = {1, 2, 3};
    wipe(bytes);
    CHECK(bytes == Bytes(3));
    wipe({});
}
