// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/attempts.hpp"

#include "base/byte_order.hpp"
#include "base/codec.hpp"
#include "crypto/operations.hpp"

#include <algorithm>

namespace hsm::module {

namespace {

constexpr std::string_view file_name = "attempts";
constexpr std::uint64_t free_failures = 3;

/// The first delay doubles with each failure.
struct Delay {
    std::uint64_t first_ms, longest_ms;
};
constexpr Delay card_delay{1000, 60'000}, softcard_delay{100, 5000};

struct SavedRow {
    std::uint64_t tag = 0, failures = 0;
    std::int64_t not_before = 0; ///< UTC: the boot clock means nothing after a restart
    bool administrator = false;
    HSM_FIELDS(tag, failures, not_before, administrator)
};

struct SavedRows {
    std::uint32_t version = 1;
    std::vector<SavedRow> rows;
    HSM_FIELDS(version, rows)
};

std::uint64_t delay_ms(const Delay& delay, std::uint64_t failures) {
    if (failures <= free_failures) return 0;
    return std::min(delay.longest_ms, delay.first_ms << std::min<std::uint64_t>(failures - free_failures - 1, 10));
}

const Delay& delay_for(Guarded::Kind kind) { return kind >= Guarded::Kind::softcard ? softcard_delay : card_delay; }

std::uint64_t tag_of(const Guarded& guarded) {
    Bytes name{static_cast<std::uint8_t>(guarded.kind)};
    name.insert(name.end(), guarded.set.begin(), guarded.set.end());
    base::append(guarded.share, name);
    const auto tag = base::from_little_endian(crypto::sha256(name));
    return tag ? tag : 1;
}

/// Administrator cards can be forged in any number, so they have rows of their own: they cannot push others out.
constexpr std::size_t administrator_rows = 64;

std::span<PageAttempt> rows_for(Page& page, bool administrator) {
    const std::span<PageAttempt> all(page->attempts);
    return administrator ? all.first(administrator_rows) : all.subspan(administrator_rows);
}

/// A free row; else the one with the fewest failures whose delay is over; else the last one. Only authenticated cards and
/// softcards get here, so that a table full of running delays takes that many real ones.
PageAttempt& place_for(std::span<PageAttempt> rows, std::uint64_t tag, std::uint64_t now) {
    PageAttempt* victim = nullptr;
    for (auto& row : rows) {
        if (row.tag.load() == tag) return row;
        if (row.tag.load() == 0) {
            victim = &row;
            break;
        }
        if (row.not_before_ms.load() <= now && (!victim || row.failures.load() < victim->failures.load())) victim = &row;
    }
    if (!victim) victim = &rows.back();
    victim->failures.store(0);
    victim->not_before_ms.store(0);
    victim->tag.store(tag, std::memory_order_release);
    return *victim;
}

} // namespace

PageAttempt* Attempts::find(std::uint64_t tag) {
    for (auto& row : home_.page()->attempts)
        if (row.tag.load(std::memory_order_acquire) == tag) return &row;
    return nullptr;
}

void Attempts::restore() {
    try {
        const auto contents = home_.read_sealed(file_name);
        if (!contents) return;
        const auto now = home_.platform().clock->boot_ms();
        const auto utc = home_.platform().clock->utc_seconds();
        for (const auto& saved : base::decode<SavedRows>(contents->view()).rows) {
            auto& row = place_for(rows_for(home_.page(), saved.administrator), saved.tag, now);
            row.failures.store(saved.failures);
            // A clock that was set back must not make anybody wait longer than the delay.
            const auto left_ms = std::clamp<std::int64_t>((saved.not_before - utc) * 1000, 0, static_cast<std::int64_t>(delay_ms(card_delay, saved.failures)));
            row.not_before_ms.store(now + static_cast<std::uint64_t>(left_ms));
        }
    } catch (const Error&) {
        // A damaged file costs the delay, never the cards.
    }
}

void Attempts::check(const PageAttempt& row) {
    const auto now = home_.platform().clock->boot_ms();
    const auto then = row.not_before_ms.load(std::memory_order_acquire);
    if (now < then)
        throw Error(Status::passphrase_delayed, "too many wrong passphrases: wait " + std::to_string((then - now + 999) / 1000) +
                                                    " s, then try again");
}

Attempts::Turn Attempts::begin(const Guarded& guarded) {
    Turn turn;
    const auto tag = tag_of(guarded);
    const auto* row = find(tag);
    if (!row) return turn;
    check(*row);
    turn.lock_ = std::make_unique<Locks::Guard>(home_.locks(), Rank::attempt);
    if (const auto* again = find(tag)) check(*again); // what others tried while this one waited counts
    return turn;
}

std::uint32_t Attempts::failures(const Guarded& guarded) {
    const auto* row = find(tag_of(guarded));
    return row ? static_cast<std::uint32_t>(std::min<std::uint64_t>(row->failures.load(), UINT32_MAX)) : 0;
}

void Attempts::wrong(const Guarded& guarded) {
    const auto lock = home_.locks().hold(Rank::state);
    const auto now = home_.platform().clock->boot_ms();
    auto& row = place_for(rows_for(home_.page(), guarded.kind == Guarded::Kind::administrator_card), tag_of(guarded), now);
    const auto failures = row.failures.fetch_add(1) + 1;
    row.not_before_ms.store(now + delay_ms(delay_for(guarded.kind), failures));
    save();
}

void Attempts::right(const Guarded& guarded) {
    const auto tag = tag_of(guarded);
    if (!find(tag)) return;
    const auto lock = home_.locks().hold(Rank::state);
    if (auto* row = find(tag)) {
        const auto failures = row->failures.load(), not_before = row->not_before_ms.load();
        row->tag.store(0);
        row->failures.store(0);
        row->not_before_ms.store(0);
        try {
            save();
        } catch (...) {
            // The file still says so: whoever is right next must find it here, to write it down again.
            row->failures.store(failures);
            row->not_before_ms.store(not_before);
            row->tag.store(tag, std::memory_order_release);
            throw;
        }
    }
}

void Attempts::save() {
    if (home_.read_only()) return; // then this process counts for itself
    SavedRows saved;
    const auto now = home_.platform().clock->boot_ms();
    const auto utc = home_.platform().clock->utc_seconds();
    std::size_t index = 0;
    for (const auto& row : home_.page()->attempts) {
        if (const auto tag = row.tag.load()) {
            const auto until = row.not_before_ms.load();
            const auto left_s = until > now ? static_cast<std::int64_t>((until - now + 999) / 1000) : 0;
            saved.rows.push_back({tag, row.failures.load(), utc + left_s, index < administrator_rows});
        }
        ++index;
    }
    home_.write_sealed(file_name, base::encode_secret(saved));
}

} // namespace hsm::module
