// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/slots.hpp"

#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "protocol/record_codec.hpp"

#include <cstring>

namespace hsm::module {

namespace {

constexpr std::uint64_t max_card = 256 << 10;
constexpr std::uint64_t watch_interval_ms = 100;

struct SlotFile {
    std::string magic = "libhsm-slot";
    std::uint32_t version = 1;
    std::string path;
    Bytes serial;
    std::uint64_t insertion = 0;
    HSM_FIELDS(magic, version, path, serial, insertion)
};

std::string slot_name(std::uint32_t slot) { return "slot " + std::to_string(slot); }

std::optional<SlotFile> read_slot_file(Home& home, std::uint32_t slot) {
    const auto bytes = home.files().read(home.slot_path(slot), max_card);
    if (!bytes) return std::nullopt;
    return protocol::read_record<SlotFile>(*bytes, "the file of " + slot_name(slot));
}

protocol::CardRecord read_card(base::FileSystem& files, const base::Path& path) {
    std::optional<Bytes> bytes;
    try {
        bytes = files.read(path, max_card);
    } catch (const Error& error) {
        throw Error(Status::card_damaged, "the card '" + path.string() + "' cannot be read: " + error.what());
    }
    if (!bytes)
        throw Error(Status::no_card, "there is no card file '" + path.string() + "'; make one with 'hsm card create', or "
                                     "connect the medium that holds it");
    try {
        return protocol::read_record<protocol::CardRecord>(*bytes, "the card '" + path.string() + "'");
    } catch (const Error& error) {
        if (error.status() == Status::record_newer) throw;
        throw Error(Status::card_damaged, error.message());
    }
}

std::uint64_t random_insertion() {
    std::uint64_t number = 0;
    while (number == 0) {
        const auto bytes = crypto::random_bytes(sizeof number);
        std::memcpy(&number, bytes.data(), sizeof number);
    }
    return number;
}

} // namespace

void Slots::check_number(std::uint32_t slot) const {
    if (slot >= slot_count)
        throw Error(Status::invalid_argument, "there is no " + slot_name(slot) + "; the module has slots 0 to " +
                                                  std::to_string(slot_count - 1));
}

void Slots::make_blank(base::FileSystem& files, const base::Path& path) {
    protocol::CardRecord card;
    card.serial = crypto::random_bytes(8);
    base::write_atomically(files, path, base::encode(card), base::FileMode::private_file, base::IfExists::refuse);
}

void Slots::restore() {
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) restore(slot);
}

void Slots::restore(std::uint32_t slot) {
    auto& insertion = home_.page()->slots[slot].insertion;
    try {
        const auto file = read_slot_file(home_, slot);
        insertion.store(file ? file->insertion : 0, std::memory_order_release);
    } catch (const Error&) {
        // A damaged slot file means an empty slot: the person inserts the card again.
        insertion.store(0, std::memory_order_release);
    }
}

void Slots::insert(std::uint32_t slot, const base::Path& card) {
    check_number(slot);
    home_.require_writable("which card is in a slot has to be written down");
    const auto path = std::filesystem::absolute(card);
    const auto record = read_card(home_.files(), path);
    const auto lock = home_.locks().hold(slot_rank(slot));
    auto& row = home_.page()->slots[slot];
    if (row.insertion.load(std::memory_order_acquire) != 0)
        throw Error(Status::bad_state, slot_name(slot) + " holds a card already; remove it first");
    for (std::uint32_t other = 0; other < slot_count; ++other) {
        if (other == slot || home_.page()->slots[other].insertion.load(std::memory_order_acquire) == 0) continue;
        const auto file = read_slot_file(home_, other);
        if (file && file->serial == record.serial)
            throw Error(Status::bad_state, "this card is in " + slot_name(other) + " already; a card is in one slot only");
    }
    SlotFile file;
    file.path = path.string();
    file.serial = record.serial;
    file.insertion = random_insertion();
    base::write_atomically(home_.files(), home_.slot_path(slot), base::encode(file), base::FileMode::private_file,
                           base::IfExists::replace);
    row.deadline_ms.store(0, std::memory_order_relaxed);
    row.insertion.store(file.insertion, std::memory_order_release);
}

void Slots::remove(std::uint32_t slot) {
    check_number(slot);
    home_.require_writable("which card is in a slot has to be written down");
    const auto lock = home_.locks().hold(slot_rank(slot));
    // The page first: no command that starts after this returns may succeed.
    const auto was = home_.page()->slots[slot].insertion.exchange(0, std::memory_order_seq_cst);
    home_.page()->removals.fetch_add(1, std::memory_order_seq_cst);
    if (home_.files().info(home_.slot_path(slot))) {
        home_.files().remove(home_.slot_path(slot));
        home_.files().sync_directory(home_.slot_path(slot).parent_path());
    } else if (was == 0) {
        throw Error(Status::no_card, slot_name(slot) + " is empty");
    }
}

InsertedCard Slots::read(std::uint32_t slot) {
    check_number(slot);
    if (home_.read_only()) restore(slot); // others insert and remove cards unseen
    InsertedCard card;
    card.insertion = home_.page()->slots[slot].insertion.load(std::memory_order_acquire);
    const auto file = card.insertion ? read_slot_file(home_, slot) : std::nullopt;
    if (!file || file->insertion != card.insertion)
        throw Error(Status::no_card, slot_name(slot) + " is empty; insert a card");
    card.path = file->path;
    card.record = read_card(home_.files(), card.path);
    if (card.record.serial != file->serial)
        throw Error(Status::card_removed, "the card in " + slot_name(slot) + " was exchanged; remove it and insert the right one");
    if (card.record.kind != protocol::CardKind::blank) {
        try {
            card.header = base::decode<protocol::CardHeader>(card.record.header);
        } catch (const Error& error) {
            throw Error(Status::card_damaged, "the card '" + card.path.string() + "' is damaged: " + error.what());
        }
    }
    // The header is what the shares are bound to; what stands beside it must not say otherwise.
    if (card.record.kind == protocol::CardKind::blank ? !card.record.header.empty() : card.header.kind != card.record.kind)
        throw Error(Status::card_damaged, "the card '" + card.path.string() + "' is damaged: it contradicts its own header");
    return card;
}

void Slots::write(std::uint32_t slot, const InsertedCard& was, const protocol::CardRecord& record) {
    const auto lock = home_.locks().hold(slot_rank(slot));
    const auto now = read(slot);
    if (now.insertion != was.insertion)
        throw Error(Status::card_removed, "the card in " + slot_name(slot) + " was removed; insert it and try again");
    if (base::encode(now.record) != base::encode(was.record))
        throw Error(Status::busy, "another program has written on the card in " + slot_name(slot) + " meanwhile; try again");
    base::write_atomically(home_.files(), was.path, base::encode(record), base::FileMode::private_file,
                           base::IfExists::replace);
}

SlotFacts Slots::facts(std::uint32_t slot, const std::optional<Hash256>& hknso) {
    SlotFacts facts;
    facts.slot = slot;
    InsertedCard card;
    try {
        card = read(slot);
    } catch (const Error& error) {
        if (error.status() == Status::no_card && home_.page()->slots[slot].insertion.load() == 0) return facts;
        facts.state = SlotState::damaged;
        facts.problem = error.what();
        return facts;
    }
    facts.card_path = card.path.string();
    facts.serial = to_hex(card.record.serial);
    facts.card_name = card.record.card_name;
    facts.has_passphrase = card.record.passphrase.has_value();
    if (card.record.kind == protocol::CardKind::blank) {
        facts.state = SlotState::blank;
        return facts;
    }
    facts.set = card.header.set;
    facts.share = card.header.share;
    facts.k = card.header.k;
    facts.n = card.header.n;
    facts.set_name = card.header.set_name;
    if (hknso != card.header.hknso) {
        facts.state = SlotState::foreign;
        facts.problem = hknso ? "the card belongs to another Security World" : "the module is in no Security World";
    } else {
        facts.state = card.header.kind == protocol::CardKind::administrator ? SlotState::administrator : SlotState::operator_card;
    }
    return facts;
}

void Slots::watch(std::uint32_t slot) {
    // A card on a removable medium goes by being unplugged, and nobody tells the page. Looking is a system call, so one
    // thread looks, ten times a second.
    const auto now = home_.platform().clock->boot_ms();
    auto& next = next_watch_ms_[slot];
    auto due = next.load(std::memory_order_relaxed);
    if (now < due || !next.compare_exchange_strong(due, now + watch_interval_ms, std::memory_order_relaxed)) return;
    const auto file = read_slot_file(home_, slot);
    if (file && !home_.files().info(file->path)) {
        auto insertion = file->insertion;
        home_.page()->slots[slot].insertion.compare_exchange_strong(insertion, 0, std::memory_order_seq_cst);
        home_.page()->removals.fetch_add(1, std::memory_order_seq_cst);
    }
}

void Slots::check(const Binding& binding) {
    if (binding.slot != Binding::no_slot) {
        watch(binding.slot);
        if (!present(binding))
            throw Error(Status::card_removed, "the card that protects this key was removed from " +
                                                  slot_name(binding.slot) + "; insert it and load the key again");
    }
    if (binding.deadline_ms != 0 && home_.platform().clock->boot_ms() >= binding.deadline_ms)
        throw Error(Status::token_expired, "the time-out of the card set has passed; remove the card, insert it and load again");
}

Binding Slots::bind(std::uint32_t slot, std::uint64_t insertion, bool persistent, std::uint32_t timeout_s) {
    if (!persistent || timeout_s != 0)
        home_.require_writable("keys under these cards go when the card is removed, or after a time, which all programs must see");
    Binding binding;
    if (!persistent) {
        binding.slot = slot;
        binding.insertion = insertion;
    }
    if (timeout_s != 0) {
        // The time runs from the first loading of this insertion, for every process.
        const auto wanted = home_.platform().clock->boot_ms() + std::uint64_t{timeout_s} * 1000;
        std::uint64_t none = 0;
        auto& deadline = home_.page()->slots[slot].deadline_ms;
        binding.deadline_ms = deadline.compare_exchange_strong(none, wanted) ? wanted : none;
    }
    check(binding);
    return binding;
}

} // namespace hsm::module
