// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <store/record_file.hpp>
#include <store/record_name.hpp>
#include <store/term.hpp>

#include <span>
#include <string_view>
#include <vector>

/// \file
/// What the index keeps of a record file.

namespace hsm::store {

/// One file that claims to be a record. Views into whatever holds it.
struct Entry {
    std::string_view file_name;
    Identity identity;
    Status status = Status::ok; ///< ok, or why the file cannot be used
    std::string_view text;      ///< a sentence about that
};

/// The names and texts are shorter than this; a longer text is cut.
inline constexpr std::size_t max_entry_string = 1024;

/// The number that entries are sorted and found by.
inline std::uint64_t name_hash(std::string_view file_name) noexcept { return term_of(0, view(file_name)); }

/// The term by which records of a kind, other than keys, are found.
inline Term kind_term(RecordKind kind) noexcept {
    const auto number = static_cast<std::uint8_t>(kind);
    return term_of(0xffffffffu, {&number, 1});
}

/// Entries with their terms, one after the other, in few allocations: there may be 100,000. Thread-bound.
class Entries {
public:
    void add(const Entry& entry, std::span<const Term> terms);
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] Entry entry(std::size_t i) const noexcept;
    [[nodiscard]] std::span<const Term> terms(std::size_t i) const noexcept;

private:
    struct Item {
        Identity identity;
        std::size_t strings_at = 0;
        std::size_t terms_at = 0;
        std::uint32_t terms_count = 0;
        std::uint16_t name_size = 0;
        std::uint16_t text_size = 0;
        Status status = Status::ok;
    };
    std::vector<Item> items_;
    std::string strings_;
    std::vector<Term> terms_;
};

} // namespace hsm::store
