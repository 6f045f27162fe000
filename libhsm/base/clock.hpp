// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>

/// \file
/// Time, as a seam: tests move it by hand.

namespace hsm::base {

/// Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    /// Seconds since 1970-01-01 UTC.
    virtual std::int64_t utc_seconds() = 0;
    /// Milliseconds since boot, counting suspend (CLOCK_BOOTTIME, QueryUnbiasedInterruptTime); the same for every process.
    virtual std::uint64_t boot_ms() = 0;
};

Clock& real_clock();

} // namespace hsm::base
