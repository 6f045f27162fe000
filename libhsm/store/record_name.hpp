// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <compare>
#include <optional>
#include <string>
#include <string_view>

/// \file
/// The names of records: what a file of the key management data directory is called.
///
///     world                    the Security World
///     module_<ESN>             a module, XXXX-XXXX-XXXX in upper-case hexadecimal
///     cards_<hash>             a card set; <hash> is always 40 lower-case hexadecimal digits
///     card_<hash>_<n>          card number n (1..255, no leading zero) of that set
///     softcard_<hash>          a softcard
///     key_<app>_<ident>        a key
///     data_<app>_<ident>       an object of a front end that is no key
///
/// app   = a lower-case letter or digit, then up to 31 of lower-case letters, digits and `-`.
/// ident = 1 to 128 of lower-case letters, digits, `-`, `.` and `+`; the first is a letter or a digit, the last is not
///         a dot (Windows would drop it). No `_` (it separates the parts) and no upper case (two names that differ
///         only in case are one file on Windows): a front end with other identifiers encodes them, in hexadecimal for
///         example.

namespace hsm::store {

enum class RecordKind : std::uint8_t { world, module, card_set, card, softcard, key, data };

/// Whether the records of a kind are looked into for terms.
inline constexpr bool is_object(RecordKind kind) noexcept { return kind == RecordKind::key || kind == RecordKind::data; }

/// A valid record name; there is no way to hold an invalid one. A value: reentrant.
class RecordName {
public:
    /// These throw invalid_argument and say which character or length is wrong.
    static RecordName world();
    static RecordName module(std::string_view esn);
    static RecordName card_set(std::string_view hash);
    static RecordName card(std::string_view hash, unsigned number);
    static RecordName softcard(std::string_view hash);
    static RecordName key(std::string_view app, std::string_view ident);
    static RecordName data(std::string_view app, std::string_view ident);

    /// The name that a file name stands for. Throws invalid_argument; exact: file_name() gives the argument back.
    static RecordName parse(std::string_view file_name);

    /// Whether a file so named claims to be a record (its prefix is one of ours), valid or not. Other files in the
    /// directory are none of our business.
    static bool looks_like_record(std::string_view file_name) noexcept;

    [[nodiscard]] RecordKind kind() const noexcept { return kind_; }
    [[nodiscard]] const std::string& file_name() const noexcept { return file_name_; }
    [[nodiscard]] std::string_view app() const noexcept;   ///< of a key or data; empty for others
    [[nodiscard]] std::string_view ident() const noexcept; ///< of a key or data; empty for others
    [[nodiscard]] std::string_view esn() const noexcept;   ///< of a module; empty for others
    [[nodiscard]] std::string_view hash() const noexcept;  ///< of a card set, a card or a softcard; empty for others
    [[nodiscard]] unsigned number() const noexcept;        ///< of a card; 0 for others

    auto operator<=>(const RecordName&) const = default;

private:
    RecordName(RecordKind kind, std::string file_name) : kind_(kind), file_name_(std::move(file_name)) {}

    RecordKind kind_;
    std::string file_name_;
};

} // namespace hsm::store
