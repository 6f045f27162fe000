// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "quorum.hpp"

#include "command_line.hpp"
#include "console.hpp"

#include <fmt/format.h>

#include <charconv>

namespace hsm::tools {

namespace {

/// False when \p text is no number.
bool read_number(std::string_view text, std::uint32_t& value) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && end == text.data() + text.size() && !text.empty();
}

} // namespace

Quorum parse_quorum(const std::string& text, const std::string& option) {
    const auto slash = text.find('/');
    std::uint32_t k = 0, n = 0;
    if (slash == std::string::npos || !read_number(std::string_view(text).substr(0, slash), k) ||
        !read_number(std::string_view(text).substr(slash + 1), n)) {
        throw UsageError(fmt::format("{}: \"{}\" is not K/N; for example 2/3", option, escaped(text)));
    }
    if (k < 1 || k > n || n > largest_set) {
        throw UsageError(
            fmt::format("{}: {} cards of {} are not possible; 1 <= K <= N <= {}", option, k, n, largest_set));
    }
    return {k, n};
}

std::uint32_t parse_cards(const std::string& text, const std::string& option, std::uint32_t k) {
    std::uint32_t cards = 0;
    if (!read_number(text, cards))
        throw UsageError(fmt::format("{}: \"{}\" is no number of cards", option, escaped(text)));
    if (cards < 1 || cards > k) {
        throw UsageError(fmt::format(
            "{}: {} cards are not possible; it takes from 1 to the {} of the administrator quorum", option,
            cards, k));
    }
    return cards;
}

} // namespace hsm::tools
