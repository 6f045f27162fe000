// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "client/link.hpp"
#include "protocol/administration.hpp"

#include <hsm/authoriser.hpp>
#include <hsm/client.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

/// \file
/// Conversations about cards: which are wanted, what is in the slots, what to ask. The authoriser stays on this side of
/// the connection.

namespace hsm::client {

/// A set whose cards are wanted.
struct WantedCards {
    std::uint32_t module = 1;
    TokenHandle token;
    bool administrator = false;
    Hash256 set{};        ///< OCS: token hash; ACS: HKNSO
    std::string set_name;
    std::uint32_t needed = 0;
    std::optional<std::uint32_t> slot{}; ///< where the person should put them; none: anywhere
};

/// Presents cards until the token is complete: takes what is in the slots, and asks for the rest. Throws no_card or
/// passphrase_required when nobody can be asked, cancelled when the person gives up.
void collect_cards(Link& link, const WantedCards& wanted, Authoriser& authoriser);

/// A set whose cards are to be written.
struct CardsToWrite {
    std::uint32_t module = 1;
    bool administrator = false;
    std::string set_name;
    Hash256 set{};
    std::uint32_t n = 1;
    Bytes world_record; ///< of the present world: its replaced administrator cards may be erased; empty: none
    /// Writes card `number` in the slot.
    std::function<void(std::uint32_t slot, std::uint32_t number, Secret passphrase)> write;
};

/// Finds or asks for a blank card for each number, then writes it.
void write_cards(Link& link, const CardsToWrite& cards, const NewCards& how, Authoriser& authoriser);

/// Makes the card in a slot blank. \p world_record tells a replaced administrator card from a current one; empty: no
/// administrator card of the module's world is erased.
void erase_card(Link& link, std::uint32_t module, const SlotFacts& slot, const Bytes& world_record);

/// The first empty slot of the module.
std::optional<std::uint32_t> empty_slot(Link& link, std::uint32_t module);

/// A passphrase that may be wrong: asks, tries, asks again. \p attempt throws passphrase_wrong, passphrase_delayed.
void with_passphrase(Question question, Authoriser& authoriser, const std::function<void(const Secret&)>& attempt);

} // namespace hsm::client
