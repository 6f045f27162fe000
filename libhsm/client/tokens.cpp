// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/token.hpp>

#include "client/state.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"

#include <algorithm>

// Tokens with an officer and a user.

namespace hsm {

namespace {

using store::RecordName;

RecordName name_of(const Hash256& token) { return RecordName::softcard(client::short_hash(token)); }

Bytes read_bytes(const Client::State& client, const Hash256& token) {
    auto bytes = client.store->read(name_of(token));
    if (!bytes) throw Error(Status::not_found, "there is no token " + client::short_hash(token));
    return std::move(*bytes);
}

protocol::SoftcardRecord read_record(ByteView bytes) { return protocol::read_softcard(bytes, "the token's record"); }

/// Puts a changed record in the place of the one that it was made from.
void update(const Client::State& client, const Hash256& token, const Bytes& from, const Bytes& to) {
    client.store->replace_if(name_of(token), to, [&](const std::optional<Bytes>& present) {
        if (present != from) throw Error(Status::bad_state, "somebody else changed the token meanwhile; try again");
    });
}

void add_failures(const Client::State& client, std::uint32_t module, TokenFacts& facts) {
    try {
        const auto failures = client.link->call(module, protocol::TokenFailures{facts.token});
        facts.user_failures = failures.user;
        facts.officer_failures = failures.officer;
    } catch (const Error&) {
        // A module that cannot say so now has counted nothing that matters now.
    }
}

/// Every softcard's record that can be read.
std::vector<protocol::SoftcardRecord> all_records(const Client::State& client) {
    std::vector<protocol::SoftcardRecord> all;
    for (const auto& name : client.store->list(store::RecordKind::softcard)) {
        try {
            const auto bytes = client.store->read(name);
            if (!bytes) continue;
            auto record = read_record(*bytes);
            (void)protocol::token_facts(record); // throws for what is damaged inside
            (void)protocol::replaced_tokens(record);
            all.push_back(std::move(record));
        } catch (const Error& error) {
            if (error.status() != Status::record_damaged && error.status() != Status::record_newer) throw;
        }
    }
    return all;
}

bool replaces(const protocol::SoftcardRecord& record, const Hash256& token) {
    const auto old = protocol::replaced_tokens(record);
    return std::find(old.begin(), old.end(), token) != old.end();
}

/// One process at a time gives a token another secret or takes it away. Byte 0 of the file is the index's.
std::unique_ptr<base::LockFile> lock_tokens(const Client::State& client) {
    auto lock = client.files->lock_file(client.locations.kmlocal / ".index.lock");
    lock->lock(1, base::LockFile::Mode::exclusive);
    return lock;
}

Hash256 owner_of(const Bytes& bytes, const RecordName& name) {
    if (name.kind() == store::RecordKind::data)
        return client::object_data(protocol::read_record<protocol::DataRecord>(bytes, "the data record")).owner;
    const auto object = client::object_data(protocol::read_record<protocol::KeyRecord>(bytes, "the key record"));
    return object ? object->owner : Hash256{};
}

void remove_quietly(const Client::State& client, const RecordName& name) {
    try {
        client.store->remove(name);
    } catch (const Error& error) {
        if (error.status() != Status::not_found) throw; // somebody else was faster
    }
}

/// Records of the objects of a token.
std::vector<RecordName> objects_of(const Client::State& client, const Hash256& owner, const std::string& app) {
    client.store->refresh();
    const auto term = store::term_of(client::term_owner, owner);
    std::vector<RecordName> names;
    client.store->search({&term, 1}, [&names](std::string_view name) { names.push_back(RecordName::parse(name)); });
    std::erase_if(names, [&](const RecordName& name) {
        if (name.app() != app) return true;
        // Terms are hashes, and what is removed is gone: the record itself must say so.
        const auto bytes = client.store->read(name);
        return !bytes || owner_of(*bytes, name) != owner;
    });
    return names;
}

void remove_objects(const Client::State& client, const Hash256& owner, const std::string& app) {
    for (const auto& name : objects_of(client, owner, app)) remove_quietly(client, name);
}

/// What is left of tokens that \p record has replaced: their objects, then their own records.
void remove_replaced(const Client::State& client, const protocol::SoftcardRecord& record, const std::string& app) {
    for (const auto& old : protocol::replaced_tokens(record)) {
        remove_objects(client, old, app);
        if (client.store->exists(name_of(old))) remove_quietly(client, name_of(old));
    }
}

} // namespace

std::vector<TokenFacts> Tokens::list() const {
    const auto& client = *world_.state()->client;
    const auto records = all_records(client);
    std::vector<TokenFacts> all;
    for (const auto& record : records) {
        auto facts = protocol::token_facts(record);
        const bool old = std::any_of(records.begin(), records.end(), [&](const auto& other) { return replaces(other, facts.token); });
        if (old) continue;
        add_failures(client, module_, facts);
        all.push_back(std::move(facts));
    }
    std::sort(all.begin(), all.end(), [](const TokenFacts& a, const TokenFacts& b) {
        return std::tie(a.create_time, a.label, a.serial) < std::tie(b.create_time, b.label, b.serial);
    });
    return all;
}

TokenFacts Tokens::get(const Hash256& token) const {
    const auto& client = *world_.state()->client;
    auto facts = protocol::token_facts(read_record(read_bytes(client, token)));
    add_failures(client, module_, facts);
    return facts;
}

TokenFacts Tokens::create(const std::string& label, const Secret& officer) const {
    const auto& client = *world_.state()->client;
    const auto made = client.link->call(module_, protocol::MakeToken{label, officer.clone()});
    client.store->create(name_of(made.token), made.record);
    return protocol::token_facts(read_record(made.record));
}

TokenFacts Tokens::reinitialise(const Hash256& token, const std::string& label, const Secret& officer, const std::string& app) const {
    const auto& client = *world_.state()->client;
    const auto lock = lock_tokens(client);
    const auto old = read_bytes(client, token);
    for (const auto& record : all_records(client))
        if (replaces(record, token)) throw Error(Status::bad_state, "the token was initialised again meanwhile; use the new one");
    const auto made = client.link->call(module_, protocol::ReinitialiseToken{old, label, officer.clone()});
    client.store->create(name_of(made.token), made.record); // from here on the old one counts no more
    const auto record = read_record(made.record);
    remove_replaced(client, record, app);
    return protocol::token_facts(record);
}

std::size_t Tokens::count_objects(const Hash256& token, const std::string& app) const {
    return objects_of(*world_.state()->client, token, app).size();
}

void Tokens::remove(const Hash256& token, const std::string& app) const {
    const auto& client = *world_.state()->client;
    const auto lock = lock_tokens(client);
    const auto record = read_record(read_bytes(client, token));
    remove_replaced(client, record, app);
    remove_objects(client, token, app);
    client.store->remove(name_of(token));
}

Protector Tokens::load(const Hash256& token, TokenRole role, const Secret& passphrase) const {
    auto& client = *world_.state()->client;
    const auto loaded = client.link->call(module_, protocol::LoadToken{read_bytes(client, token), role, passphrase.clone()});
    return client::make_protector(client, module_, ProtectorKind::softcard, loaded.hash, loaded.token);
}

void Tokens::set_user_passphrase(const Protector& officer, const Secret& passphrase) const {
    const auto& client = *world_.state()->client;
    const auto from = read_bytes(client, officer.hash());
    const auto to = client.link->call(officer.module(), protocol::SetUserPassphrase{from, officer.token(), passphrase.clone()}).record;
    update(client, officer.hash(), from, to);
}

void Tokens::change_passphrase(const Hash256& token, TokenRole role, const Secret& old_one, const Secret& new_one) const {
    const auto& client = *world_.state()->client;
    const auto from = read_bytes(client, token);
    const protocol::ChangeTokenPassphrase command{from, role, old_one.clone(), new_one.clone()};
    update(client, token, from, client.link->call(module_, command).record);
}

void Tokens::add_officer(const Hash256& token, const Secret& user, const Secret& officer) const {
    const auto& client = *world_.state()->client;
    const auto from = read_bytes(client, token);
    update(client, token, from, client.link->call(module_, protocol::AddOfficer{from, user.clone(), officer.clone()}).record);
}

void Tokens::set_label(const Hash256& token, const std::string& label) const {
    const auto& client = *world_.state()->client;
    const auto from = read_bytes(client, token);
    update(client, token, from, client.link->call(module_, protocol::LabelToken{from, label}).record);
}

} // namespace hsm
