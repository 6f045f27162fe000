// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "support/scripted_authoriser.hpp"

namespace hsm::test {

Answer ScriptedAuthoriser::ask(const Question& question) {
    asked.push_back(question);
    Answer answer;
    switch (question.kind) {
    case Question::Kind::insert_card:
    case Question::Kind::insert_blank_card: {
        if (cards_.empty()) return answer;
        const auto slot = question.slot.value_or(0);
        if (client_.slots(question.module).at(slot).state != SlotState::empty)
            client_.remove_card(question.module, slot);
        client_.insert_card(question.module, slot, cards_.front());
        cards_.pop_front();
        answer.go_on = true;
        break;
    }
    case Question::Kind::passphrase:
    case Question::Kind::new_passphrase:
        if (passphrases_.empty() || question.attempt > 8) return answer;
        answer.passphrase = Secret::from_text(passphrases_.front());
        if (passphrases_.size() > 1) passphrases_.pop_front();
        answer.go_on = true;
        break;
    case Question::Kind::confirm: answer.go_on = confirms; break;
    case Question::Kind::remove_card: break;
    }
    return answer;
}

} // namespace hsm::test
