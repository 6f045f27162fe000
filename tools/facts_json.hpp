// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "json.hpp"

#include <hsm/acl.hpp>
#include <hsm/facts.hpp>

/// \file
/// Facts as --json shows them. The fields are documented in tools/README.md.

namespace hsm::tools {

Json json_of(const WorldFacts& world);
Json json_of(const ModuleFacts& module);
Json json_of(const SlotFacts& slot);
Json json_of(const CardSetFacts& set);
Json json_of(const SoftcardFacts& softcard);
Json json_of(const KeyFacts& key);
Json json_of(const Problem& problem);
Json json_of(const Acl& acl); ///< in words, a line a group

/// The items of a range as a list.
template <class Range>
Json json_list(const Range& items) {
    auto list = Json::list();
    for (const auto& item : items) list.add(json_of(item));
    return list;
}

} // namespace hsm::tools
