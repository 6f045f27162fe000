// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/attempts.hpp"

#include "base/codec.hpp"

#include <algorithm>
#include <cstring>

namespace hsm::module {

namespace {

constexpr std::string_view file_name = "attempts";
constexpr std::uint64_t free_failures = 3;
constexpr std::uint64_t longest_s = 60;

struct Row {
    std::uint64_t tag = 0, failures = 0;
    HSM_FIELDS(tag, failures)
};

struct Rows {
    std::uint32_t version = 1;
    std::vector<Row> rows;
    HSM_FIELDS(version, rows)
};

std::uint64_t delay_ms(std::uint64_t failures) {
    if (failures <= free_failures) return 0;
    return 1000 * std::min<std::uint64_t>(longest_s, std::uint64_t{1} << std::min<std::uint64_t>(failures - free_failures - 1, 10));
}

std::uint64_t tag_of(const Hash256& token, std::uint32_t share) {
    std::uint64_t tag;
    std::memcpy(&tag, token.data(), sizeof tag);
    tag += share;
    return tag ? tag : 1;
}

} // namespace

PageAttempt* Attempts::find(std::uint64_t tag, bool make) {
    auto& rows = home_.page()->attempts;
    for (auto& row : rows)
        if (row.tag.load(std::memory_order_acquire) == tag) return &row;
    if (!make) return nullptr;
    // A full table gives up the row with the fewest failures: guessing at many cards at once does not reset one of them.
    auto* victim = &rows[0];
    for (auto& row : rows) {
        if (row.tag.load() == 0) {
            victim = &row;
            break;
        }
        if (row.failures.load() < victim->failures.load()) victim = &row;
    }
    victim->failures.store(0);
    victim->not_before_ms.store(0);
    victim->tag.store(tag, std::memory_order_release);
    return victim;
}

void Attempts::restore() {
    std::optional<Secret> contents;
    try {
        contents = home_.read_sealed(file_name);
        if (!contents) return;
        const auto now = home_.platform().clock->boot_ms();
        for (const auto& saved : base::decode<Rows>(contents->view()).rows) {
            auto* row = find(saved.tag, true);
            row->failures.store(saved.failures);
            row->not_before_ms.store(now + delay_ms(saved.failures));
        }
    } catch (const Error&) {
        // A damaged file costs the delay, never the cards.
    }
}

void Attempts::before(const Hash256& token, std::uint32_t share) {
    const auto* row = find(tag_of(token, share), false);
    if (!row) return;
    const auto now = home_.platform().clock->boot_ms();
    const auto then = row->not_before_ms.load(std::memory_order_acquire);
    if (now < then)
        throw Error(Status::passphrase_delayed, "too many wrong passphrases: wait " + std::to_string((then - now + 999) / 1000) +
                                                    " s, then try again");
}

void Attempts::wrong(const Hash256& token, std::uint32_t share) {
    const auto lock = home_.locks().hold(Rank::state);
    auto* row = find(tag_of(token, share), true);
    const auto failures = row->failures.fetch_add(1) + 1;
    row->not_before_ms.store(home_.platform().clock->boot_ms() + delay_ms(failures));
    save();
}

void Attempts::right(const Hash256& token, std::uint32_t share) {
    if (!find(tag_of(token, share), false)) return;
    const auto lock = home_.locks().hold(Rank::state);
    if (auto* row = find(tag_of(token, share), false)) {
        row->tag.store(0);
        save();
    }
}

void Attempts::save() {
    Rows rows;
    for (const auto& row : home_.page()->attempts)
        if (const auto tag = row.tag.load()) rows.rows.push_back({tag, row.failures.load()});
    home_.write_sealed(file_name, base::encode_secret(rows));
}

} // namespace hsm::module
