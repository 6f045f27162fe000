// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/home.hpp"

#include <atomic>
#include <optional>

/// \file
/// Card slots. A virtual card is a file anywhere; `slots/<n>` says which one is in slot n. The page carries a random
/// number for each insertion, so that "is the card still there" is one load.

namespace hsm::module {

inline constexpr std::uint32_t slot_count = 4;

/// Ties a token, and every key under it, to a card in a slot and to a time. Checked before every use.
struct Binding {
    static constexpr std::uint32_t no_slot = UINT32_MAX;
    std::uint32_t slot = no_slot;     ///< the card must stay in this slot
    std::uint64_t insertion = 0;
    std::uint64_t deadline_ms = 0;    ///< boot time; 0: none
};

/// A card that has been read.
struct InsertedCard {
    protocol::CardRecord record;
    protocol::CardHeader header; ///< of a card that is not blank
    base::Path path;
    std::uint64_t insertion = 0;
};

/// Thread-safe.
class Slots {
public:
    explicit Slots(Home& home) : home_(home) {}

    void restore();                   ///< first opener: page from the files
    void restore(std::uint32_t slot); ///< one of them
    void insert(std::uint32_t slot, const base::Path& card);
    void remove(std::uint32_t slot);
    /// Throws no_card, card_damaged, card_removed.
    [[nodiscard]] InsertedCard read(std::uint32_t slot);
    /// Replaces what is on the card; it must still be the same insertion and the same card.
    void write(std::uint32_t slot, const InsertedCard& was, const protocol::CardRecord& record);
    /// \p hknso of this module's world, if any, decides what is foreign.
    [[nodiscard]] SlotFacts facts(std::uint32_t slot, const std::optional<Hash256>& hknso);

    /// Whether the card is still there, as far as the page knows. No system call.
    [[nodiscard]] bool present(const Binding& binding) const noexcept {
        return binding.slot == Binding::no_slot ||
               home_.page()->slots[binding.slot].insertion.load(std::memory_order_acquire) == binding.insertion;
    }

    /// Throws card_removed or token_expired. The hot path: one load, and the clock only if there is a deadline or a card
    /// that must stay.
    void check(const Binding& binding);
    /// The binding of a token loaded from this insertion.
    [[nodiscard]] Binding bind(std::uint32_t slot, std::uint64_t insertion, bool persistent, std::uint32_t timeout_s);

    static void make_blank(base::FileSystem& files, const base::Path& path);

private:
    void check_number(std::uint32_t slot) const;
    [[nodiscard]] std::optional<base::Path> card_path(std::uint32_t slot);
    void watch(std::uint32_t slot);

    Home& home_;
    std::array<std::atomic<std::uint64_t>, max_slots> next_watch_ms_{};
};

} // namespace hsm::module
