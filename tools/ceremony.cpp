// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "ceremony.hpp"

#include "card_names.hpp"
#include "command_line.hpp"
#include "console.hpp"
#include "files.hpp"
#include "system.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hsm::tools {

namespace {

std::string whose(const Question& question) {
    const auto name = question.set_name.empty() ? std::string() : " " + escaped(question.set_name);
    if (question.card != 0) {
        return question.administrator ? fmt::format("administrator card {}", question.card)
                                      : fmt::format("card {} of card set{}", question.card, name);
    }
    if (question.administrator) return "this administrator card";
    return name.empty() ? "this card" : name.substr(1);
}

} // namespace

Ceremony::~Ceremony() { withdraw(); }

void Ceremony::declare(CommandLine& line) {
    line.group("Cards and passphrases");
    line.values("--cards", "CARD,...", cards_,
                "present these cards in turn, without asking (or: LIBHSM_CARDS)");
    passphrases_.declare(line);
    line.flag("-y,--yes", yes_, "answer yes to every question");
    line.group("Options");
}

void Ceremony::start(const Client& client) {
    client_ = client;
    if (cards_.empty()) {
        for (auto rest = system::environment("LIBHSM_CARDS").value_or(""); !rest.empty();) {
            const auto comma = rest.find(',');
            cards_.push_back(rest.substr(0, comma));
            rest.erase(0, comma == std::string::npos ? comma : comma + 1);
        }
    }
    scripted_cards_ = scripted_cards_ || !cards_.empty();
}

void Ceremony::run_alone(std::vector<std::string> cards) {
    cards_ = std::move(cards);
    used_ = 0;
    scripted_cards_ = yes_ = warned_ = true;
}

std::uint32_t Ceremony::hold_card(std::uint32_t module, std::optional<std::uint32_t> slot,
                                  const std::string& text) {
    const auto occupied = [&]() -> std::optional<std::uint32_t> {
        for (const auto& facts : client_->slots(module)) {
            if (facts.state != SlotState::empty && (!slot || *slot == facts.slot)) return facts.slot;
        }
        return std::nullopt;
    };
    // Cards that were named come before a card that happens to be there.
    const bool named = scripted_cards_ && used_ < cards_.size();
    for (std::uint32_t attempt = 1;; ++attempt) {
        const auto found = occupied();
        if (found && (!named || attempt > 1)) return *found;
        Question question;
        question.kind = Question::Kind::insert_card;
        question.text = text;
        question.module = module;
        question.slot = slot;
        question.needed = 1;
        question.attempt = attempt;
        const auto before = inserted_.size();
        if (!present_card(question).go_on)
            throw Error(Status::no_card, text + "; insert it with hsm card insert");
        if (inserted_.size() > before) return inserted_.back().place.slot;
    }
}

bool Ceremony::can_ask() const { return scripted_cards_ ? used_ < cards_.size() : terminal::present(); }

void Ceremony::confirm(const std::string& what) {
    if (yes_) return;
    if (!terminal::present())
        throw Error(Status::cancelled,
                    fmt::format("{} Nobody is there to confirm it; use --yes if you mean it", what));
    for (;;) {
        const auto answer = terminal::ask_line(fmt::format("{} Go on? (yes/no) ", what));
        if (answer == "yes" || answer == "y") return;
        if (!answer || *answer == "no" || *answer == "n" || answer->empty()) break;
    }
    throw Error(Status::cancelled, "not confirmed; nothing was changed");
}

void Ceremony::administrator_cards(std::uint32_t) {
    if (std::exchange(warned_, true)) return;
    remark("administrator cards are about to be used: present them only on a host that you trust");
}

Answer Ceremony::ask(const Question& question) {
    if (question.administrator) administrator_cards(question.module);
    switch (question.kind) {
    case Question::Kind::insert_card:
    case Question::Kind::insert_blank_card: return present_card(question);
    case Question::Kind::remove_card:
        if (!scripted_cards_ && terminal::present()) return ask_for_card(question);
        return {.go_on = true, .passphrase = {}};
    case Question::Kind::passphrase:
        if (question.attempt > 1 && passphrases_.scripted())
            return {}; // the library tells what was wrong with it
        return {.go_on = true,
                .passphrase = passphrases_.existing(whose(question), escaped(question.problem))};
    case Question::Kind::new_passphrase:
        return {.go_on = true, .passphrase = passphrases_.fresh(whose(question))};
    case Question::Kind::confirm: confirm(escaped(question.text)); return {.go_on = true, .passphrase = {}};
    }
    return {};
}

Answer Ceremony::present_card(const Question& question) {
    if (scripted_cards_) return present_next(question);
    if (terminal::present()) return ask_for_card(question);
    throw Error(Status::no_card,
                fmt::format("{}; insert the card with hsm card insert, or name the cards with --cards",
                            escaped(question.text.empty() ? "a card is missing" : question.text)));
}

Answer Ceremony::present_next(const Question& question) {
    const auto slots = client_->slots(question.module);
    while (used_ < cards_.size()) {
        const auto card = existing_card(*client_, cards_[used_++]);
        const bool there = std::any_of(slots.begin(), slots.end(), [&](const SlotFacts& slot) {
            return slot.state != SlotState::empty && to_path(slot.card_path) == card;
        });
        if (there) continue; // it was looked at already, before the question
        insert(question, card);
        const auto facts = last_card();
        presented_.push_back({facts ? facts->serial : std::string(), question.presented});
        return {.go_on = true, .passphrase = {}};
    }
    no_card_left(question);
}

std::optional<SlotFacts> Ceremony::last_card() const {
    if (inserted_.empty()) return std::nullopt;
    const auto& place = inserted_.back().place;
    for (auto& slot : client_->slots(place.module)) {
        if (slot.slot == place.slot) return std::move(slot);
    }
    return std::nullopt;
}

void Ceremony::no_card_left(const Question& question) const {
    const bool blank_wanted = question.kind == Question::Kind::insert_blank_card;
    auto status = blank_wanted ? Status::no_card : Status::token_incomplete;
    auto text = blank_wanted
                    ? fmt::format("{} of {} cards are written", question.presented, question.needed)
                    : fmt::format("{} of {} cards were presented", question.presented, question.needed);
    // If the last card brought nothing, it is what the person should hear of.
    if (last_card() && !presented_.empty() && !question.problem.empty() &&
        question.presented <= presented_.back().progress) {
        text = escaped(question.problem);
        const bool not_blank = blank_wanted && question.problem_status != Status::card_damaged;
        status = not_blank ? Status::card_not_blank : question.problem_status;
    }
    throw Error(status, fmt::format("{}, and --cards names no more; present the right cards", text));
}

void Ceremony::check_blank_cards(std::uint32_t module, std::optional<std::uint32_t> slot, std::uint32_t n,
                                 bool erase) {
    if (!scripted_cards_) return;
    std::size_t blank = 0;
    for (const auto& facts : client_->slots(module)) blank += facts.state == SlotState::blank ? 1 : 0;
    if (cards_.size() + blank < n) {
        throw Error(Status::no_card, fmt::format("{} cards are needed, and --cards names {}; name them all",
                                                 n, cards_.size()));
    }
    Question question;
    question.module = module;
    question.slot = slot;
    for (const auto& name : cards_) {
        insert(question, existing_card(*client_, name));
        for (const auto& facts : client_->slots(module)) {
            if (facts.slot != inserted_.back().place.slot || facts.state == SlotState::blank) continue;
            if (erase && facts.state != SlotState::damaged) continue;
            throw Error(facts.state == SlotState::damaged ? Status::card_damaged : Status::card_not_blank,
                        fmt::format("card {} is {}, not blank; use a blank card{}", escaped(name),
                                    to_string(facts.state), erase ? "" : ", or --erase"));
        }
    }
    withdraw(); // the first card is asked for when its turn comes
}

Answer Ceremony::ask_for_card(const Question& question) {
    if (!question.problem.empty()) terminal::tell(fmt::format("{}\n", escaped(question.problem)));
    if (question.needed > 1)
        terminal::tell(fmt::format("{} of {} cards are done.\n", question.presented, question.needed));
    const auto contents = [&] {
        std::string all;
        for (const auto& slot : client_->slots(question.module))
            all += fmt::format("{}:{}:{};", slot.slot, slot.serial, slot.card_path);
        return all;
    };
    const auto before = contents();
    const auto prompt = fmt::format("{}\nName or path of a card, Enter when it is done in another terminal "
                                    "(hsm card insert), q to give up: ",
                                    escaped(question.text));
    for (;;) {
        const auto line = terminal::ask_line_unless(prompt, [&] { return contents() != before; });
        if (!line || *line == "q") throw Error(Status::cancelled, "given up at a card; nothing was changed");
        if (line->empty()) return {.go_on = true, .passphrase = {}};
        try {
            insert(question, existing_card(*client_, *line));
            return {.go_on = true, .passphrase = {}};
        } catch (const Error& error) { // a slip of the keyboard does not end a ceremony
            terminal::tell(fmt::format("{}\n", escaped(error.what())));
        }
    }
}

Ceremony::Place Ceremony::place_for(const Question& question) const {
    if (question.slot) return {question.module, *question.slot};
    if (!inserted_.empty() && inserted_.back().place.module == question.module) return inserted_.back().place;
    const auto slots = client_->slots(question.module);
    if (slots.empty())
        throw Error(Status::no_card,
                    fmt::format("module #{} has no card slot; use another module", question.module));
    const auto free = std::find_if(slots.begin(), slots.end(),
                                   [](const SlotFacts& slot) { return slot.state == SlotState::empty; });
    return {question.module, free != slots.end() ? free->slot : slots.front().slot};
}

void Ceremony::insert(const Question& question, const std::filesystem::path& card) {
    const auto place = place_for(question);
    const auto ours = std::find_if(inserted_.begin(), inserted_.end(),
                                   [&](const Insertion& i) { return i.place == place; });
    std::filesystem::path occupant;
    for (const auto& slot : client_->slots(place.module)) {
        if (slot.slot == place.slot && slot.state != SlotState::empty) occupant = to_path(slot.card_path);
    }
    if (!occupant.empty()) client_->remove_card(place.module, place.slot);
    if (ours == inserted_.end()) {
        inserted_.push_back({place, card, occupant});
    } else {
        ours->card = card;
    }
    client_->insert_card(place.module, place.slot, card);
}

void Ceremony::withdraw() noexcept {
    for (const auto& insertion : inserted_) {
        try {
            for (const auto& slot : client_->slots(insertion.place.module)) {
                if (slot.slot != insertion.place.slot) continue;
                const bool empty = slot.state == SlotState::empty;
                if (!empty && to_path(slot.card_path) != insertion.card)
                    continue; // a person changed cards meanwhile
                if (!empty) client_->remove_card(insertion.place.module, insertion.place.slot);
                if (!insertion.before.empty())
                    client_->insert_card(insertion.place.module, insertion.place.slot, insertion.before);
            }
        } catch (const std::exception&) { // the operation itself is over; the card simply stays
        }
    }
    inserted_.clear();
}

} // namespace hsm::tools
