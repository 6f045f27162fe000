// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/objects.hpp"
#include "protocol/record_codec.hpp"
#include "store/hash64.hpp"

#include <utility>

// Records of a front end's objects: their parts, sealed and opened by the module.

namespace hsm {

namespace client {

SearchKeys::~SearchKeys() {
    wipe(clear);
    if (sealed) wipe(*sealed);
}

store::Term part_term(const store::SipKey& key, std::uint32_t part, const SearchTerm* term) noexcept {
    std::array<std::uint8_t, 9> head{};
    head[0] = static_cast<std::uint8_t>(part << 1 | (term ? 1 : 0));
    if (term)
        for (unsigned i = 0; i < 4; ++i) head[1 + i] = static_cast<std::uint8_t>(term->tag >> (8 * i));
    store::SipHash hash(key);
    hash.add(head);
    if (term) hash.add(term->value);
    return hash.finish();
}

std::uint64_t ObjectRecord::version() const noexcept { return store::hash64(bytes); }

std::optional<ObjectRecord> decode_object_record(const store::RecordName& name, Bytes bytes) {
    ObjectRecord record{name, std::move(bytes), {}, std::nullopt, 0};
    const auto what = "the record '" + name.file_name() + "'";
    if (name.kind() == store::RecordKind::data) {
        const auto data = protocol::read_record<protocol::DataRecord>(record.bytes, what);
        record.object = object_data(data);
        record.create_time = data.create_time;
        return record;
    }
    record.key = protocol::read_record<protocol::KeyRecord>(record.bytes, what);
    auto object = object_data(*record.key);
    if (!object) return std::nullopt;
    record.object = std::move(*object);
    record.create_time = record.key->facts.create_time;
    return record;
}

protocol::PartHeader part_header(const ObjectRecord& record, std::uint32_t part) {
    const auto& stored = record.object.parts.at(part);
    protocol::PartHeader header;
    header.app = record.name.app();
    header.ident = record.name.ident();
    header.owner = record.object.owner;
    header.part = part;
    header.present = stored.present;
    header.sealed = stored.sealed;
    header.terms = stored.terms;
    header.data = stored.data;
    if (record.key) {
        header.facts = base::encode(record.key->facts);
        if (!record.key->blob.empty())
            header.blob = base::decode<protocol::BlobHeader>(base::decode<protocol::Blob>(record.key->blob).header).salt;
    }
    return header;
}

} // namespace client

namespace {

store::SipKey sip_key(const Secret& from) {
    store::SipKey key{};
    if (from.size() != key.size()) throw Error(Status::internal, "a search key has 16 bytes");
    std::copy(from.view().begin(), from.view().end(), key.begin());
    return key;
}

} // namespace

std::shared_ptr<const client::SearchKeys> Objects::State::keys() {
    std::optional<Protector> with;
    {
        const auto now = session.lock();
        if (now->keys) return now->keys;
        with = now->user;
    }
    auto made = std::make_shared<client::SearchKeys>();
    Bytes context = to_bytes(view(app));
    context.insert(context.end(), owner.begin(), owner.end());
    auto& link = *client().link;
    made->clear = sip_key(link.call(module, protocol::SearchKey{{}, context}).key);
    if (with) made->sealed = sip_key(link.call(module, protocol::SearchKey{with->token(), context}).key);
    const auto now = session.lock();
    // Somebody may have opened or closed meanwhile: what fits goes to everybody, what does not only to this call.
    const bool same = now->user.has_value() == with.has_value() && (!with || now->user->token() == with->token());
    if (same && !now->keys) now->keys = made;
    return made;
}

std::optional<Protector> Objects::State::user() { return session.lock()->user; }

TokenHandle Objects::State::token_for(bool sealed) {
    if (!sealed) return {};
    const auto with = user();
    if (!with) throw Error(Status::bad_state, "private objects need the token's user; log in first");
    return with->token();
}

ProtectorKind Objects::State::owner_kind() const {
    return client().store->exists(store::RecordName::card_set(client::short_hash(owner))) ? ProtectorKind::card_set
                                                                                         : ProtectorKind::softcard;
}

std::optional<client::ObjectRecord> Objects::State::find(const std::string& ident) const {
    for (const auto& name : {store::RecordName::key(app, ident), store::RecordName::data(app, ident)}) {
        auto bytes = client().store->read(name);
        if (!bytes) continue;
        auto record = client::decode_object_record(name, std::move(*bytes));
        if (record && record->object.owner == owner) return record;
        return std::nullopt;
    }
    return std::nullopt;
}

void Objects::State::seal(client::ObjectRecord& record, std::uint32_t part, const ObjectPart& from) {
    auto& stored = record.object.parts.at(part);
    stored = {};
    stored.present = from.present;
    stored.sealed = from.present && from.sealed;
    const auto token = token_for(stored.sealed);
    if (from.present) {
        const auto known = keys();
        if (stored.sealed && !known->sealed) throw Error(Status::bad_state, "private objects need the token's user; log in first");
        const auto& key = stored.sealed ? *known->sealed : known->clear;
        const auto add = [&](const SearchTerm* term) {
            const auto number = client::part_term(key, part, term);
            auto& bytes = stored.terms.emplace_back();
            for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
        };
        add(nullptr);
        for (const auto& term : from.terms) add(&term);
        if (!stored.sealed) stored.data = to_bytes(from.attributes.view());
    }
    const auto header = base::encode(client::part_header(record, part));
    const auto data = stored.sealed ? from.attributes.view() : ByteView{};
    stored.seal = client().link->call(module, protocol::SealData{token, header, data}).sealed;
}

std::optional<Secret> Objects::State::open(const client::ObjectRecord& record, std::uint32_t part) {
    const auto& stored = record.object.parts.at(part);
    TokenHandle token;
    if (stored.sealed) {
        const auto with = user();
        if (!with) return std::nullopt;
        token = with->token();
    }
    const auto header = base::encode(client::part_header(record, part));
    try {
        auto data = client().link->call(module, protocol::OpenData{token, header, stored.seal}).data;
        return stored.sealed ? std::move(data) : Secret(stored.data);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::untrusted, "the record '" + record.name.file_name() + "' was changed; restore it from a backup");
    }
}

void Objects::State::put_key(client::ObjectRecord& record, const Key& key, bool sealed) {
    auto& link = *client().link;
    const auto created = record.create_time;
    const auto before = std::exchange(record.key, std::nullopt);
    auto& stored = record.key.emplace();
    stored.blob = link.call(module, protocol::MakeBlob{key.handle(), token_for(sealed)}).blob;
    if (world.state()->facts.recovery) {
        try {
            stored.archive = link.call(module, protocol::MakeArchiveBlob{key.handle()}).blob;
        } catch (const Error& error) {
            // The key was made without the right to be recovered.
            if (error.status() != Status::access_denied && error.status() != Status::not_supported) throw;
        }
    }
    auto& facts = stored.facts;
    facts.app = record.name.app();
    facts.ident = record.name.ident();
    facts.spec = key.spec();
    facts.half = key.half();
    facts.protector = sealed ? owner_kind() : ProtectorKind::module;
    facts.protector_hash = sealed ? owner : Hash256{};
    facts.key_id = key.id();
    facts.public_info = key.public_info();
    facts.recoverable = stored.archive.has_value();
    facts.create_time = created;
    // Of the key that it names, under the protector that it names.
    const auto keep = [&](const std::optional<protocol::Certificate>& certificate) {
        if (!certificate || stored.generation) return;
        const auto body = base::decode<protocol::GenerationBody>(certificate->body);
        if (body.key_id != facts.key_id || body.protector != facts.protector || body.protector_hash != facts.protector_hash) return;
        stored.generation = certificate;
        facts.generated = true;
        facts.esn = body.esn;
    };
    keep(key.loaded().generation);
    if (before) keep(before->generation);
}

} // namespace hsm
