// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/authoriser.hpp>
#include <hsm/client.hpp>
#include <hsm/world.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// \file
/// What administrator cards do after the world was made: recover keys, replace lost passphrases, replace the cards.

namespace hsm {

/// A key's application and ident.
struct KeyName {
    std::string app, ident;
    bool operator==(const KeyName&) const = default;
};

/// What became of one key.
struct RecoveredKey {
    enum class Outcome : std::uint8_t {
        moved,           ///< its record is under the new protector
        not_recoverable, ///< it has no archive blob, or its ACL does not let recovery move it
        front_end,       ///< it belongs to a front end whose attributes only the old token opens; see RecoveryOptions
        failed,          ///< damaged, or changed by somebody meanwhile; `reason` says what
    };
    KeyName key;
    Outcome outcome = Outcome::moved;
    std::string reason; ///< a sentence, unless moved
};

struct RecoveryOptions {
    std::vector<KeyName> only; ///< empty: every key under the old token
    /// A front end's key (a PKCS #11 object) is taken too and becomes a plain key of libhsm: what the front end had
    /// sealed under the old token (label, attributes) is lost with it.
    bool without_attributes = false;
    std::function<void(const RecoveredKey&)> progress; ///< after each key; may be empty
};

/// Administrator cards at work on one module of a world. Every call asks \p authoriser for the cards that it needs and
/// lets go of what they opened when it returns; what was opened closes by itself after administrator_timeout_s().
/// Thread-bound. All calls throw hsm::Error.
class HSM_API Administration {
public:
    explicit Administration(World world, std::uint32_t module = 1) : world_(std::move(world)), module_(module) {}

    /// Puts keys that are under the token \p from (a card set or softcard, which need not exist any more) under \p to,
    /// a loaded one of the same kind: r administrator cards. Each key's record is replaced in one step, so that an
    /// interrupted recovery goes on where it was when it is run again. The old token opens nothing of what was moved.
    /// Throws not_supported in a world without key recovery.
    std::vector<RecoveredKey> recover_keys(const Hash256& from, const Protector& to, Authoriser& authoriser,
                                           const RecoveryOptions& options = {});

    /// Gives the operator card in \p slot another passphrase (empty: none), whatever the old one was: p administrator
    /// cards. Throws not_supported in a world without passphrase recovery, access_denied for an administrator card.
    void replace_card_passphrase(std::uint32_t slot, const Secret& passphrase, Authoriser& authoriser);
    /// The same for a softcard that was made recoverable.
    void replace_softcard_passphrase(const Hash256& token, const Secret& passphrase, Authoriser& authoriser);

    /// Replaces the ACS: K of the present cards, then N blank ones. The world keeps its keys and quora, and HKNSO. The
    /// new world file is the commit point: up to it the old cards are the world's, after it the new ones, and every
    /// module of this host refuses the old ones from then on. Other hosts need the new world file. Old cards, together
    /// with an old world file, still open the world on a module that knows neither: erase them (Client::erase_card
    /// allows it now). An error behind the commit point says so.
    World replace_cards(Authoriser& authoriser, const NewCards& how = {});

    /// Brings keys of another world into this one: K cards of that world's ACS, then K of this one's. \p source: its
    /// key management data (the directory with its file `world`). \p from: the token there that the keys are under,
    /// zero for keys under the module; \p to: of the same kind, here. A key under a token comes from its recovery blob,
    /// so it needs one. The key keeps its name and what it may do; here it counts as imported. Nothing changes in \p
    /// source. Throws mode_forbidden when either world is in mode common-criteria-cmts. (Every cipher suite that there
    /// is has a strength of 128 bits or more: none is weaker than another in what it protects.)
    std::vector<RecoveredKey> transfer_keys(const std::filesystem::path& source, const Hash256& from,
                                            const Protector& to, Authoriser& authoriser,
                                            const RecoveryOptions& options = {});

private:
    World world_;
    std::uint32_t module_;
};

} // namespace hsm
