// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/mechanism.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

/// \file
/// Kept engines: keyed Botan objects that are expensive to make, held by the key they belong to. Each thread
/// prefers one slot of the array; claiming it is one atomic exchange on a cache line that no other thread
/// touches in the normal case. A slot keeps up to four engines, replaced in turn. When every slot is taken
/// the operation makes an engine of its own and drops it afterwards: nothing ever waits.

namespace hsm::crypto {

/// A keyed object with its scratch space. Thread-bound: only the holder of its slot touches it.
struct Engine {
    Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    virtual ~Engine() = default;
};

/// What an engine was made for. Two operations share an engine exactly if their tags are equal.
using EngineTag = std::uint64_t;

/// \p kind tells engines of different classes apart (the mechanism, or a scheme shared by several
/// mechanisms).
constexpr EngineTag engine_tag(MechanismId kind, Action action, Hash hash = Hash::none,
                               std::uint32_t detail = 0) {
    return (std::uint64_t{1} << 63) | (std::uint64_t{static_cast<std::uint16_t>(kind)} << 40) |
           (std::uint64_t{static_cast<std::uint8_t>(action)} << 32) |
           (std::uint64_t{static_cast<std::uint8_t>(hash)} << 24) | (detail & 0xffffffu);
}

/// The array. Thread-safe. Destroying it destroys the engines; no claim may be open then.
class EngineSlots {
    struct Slot;

public:
    static constexpr std::size_t slot_count = 16;
    static constexpr std::size_t engines_per_slot = 4;

    EngineSlots() = default;
    ~EngineSlots();
    EngineSlots(const EngineSlots&) = delete;
    EngineSlots& operator=(const EngineSlots&) = delete;

    /// One operation's hold on a slot. Thread-bound.
    class Claim {
    public:
        explicit Claim(EngineSlots& slots) noexcept : slot_(slots.claim()) {}
        Claim(const Claim&) = delete;
        Claim& operator=(const Claim&) = delete;
        ~Claim() {
            if (used_ != none) forget();
            if (slot_ != nullptr) slot_->busy.store(false, std::memory_order_release);
        }

        /// The kept engine for \p tag, or a new one from \p make() (a std::unique_ptr<E>). One call a claim.
        /// An engine is dropped at the end of the claim unless done() was called: an operation that threw
        /// half-way leaves nothing behind that the next one could trip over.
        template <class E, class Make>
        E& get(EngineTag tag, Make&& make) {
            if (slot_ != nullptr) {
                for (std::size_t i = 0; i < engines_per_slot; ++i) {
                    if (slot_->tags[i] == tag) {
                        used_ = i;
                        return static_cast<E&>(*slot_->engines[i]);
                    }
                }
            }
            std::unique_ptr<E> made = std::forward<Make>(make)();
            E& engine = *made;
            keep(tag, std::move(made));
            return engine;
        }

        /// The operation went well: the engine stays.
        void done() noexcept { used_ = none; }

    private:
        static constexpr std::size_t none = engines_per_slot;
        void keep(EngineTag tag, std::unique_ptr<Engine> engine);
        void forget() noexcept;

        Slot* slot_;
        std::size_t used_ = none;
        std::unique_ptr<Engine> own_; ///< when no slot was free
    };

    /// Engines kept now; another thread may change it at any time.
    [[nodiscard]] std::size_t kept() const noexcept;
    /// Frees the engines of every slot that is not claimed; returns how many.
    std::size_t drop() noexcept;

private:
    struct alignas(64) Slot {
        std::atomic<bool> busy{false};
        std::atomic<std::uint8_t> kept{0};
        std::uint8_t next = 0;
        std::array<EngineTag, engines_per_slot> tags{};
        std::array<std::unique_ptr<Engine>, engines_per_slot> engines;
    };

    Slot* claim() noexcept;
    Slot* claim_other(std::size_t first) noexcept;

    std::array<std::atomic<Slot*>, slot_count> slots_{};
};

} // namespace hsm::crypto
