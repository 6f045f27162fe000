// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/objects.hpp"
#include "protocol/record_codec.hpp"

#include <algorithm>

// Objects of a front end: found, read, written.

namespace hsm {

namespace {

constexpr std::uint32_t most_parts = 2;

Bytes encode(const World::State& world, client::ObjectRecord& record) {
    if (record.key) {
        record.key->public_attributes = base::encode(record.object);
        return base::encode(*record.key);
    }
    protocol::DataRecord data;
    data.hknso = world.facts.hknso;
    data.create_time = record.create_time;
    data.object = base::encode(record.object);
    return base::encode(data);
}

void check_parts(const std::vector<ObjectPart>& parts) {
    if (parts.empty() || parts.size() > most_parts)
        throw Error(Status::invalid_argument, "an object has one part, a key pair two, not " + std::to_string(parts.size()));
    if (std::none_of(parts.begin(), parts.end(), [](const ObjectPart& part) { return part.present; }))
        throw Error(Status::invalid_argument, "nothing of this object is left; remove it");
}

bool is_sealed(const ObjectPart& part) { return part.present && part.sealed; }

/// The blob goes with the private key; what is left is known by its public half.
void drop_private_key(client::ObjectRecord& record) {
    auto& key = *record.key;
    if (key.facts.half == KeyHalf::secret)
        throw Error(Status::invalid_argument, "a secret key has no second part; remove it");
    key.blob.clear();
    key.archive.reset();
    key.generation.reset();
    key.facts.half = KeyHalf::public_key;
    key.facts.protector = ProtectorKind::module;
    key.facts.protector_hash = {};
    key.facts.recoverable = key.facts.generated = false;
}

} // namespace

Objects::Objects(World world, std::string app, std::uint32_t module, const Hash256& owner)
    : state_(std::make_shared<State>(std::move(world), std::move(app), module, owner)) {
    (void)store::RecordName::key(state_->app, "0"); // throws for what can be no application's name
}

void Objects::open(const Protector& user) {
    if (user.hash() != state_->owner || user.module() != state_->module)
        throw Error(Status::invalid_argument, "this token is not the owner of these objects");
    {
        const auto session = state_->session.lock();
        session->user = user;
        session->keys = nullptr;
    }
    try {
        (void)state_->keys();
    } catch (...) {
        close();
        throw;
    }
}

void Objects::close() noexcept {
    std::optional<Protector> gone; // its unloading is a command: not under the lock
    const auto session = state_->session.lock();
    gone.swap(session->user);
    session->keys = nullptr;
}

std::vector<ObjectMatch> Objects::find(std::span<const SearchTerm> terms) const {
    const auto keys = state_->keys();
    auto& store = *state_->client().store;
    std::vector<ObjectMatch> found;
    std::vector<store::Term> many;
    std::array<store::Term, 16> few;
    const auto count = std::max<std::size_t>(terms.size(), 1);
    if (count > few.size()) many.resize(count);
    const std::span<store::Term> numbers = many.empty() ? std::span(few).first(count) : std::span(many);
    ObjectMatch match;
    const auto take = [&](std::string_view name) {
        const auto& prefix = name.starts_with('k') ? state_->key_prefix : state_->data_prefix;
        if (!name.starts_with(prefix)) return;
        match.ident = name.substr(prefix.size());
        found.push_back(match);
    };
    const std::function<void(std::string_view)> visit = std::ref(take);
    for (const bool sealed : {false, true}) {
        if (sealed && !keys->sealed) break;
        const auto& key = sealed ? *keys->sealed : keys->clear;
        match.sealed = sealed;
        for (match.part = 0; match.part < most_parts; ++match.part) {
            for (std::size_t i = 0; i < count; ++i)
                numbers[i] = client::part_term(key, match.part, terms.empty() ? nullptr : &terms[i]);
            store.search(numbers, visit);
        }
    }
    return found;
}

std::optional<StoredObject> Objects::read(const std::string& ident) const {
    const auto record = state_->find(ident);
    if (!record) return std::nullopt;
    StoredObject object;
    object.ident = ident;
    object.version = record->version();
    if (record->key) object.key = record->key->facts;
    for (std::uint32_t i = 0; i < record->object.parts.size(); ++i) {
        const auto& stored = record->object.parts[i];
        auto& part = object.parts.emplace_back();
        part.present = stored.present;
        part.sealed = stored.sealed;
        auto attributes = state_->open(*record, i);
        part.readable = attributes.has_value();
        if (attributes) part.attributes = std::move(*attributes);
    }
    return object;
}

std::uint64_t Objects::changes() const noexcept { return state_->client().store->changes(); }

void Objects::refresh() { state_->client().store->refresh(); }

std::string Objects::create(std::vector<ObjectPart> parts, const Key* key) {
    check_parts(parts);
    auto& client = state_->client();
    const auto ident = to_hex(client.link->call(state_->module, protocol::Random{16}).bytes);
    const auto name = key ? store::RecordName::key(state_->app, ident) : store::RecordName::data(state_->app, ident);
    client::ObjectRecord record{name, {}, {}, std::nullopt, client.clock->utc_seconds()};
    record.object.owner = state_->owner;
    record.object.parts.resize(parts.size());
    if (key) state_->put_key(record, *key, is_sealed(parts.front()));
    for (std::uint32_t i = 0; i < parts.size(); ++i) state_->seal(record, i, parts[i]);
    client.store->create(name, encode(*state_->world.state(), record));
    return ident;
}

void Objects::replace(const std::string& ident, std::uint64_t version, std::vector<ObjectPart> parts, const Key* key) {
    check_parts(parts);
    const auto changed = [&] { return Error(Status::bad_state, "somebody else changed the object '" + ident + "' meanwhile; read it again"); };
    auto found = state_->find(ident);
    if (!found || found->version() != version) throw changed();
    auto& record = *found;
    if (parts.size() != record.object.parts.size())
        throw Error(Status::invalid_argument, "an object keeps the number of its parts; one that is destroyed stays as not present");
    if (key && !record.key) throw Error(Status::invalid_argument, "this object holds no key");
    const bool sealed = is_sealed(parts.front());
    bool rebound = key != nullptr; // what every part is bound to has changed
    if (key) {
        state_->put_key(record, *key, sealed);
    } else if (record.key && !parts.front().present && !record.key->blob.empty()) {
        drop_private_key(record);
        rebound = true;
    } else if (record.key && sealed != (record.key->facts.protector != ProtectorKind::module)) {
        throw Error(Status::invalid_argument, "to make a key private or public, give it along: it is stored in another way then");
    }
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        const bool keep = !parts[i].readable && is_sealed(parts[i]) && record.object.parts[i].sealed;
        if (!keep) state_->seal(record, i, parts[i]);
        else if (rebound) throw Error(Status::bad_state, "private objects need the token's user; log in first");
    }
    state_->client().store->replace_if(record.name, encode(*state_->world.state(), record), [&](const std::optional<Bytes>& present) {
        if (present != record.bytes) throw changed();
    });
}

void Objects::remove(const std::string& ident) {
    const auto record = state_->find(ident);
    if (!record) throw Error(Status::not_found, "there is no object '" + ident + "'");
    state_->client().store->remove(record->name);
}

Key Objects::load(const std::string& ident) const {
    const auto record = state_->find(ident);
    if (!record) throw Error(Status::not_found, "there is no object '" + ident + "'");
    if (!record->key || record->object.parts.empty()) throw Error(Status::key_type_mismatch, "the object '" + ident + "' is no key");
    const bool sealed = record->object.parts.front().sealed;
    const auto token = state_->token_for(sealed);
    (void)state_->open(*record, 0); // that blob and part belong together
    const auto& stored = *record->key;
    auto& client = state_->client();
    if (stored.blob.empty()) {
        protocol::ImportKey command;
        command.half = KeyHalf::public_key;
        command.type = stored.facts.spec.type;
        command.material = Secret(stored.facts.public_info);
        command.acl = client::make_session_acl({}, stored.facts.spec, KeyHalf::public_key);
        return client::make_key(client.link, state_->module, client.link->call(state_->module, command), state_->world.state());
    }
    const auto made = client.link->call(state_->module, protocol::LoadBlob{stored.blob, token});
    auto key = client::make_key(client.link, state_->module, made, state_->world.state());
    if (made.key_id != stored.facts.key_id || made.half != stored.facts.half)
        throw Error(Status::untrusted, "the record of object '" + ident + "' holds another key than it says");
    return key;
}

Key Objects::copy(const Key& key, bool sealed) const {
    const auto token = state_->token_for(sealed);
    auto& link = state_->client().link;
    const auto blob = link->call(state_->module, protocol::MakeBlob{key.handle(), token}).blob;
    return client::make_key(link, state_->module, link->call(state_->module, protocol::LoadBlob{blob, token}), state_->world.state());
}

std::vector<KeyFacts> Objects::others() const {
    const auto& client = state_->client();
    const auto here = [&](const KeyFacts& facts) {
        return is_zero(state_->owner) ? facts.protector == ProtectorKind::module : facts.protector_hash == state_->owner;
    };
    std::vector<KeyFacts> found;
    for (const auto& name : client.store->keys({})) {
        const auto bytes = client.store->read(name);
        if (!bytes) continue;
        try {
            auto record = protocol::read_record<protocol::KeyRecord>(*bytes, "the key record '" + name.file_name() + "'");
            if (!here(record.facts) || client::object_data(record)) continue;
            record.facts.app = name.app();
            record.facts.ident = name.ident();
            found.push_back(std::move(record.facts));
        } catch (const Error& error) {
            // A damaged record hides itself, not the others.
            if (error.status() != Status::record_damaged && error.status() != Status::record_newer) throw;
        }
    }
    return found;
}

Key Objects::load_other(const KeyFacts& facts) const {
    const auto with = is_zero(state_->owner) ? std::optional(Protector::module_key(state_->module)) : state_->user();
    if (!with) throw Error(Status::bad_state, "keys of a token need its user; log in first");
    return state_->world.load(facts, *with);
}

Key Objects::generate(const KeySpec& spec, const Usage& usage, bool sealed, ByteView domain) const {
    const auto half = key_type_row(spec.type).asymmetric ? KeyHalf::private_key : KeyHalf::secret;
    const auto& world = state_->world.state();
    protocol::GenerateKey command;
    command.spec = spec;
    command.acl = client::make_session_acl(usage, spec, half, world.get(), state_->module);
    command.protection = {state_->token_for(sealed)};
    command.domain = to_bytes(domain);
    auto& link = state_->client().link;
    return client::make_key(link, state_->module, link->call(state_->module, command), world);
}

std::vector<KeyHome> Objects::homes() const {
    std::vector<KeyHome> homes{{}};
    if (!is_zero(state_->owner)) homes.push_back({state_->owner_kind(), state_->owner});
    return homes;
}

} // namespace hsm
