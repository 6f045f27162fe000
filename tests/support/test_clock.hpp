// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <base/clock.hpp>
#include <functional>
#include <utility>

namespace hsm::test {

/// Time that stands still until a test moves it. Thread-safe, but for next_look.
class TestClock final : public base::Clock {
public:
    std::int64_t utc_seconds() override {
        return 1'750'000'000 + static_cast<std::int64_t>(boot_.load() / 1000);
    }
    std::uint64_t boot_ms() override {
        if (armed_.exchange(false)) std::exchange(hook_, nullptr)();
        return boot_.load();
    }

    void pass_ms(std::uint64_t ms) { boot_.fetch_add(ms); }
    void pass_s(std::uint64_t s) { pass_ms(s * 1000); }

    /// Runs \p hook once, within the next call of boot_ms: a moment in the middle of a command.
    void next_look(std::function<void()> hook) {
        hook_ = std::move(hook);
        armed_.store(true);
    }
    [[nodiscard]] bool hook_pending() const { return armed_.load(); }

private:
    std::atomic<std::uint64_t> boot_{1'000'000};
    std::atomic<bool> armed_{false};
    std::function<void()> hook_;
};

} // namespace hsm::test
