// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/view.hpp>

#include <algorithm>

namespace hsm::store {

std::optional<View::Slot> View::find(std::string_view file_name) const {
    if (!change_of_name_.empty()) {
        const auto change = change_of_name_.find(std::string(file_name));
        if (change != change_of_name_.end()) return snapshot_.size() + change->second;
    }
    const auto row = snapshot_.find(file_name, name_hash(file_name));
    if (row && !dead_[*row]) return *row;
    return std::nullopt;
}

Entry View::entry(Slot slot) const noexcept {
    return slot < snapshot_.size() ? snapshot_.entry(slot) : changes_.entry(slot - snapshot_.size());
}

void View::each(const std::function<void(Slot)>& visit) const {
    for (std::size_t i = 0; i < dead_.size(); ++i) {
        if (!dead_[i]) visit(i);
    }
    for (std::size_t i = 0; i < dropped_.size(); ++i) {
        if (!dropped_[i]) visit(snapshot_.size() + i);
    }
}

bool View::change_has(std::size_t change, Term term) const noexcept {
    const auto terms = changes_.terms(change);
    return std::find(terms.begin(), terms.end(), term) != terms.end();
}

std::vector<View::Slot> View::with_terms(std::span<const Term> terms) const {
    std::vector<Slot> slots;
    visit_with_terms(terms, [&slots](Slot slot) { slots.push_back(slot); });
    return slots;
}

void View::put(const Entry& entry, std::span<const Term> terms) {
    erase(entry.file_name);
    const auto change = changes_.size();
    changes_.add(entry, terms);
    dropped_.push_back(false);
    change_of_name_.emplace(entry.file_name, change);
    std::vector<Term> distinct(terms.begin(), terms.end());
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    for (const auto term : distinct) changes_of_term_.emplace(term, change);
}

void View::erase(std::string_view file_name) {
    const auto slot = find(file_name);
    if (!slot) return;
    if (*slot < snapshot_.size()) {
        dead_[*slot] = true;
        return;
    }
    dropped_[*slot - snapshot_.size()] = true;
    change_of_name_.erase(std::string(file_name));
}

void View::absorb(const Entries& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) erase(batch.entry(i).file_name);
    if (changes_.size() > 0) compact();
    *this = View(Snapshot::build(snapshot_, dead_, batch, std::vector<bool>(batch.size())));
}

void View::compact() { *this = View(Snapshot::build(snapshot_, dead_, changes_, dropped_)); }

} // namespace hsm::store
