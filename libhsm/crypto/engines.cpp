// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/engines.hpp"

#include "base/thread_index.hpp"

#include <new>

namespace hsm::crypto {
namespace {

std::size_t thread_slot() noexcept { return base::thread_index() % EngineSlots::slot_count; }

} // namespace

EngineSlots::~EngineSlots() {
    for (auto& place : slots_) delete place.load(std::memory_order_acquire);
}

EngineSlots::Slot* EngineSlots::claim() noexcept {
    const auto first = thread_slot();
    if (auto* slot = slots_[first].load(std::memory_order_acquire); slot != nullptr) [[likely]] {
        if (!slot->busy.exchange(true, std::memory_order_acquire)) [[likely]]
            return slot;
    }
    return claim_other(first);
}

EngineSlots::Slot* EngineSlots::claim_other(std::size_t first) noexcept {
    for (std::size_t i = 0; i < slot_count; ++i) {
        auto& place = slots_[(first + i) % slot_count];
        auto* slot = place.load(std::memory_order_acquire);
        if (slot == nullptr) {
            auto* fresh = new (std::nothrow) Slot;
            if (fresh == nullptr) return nullptr;
            fresh->busy.store(true, std::memory_order_relaxed);
            if (place.compare_exchange_strong(slot, fresh, std::memory_order_acq_rel)) return fresh;
            delete fresh; // another thread was quicker; slot is its
        }
        if (!slot->busy.exchange(true, std::memory_order_acquire)) return slot;
    }
    return nullptr;
}

void EngineSlots::Claim::keep(EngineTag tag, std::unique_ptr<Engine> engine) {
    if (slot_ == nullptr) {
        own_ = std::move(engine);
        return;
    }
    const std::size_t place = slot_->next;
    slot_->next = static_cast<std::uint8_t>((place + 1) % engines_per_slot);
    if (slot_->engines[place] == nullptr) slot_->kept.fetch_add(1, std::memory_order_relaxed);
    slot_->engines[place] = std::move(engine);
    slot_->tags[place] = tag;
    used_ = place;
}

void EngineSlots::Claim::forget() noexcept {
    slot_->engines[used_].reset();
    slot_->tags[used_] = 0;
    slot_->kept.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t EngineSlots::kept() const noexcept {
    std::size_t count = 0;
    for (const auto& place : slots_) {
        if (const auto* slot = place.load(std::memory_order_acquire)) {
            count += slot->kept.load(std::memory_order_relaxed);
        }
    }
    return count;
}

std::size_t EngineSlots::drop() noexcept {
    std::size_t count = 0;
    for (auto& place : slots_) {
        auto* slot = place.load(std::memory_order_acquire);
        if (slot == nullptr || slot->busy.exchange(true, std::memory_order_acquire)) continue;
        for (std::size_t i = 0; i < engines_per_slot; ++i) {
            if (slot->engines[i] != nullptr) ++count;
            slot->engines[i].reset();
            slot->tags[i] = 0;
        }
        slot->kept.store(0, std::memory_order_relaxed);
        slot->busy.store(false, std::memory_order_release);
    }
    return count;
}

} // namespace hsm::crypto
