// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <string_view>

/// \file
/// What the constexpr tables share: checks that run in the compiler, and comparing names as people write
/// them. Reentrant; nothing is owned.

namespace hsm::table {

/// True when \p key grows strictly from row to row.
template <class Rows, class Key>
constexpr bool sorted_and_unique(const Rows& rows, Key key) {
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (!(key(rows[i - 1]) < key(rows[i]))) return false;
    }
    return true;
}

/// True when no two rows have the same name and none is empty.
template <class Rows>
constexpr bool names_unique(const Rows& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].name.empty()) return false;
        for (std::size_t j = i + 1; j < rows.size(); ++j) {
            if (rows[i].name == rows[j].name) return false;
        }
    }
    return true;
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Equal but for case.
constexpr bool same_text(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// Equal but for case, '-', '_', '/' and blanks: "sha256" and "SHA-256".
constexpr bool same_letters(std::string_view a, std::string_view b) {
    const auto skip = [](std::string_view s, std::size_t& i) {
        while (i < s.size() && (s[i] == '-' || s[i] == '_' || s[i] == '/' || s[i] == ' ')) ++i;
    };
    std::size_t i = 0;
    std::size_t j = 0;
    for (;;) {
        skip(a, i);
        skip(b, j);
        if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
        if (lower(a[i++]) != lower(b[j++])) return false;
    }
}

} // namespace hsm::table
