// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <mutex>
#include <type_traits>

/// \file
/// A mutex for static storage: ready before any code runs and never destroyed, so that it works while the
/// library is being loaded and while the process ends.

namespace hsm::base {

#if defined(_WIN32)

/// A slim lock; the mutex of the C++ library has a constructor and a destructor here. Thread-safe.
class StaticMutex {
public:
    void lock() noexcept;
    void unlock() noexcept;

private:
    void* state_ = nullptr; ///< an SRWLOCK
};

#else

using StaticMutex = std::mutex;

#endif

static_assert(std::is_trivially_destructible_v<StaticMutex>);

} // namespace hsm::base
