// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "protocol/nvram.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "module/commands/new_key.hpp"
#include "module/counters.hpp"
#include "protocol/record_codec.hpp"

#include <algorithm>

// Chapter: NVRAM.

namespace hsm::module {

using namespace protocol;

namespace {

using Changes = std::vector<NvramChange>;

constexpr std::size_t max_rules = 16;
constexpr std::size_t max_areas_at_once = 256;
constexpr std::uint32_t every_right = (bit(NvramRight::free) << 1) - 1;

void check_new_area(const NvramArea& area) {
    check_area_name(area.name);
    if (area.size < 1 || area.size > max_nvram_area)
        throw Error(Status::invalid_argument, "an NVRAM area has 1 to " + std::to_string(max_nvram_area) + " bytes");
    if (area.kind == NvramKind::counter && area.size != 8)
        throw Error(Status::invalid_argument, "a counter has 8 bytes");
    if (!is_zero(area.key) || area.value != 0)
        throw Error(Status::invalid_argument, "a new area is empty, and is claimed by a key later");
    if (area.rules.size() > max_rules) throw Error(Status::invalid_argument, "an area's ACL has at most 16 rules");
    for (const auto& rule : area.rules) {
        if (!rule.certifier.empty() && rule.certifier.size() != 32)
            throw Error(Status::invalid_argument, "a certifier is a key hash of 32 bytes");
        if (rule.rights & ~every_right)
            throw Error(Status::invalid_argument, "an area's ACL has a right that there is not");
        if (area.kind != NvramKind::data && (rule.rights & (bit(NvramRight::write) | bit(NvramRight::increment))))
            throw Error(Status::invalid_argument,
                        "only its key changes a counter or a place for a key; leave out write and increment");
    }
}

const StoredArea& existing(const NvramTable& table, const std::string& name) {
    const auto* area = table.find(name);
    if (!area) throw Error(Status::not_found, "there is no NVRAM area '" + name + "' on this module");
    return *area;
}

/// Whose authority a client has, and what an area's ACL allows with it.
class Rights {
public:
    explicit Rights(Context& context) : state_(context.state()), present_(certifiers(context)) {}

    [[nodiscard]] bool administrators() const {
        return has_authority(present_, state_->enrolment().facts.hknv, *state_);
    }
    /// \p fits: whether a rule that gives the right does. Throws access_denied, needs_certifier, limit_reached.
    template <class Fits>
    void require(const StoredArea& area, NvramRight right, std::string_view doing, Fits fits) const {
        auto status = Status::access_denied;
        for (const auto& rule : area.facts.rules) {
            if (!(rule.rights & bit(right))) continue;
            if (!rule.certifier.empty() && !has_authority(present_, rule.certifier, *state_)) {
                if (status == Status::access_denied) status = Status::needs_certifier;
            } else if (!fits(rule)) {
                status = Status::limit_reached;
            } else {
                return;
            }
        }
        const auto what = std::string(doing) + " the NVRAM area '" + area.facts.name + "'";
        switch (status) {
        case Status::limit_reached: throw Error(status, what + ": the limit in its ACL is reached");
        case Status::needs_certifier:
            throw Error(status, what + " needs the administrators' authority; present the administrator cards");
        default: throw Error(status, "the area's ACL, which was fixed when it was allocated, does not allow " + what);
        }
    }
    void require(const StoredArea& area, NvramRight right, std::string_view doing) const {
        require(area, right, doing, [](const NvramRule&) { return true; });
    }
    [[nodiscard]] const Snapshot& state() const noexcept { return *state_; }

private:
    SnapshotPtr state_;
    std::vector<Hash256> present_;
};

/// A change that happens only if the module is still the one that allowed it: areas go when it is initialised again, and
/// nothing from before may write to those that come after.
template <class Decide>
void change(Context& context, Decide decide) {
    context.module().nvram().change([&](const NvramTable& table) -> Changes {
        context.require_current();
        return decide(table);
    });
}

/// What a backup is sealed with, and says.
struct Backup {
    std::string magic = "libhsm-nvram";
    std::uint32_t version = 1;
    Esn esn;
    Sealed sealed;
    HSM_FIELDS(magic, version, esn, sealed)
};

Secret backup_key(const Snapshot& state) { return crypto::derive_key(state.enrolment().km, "nvram"); }

StoredArea open_backup(const Snapshot& state, ByteView bytes) {
    const auto backup = read_record<Backup>(bytes, "the backup of an NVRAM area");
    if (backup.esn != state.secrets.esn)
        throw Error(Status::foreign_world,
                    "this backup is of module " + backup.esn + ", not of " + state.secrets.esn);
    try {
        const auto opened = crypto::unseal(backup_key(state), "nvram-backup", backup.sealed.salt, view(backup.esn),
                                           backup.sealed.bytes);
        return base::decode<StoredArea>(opened.view());
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::foreign_world, "this backup was changed, or made in another Security World");
    }
}

Changes restored(const NvramTable& table, const StoredArea& backup) {
    const auto& name = backup.facts.name;
    const auto* there = table.find(name);
    if (!there) {
        require_room(table, NvramTable::cost_of(backup.facts));
        return {allocation(backup.facts, backup.contents)};
    }
    if (there->facts.kind != NvramKind::counter || backup.facts.kind != NvramKind::counter ||
        there->facts.key != backup.facts.key)
        throw Error(Status::already_exists, "there is an NVRAM area '" + name + "' already; delete it first");
    // Never back: uses that were counted since stay counted.
    if (value_of(*there) >= value_of(backup)) return {};
    return {{NvramChange::Kind::add, name, value_of(backup) - value_of(*there), {}}};
}

} // namespace

NvramList::Reply run(Context& context, const NvramList&) {
    NvramList::Reply reply;
    context.module().nvram().look([&](const NvramTable& table) {
        reply.facts.capacity = table.capacity();
        reply.facts.used = static_cast<std::uint32_t>(table.used());
        for (const auto& [name, area] : table.areas()) {
            auto& facts = reply.facts.areas.emplace_back(area.facts);
            if (facts.kind == NvramKind::counter) facts.value = value_of(area);
        }
    });
    return reply;
}

Done run(Context& context, const NvramAllocate& command) {
    if (command.areas.empty() || command.areas.size() > max_areas_at_once)
        throw Error(Status::invalid_argument, "1 to 256 NVRAM areas are allocated at a time");
    for (const auto& area : command.areas) check_new_area(area);
    require_nvram_authority(context, *context.state());
    change(context, [&](const NvramTable& table) {
        Changes changes;
        std::uint64_t bytes = 0;
        for (const auto& area : command.areas) {
            const bool twice =
                std::any_of(changes.begin(), changes.end(), [&](const auto& c) { return c.area == area.name; });
            if (twice || table.find(area.name))
                throw Error(Status::already_exists,
                            "there is an NVRAM area '" + area.name + "' already; choose another name");
            bytes += NvramTable::cost_of(area);
            changes.push_back(allocation(area, Bytes(area.kind == NvramKind::key ? 0 : area.size)));
        }
        require_room(table, bytes);
        return changes;
    });
    return {};
}

Done run(Context& context, const NvramFree& command) {
    const Rights rights(context);
    change(context, [&](const NvramTable& table) -> Changes {
        const auto& area = existing(table, command.area);
        // What is prepared and not claimed is the administrators' alone.
        const bool prepared = area.facts.kind != NvramKind::data && is_zero(area.facts.key);
        if (!rights.administrators()) {
            if (prepared)
                throw Error(Status::needs_certifier, "deleting what was prepared needs the administrator cards");
            rights.require(area, NvramRight::free, "deleting");
        }
        return {{NvramChange::Kind::free, command.area, 0, {}}};
    });
    return {};
}

NvramRead::Reply run(Context& context, const NvramRead& command) {
    const Rights rights(context);
    NvramRead::Reply reply;
    context.module().nvram().look([&](const NvramTable& table) {
        const auto& area = existing(table, command.area);
        rights.require(area, NvramRight::read, "reading");
        if (area.facts.kind == NvramKind::key)
            throw Error(Status::access_denied, "a key in NVRAM is loaded, not read");
        const auto& contents = area.contents;
        if (command.offset > contents.size() || command.size > contents.size() - command.offset)
            throw Error(Status::invalid_argument,
                        "the NVRAM area '" + command.area + "' has " + std::to_string(contents.size()) + " bytes");
        const auto from = contents.begin() + command.offset;
        reply.bytes.assign(from, command.size ? from + command.size : contents.end());
    });
    return reply;
}

Done run(Context& context, const NvramWrite& command) {
    const Rights rights(context);
    change(context, [&](const NvramTable& table) -> Changes {
        const auto& area = existing(table, command.area);
        rights.require(area, NvramRight::write, "writing");
        const auto size = area.contents.size();
        if (command.offset > size || command.bytes.size() > size - command.offset)
            throw Error(Status::invalid_argument, std::to_string(command.bytes.size()) + " bytes at " +
                                                      std::to_string(command.offset) +
                                                      " do not fit the NVRAM area '" + command.area + "' of " +
                                                      std::to_string(size) + " bytes");
        return {{NvramChange::Kind::write, command.area, command.offset, command.bytes}};
    });
    return {};
}

NvramIncrement::Reply run(Context& context, const NvramIncrement& command) {
    const Rights rights(context);
    NvramIncrement::Reply reply;
    if (command.amount == 0) throw Error(Status::invalid_argument, "an increment is by 1 or more");
    change(context, [&](const NvramTable& table) -> Changes {
        const auto& area = existing(table, command.area);
        const auto value = value_of(area);
        rights.require(area, NvramRight::increment, "incrementing", [&](const NvramRule& rule) {
            const auto most = rule.limit ? rule.limit : UINT64_MAX;
            return value <= most && command.amount <= most - value;
        });
        if (area.facts.size != 8)
            throw Error(Status::bad_state, "only an NVRAM area of 8 bytes holds a number that can be incremented");
        reply.value = value + command.amount;
        return {{NvramChange::Kind::add, command.area, command.amount, {}}};
    });
    return reply;
}

NvramBackUp::Reply run(Context& context, const NvramBackUp& command) {
    const Rights rights(context);
    Bytes plain;
    context.module().nvram().look([&](const NvramTable& table) {
        const auto& area = existing(table, command.area);
        if (!rights.administrators()) rights.require(area, NvramRight::read, "backing up");
        plain = base::encode(area);
    });
    const auto& state = rights.state();
    Backup backup;
    backup.esn = state.secrets.esn;
    backup.sealed.salt = crypto::random_salt();
    backup.sealed.bytes =
        crypto::seal(backup_key(state), "nvram-backup", backup.sealed.salt, view(backup.esn), plain);
    wipe(plain);
    return {base::encode(backup)};
}

NvramRestore::Reply run(Context& context, const NvramRestore& command) {
    const auto state = context.state();
    require_nvram_authority(context, *state);
    const auto backup = open_backup(*state, command.backup);
    change(context, [&](const NvramTable& table) { return restored(table, backup); });
    base::log::warning("module {}: the NVRAM area '{}' was restored from a backup by administrators",
                       state->secrets.esn, backup.facts.name);
    return {backup.facts};
}

Done run(Context& context, const NvramResize& command) {
    require_nvram_authority(context, *context.state());
    if (command.capacity > max_nvram_capacity)
        throw Error(Status::invalid_argument, "NVRAM has at most " + std::to_string(max_nvram_capacity) + " bytes");
    change(context, [&](const NvramTable& table) -> Changes {
        if (table.used() > command.capacity)
            throw Error(Status::invalid_argument,
                        std::to_string(table.used()) + " bytes of NVRAM are in use; delete areas first");
        return {{NvramChange::Kind::capacity, {}, command.capacity, {}}};
    });
    return {};
}

NvramStoreKey::Reply run(Context& context, const NvramStoreKey& command) {
    const Rights rights(context);
    auto blob = blob_of(context, rights.state(), command.key, command.token);
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    const auto& id = static_cast<const KeyObject&>(pin.object()).id();
    NvramStoreKey::Reply reply;
    change(context, [&](const NvramTable& table) -> Changes {
        for (const auto& [name, area] : table.areas()) {
            if (area.facts.kind != NvramKind::key) continue;
            if (area.facts.key == id)
                throw Error(Status::already_exists, "this key is in NVRAM already, in the area '" + name + "'");
            if (is_zero(area.facts.key) && area.facts.size >= blob.size() && reply.area.empty()) reply.area = name;
        }
        if (!reply.area.empty()) {
            auto contents = to_bytes(id);
            contents.insert(contents.end(), blob.begin(), blob.end());
            return {{NvramChange::Kind::claim, reply.area, 0, std::move(contents)}};
        }
        if (!rights.administrators())
            throw Error(Status::needs_certifier,
                        "no place of " + std::to_string(blob.size()) +
                            " bytes is prepared for a key in NVRAM; "
                            "prepare some with 'hsm nvram prepare --keys', or present the administrator cards");
        NvramArea area;
        area.name = reply.area = free_name(table, 'n', id);
        area.kind = NvramKind::key;
        area.size = static_cast<std::uint32_t>(blob.size());
        area.rules = {{{}, bit(NvramRight::free), 0}};
        area.key = id;
        if (area.size > max_nvram_area) throw Error(Status::invalid_argument, "this key is too large for NVRAM");
        require_room(table, NvramTable::cost_of(area));
        return {allocation(std::move(area), std::move(blob))};
    });
    return reply;
}

NewKey run(Context& context, const NvramLoadKey& command) {
    const auto state = context.state();
    Bytes blob;
    context.module().nvram().look([&](const NvramTable& table) {
        const auto& area = existing(table, command.area);
        if (area.facts.kind != NvramKind::key || is_zero(area.facts.key))
            throw Error(Status::not_found, "the NVRAM area '" + command.area + "' holds no key");
        blob = area.contents;
    });
    return load_blob(context, *state, command.token, blob);
}

KeyUses::Reply run(Context& context, const KeyUses& command) {
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    const auto& key = static_cast<const KeyObject&>(pin.object());
    const auto acl = key.acl().acl();
    KeyUses::Reply reply;
    for (const auto& group : acl.groups)
        for (const auto& limit : group.limits)
            if (limit.kind == UseLimit::Kind::nonvolatile)
                reply.uses.push_back(key_use(context.module(), limit, key.id()));
    return reply;
}

Done run(Context& context, const ReserveUses& command) {
    if (command.batch < 1 || command.batch > 1'000'000)
        throw Error(Status::invalid_argument, "1 to 1000000 uses are reserved at a time");
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    static_cast<const KeyObject&>(pin.object()).reserve.store(command.batch, std::memory_order_relaxed);
    return {};
}

RecreateCounter::Reply run(Context& context, const RecreateCounter& command) {
    const auto state = context.state();
    require_nvram_authority(context, *state);
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    const auto& key = static_cast<const KeyObject&>(pin.object());
    const auto acl = key.acl().acl();
    const auto* limit = counted_limit(acl);
    if (!limit) throw Error(Status::invalid_argument, "this key does not count its uses in NVRAM");
    const std::string name(text(limit->id));
    change(context, [&](const NvramTable& table) -> Changes {
        if (table.find(name))
            throw Error(Status::already_exists,
                        "the counter '" + name + "' is there; only one that was erased is made again");
        auto area = counter_area(name, key.id(), *state);
        require_room(table, NvramTable::cost_of(area));
        return {allocation(std::move(area), value_bytes(command.start))};
    });
    base::log::warning("module {}: administrators made the counter '{}' again, with {} uses counted",
                       state->secrets.esn, name, command.start);
    return {name};
}

} // namespace hsm::module
