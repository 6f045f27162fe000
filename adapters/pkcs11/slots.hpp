// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "token.hpp"

#include <mutex>

/// \file
/// Slots: one for each softcard, card set and accelerator, and a free one in which a new token can be made.

namespace hsm::pkcs11 {

/// A slot. Its number stays as long as the library is initialised.
struct Slot {
    CK_SLOT_ID id = 0;
    TokenPtr token; ///< null: the free slot
    bool present = true; ///< when it was last asked for events
};

/// Thread-safe.
class Slots {
public:
    /// Opens the modules of this host, and writes nothing.
    explicit Slots(const Settings& settings);

    /// The numbers. \p refresh: looks what there is now (PKCS #11 3.2, 5.5.1: with pSlotList NULL only).
    [[nodiscard]] std::vector<CK_SLOT_ID> list(bool with_token, bool refresh);
    [[nodiscard]] bool exists(CK_SLOT_ID id);
    /// Of the world that the slot's keys are in, or will be. Throws Fault (CKR_SLOT_ID_INVALID).
    [[nodiscard]] WorldMode mode(CK_SLOT_ID id);
    /// The token in a slot. Throws Fault: CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT, and CKR_TOKEN_NOT_RECOGNIZED for the
    /// free slot.
    [[nodiscard]] TokenPtr token(CK_SLOT_ID id);
    /// The same; null for the free slot.
    [[nodiscard]] TokenPtr token_or_free(CK_SLOT_ID id);
    /// The same, though its card may be out.
    [[nodiscard]] TokenPtr occupant(CK_SLOT_ID id);
    /// For C_GetSlotInfo: the token that belongs there, and whether it is there. Throws Fault (CKR_SLOT_ID_INVALID).
    [[nodiscard]] std::pair<TokenPtr, bool> view(CK_SLOT_ID id);
    /// C_InitToken. The slot keeps its number.
    void initialise_token(CK_SLOT_ID id, const std::string& label, const Secret& officer_pin);

    /// The number of a slot whose card came or went since it was last asked about; none: nothing happened.
    [[nodiscard]] std::optional<CK_SLOT_ID> next_event();

private:
    void initialise_once(CK_SLOT_ID id, const std::string& label, const Secret& officer_pin);
    void look();
    void add(TokenIdentity identity);
    void add_accelerators();
    [[nodiscard]] TokenPtr make_token(TokenIdentity identity) const;
    [[nodiscard]] bool wants_accelerator(const std::vector<TokenFacts>& softcards) const;
    [[nodiscard]] CK_SLOT_ID number_for(std::string_view seed) const;
    [[nodiscard]] Slot& at(CK_SLOT_ID id); ///< the lock is held

    const Settings* settings_;
    mutable std::mutex mutex_;
    std::optional<Client> client_;
    std::optional<World> world_;
    std::uint32_t module_ = 1;
    std::vector<Slot> slots_; ///< in the order in which they are listed
};

} // namespace hsm::pkcs11
