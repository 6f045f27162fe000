// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/world.hpp>

#include "client/state.hpp"
#include "protocol/administration.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"

#include <algorithm>

// Keys of a Security World: generate, import, find, load, verify.

namespace hsm {

/// Who may recover a key that will be stored is taken from what the module has verified.
Acl client::make_session_acl(const Usage& usage, const KeySpec& spec, KeyHalf half, World::State* world, std::uint32_t module) {
    if (usage.homes.empty() || !world) return make_session_acl(usage, spec, half);
    const auto facts = verified_facts(*world, module);
    return make_session_acl(usage, spec, half, &facts);
}

WorldFacts client::verified_facts(World::State& world, std::uint32_t module) {
    if (const auto known = *world.verified.lock()) return *known;
    auto facts = world.client->link->call(module, protocol::CheckWorld{world.record}).facts;
    *world.verified.lock() = facts;
    return facts;
}

namespace {

using store::RecordName;

protocol::KeyRecord read_key(const Client::State& client, const RecordName& name) {
    const auto bytes = client.store->read(name);
    if (!bytes) throw Error(Status::not_found, "there is no key record '" + name.file_name() + "'");
    auto record = protocol::read_record<protocol::KeyRecord>(*bytes, "the key record '" + name.file_name() + "'");
    // The file name is what a key is found by; the record follows it, so that a renamed file is a renamed key.
    record.facts.app = name.app();
    record.facts.ident = name.ident();
    if (const auto place = client::nvram_place(record)) {
        record.facts.nvram_area = place->area;
        record.facts.esn = place->esn;
    }
    return record;
}

/// Which key the working blob claims to hold.
Hash256 blob_key_id(const protocol::KeyRecord& record) {
    return base::decode<protocol::BlobHeader>(base::decode<protocol::Blob>(record.blob).header).key_id;
}

/// A record that cannot be read is none.
bool is_in_nvram(const Client::State& client, const RecordName& name) {
    try {
        return !read_key(client, name).facts.nvram_area.empty();
    } catch (const Error&) {
        return false;
    }
}

void check_free(const Client::State& client, const KeyRequest& request, const RecordName& name) {
    if (!request.replace && client.store->exists(name))
        throw Error(Status::already_exists, "there is a key '" + request.app + "' '" + request.ident +
                                                "' already; choose another ident, or ask to replace it");
    if (request.replace && request.nvram)
        throw Error(Status::not_supported, "a key in NVRAM replaces no other; remove that one first");
    if (request.replace && is_in_nvram(client, name))
        throw Error(Status::not_supported, "a key in NVRAM is not replaced; remove it first");
}

using client::verified_facts;

Acl acl_for(const WorldFacts& world, const KeyRequest& request, const KeySpec& spec, KeyHalf half, const Protector& protector) {
    auto usage = request.usage;
    if (request.nvram) usage.recoverable = false;
    return client::make_acl(usage, spec, half, protector.kind(), protector.hash(), world);
}

/// Blobs and record of a key that is in the module: one durable write.
void store_key(World::State& world, const KeyRequest& request, const Protector& protector, const protocol::NewKey& made) {
    auto& client = *world.client;
    protocol::KeyRecord record;
    std::optional<protocol::NvramPlace> place;
    if (!request.nvram) record.blob = client.link->call(protector.module(), protocol::MakeBlob{made.key, protector.token()}).blob;
    if (!request.nvram && request.usage.recoverable && verified_facts(world, protector.module()).recovery)
        record.archive = client.link->call(protector.module(), protocol::MakeArchiveBlob{made.key}).blob;
    record.generation = made.generation;
    auto& facts = record.facts;
    facts.app = request.app;
    facts.ident = request.ident;
    facts.name = request.name;
    facts.spec = made.spec;
    facts.half = made.half;
    facts.protector = protector.kind();
    facts.protector_hash = protector.hash();
    facts.key_id = made.key_id;
    facts.public_info = made.public_info;
    facts.recoverable = record.archive.has_value();
    facts.generated = made.generation.has_value();
    if (made.generation) facts.esn = base::decode<protocol::GenerationBody>(made.generation->body).esn;
    facts.create_time = client.clock->utc_seconds();
    const auto name = RecordName::key(request.app, request.ident);
    if (request.nvram) {
        place = client::keep_in_nvram(*client.link, protector, made.key);
        record.extensions.push_back({static_cast<std::uint32_t>(protocol::RecordExtension::nvram), true, base::encode(*place)});
    }
    try {
        if (request.replace) client.store->replace(name, base::encode(record));
        else client.store->create(name, base::encode(record));
    } catch (const Error&) {
        try {
            if (place) client::remove_from_nvram(*client.link, *place);
        } catch (const Error&) {
            // What went wrong first is what the caller needs to hear.
        }
        throw;
    }
}

protocol::ImportKey import_command(KeyHalf half, const KeySpec& spec, const Secret& material, Acl acl, TokenHandle token) {
    protocol::ImportKey command;
    command.half = half;
    command.type = spec.type;
    command.material = material.clone();
    command.acl = std::move(acl);
    command.protection = {token};
    return command;
}

/// What the caller says of a secret key, what the encoding says of the others.
KeySpec spec_of(KeyHalf half, const KeySpec& asked, const Secret& material) {
    if (half == KeyHalf::secret) {
        auto spec = asked;
        if (spec.type == KeyType::none) throw Error(Status::invalid_argument, "say which type of secret key this is");
        spec.bits = static_cast<std::uint32_t>(material.size() * 8);
        return spec;
    }
    KeySpec spec;
    spec.type = client::type_of_encoded(half, material.view());
    if (asked.type != KeyType::none && asked.type != spec.type)
        throw Error(Status::key_type_mismatch, "the key to import is not of the type asked for");
    return spec;
}

void known_owner(const Client::State& client, const protocol::ObjectData& object, const std::string& what) {
    if (is_zero(object.owner)) return;
    const auto hash = client::short_hash(object.owner);
    if (client.store->exists(RecordName::softcard(hash)) || client.store->exists(RecordName::card_set(hash))) return;
    throw Error(Status::not_found, what + " belongs to token " + hash + ", of which there is no record; it is of no use without");
}

/// Mode common-criteria-cmts: whether this certified key is an assigned one, whose use and authorisation nobody changes.
std::string assigned_note(const Client::State& client, const KeyCheck& check) {
    std::uint32_t actions = 0;
    bool certifier = false;
    for (const auto& group : check.acl.groups) {
        for (const auto& action : group.actions) actions |= action.actions;
        certifier = certifier || (!group.certifier.empty() && std::any_of(group.actions.begin(), group.actions.end(), [](const AclAction& action) {
                                      return (action.actions & ~bit(Action::make_blob)) != 0; // recovery may move it, no more
                                  }));
    }
    const auto not_one = [](const char* why) { return std::string("not an assigned key: ") + why; };
    if (check.facts.protector == ProtectorKind::module) return not_one("nothing but the module authorises its use");
    if (actions & (bit(Action::export_plain) | bit(Action::export_wrapped))) return not_one("it may be exported");
    if (actions & bit(Action::expand_acl)) return not_one("what it may be used for can be changed");
    if (certifier) return not_one("administrators may use it");
    if (check.facts.protector == ProtectorKind::softcard) {
        const auto bytes = client.store->read(RecordName::softcard(client::short_hash(check.facts.protector_hash)));
        if (!bytes) return not_one("the record of its softcard is missing");
        if (protocol::token_facts(protocol::read_softcard(*bytes, "the softcard")).has_officer)
            return not_one("an officer may set another passphrase");
    }
    return "an assigned key: generated, its use is fixed, and its passphrase changes with the present one only";
}

} // namespace

Key World::generate(const KeyRequest& request, const Protector& protector) {
    auto& client = *state_->client;
    check_free(client, request, RecordName::key(request.app, request.ident));
    const auto half = key_type_row(request.spec.type).asymmetric ? KeyHalf::private_key : KeyHalf::secret;
    protocol::GenerateKey command;
    command.spec = request.spec;
    command.acl = acl_for(verified_facts(*state_, protector.module()), request, request.spec, half, protector);
    command.protection = {protector.token()};
    command.domain = request.domain;
    const auto made = client.link->call(protector.module(), command);
    auto key = client::make_key(client.link, protector.module(), made, state_);
    store_key(*state_, request, protector, made);
    return key;
}

Key World::import(const KeyRequest& request, KeyHalf half, const Secret& material, const Protector& protector) {
    auto& client = *state_->client;
    check_free(client, request, RecordName::key(request.app, request.ident));
    const auto spec = spec_of(half, request.spec, material);
    auto acl = acl_for(verified_facts(*state_, protector.module()), request, spec, half, protector);
    const auto made =
        client.link->call(protector.module(), import_command(half, spec, material, std::move(acl), protector.token()));
    auto key = client::make_key(client.link, protector.module(), made, state_);
    store_key(*state_, request, protector, made);
    return key;
}

Key World::generate_session(const KeySpec& spec, const Usage& usage, std::uint32_t module, ByteView domain) {
    auto& client = *state_->client;
    const auto half = key_type_row(spec.type).asymmetric ? KeyHalf::private_key : KeyHalf::secret;
    protocol::GenerateKey command;
    command.spec = spec;
    command.acl = client::make_session_acl(usage, spec, half, state_.get(), module);
    command.certificate = false;
    command.domain = to_bytes(domain);
    return client::make_key(client.link, module, client.link->call(module, command), state_);
}

Key World::import_session(KeyHalf half, const KeySpec& asked, const Secret& material, const Usage& usage, std::uint32_t module) {
    auto& client = *state_->client;
    const auto spec = spec_of(half, asked, material);
    auto acl = client::make_session_acl(usage, spec, half, state_.get(), module);
    const auto made = client.link->call(module, import_command(half, spec, material, std::move(acl), {}));
    return client::make_key(client.link, module, made, state_);
}

void World::authorise_new_key(std::uint32_t module, Authoriser& authoriser) const {
    Question question;
    question.kind = Question::Kind::insert_card;
    question.module = module;
    question.needed = 1;
    question.text = "Insert any card of this Security World: in mode fips-140-level-3 making or importing a key needs one";
    for (;; ++question.attempt) {
        try {
            (void)state_->client->link->call(module, protocol::CheckFipsAuth{});
            return;
        } catch (const Error& error) {
            if (error.status() != Status::needs_fips_auth || !authoriser.ask(question).go_on) throw;
            question.problem = "there is still no card of this Security World in a slot";
            question.problem_status = error.status();
        }
    }
}

std::optional<KeyFacts> World::find(std::string_view app, std::string_view ident) const {
    const auto name = state_->client->store->find_key(app, ident);
    if (!name) return std::nullopt;
    return read_key(*state_->client, *name).facts;
}

std::vector<KeyFacts> World::keys(std::string_view app) const {
    std::vector<KeyFacts> all;
    for (const auto& name : state_->client->store->keys(app)) {
        try {
            all.push_back(read_key(*state_->client, name).facts);
        } catch (const Error& error) {
            if (error.status() != Status::not_found && error.status() != Status::record_damaged &&
                error.status() != Status::record_newer)
                throw;
        }
    }
    return all;
}

std::size_t World::key_count() const { return state_->client->store->count_keys(); }

Key World::load(const KeyFacts& facts, const Protector& protector) const {
    auto& client = *state_->client;
    if (protector.kind() != facts.protector || (protector.kind() != ProtectorKind::module && protector.hash() != facts.protector_hash))
        throw Error(Status::invalid_argument, "key '" + facts.app + "' '" + facts.ident + "' is protected by " +
                                                  std::string(protector_kind_name(facts.protector)) +
                                                  (is_zero(facts.protector_hash) ? "" : " " + client::short_hash(facts.protector_hash)));
    const auto record = read_key(client, RecordName::key(facts.app, facts.ident));
    const auto place = client::nvram_place(record);
    const auto made = place ? client::load_from_nvram(*client.link, protector, *place)
                            : client.link->call(protector.module(), protocol::LoadBlob{record.blob, protector.token()});
    auto key = client::make_key(client.link, protector.module(), made, state_);
    if (made.key_id != record.facts.key_id || made.half != record.facts.half || made.public_info != record.facts.public_info)
        throw Error(Status::record_damaged, "the record of key '" + facts.app + "' '" + facts.ident +
                                                "' holds another key than it says; restore it from a backup");
    return key;
}

Key World::load(std::string_view app, std::string_view ident, Authoriser& authoriser, std::uint32_t module) const {
    const auto facts = find(app, ident);
    if (!facts) throw Error(Status::not_found, "there is no key '" + std::string(app) + "' '" + std::string(ident) + "'");
    World self(state_);
    switch (facts->protector) {
    case ProtectorKind::card_set: return load(*facts, self.load_card_set(module, facts->protector_hash, authoriser));
    case ProtectorKind::softcard: return load(*facts, self.load_softcard(module, facts->protector_hash, authoriser));
    case ProtectorKind::module: break;
    }
    return load(*facts, Protector::module_key(module));
}

void World::remove(std::string_view app, std::string_view ident) {
    auto& client = *state_->client;
    const auto name = RecordName::key(app, ident);
    std::optional<protocol::NvramPlace> place;
    try {
        place = client::nvram_place(read_key(client, name));
    } catch (const Error& error) {
        // A damaged record can be removed as well.
        if (error.status() != Status::record_damaged && error.status() != Status::record_newer) throw;
    }
    if (place) client::remove_from_nvram(*client.link, *place);
    client.store->remove(name);
}

void World::rename(std::string_view app, std::string_view ident, std::string_view new_app, std::string_view new_ident) {
    auto& client = *state_->client;
    auto record = read_key(client, RecordName::key(app, ident));
    if (!record.public_attributes.empty())
        throw Error(Status::not_supported, "this key belongs to a front end, which knows it by its ident; it cannot be renamed");
    record.facts.app = new_app;
    record.facts.ident = new_ident;
    // The new name first: a crash in between leaves the key under both names, never under none.
    const auto old_name = RecordName::key(app, ident), new_name = RecordName::key(new_app, new_ident);
    client.store->create(new_name, base::encode(record));
    try {
        client.store->remove(old_name);
    } catch (const Error&) {
        try {
            if (client.store->exists(old_name)) client.store->remove(new_name);
        } catch (const Error&) {
            // What went wrong first is what the caller needs to hear.
        }
        throw;
    }
}

KeyCheck World::verify_key(const KeyFacts& facts, std::uint32_t module) const {
    auto& client = *state_->client;
    const auto record = read_key(client, RecordName::key(facts.app, facts.ident));
    KeyCheck check;
    check.facts = record.facts;
    if (state_->facts.test_parameters) check.notes.push_back("the world was made with test parameters: passphrases are cheap to guess");
    const auto place = client::nvram_place(record);
    if (place) check.notes.push_back("in NVRAM of module " + place->esn + ": lost when that is initialised again");
    if (!record.archive) check.notes.push_back("not recoverable: if its protection is lost, so is the key");
    if (!record.generation) {
        check.notes.push_back("imported: nothing certifies where it was made");
        return check;
    }
    protocol::GenerationBody claimed;
    std::optional<RecordName> module_name;
    try {
        claimed = base::decode<protocol::GenerationBody>(record.generation->body);
        module_name = RecordName::module(claimed.esn);
    } catch (const Error& error) {
        check.notes.push_back("its generation certificate is damaged: " + error.message());
        return check;
    }
    const auto module_record = client.store->read(*module_name);
    if (!module_record) {
        check.notes.push_back("the record of module " + claimed.esn + ", which made it, is missing");
        return check;
    }
    const auto reply = client.link->call(module, protocol::CheckGeneration{*module_record, *record.generation, record.facts.public_info});
    check.esn = reply.body.esn;
    check.acl = reply.body.acl;
    if (!reply.valid) check.notes.push_back(reply.reason);
    else if (reply.body.key_id != record.facts.key_id || reply.body.spec != record.facts.spec ||
             (!place && blob_key_id(record) != record.facts.key_id) || reply.body.protector != record.facts.protector || reply.body.protector_hash != record.facts.protector_hash)
        check.notes.push_back("the record does not say what the certificate says: it was changed, or recovered to another set");
    else check.certificate_valid = true;
    if (state_->facts.mode == WorldMode::common_criteria_cmts && check.certificate_valid) check.notes.push_back(assigned_note(client, check));
    return check;
}

std::vector<Problem> World::problems() const {
    auto& client = *state_->client;
    std::vector<Problem> all;
    for (auto& problem : client.store->problems()) all.push_back({problem.file_name, problem.status, problem.text});
    const auto look = [&](store::RecordKind kind, auto read) {
        for (const auto& name : client.store->list(kind)) {
            try {
                if (const auto bytes = client.store->read(name)) read(*bytes, "the record '" + name.file_name() + "'");
            } catch (const Error& error) {
                all.push_back({name.file_name(), error.status(), error.what()});
            }
        }
    };
    const auto own_world = [&](const Hash256& hknso, const std::string& what) {
        if (hknso != state_->facts.hknso) throw Error(Status::foreign_world, what + " belongs to another Security World");
    };
    look(store::RecordKind::card_set, [&](const Bytes& bytes, const std::string& what) {
        own_world(protocol::read_record<protocol::CardSetRecord>(bytes, what).hknso, what);
    });
    look(store::RecordKind::softcard, [&](const Bytes& bytes, const std::string& what) {
        const auto record = protocol::read_softcard(bytes, what);
        (void)protocol::token_facts(record);
        (void)protocol::replaced_tokens(record);
        own_world(base::decode<protocol::SoftcardHeader>(record.header).hknso, what);
    });
    look(store::RecordKind::module, [&](const Bytes& bytes, const std::string& what) {
        const auto record = protocol::read_record<protocol::ModuleRecord>(bytes, what);
        own_world(base::decode<protocol::ModuleStateBody>(record.state.body).hknso, what);
    });
    look(store::RecordKind::key, [&](const Bytes& bytes, const std::string& what) {
        const auto record = protocol::read_record<protocol::KeyRecord>(bytes, what);
        const auto object = client::object_data(record);
        // A pair whose private key was destroyed has no blob left.
        if (client::nvram_place(record)) {
            if (!record.blob.empty()) throw Error(Status::record_damaged, what + " has a blob although its key is in NVRAM");
        } else if (!record.blob.empty() || !object || record.facts.half != KeyHalf::public_key) {
            const auto blob = base::decode<protocol::Blob>(record.blob);
            own_world(base::decode<protocol::BlobHeader>(blob.header).world, what);
            if (blob_key_id(record) != record.facts.key_id)
                throw Error(Status::record_damaged, what + " holds another key than it says");
        }
        if (object) known_owner(client, *object, what);
    });
    look(store::RecordKind::data, [&](const Bytes& bytes, const std::string& what) {
        const auto record = protocol::read_record<protocol::DataRecord>(bytes, what);
        own_world(record.hknso, what);
        known_owner(client, client::object_data(record), what);
    });
    return all;
}

void World::reindex() const { state_->client->store->reindex(); }

} // namespace hsm
