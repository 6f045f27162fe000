// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/cards.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace hsm::client {

namespace {

std::vector<SlotFacts> slots_of(Link& link, std::uint32_t module) {
    return link.call(module, protocol::SlotList{}).slots;
}

/// Nobody answered: says what was missing rather than "cancelled" when nobody could have.
[[noreturn]] void give_up(const Authoriser& authoriser, Status missing, const std::string& text) {
    if (&authoriser == &silent()) throw Error(missing, text);
    throw Error(Status::cancelled, "given up: " + text);
}

std::string cards(std::uint32_t n, const std::string& set_name) {
    return std::to_string(n) + (n == 1 ? " more card" : " more cards") + " of '" + set_name + "'";
}

/// Why a card, or an answer, did not do.
struct Reason {
    Status status = Status::ok;
    std::string text;
};

void tell(Question& question, const Reason& reason) {
    question.problem = reason.text;
    question.problem_status = reason.status;
}

/// A card that may serve, or why the cards in the slots do not.
struct Found {
    std::optional<SlotFacts> card;
    Reason problem;
};

Found find_card(const std::vector<SlotFacts>& slots, const WantedCards& wanted, const std::set<std::string>& used) {
    Found found;
    const auto kind = wanted.administrator ? SlotState::administrator : SlotState::operator_card;
    for (const auto& slot : slots) {
        if (slot.state == SlotState::empty) continue;
        const auto where = "slot " + std::to_string(slot.slot);
        // Before it is in a world, a module calls every card foreign: the set tells.
        const bool fits = (slot.state == kind || (slot.state == SlotState::foreign && wanted.administrator)) && slot.set == wanted.set;
        if (fits && !used.contains(slot.serial)) {
            found.card = slot;
            return found;
        }
        if (fits) {
            found.problem = {Status::share_duplicate,
                             "the card in " + where + " was presented already; insert another card of the set"};
        } else if (slot.state == SlotState::damaged) {
            found.problem = {Status::card_damaged, slot.problem};
        } else if (slot.state == SlotState::blank) {
            found.problem = {Status::card_foreign, "the card in " + where + " is blank"};
        } else {
            found.problem = {Status::card_foreign, "the card in " + where + " belongs to " +
                                                       (slot.set_name.empty() ? "another set" : "'" + slot.set_name + "'") +
                                                       (slot.state == SlotState::foreign ? " of another Security World" : "")};
        }
    }
    return found;
}

bool about_passphrase(Status status) {
    return status == Status::passphrase_wrong || status == Status::passphrase_delayed || status == Status::passphrase_required;
}

} // namespace

void with_passphrase(Question question, Authoriser& authoriser, const std::function<void(const Secret&)>& attempt) {
    question.kind = Question::Kind::passphrase;
    for (question.attempt = 1;; ++question.attempt) {
        auto answer = authoriser.ask(question);
        if (!answer.go_on) {
            // After a wrong one the person, or the script, should hear what was wrong with it.
            if (!question.problem.empty()) throw Error(question.problem_status, question.problem);
            give_up(authoriser, Status::passphrase_required, "the passphrase of '" + question.set_name + "' is needed");
        }
        try {
            attempt(answer.passphrase);
            return;
        } catch (const Error& error) {
            if (!about_passphrase(error.status())) throw;
            tell(question, {error.status(), error.message()});
        }
    }
}

void collect_cards(Link& link, const WantedCards& wanted, Authoriser& authoriser) {
    std::set<std::string> used;
    std::uint32_t presented = 0, needed = std::max(wanted.needed, 1u);
    Question question;
    question.administrator = wanted.administrator;
    question.module = wanted.module;
    question.set_name = wanted.set_name;
    question.set = wanted.set;
    Reason problem; // of the last card that did not serve
    if (wanted.administrator) authoriser.administrator_cards(wanted.module);
    while (presented < needed) {
        auto found = find_card(slots_of(link, wanted.module), wanted, used);
        question.presented = presented;
        question.needed = needed;
        if (!found.card) {
            question.kind = Question::Kind::insert_card;
            question.slot = wanted.slot;
            tell(question, problem.text.empty() ? found.problem : problem);
            question.text = "Insert " + cards(needed - presented, wanted.set_name);
            if (!authoriser.ask(question).go_on)
                give_up(authoriser, Status::no_card,
                        cards(needed - presented, wanted.set_name) + " needed" +
                            (question.problem.empty() ? "; insert it and try again" : ": " + question.problem));
            ++question.attempt;
            continue;
        }
        const auto& slot = *found.card;
        problem = {};
        const auto add = [&](const Secret& passphrase) {
            const auto progress = link.call(wanted.module, protocol::AddShare{wanted.token, slot.slot, passphrase.clone()});
            presented = progress.presented;
            needed = progress.needed;
        };
        try {
            if (slot.has_passphrase) {
                question.slot = slot.slot;
                question.card = slot.share;
                tell(question, {});
                question.text = "Passphrase for card " + std::to_string(slot.share) + " of '" + wanted.set_name + "'";
                with_passphrase(question, authoriser, add);
            } else {
                add({});
            }
        } catch (const Error& error) {
            const auto status = error.status();
            if (status != Status::card_foreign && status != Status::card_damaged && status != Status::share_duplicate &&
                status != Status::card_removed && status != Status::no_card)
                throw;
            problem = {status, error.message()}; // another card may do
        }
        used.insert(slot.serial);
        question.attempt = 1;
    }
}

namespace {

/// A slot with a card that may be written, erased first if that was asked for.
std::optional<std::uint32_t> writable_slot(Link& link, const CardsToWrite& cards, const NewCards& how,
                                           const std::set<std::string>& written, Reason& problem) {
    for (const auto& slot : slots_of(link, cards.module)) {
        if (how.slot && *how.slot != slot.slot) continue;
        if (slot.state == SlotState::blank) return slot.slot;
        if (slot.state == SlotState::empty || written.contains(slot.serial)) continue;
        if (how.erase && slot.state != SlotState::damaged) {
            try {
                erase_card(link, cards.module, slot, cards.world_record);
                return slot.slot;
            } catch (const Error& error) {
                problem = {error.status(), error.message()};
                continue;
            }
        }
        if (slot.state == SlotState::damaged) problem = {Status::card_damaged, slot.problem};
        else
            problem = {Status::card_not_blank, "the card in slot " + std::to_string(slot.slot) +
                                                   " is not blank; insert a blank one, or have it erased"};
    }
    return std::nullopt;
}

} // namespace

void erase_card(Link& link, std::uint32_t module, const SlotFacts& slot, const Bytes& world_record) {
    if (slot.state == SlotState::administrator && !world_record.empty())
        (void)link.call(module, protocol::EraseReplacedCard{slot.slot, world_record});
    else (void)link.call(module, protocol::EraseCard{slot.slot});
}

std::optional<std::uint32_t> empty_slot(Link& link, std::uint32_t module) {
    for (const auto& slot : slots_of(link, module))
        if (slot.state == SlotState::empty) return slot.slot;
    return std::nullopt;
}

void write_cards(Link& link, const CardsToWrite& cards, const NewCards& how, Authoriser& authoriser) {
    std::set<std::string> written;
    Question question;
    question.administrator = cards.administrator;
    question.module = cards.module;
    question.slot = how.slot;
    question.set_name = cards.set_name;
    question.set = cards.set;
    question.needed = cards.n;
    if (cards.administrator) authoriser.administrator_cards(cards.module);
    for (std::uint32_t number = 1; number <= cards.n; ++number) {
        const auto which = "card " + std::to_string(number) + " of " + std::to_string(cards.n) + " of '" + cards.set_name + "'";
        question.card = number;
        question.presented = number - 1;
        std::optional<std::uint32_t> slot;
        for (question.attempt = 1; !slot; ++question.attempt) {
            Reason problem;
            slot = writable_slot(link, cards, how, written, problem);
            if (slot) break;
            tell(question, problem);
            question.kind = Question::Kind::insert_blank_card;
            question.text = "Insert a blank card, to become " + which;
            if (!authoriser.ask(question).go_on)
                give_up(authoriser, Status::no_card, "a blank card is needed for " + which +
                                                         (question.problem.empty() ? "" : ": " + question.problem));
        }
        Secret passphrase;
        if (how.ask_passphrases) {
            question.kind = Question::Kind::new_passphrase;
            question.attempt = 1;
            tell(question, {});
            question.text = "New passphrase for " + which;
            auto answer = authoriser.ask(question);
            if (!answer.go_on) give_up(authoriser, Status::passphrase_required, "a passphrase is needed for " + which);
            passphrase = std::move(answer.passphrase);
        }
        cards.write(*slot, number, std::move(passphrase));
        for (const auto& facts : slots_of(link, cards.module))
            if (facts.slot == *slot) written.insert(facts.serial);
    }
}

} // namespace hsm::client
