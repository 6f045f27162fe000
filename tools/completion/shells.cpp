// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "shells.hpp"

namespace hsm::tools::completion {

ValueKind value_kind(std::string_view placeholder) {
    if (placeholder == "FILE" || placeholder == "SIGNATURE") return ValueKind::file;
    if (placeholder == "KEY") return ValueKind::key;
    if (placeholder.starts_with("CARD")) return ValueKind::card;
    return ValueKind::other;
}

std::string quoted(std::string_view text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

} // namespace hsm::tools::completion
