// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <mutex>
#include <utility>

/// \file
/// A value that can only be reached while its lock is held.

namespace hsm {

/// Owns a T and its mutex. Thread-safe. Never hold a guard across a callback, cryptography or file I/O unless the
/// comment at the member says why.
template <class T>
class Sync {
public:
    template <class... Args>
    explicit Sync(Args&&... args) : value_(std::forward<Args>(args)...) {}
    Sync(const Sync&) = delete;
    Sync& operator=(const Sync&) = delete;

    class Guard {
    public:
        T* operator->() const noexcept { return value_; }
        T& operator*() const noexcept { return *value_; }

    private:
        friend class Sync;
        Guard(std::mutex& mutex, T& value) : lock_(mutex), value_(&value) {}
        std::unique_lock<std::mutex> lock_;
        T* value_;
    };

    [[nodiscard]] Guard lock() { return Guard(mutex_, value_); }

private:
    std::mutex mutex_;
    T value_;
};

} // namespace hsm
