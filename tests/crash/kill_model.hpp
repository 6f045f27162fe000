// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "lab.hpp"

#include <map>
#include <optional>
#include <random>
#include <string>

/// \file
/// What the victim of the kills does, and what its witness knows: all acknowledged steps, and the one that was under way.

namespace hsm::test {

/// A step: "generate k7", "change-card c3". Written before it is tried, and again with its result when it is done.
struct KillStep {
    std::string verb, name, to, result;
};

std::string line_of(char mark, const KillStep& step);
KillStep parse_step(const std::string& line);

/// What is acknowledged. A value: the victim has its own copy.
struct KillModel {
    std::map<std::string, std::string> keys;      ///< ident -> identity of the key
    std::map<std::string, std::string> softcards; ///< name -> passphrase
    std::map<std::string, std::string> sets;      ///< name -> the name of its one card
    std::string card_passphrase = "ocs";          ///< of card o1, which stays in slot 0
    std::uint64_t next = 1;                       ///< for names that were never used

    void done(const KillStep& step);
};

/// The next step at random, suited to what there is.
KillStep choose_step(KillModel& model, std::mt19937_64& random);

/// Does it, and says what came of it.
std::string do_step(Client& client, const KillModel& model, const KillStep& step);

/// Looks at the disk after a kill: everything in \p model is there, \p under_way happened or did not, and \p model is
/// what holds now. \p thorough: every key, card set and softcard is used. Throws Violation.
void settle(Client& client, KillModel& model, const std::optional<KillStep>& under_way, bool thorough, std::mt19937_64& random);

} // namespace hsm::test
