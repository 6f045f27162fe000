// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/entries.hpp>

namespace hsm::store {

void Entries::add(const Entry& entry, std::span<const Term> terms) {
    const auto text = entry.text.substr(0, max_entry_string);
    Item item;
    item.identity = entry.identity;
    item.strings_at = strings_.size();
    item.terms_at = terms_.size();
    item.terms_count = static_cast<std::uint32_t>(terms.size());
    item.name_size = static_cast<std::uint16_t>(entry.file_name.size());
    item.text_size = static_cast<std::uint16_t>(text.size());
    item.status = entry.status;
    strings_.append(entry.file_name).append(text);
    terms_.insert(terms_.end(), terms.begin(), terms.end());
    items_.push_back(item);
}

Entry Entries::entry(std::size_t i) const noexcept {
    const auto& item = items_[i];
    const std::string_view strings = strings_;
    return {strings.substr(item.strings_at, item.name_size), item.identity, item.status,
            strings.substr(item.strings_at + item.name_size, item.text_size)};
}

std::span<const Term> Entries::terms(std::size_t i) const noexcept {
    return std::span(terms_).subspan(items_[i].terms_at, items_[i].terms_count);
}

} // namespace hsm::store
