// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/facts.hpp>
#include <hsm/secret.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

/// \file
/// The one callback: "insert a card, enter a passphrase". It runs in the application's process and never crosses the
/// connection: a reply says what is missing, the client asks, and tries again.

namespace hsm {

/// What is being asked for.
struct Question {
    enum class Kind : std::uint8_t {
        insert_card,         ///< put a card of the set into the slot (or into any slot, when slot is none)
        insert_blank_card,   ///< put an empty card into a slot, to write share `card` of `n`
        remove_card,         ///< the card in the slot does not serve: take it out
        passphrase,          ///< of the card in the slot, or of the softcard
        new_passphrase,      ///< for the card about to be written, or the softcard; empty means none
        confirm,             ///< yes or no
    };
    Kind kind = Kind::confirm;
    std::string text;                  ///< a sentence for people
    bool administrator = false;        ///< administrator cards: warn that the host must be trusted
    std::uint32_t module = 1;
    std::optional<std::uint32_t> slot;
    std::string set_name;              ///< of the card set or softcard
    Hash256 set{};
    std::uint32_t card = 0;            ///< number of the card, 0: any
    std::uint32_t presented = 0, needed = 0; ///< progress of the quorum
    std::uint32_t attempt = 1;         ///< of the same question, from 1
    std::string problem;               ///< why the last answer did not do, or empty
    Status problem_status = Status::ok; ///< the same for programs: passphrase_wrong, card_foreign, ...; ok: no problem
};

struct Answer {
    bool go_on = false;  ///< false gives up: the operation throws cancelled
    Secret passphrase;   ///< for passphrase and new_passphrase
};

/// Implemented by the application. Called without any lock held, on the thread of the operation. Throwing from ask()
/// ends the operation with that exception, and leaves everything as it was.
class HSM_API Authoriser {
public:
    virtual ~Authoriser() = default;
    virtual Answer ask(const Question& question) = 0;
    /// Administrator cards are about to be read or written on \p module, also those that are in its slots already. Before
    /// the first is: a person should be warned that whoever rules this host learns what the cards open. Throwing ends the
    /// operation. Does nothing unless overridden.
    virtual void administrator_cards(std::uint32_t module);
};

/// Never asks: every question is answered with "give up" (the operation then throws what was missing: no_card,
/// passphrase_required, ...). For services.
HSM_API Authoriser& silent();

/// Answers with fixed passphrases, and waits for nothing: for scripts and tests. Thread-bound.
class HSM_API FixedPassphrase : public Authoriser {
public:
    explicit FixedPassphrase(Secret passphrase) : passphrase_(std::move(passphrase)) {}
    Answer ask(const Question& question) override;

private:
    Secret passphrase_;
};

} // namespace hsm
