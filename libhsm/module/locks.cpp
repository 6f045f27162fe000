// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/locks.hpp"

#include <utility>

namespace hsm::module {

Locks::Guard::Guard(Locks& locks, Rank rank) : locks_(locks), byte_(static_cast<std::uint32_t>(rank)) {
    locks_.mutexes_[byte_].lock();
    if (!locks_.file_) return;
    try {
        locks_.file_->lock(byte_, base::LockFile::Mode::exclusive);
    } catch (...) {
        locks_.mutexes_[byte_].unlock();
        throw;
    }
}

Locks::Guard::Guard(Locks& locks, Rank rank, std::try_to_lock_t)
    : locks_(locks), byte_(static_cast<std::uint32_t>(rank)), held_(locks_.mutexes_[byte_].try_lock()) {
    if (!held_ || !locks_.file_) return;
    try {
        held_ = locks_.file_->try_lock(byte_, base::LockFile::Mode::exclusive);
    } catch (...) {
        locks_.mutexes_[byte_].unlock();
        throw;
    }
    if (!held_) locks_.mutexes_[byte_].unlock();
}

Locks::Guard::~Guard() { release(); }

void Locks::Guard::release() noexcept {
    if (!std::exchange(held_, false)) return;
    if (locks_.file_) locks_.file_->unlock(byte_);
    locks_.mutexes_[byte_].unlock();
}

void Locks::before_fork() noexcept {
    for (auto& mutex : mutexes_) mutex.lock();
}

void Locks::after_fork_in_parent() noexcept {
    for (auto& mutex : mutexes_) mutex.unlock();
}

void Locks::after_fork_in_child() noexcept {
    for (auto& mutex : mutexes_) mutex.unlock();
    // The child shares the parent's open file description: unlocking would take the parent's locks away.
    if (file_) file_->abandon();
}

} // namespace hsm::module
