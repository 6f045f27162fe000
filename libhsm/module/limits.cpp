// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/limits.hpp"

#include "base/byte_order.hpp"
#include "base/codec.hpp"
#include "crypto/operations.hpp"

namespace hsm::module {

namespace {

constexpr std::string_view file_name = "limits";

struct SavedLimit {
    std::uint64_t low = 0, high = 0, used = 0;
    HSM_FIELDS(low, high, used)
};

struct SavedLimits {
    std::uint32_t version = 1;
    std::vector<SavedLimit> limits;
    HSM_FIELDS(version, limits)
};

} // namespace

PageLimit& Limits::row(std::uint64_t low, std::uint64_t high) {
    auto& rows = home_.page()->limits;
    const auto start = static_cast<std::size_t>(low % rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& row = rows[(start + i) % rows.size()];
        if (row.tag_low.load() == low && row.tag_high.load() == high) return row;
        if (row.tag_low.load() != 0) continue;
        row.used.store(0);
        row.tag_high.store(high);
        row.tag_low.store(low);
        return row;
    }
    throw Error(Status::nvram_full, "the module has no room for another use limit; clear the module to free them");
}

void Limits::restore() {
    const auto contents = home_.read_sealed(file_name);
    if (!contents) return;
    // A damaged file is an error, not an empty one: forgetting counts would give uses away.
    for (const auto& saved : base::decode<SavedLimits>(contents->view()).limits) row(saved.low, saved.high).used.store(saved.used);
}

void Limits::forget() {
    for (auto& row : home_.page()->limits) {
        row.used.store(0);
        row.tag_low.store(0);
    }
    if (home_.read_sealed(file_name)) save();
}

bool Limits::take(const std::vector<Use>& uses) {
    if (uses.empty()) return true;
    home_.require_writable("this key counts its uses on the module");
    const auto lock = home_.locks().hold(Rank::state);
    std::vector<PageLimit*> taken;
    const auto give_back = [&taken] {
        for (auto* each : taken) each->used.fetch_sub(1);
    };
    try {
        for (const auto& use : uses) {
            Bytes name = to_bytes(*use.key);
            name.insert(name.end(), use.limit->id.begin(), use.limit->id.end());
            const auto hash = crypto::sha256(name);
            const auto low = base::from_little_endian(hash);
            const auto high = base::from_little_endian(ByteView(hash).subspan(8));
            auto& counter = row(low ? low : 1, high);
            if (counter.used.load() >= use.limit->value) {
                give_back();
                return false;
            }
            counter.used.fetch_add(1);
            taken.push_back(&counter);
        }
        save();
    } catch (...) {
        give_back();
        throw;
    }
    return true;
}

void Limits::save() {
    SavedLimits saved;
    for (const auto& row : home_.page()->limits)
        if (const auto low = row.tag_low.load()) saved.limits.push_back({low, row.tag_high.load(), row.used.load()});
    home_.write_sealed(file_name, base::encode_secret(saved));
}

} // namespace hsm::module
