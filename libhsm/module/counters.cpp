// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/counters.hpp"

#include "crypto/operations.hpp"
#include "module/module.hpp"

#include <algorithm>

namespace hsm::module {

namespace {

constexpr std::string_view base32 = "abcdefghijklmnopqrstuvwxyz234567";

std::string name_of(const UseLimit& limit) { return std::string(text(limit.id)); }

[[noreturn]] void counter_erased(const UseLimit& limit) {
    throw Error(Status::bad_state, "the counter '" + name_of(limit) + "' of this key is not in NVRAM of module " +
                                       limit.esn +
                                       "; with the administrator cards, 'hsm nvram recreate' makes it again");
}

/// Null when the area is gone, or counts another key.
const StoredArea* counter_of(const NvramTable& table, const UseLimit& limit, const Hash256& key) {
    const auto* area = table.find(text(limit.id));
    return area && area->facts.kind == NvramKind::counter && area->facts.key == key ? area : nullptr;
}

const StoredArea* first_counter_with(const NvramTable& table, const Hash256& key) {
    for (const auto& [name, area] : table.areas())
        if (area.facts.kind == NvramKind::counter && area.facts.key == key) return &area;
    return nullptr;
}

/// The name that the limits agree on, or empty.
std::string named_counter(Context& context, const Acl& acl) {
    std::string name;
    for (const auto& group : acl.groups)
        for (const auto& limit : group.limits) {
            if (limit.kind != UseLimit::Kind::nonvolatile) continue;
            if (!limit.esn.empty() && limit.esn != context.module().home().facts().esn)
                throw Error(Status::access_denied,
                            "this key is to count its uses on module " + limit.esn + "; make it there");
            if (limit.id.empty()) continue;
            if (!name.empty() && name != name_of(limit))
                throw Error(Status::invalid_argument, "a key has one counter in NVRAM; name the same in all limits");
            name = name_of(limit);
        }
    return name;
}

} // namespace

std::vector<Hash256> certifiers(Context& context) {
    std::vector<std::pair<Hash256, Binding>> found;
    context.module().objects().for_each([&](Object& object) {
        if (object.kind() != Object::Kind::key || object.client() != context.client().id()) return;
        const auto& key = static_cast<const KeyObject&>(object);
        if (key.certifier) found.emplace_back(key.id(), key.protection().binding);
    });
    std::vector<Hash256> present;
    for (const auto& [id, binding] : found) {
        try {
            context.module().slots().check(binding);
            present.push_back(id);
        } catch (const Error&) {
            // Its administrator card is gone: its authority is too.
        }
    }
    return present;
}

bool has_authority(const std::vector<Hash256>& present, ByteView wanted, const Snapshot& state) {
    const auto& facts = state.enrolment().facts;
    return std::any_of(present.begin(), present.end(), [&](const Hash256& id) {
        return equal_in_constant_time(id, wanted) ||
               (id == facts.hknso && equal_in_constant_time(facts.hknv, wanted));
    });
}

void require_nvram_authority(Context& context, const Snapshot& state) {
    if (!has_authority(certifiers(context), state.enrolment().facts.hknv, state))
        throw Error(Status::needs_certifier,
                    "this needs the administrators' authority over NVRAM; present the administrator "
                    "cards (as many as the quorum for NVRAM says)");
}

void check_area_name(std::string_view name) {
    const bool good =
        !name.empty() && name.size() <= max_nvram_name &&
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~' && c != '/' && c != '\\'; });
    if (!good)
        throw Error(Status::invalid_argument,
                    "an NVRAM area's name has 1 to 11 printable ASCII characters, without blanks and slashes");
}

void require_room(const NvramTable& table, std::uint64_t bytes) {
    const auto left = table.used() < table.capacity() ? table.capacity() - table.used() : 0;
    if (bytes > left)
        throw Error(Status::nvram_full, "NVRAM of the module is full: " + std::to_string(bytes) +
                                            " bytes are needed, " + std::to_string(left) + " of " +
                                            std::to_string(table.capacity()) +
                                            " are free; delete areas, or enlarge it with 'hsm nvram resize'");
}

std::string free_name(const NvramTable& table, char first, const Hash256& key) {
    auto digits = key;
    for (;;) {
        std::string name(1, first);
        for (std::size_t i = 0; i + 1 < max_nvram_name; ++i) name += base32[digits[i] % base32.size()];
        if (!table.find(name)) return name;
        digits = crypto::sha256(digits);
    }
}

NvramChange allocation(NvramArea area, Bytes contents) {
    NvramChange change{NvramChange::Kind::allocate, area.name, 0, {}};
    change.contents = base::encode(StoredArea{std::move(area), std::move(contents)});
    return change;
}

NvramArea counter_area(std::string name, const Hash256& key, const Snapshot& state) {
    NvramArea area;
    area.name = std::move(name);
    area.kind = NvramKind::counter;
    area.size = 8;
    area.rules = {{{}, bit(NvramRight::read), 0}, {to_bytes(state.enrolment().facts.hknv), bit(NvramRight::free), 0}};
    area.key = key;
    return area;
}

const UseLimit* counted_limit(const Acl& acl) noexcept {
    for (const auto& group : acl.groups)
        for (const auto& limit : group.limits)
            if (limit.kind == UseLimit::Kind::nonvolatile) return &limit;
    return nullptr;
}

void check_counted_here(Context& context, const Acl& acl) {
    const auto& esn = context.module().home().facts().esn;
    for (const auto& group : acl.groups)
        for (const auto& limit : group.limits)
            if (limit.kind == UseLimit::Kind::nonvolatile && (limit.esn != esn || limit.id.empty()))
                throw Error(Status::access_denied, limit.esn.empty()
                                                       ? "a key made from another one cannot count its uses in NVRAM"
                                                       : "this key counts its uses in NVRAM of module " + limit.esn +
                                                             ", and can be used there only");
}

void claim_counter(Context& context, const Snapshot& state, Acl& acl, const Hash256& key) {
    if (!counted_limit(acl)) return;
    auto name = named_counter(context, acl);
    const bool administrators = has_authority(certifiers(context), state.enrolment().facts.hknv, state);
    context.module().nvram().change([&](const NvramTable& table) -> std::vector<NvramChange> {
        context.require_current();
        const auto* area = name.empty() ? first_counter_with(table, key) : table.find(name);
        if (!area && name.empty()) area = first_counter_with(table, Hash256{});
        if (area) {
            name = area->facts.name;
            if (area->facts.kind == NvramKind::counter && area->facts.key == key) return {}; // it counts on
            if (area->facts.kind != NvramKind::counter || !is_zero(area->facts.key))
                throw Error(Status::already_exists,
                            "the NVRAM area '" + name + "' is in use for something else; choose another name");
            auto contents = to_bytes(key);
            contents.insert(contents.end(), area->contents.begin(), area->contents.end());
            return {{NvramChange::Kind::claim, name, 0, std::move(contents)}};
        }
        if (!administrators)
            throw Error(Status::needs_certifier,
                        "no counter is prepared in NVRAM of module " + context.module().home().facts().esn +
                            "; prepare some with 'hsm nvram prepare', or present the administrator cards");
        if (name.empty()) name = free_name(table, 'k', key);
        check_area_name(name);
        auto made = counter_area(name, key, state);
        require_room(table, NvramTable::cost_of(made));
        return {allocation(std::move(made), Bytes(8))};
    });
    for (auto& group : acl.groups)
        for (auto& limit : group.limits) {
            if (limit.kind != UseLimit::Kind::nonvolatile) continue;
            limit.id = to_bytes(view(name));
            limit.esn = context.module().home().facts().esn;
        }
}

bool use_left(Module& module, const UseLimit& limit, const Hash256& key) {
    const auto use = key_use(module, limit, key);
    if (use.erased) counter_erased(limit);
    return use.used < use.limit;
}

bool count_use(Module& module, const UseLimit& limit, const KeyObject& key, std::atomic<std::uint64_t>& stock) {
    std::uint64_t taken = 0;
    module.nvram().change([&](const NvramTable& table) -> std::vector<NvramChange> {
        const auto* area = counter_of(table, limit, key.id());
        if (!area) counter_erased(limit);
        const auto used = value_of(*area);
        if (used >= limit.value) return {};
        taken = std::min<std::uint64_t>(key.reserve.load(std::memory_order_relaxed), limit.value - used);
        return {{NvramChange::Kind::add, area->facts.name, taken, {}}};
    });
    if (taken > 1) stock.fetch_add(taken - 1, std::memory_order_acq_rel);
    return taken != 0;
}

KeyUse key_use(Module& module, const UseLimit& limit, const Hash256& key) {
    KeyUse use{name_of(limit), limit.value, 0, true};
    module.nvram().glance([&](const NvramTable& table) {
        const auto* area = counter_of(table, limit, key);
        if (!area) return;
        use.erased = false;
        use.used = value_of(*area);
    });
    return use;
}

} // namespace hsm::module
