// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/clock.hpp>

#include <new>

#if defined(_WIN32)
#include <windows.h>
#else
#include <ctime>
#endif

namespace hsm::base {

namespace {

class SystemClock final : public Clock {
public:
    std::int64_t utc_seconds() override {
        return std::chrono::duration_cast<std::chrono::seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }

    std::uint64_t boot_ms() override {
#if defined(_WIN32)
        // The one clock before Windows 10 that goes on while the machine sleeps; the unbiased interrupt time
        // does not.
        return GetTickCount64();
#else
        timespec now{};
        clock_gettime(CLOCK_BOOTTIME, &now);
        return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
               static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
#endif
    }
};

} // namespace

Clock& real_clock() {
    alignas(SystemClock) static unsigned char storage[sizeof(SystemClock)];
    static Clock* const made = new (storage) SystemClock;
    return *made;
}

} // namespace hsm::base
