// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "exit_codes.hpp"

#include <hsm/administration.hpp>

#include <string>
#include <vector>

/// \file
/// What rocs and key-xfer-im have in common: keys named on the command line, and what became of each.

namespace hsm::tools {

/// Throws not_found; invalid_argument if ambiguous.
std::vector<KeyName> key_names(const World& world, const std::vector<std::string>& keys);

/// A line, or a JSON object, for each key. Exit::no unless all were moved. \p none: what to say when there is
/// none.
Exit report_recovery(const std::vector<RecoveredKey>& results, bool json, const std::string& none);

} // namespace hsm::tools
