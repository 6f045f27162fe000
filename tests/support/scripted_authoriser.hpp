// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/hsm.hpp>

#include <deque>
#include <string>
#include <vector>

namespace hsm::test {

/// Inserts cards from a list, one after the other, and answers with passphrases from another list (the last
/// one again and again). Gives up when there are no more cards. Keeps every question.
class ScriptedAuthoriser final : public Authoriser {
public:
    ScriptedAuthoriser(Client client, std::vector<std::string> cards,
                       std::vector<std::string> passphrases = {})
        : client_(std::move(client)),
          cards_(cards.begin(), cards.end()),
          passphrases_(passphrases.begin(), passphrases.end()) {}

    Answer ask(const Question& question) override;

    std::vector<Question> asked;
    bool confirms = true;

private:
    Client client_;
    std::deque<std::string> cards_, passphrases_;
};

} // namespace hsm::test
