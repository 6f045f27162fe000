// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/world.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// \file
/// Tokens that one program loads for others on the same host: a person presents the cards once, and the programs that
/// are told of it use the keys without asking. World::load_card_set, World::begin_card_set, World::load_softcard with
/// an authoriser, and World::load take such a token where OpenOptions::tokens_file names it.

namespace hsm {

/// Keeps tokens available to others for as long as it lives: they go when it is destroyed or its process ends, however
/// that happens, and with the card that must stay in its slot, a time-out, or a cleared module. Whoever may read the
/// module's directory could load them: this opens nothing to anybody else. What takes such a token has not been
/// authorised anew: keys with a limit of uses per authorisation refuse. Move-only, thread-bound. All calls throw
/// hsm::Error.
class HSM_API Preload {
public:
    /// \p tokens: loaded card sets and softcards of \p world. Throws invalid_argument for a module's own protection.
    Preload(const World& world, const std::vector<Protector>& tokens);
    ~Preload();
    Preload(Preload&&) noexcept;
    Preload& operator=(Preload&&) noexcept;

    /// Writes the tokens file, with names and no secret.
    void write(const std::filesystem::path& file) const;

    struct State;

private:
    std::unique_ptr<State> state_;
};

} // namespace hsm
