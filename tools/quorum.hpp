// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string>

/// \file
/// Quorums as people write them: "2/3".

namespace hsm::tools {

struct Quorum {
    std::uint32_t k = 1, n = 1;
};

inline constexpr std::uint32_t largest_set = 64;

/// Throws UsageError that names \p option unless 1 <= K <= N <= 64.
Quorum parse_quorum(const std::string& text, const std::string& option);

/// A number of cards from 1 to \p k. Throws UsageError that names \p option.
std::uint32_t parse_cards(const std::string& text, const std::string& option, std::uint32_t k);

} // namespace hsm::tools
