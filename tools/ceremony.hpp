// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "passphrases.hpp"

#include <hsm/client.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Presenting cards, entering passphrases, saying yes: by the person at the terminal, or by a script
/// (--cards,
/// --passphrase-..., --yes).

namespace hsm::tools {

class CommandLine;

/// Answers the library's questions. Cards that it inserted are taken out again when it goes, and the slot is
/// as it was. Thread-bound.
class Ceremony : public Authoriser {
public:
    Ceremony() = default;
    ~Ceremony() override;
    Ceremony(const Ceremony&) = delete;
    Ceremony& operator=(const Ceremony&) = delete;

    void declare(CommandLine& line);  ///< --cards, --passphrase-..., --yes
    void start(const Client& client); ///< call before ask()
    Answer ask(const Question& question) override;
    void administrator_cards(std::uint32_t module) override; ///< warns, once

    [[nodiscard]] bool can_ask() const; ///< for a card: a script names more, or a person is there
    /// A question of our own. Throws cancelled when the answer is no or nobody can answer.
    void confirm(const std::string& what);
    /// A card in a slot of the module: what is there, or what is presented now. Returns the slot.
    std::uint32_t hold_card(std::uint32_t module, std::optional<std::uint32_t> slot, const std::string& text);
    /// Before \p n cards are written: when a script names them, are they enough, and blank unless \p erase?
    void check_blank_cards(std::uint32_t module, std::optional<std::uint32_t> slot, std::uint32_t n,
                           bool erase);
    /// Presents these cards and asks nobody anything.
    void run_alone(std::vector<std::string> cards);
    [[nodiscard]] Passphrases& passphrases() noexcept { return passphrases_; }

private:
    struct Place {
        std::uint32_t module = 0, slot = 0;
        auto operator<=>(const Place&) const = default;
    };
    struct Insertion {
        Place place;
        std::filesystem::path card, before; ///< before: what was in the slot, or empty
    };
    /// A card that a script presented, and how far the quorum was then.
    struct Presented {
        std::string serial;
        std::uint32_t progress = 0;
    };

    Answer present_card(const Question& question);
    Answer present_next(const Question& question);
    Answer ask_for_card(const Question& question);
    void insert(const Question& question, const std::filesystem::path& card);
    [[nodiscard]] Place place_for(const Question& question) const;
    [[noreturn]] void no_card_left(const Question& question) const;
    [[nodiscard]] std::optional<SlotFacts> last_card() const;
    void withdraw() noexcept;

    std::optional<Client> client_;
    Passphrases passphrases_;
    std::vector<std::string> cards_;
    std::size_t used_ = 0;
    bool scripted_cards_ = false, yes_ = false, warned_ = false;
    std::vector<Insertion> inserted_;
    std::vector<Presented> presented_;
};

} // namespace hsm::tools
