// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "client/link.hpp"
#include "protocol/admin.hpp"

#include <hsm/authoriser.hpp>
#include <hsm/client.hpp>

#include <functional>
#include <memory>
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
    /// Writes card `number` in the slot.
    std::function<void(std::uint32_t slot, std::uint32_t number, Secret passphrase)> write;
};

/// Finds or asks for a blank card for each number, then writes it.
void write_cards(Link& link, const CardsToWrite& cards, const NewCards& how, Authoriser& authoriser);

/// A passphrase that may be wrong: asks, tries, asks again. \p attempt throws passphrase_wrong, passphrase_delayed.
void with_passphrase(Question question, Authoriser& authoriser, const std::function<void(const Secret&)>& attempt);

} // namespace hsm::client
