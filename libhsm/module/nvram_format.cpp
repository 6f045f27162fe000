// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/nvram_format.hpp"

#include "crypto/operations.hpp"

#include <algorithm>

namespace hsm::module {

namespace {

constexpr std::size_t length_bytes = 4;
constexpr std::size_t mark_bytes = std::tuple_size_v<NvramMac>;
/// What describes an area, with its rules and its share of the log.
constexpr std::uint64_t area_overhead = 128;

[[noreturn]] void does_not_fit(const NvramChange& change) {
    throw Error(Status::record_damaged, "the NVRAM log has a change of '" + change.area +
                                            "' that does not fit what there is; "
                                            "restore the module's directory");
}

std::uint64_t blocks_for(std::size_t record) {
    return (length_bytes + record + mark_bytes + nvram_block - 1) / nvram_block;
}

Mechanism hmac_sha256() {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    return mechanism;
}

} // namespace

std::uint64_t value_of(const StoredArea& area) noexcept {
    std::uint64_t value = 0;
    if (area.contents.size() == 8)
        for (const auto byte : area.contents) value = value << 8 | byte;
    return value;
}

Bytes value_bytes(std::uint64_t value) {
    Bytes bytes(8);
    for (std::size_t i = 8; i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
    return bytes;
}

const StoredArea* NvramTable::find(std::string_view name) const {
    const auto at = areas_.find(name);
    return at == areas_.end() ? nullptr : &at->second;
}

std::uint64_t NvramTable::cost_of(const NvramArea& area) noexcept {
    std::uint64_t cost = area_overhead + area.size;
    for (const auto& rule : area.rules) cost += 16 + rule.certifier.size();
    return cost;
}

StoredArea& NvramTable::get(const std::string& name) {
    const auto at = areas_.find(name);
    if (at == areas_.end())
        throw Error(Status::record_damaged, "the NVRAM log changes an area '" + name +
                                                "' that is not there; restore the "
                                                "module's directory");
    return at->second;
}

void NvramTable::apply(const NvramChange& change) {
    switch (change.kind) {
    case NvramChange::Kind::allocate: {
        auto area = base::decode<StoredArea>(change.contents);
        if (area.facts.name != change.area || areas_.contains(change.area)) does_not_fit(change);
        used_ += cost_of(area.facts);
        areas_.emplace(change.area, std::move(area));
        break;
    }
    case NvramChange::Kind::free:
        used_ -= cost_of(get(change.area).facts);
        areas_.erase(change.area);
        break;
    case NvramChange::Kind::write: {
        auto& contents = get(change.area).contents;
        if (change.number > contents.size() || change.contents.size() > contents.size() - change.number)
            does_not_fit(change);
        std::copy(change.contents.begin(), change.contents.end(),
                  contents.begin() + static_cast<std::ptrdiff_t>(change.number));
        break;
    }
    case NvramChange::Kind::add: {
        auto& area = get(change.area);
        if (area.contents.size() != 8 || value_of(area) > UINT64_MAX - change.number) does_not_fit(change);
        area.contents = value_bytes(value_of(area) + change.number);
        break;
    }
    case NvramChange::Kind::claim: {
        auto& area = get(change.area);
        if (change.contents.size() < area.facts.key.size()) does_not_fit(change);
        const auto split = change.contents.begin() + static_cast<std::ptrdiff_t>(area.facts.key.size());
        std::copy(change.contents.begin(), split, area.facts.key.begin());
        area.contents.assign(split, change.contents.end());
        break;
    }
    case NvramChange::Kind::capacity: capacity_ = static_cast<std::uint32_t>(change.number); break;
    }
}

void NvramTable::apply_if_it_adds(const NvramChange& change) noexcept {
    const auto at = areas_.find(change.area);
    if (change.kind != NvramChange::Kind::add || at == areas_.end() || at->second.contents.size() != 8) return;
    const auto value = value_of(at->second);
    auto sum = value > UINT64_MAX - change.number ? UINT64_MAX : value + change.number;
    for (std::size_t i = 8; i-- > 0; sum >>= 8) at->second.contents[i] = static_cast<std::uint8_t>(sum);
}

void NvramTable::load(const NvramCheckpoint& checkpoint) {
    areas_.clear();
    used_ = 0;
    capacity_ = checkpoint.capacity;
    for (const auto& area : checkpoint.areas) {
        used_ += cost_of(area.facts);
        areas_.emplace(area.facts.name, area);
    }
}

void NvramTable::save(NvramCheckpoint& checkpoint) const {
    checkpoint.capacity = capacity_;
    for (const auto& [name, area] : areas_) checkpoint.areas.push_back(area);
}

NvramCodec::NvramCodec(const Secret& key) : key_(crypto::import_secret(KeyType::generic, key.view())) {}

NvramMac NvramCodec::mark_of(ByteView slot) const {
    Bytes whole;
    crypto::sign(*key_, hmac_sha256(), slot, whole);
    NvramMac mark{};
    std::copy_n(whole.begin(), mark.size(), mark.begin());
    return mark;
}

Bytes NvramCodec::encode(const NvramRecord& record, NvramMac& mark) const {
    const auto size = base::encoded_size(record);
    const auto blocks = blocks_for(size);
    if (blocks > nvram_log_blocks)
        throw Error(Status::invalid_argument, "this change is too large for the NVRAM log");
    Bytes slot(blocks * nvram_block);
    for (std::size_t i = 0; i < length_bytes; ++i) slot[i] = static_cast<std::uint8_t>(size >> (8 * i));
    base::encode_into(record, std::span(slot).subspan(length_bytes, size));
    mark = mark_of(ByteView(slot).first(slot.size() - mark_bytes));
    std::copy(mark.begin(), mark.end(), slot.end() - static_cast<std::ptrdiff_t>(mark_bytes));
    return slot;
}

std::optional<NvramCodec::Decoded> NvramCodec::decode(ByteView blocks, std::uint64_t position) const {
    if (blocks.size() < nvram_block) return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = length_bytes; i-- > 0;) size = size << 8 | blocks[i];
    if (size == 0 || size > nvram_log_bytes) return std::nullopt;
    Decoded found;
    found.blocks = blocks_for(size);
    if (found.blocks * nvram_block > blocks.size()) return std::nullopt;
    const auto slot = blocks.first(found.blocks * nvram_block);
    std::copy_n(slot.end() - static_cast<std::ptrdiff_t>(mark_bytes), mark_bytes, found.mark.begin());
    if (!equal_in_constant_time(found.mark, mark_of(slot.first(slot.size() - mark_bytes)))) return std::nullopt;
    found.record = base::decode<NvramRecord>(slot.subspan(length_bytes, size));
    if (found.record.position != position) return std::nullopt;
    return found;
}

NvramReplay replay(ByteView log, std::uint64_t first_position, const NvramCodec& codec, NvramTable& table) {
    NvramReplay result;
    const auto blocks = log.size() / nvram_block;
    const auto at = [&](std::uint64_t block) {
        return codec.decode(log.subspan(block * nvram_block), first_position + block);
    };
    std::uint64_t block = 0;
    while (block < blocks) {
        const auto found = at(block);
        if (!found || found->record.previous != result.mark) break;
        for (const auto& change : found->record.changes) table.apply(change);
        result.mark = found->mark;
        block += found->blocks;
    }
    const auto bad = first_position + block;
    result.end = bad;
    while (block < blocks) {
        const auto found = at(block);
        if (!found) {
            ++block;
            continue;
        }
        // What it says of the record before it counts as well: another one lies there now.
        const bool follows_another = first_position + block == bad && block != 0 && found->record.durable >= bad;
        if (found->record.durable > bad || follows_another)
            throw Error(Status::record_damaged,
                        "the NVRAM log has lost what was acknowledged (record " + std::to_string(bad) +
                            "); restore the module's directory, or initialise the module again");
        result.gap = true;
        for (const auto& change : found->record.changes) table.apply_if_it_adds(change);
        block += found->blocks;
        result.end = first_position + block;
    }
    return result;
}

} // namespace hsm::module
