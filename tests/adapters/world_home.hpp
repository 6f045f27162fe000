// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "token.hpp"

#include <hsm/hsm.hpp>

#include <functional>
#include <string>
#include <vector>

/// \file
/// A home with a Security World that was made by other programs: the library here plays them, and moves cards. The
/// module under test is another copy of it, and sees what another process would do.

namespace hsm::test {

class WorldHome {
public:
    explicit WorldHome(WorldMode mode = WorldMode::unrestricted);
    WorldHome(const WorldHome&) = delete;
    WorldHome& operator=(const WorldHome&) = delete;

    /// Its cards end up out of the slots, all with user_pin as their passphrase.
    std::vector<std::string> card_set(const std::string& name, std::uint32_t k, std::uint32_t n, bool persistent = false);
    void insert(const std::string& card, std::uint32_t slot = 0) { client_.insert_card(1, slot, card); }
    void remove(std::uint32_t slot = 0) { client_.remove_card(1, slot); }
    std::uint32_t add_module(); ///< another one in the world; its number
    [[nodiscard]] std::string esn(std::uint32_t module) const { return client_.module(module).esn; }
    World& world() { return world_; }
    [[nodiscard]] const std::filesystem::path& path() const { return home_.path(); }

private:
    std::string blank_card(const std::string& name);

    EmptyHome home_;
    Client client_;
    World world_;
};

/// The module between C_Initialize and C_Finalize in a home that is there already.
class Running {
public:
    Running();
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
};

/// The slot whose description ends with the name of its card set or token, token or not.
CK_SLOT_ID slot_named(const std::string& name);
bool token_present(CK_SLOT_ID slot);
/// Until a call gives \p wanted, as cards are looked at every tenth of a second only; a minute at most.
bool eventually(CK_RV wanted, const std::function<CK_RV()>& call);

} // namespace hsm::test
