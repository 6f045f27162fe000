// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "recovery_report.hpp"

#include "console.hpp"
#include "json.hpp"
#include "session.hpp"

namespace hsm::tools {

namespace {

using Outcome = RecoveredKey::Outcome;

constexpr std::string_view outcome_word(Outcome outcome) {
    switch (outcome) {
    case Outcome::moved: return "recovered";
    case Outcome::not_recoverable: return "not-recoverable";
    case Outcome::front_end: return "front-end";
    case Outcome::failed: break;
    }
    return "failed";
}

} // namespace

std::vector<KeyName> key_names(const World& world, const std::vector<std::string>& keys) {
    std::vector<KeyName> names;
    for (const auto& key : keys) {
        const auto facts = find_key(world, key);
        names.push_back({facts.app, facts.ident});
    }
    return names;
}

Exit report_recovery(const std::vector<RecoveredKey>& results, bool json, const std::string& none) {
    auto list = Json::list();
    bool all = true;
    for (const auto& result : results) {
        all = all && result.outcome == Outcome::moved;
        if (json) {
            auto row = Json::object();
            row.set("app", result.key.app)
                .set("ident", result.key.ident)
                .set("outcome", outcome_word(result.outcome))
                .set("reason", result.reason);
            list.add(std::move(row));
        } else {
            print("{}/{}: {}{}{}\n", escaped(result.key.app), escaped(result.key.ident),
                  outcome_word(result.outcome), result.reason.empty() ? "" : ": ", escaped(result.reason));
        }
    }
    if (json)
        list.print();
    else if (results.empty())
        print("{}\n", none);
    return all ? Exit::done : Exit::no;
}

} // namespace hsm::tools
