// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/static_mutex.hpp>

#include <windows.h>

namespace hsm::base {

static_assert(sizeof(SRWLOCK) == sizeof(void*)); // and SRWLOCK_INIT is a null pointer

void StaticMutex::lock() noexcept { AcquireSRWLockExclusive(reinterpret_cast<SRWLOCK*>(&state_)); }

void StaticMutex::unlock() noexcept { ReleaseSRWLockExclusive(reinterpret_cast<SRWLOCK*>(&state_)); }

} // namespace hsm::base
