// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/objects.hpp"

#include <algorithm>

namespace hsm::module {

AclState::AclState(Acl acl) : acl_(std::move(acl)) {
    std::size_t limits = 0;
    std::uint32_t mentioned = 0;
    for (const auto& group : acl_.groups) {
        first_limit_.push_back(limits);
        limits += group.limits.size();
        const bool free = group.certifier.empty() && group.esn.empty() && group.limits.empty();
        std::uint32_t here = 0;
        for (const auto& action : group.actions) {
            // make_blob and export_wrapped have conditions of their own, looked at every time.
            if (free && action.mechanisms.empty())
                unconditional_ |= action.actions & ~mentioned & ~(bit(Action::make_blob) | bit(Action::export_wrapped));
            here |= action.actions;
        }
        mentioned |= here;
    }
    used_ = std::vector<std::atomic<std::uint64_t>>(limits);
}

void AclState::carry_over(const AclState& old) {
    std::uint64_t most = 0;
    for (const auto& used : old.used_) most = std::max(most, used.load());
    for (auto& used : used_) used.store(most);
}

KeyObject::KeyObject(std::uint64_t client, std::shared_ptr<const crypto::Key> key, KeyHalf half, const Hash256& id, Acl acl,
                     Protection protection, std::uint64_t loaded_ms)
    : Object(Kind::key, client), key_(std::move(key)), half_(half), id_(id), protection_(std::move(protection)),
      loaded_ms_(loaded_ms) {
    acls_.push_back(std::make_unique<const AclState>(std::move(acl)));
    acl_.store(acls_.back().get(), std::memory_order_release);
}

KeyObject::~KeyObject() = default;

void KeyObject::replace_acl(Acl reduced) {
    const std::scoped_lock lock(acl_mutex_);
    auto next = std::make_unique<AclState>(std::move(reduced));
    next->carry_over(*acls_.back());
    acls_.push_back(std::move(next));
    acl_.store(acls_.back().get(), std::memory_order_release);
}

void KeyObject::drop_idle_engines(std::uint32_t age) const noexcept {
    if (age - last_used_.load(std::memory_order_relaxed) >= 2) const_cast<crypto::Key&>(*key_).drop_engines();
}

} // namespace hsm::module
