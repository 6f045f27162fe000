// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <store/snapshot.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <unordered_map>

/// \file
/// The index in memory: a snapshot and the changes since.

namespace hsm::store {

/// Thread-bound, like a container: several threads may read while none writes.
class View {
public:
    View() = default;
    explicit View(Snapshot snapshot) : snapshot_(std::move(snapshot)), dead_(snapshot_.size()) {}

    /// Names an entry until the next change.
    using Slot = std::size_t;

    [[nodiscard]] std::optional<Slot> find(std::string_view file_name) const;
    [[nodiscard]] Entry entry(Slot slot) const noexcept;
    /// The slots of all entries, usable or not.
    void each(const std::function<void(Slot)>& visit) const;
    /// The slots of the entries that have all the terms (at least one).
    [[nodiscard]] std::vector<Slot> with_terms(std::span<const Term> terms) const;

    /// The same, one at a time and without allocating.
    template <class Visit>
    void visit_with_terms(std::span<const Term> terms, Visit visit) const;

    /// Adds an entry or replaces the one of that name.
    void put(const Entry& entry, std::span<const Term> terms);
    void erase(std::string_view file_name);
    /// put() of many: merges them and all changes into the snapshot. Throws record_damaged as compact does.
    void absorb(const Entries& batch);

    [[nodiscard]] std::size_t slots() const noexcept { return snapshot_.size() + changes_.size(); }
    /// Whether the changes are so many that compact() is worth its time.
    [[nodiscard]] bool is_loose() const noexcept { return changes_.size() > 1024 + snapshot_.size() / 8; }
    /// Merges the changes into the snapshot. Throws record_damaged when is_damaged().
    void compact();
    /// Whether the snapshot turned out not to be as it was written: this view and what it said is of no use.
    [[nodiscard]] bool is_damaged() const noexcept { return snapshot_.is_damaged(); }
    [[nodiscard]] const Snapshot& snapshot() const noexcept { return snapshot_; }

private:
    [[nodiscard]] bool change_has(std::size_t change, Term term) const noexcept;

    Snapshot snapshot_;
    std::vector<bool> dead_; ///< of the snapshot's rows: removed or replaced since
    Entries changes_;
    std::vector<bool> dropped_; ///< of the changes: removed or replaced since
    std::unordered_map<std::string, std::size_t> change_of_name_;
    std::unordered_multimap<Term, std::size_t> changes_of_term_;
};

template <class Visit>
void View::visit_with_terms(std::span<const Term> terms, Visit visit) const {
    // The rarest term's rows are the candidates; the others are looked up in their own sorted rows.
    constexpr std::size_t at_once = 16;
    std::array<std::span<const std::uint32_t>, at_once> lists;
    const auto count = std::min(terms.size(), at_once);
    std::size_t rarest = 0;
    for (std::size_t i = 0; i < count; ++i) {
        lists[i] = snapshot_.rows_with(terms[i]);
        if (lists[i].size() < lists[rarest].size()) rarest = i;
        if (lists[i].empty()) break;
    }
    const auto has = [](std::span<const std::uint32_t> rows, std::uint32_t row) {
        return std::binary_search(rows.begin(), rows.end(), row);
    };
    for (const auto row : lists[rarest]) {
        bool all = row < dead_.size() && !dead_[row]; // beyond: a damaged snapshot
        for (std::size_t i = 0; all && i < terms.size(); ++i)
            all = i == rarest || has(i < count ? lists[i] : snapshot_.rows_with(terms[i]), row);
        if (all) visit(Slot{row});
    }
    if (changes_.size() == 0) return;
    const auto [first, last] = changes_of_term_.equal_range(terms.front());
    for (auto at = first; at != last; ++at) {
        const auto change = at->second;
        bool all = !dropped_[change];
        for (std::size_t i = 1; all && i < terms.size(); ++i) all = change_has(change, terms[i]);
        if (all) visit(snapshot_.size() + change);
    }
}

} // namespace hsm::store
