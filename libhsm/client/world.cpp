// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/world.hpp>

#include "client/cards.hpp"
#include "client/state.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"

#include <algorithm>

// Card sets and softcards of a Security World. (Keys: world_keys.cpp.)

namespace hsm {

namespace {

using store::RecordName;

template <class Record>
Record read_named(Client::State& state, const RecordName& name) {
    const auto bytes = state.store->read(name);
    if (!bytes) throw Error(Status::not_found, "there is no record '" + name.file_name() + "'");
    return protocol::read_record<Record>(*bytes, "the record '" + name.file_name() + "'");
}

SoftcardFacts softcard_facts(const Bytes& bytes, const RecordName& name) {
    return protocol::softcard_facts(protocol::read_softcard(bytes, "the record '" + name.file_name() + "'"));
}

SoftcardFacts read_softcard_facts(Client::State& state, const RecordName& name) {
    const auto bytes = state.store->read(name);
    if (!bytes) throw Error(Status::not_found, "there is no record '" + name.file_name() + "'");
    return softcard_facts(*bytes, name);
}

/// By exact name, or by the first digits of the hash.
template <class Facts>
Facts choose(const std::vector<Facts>& all, std::string_view name_or_hash, const std::string& what) {
    std::vector<const Facts*> found;
    for (const auto& facts : all)
        if (facts.name == name_or_hash || (name_or_hash.size() >= 8 && to_hex(facts.token).starts_with(name_or_hash)))
            found.push_back(&facts);
    if (found.empty()) throw Error(Status::not_found, "there is no " + what + " '" + std::string(name_or_hash) + "'");
    if (found.size() > 1)
        throw Error(Status::invalid_argument, "several of kind " + what + " are called '" + std::string(name_or_hash) +
                                                  "'; name one by its hash");
    return *found.front();
}

/// Records that can be read; the others are named by problems().
template <class Facts, class Read>
std::vector<Facts> read_all(Client::State& state, store::RecordKind kind, Read read) {
    std::vector<Facts> all;
    for (const auto& name : state.store->list(kind)) {
        try {
            all.push_back(read(name));
        } catch (const Error& error) {
            if (error.status() != Status::not_found && error.status() != Status::record_damaged &&
                error.status() != Status::record_newer)
                throw;
        }
    }
    std::sort(all.begin(), all.end(), [](const Facts& a, const Facts& b) {
        return std::tie(a.name, a.token) < std::tie(b.name, b.token);
    });
    return all;
}

using client::make_protector;

} // namespace

Protector client::make_protector(Client::State& client, std::uint32_t module, ProtectorKind kind, const Hash256& hash,
                                 TokenHandle token) {
    auto loaded = std::make_shared<Protector::Loaded>();
    loaded->link = client.link;
    loaded->module = module;
    loaded->kind = kind;
    loaded->hash = hash;
    loaded->token = token;
    return Protector(std::move(loaded));
}

Protector Protector::module_key(std::uint32_t module) {
    auto loaded = std::make_shared<Loaded>();
    loaded->module = module;
    return Protector(std::move(loaded));
}

ProtectorKind Protector::kind() const { return loaded_->kind; }
const Hash256& Protector::hash() const { return loaded_->hash; }
std::uint32_t Protector::module() const { return loaded_->module; }
TokenHandle Protector::token() const { return loaded_->token; }

const WorldFacts& World::facts() const { return state_->facts; }

void World::check(std::uint32_t module) const {
    (void)state_->client->link->call(module, protocol::CheckWorld{state_->record});
}

// ---- Operator card sets -------------------------------------------------------------------------------------------

std::vector<CardSetFacts> World::card_sets() const {
    auto& client = *state_->client;
    return read_all<CardSetFacts>(client, store::RecordKind::card_set, [&](const RecordName& name) {
        return read_named<protocol::CardSetRecord>(client, name).facts;
    });
}

CardSetFacts World::card_set(std::string_view name_or_hash) const { return choose(card_sets(), name_or_hash, "card set"); }

CardSetFacts World::create_card_set(std::uint32_t module, const CardSetOptions& options, Authoriser& authoriser,
                                    const NewCards& how) {
    auto& client = *state_->client;
    CardSetFacts facts;
    facts.name = options.name;
    facts.k = options.k;
    facts.n = options.n;
    facts.persistent = options.persistent;
    facts.remoteable = options.remoteable;
    facts.passphrase_recovery = options.passphrase_recovery && state_->facts.passphrase_recovery;
    facts.timeout_s = options.timeout_s;
    const auto made = client.link->call(module, protocol::MakeCardSet{facts});
    const auto unload = make_protector(client, module, ProtectorKind::card_set, made.hash, made.token);
    facts.token = made.hash;
    facts.create_time = client.clock->utc_seconds();

    client::CardsToWrite cards;
    cards.module = module;
    cards.set_name = options.name;
    cards.set = made.hash;
    cards.n = options.n;
    cards.world_record = state_->record;
    cards.write = [&](std::uint32_t slot, std::uint32_t number, Secret passphrase) {
        CardSetFacts::Card card{number, number <= options.card_names.size() ? options.card_names[number - 1] : "",
                                !passphrase.empty()};
        (void)client.link->call(module, protocol::WriteShare{made.token, slot, number, card.name, std::move(passphrase)});
        facts.cards.push_back(std::move(card));
    };
    client::write_cards(*client.link, cards, how, authoriser);

    // The commit point: the set exists once the host knows it.
    protocol::CardSetRecord record;
    record.hknso = state_->facts.hknso;
    record.facts = facts;
    client.store->create(RecordName::card_set(client::short_hash(facts.token)), base::encode(record));
    return facts;
}

Protector World::load_card_set(std::uint32_t module, const Hash256& token, Authoriser& authoriser) {
    auto& client = *state_->client;
    if (auto preloaded = client::take_preloaded(client, module, token)) return std::move(*preloaded);
    client::WantedCards wanted;
    wanted.module = module;
    wanted.set = token;
    wanted.set_name = client::short_hash(token);
    try {
        const auto facts =
            read_named<protocol::CardSetRecord>(client, RecordName::card_set(client::short_hash(token))).facts;
        wanted.set_name = facts.name;
        wanted.needed = facts.k;
    } catch (const Error& error) {
        // The cards themselves say what they are; the host's record only helps to ask.
        if (error.status() != Status::not_found && error.status() != Status::record_damaged) throw;
    }
    wanted.token = client.link->call(module, protocol::BeginToken{token}).token;
    auto loaded = make_protector(client, module, ProtectorKind::card_set, token, wanted.token);
    client::collect_cards(*client.link, wanted, authoriser);
    return loaded;
}

void World::forget_card_set(const Hash256& token) {
    state_->client->store->remove(RecordName::card_set(client::short_hash(token)));
}

// ---- Softcards ----------------------------------------------------------------------------------------------------

std::vector<SoftcardFacts> World::softcards() const {
    auto& client = *state_->client;
    return read_all<SoftcardFacts>(client, store::RecordKind::softcard, [&](const RecordName& name) {
        return read_softcard_facts(client, name);
    });
}

SoftcardFacts World::softcard(std::string_view name_or_hash) const { return choose(softcards(), name_or_hash, "softcard"); }

SoftcardFacts World::create_softcard(std::uint32_t module, const std::string& name, const Secret& passphrase,
                                     bool passphrase_recovery) {
    auto& client = *state_->client;
    const auto made = client.link->call(module, protocol::MakeSoftcard{name, passphrase.clone(), passphrase_recovery});
    client.store->create(RecordName::softcard(client::short_hash(made.facts.token)), made.record);
    return made.facts;
}

namespace {

Bytes softcard_bytes(Client::State& client, const Hash256& token) {
    const auto name = RecordName::softcard(client::short_hash(token));
    auto bytes = client.store->read(name);
    if (!bytes) throw Error(Status::not_found, "there is no softcard " + client::short_hash(token));
    return std::move(*bytes);
}

} // namespace

Protector World::load_softcard(std::uint32_t module, const Hash256& token, const Secret& passphrase) {
    auto& client = *state_->client;
    const auto loaded = client.link->call(module, protocol::LoadSoftcard{softcard_bytes(client, token), passphrase.clone()});
    return make_protector(client, module, ProtectorKind::softcard, loaded.hash, loaded.token);
}

Protector World::load_softcard(std::uint32_t module, const Hash256& token, Authoriser& authoriser) {
    if (auto preloaded = client::take_preloaded(*state_->client, module, token)) return std::move(*preloaded);
    Question question;
    question.module = module;
    question.set = token;
    question.set_name = read_softcard_facts(*state_->client, RecordName::softcard(client::short_hash(token))).name;
    question.text = "Passphrase of softcard '" + question.set_name + "'";
    std::optional<Protector> loaded;
    client::with_passphrase(question, authoriser,
                            [&](const Secret& passphrase) { loaded = load_softcard(module, token, passphrase); });
    return *loaded;
}

void World::change_softcard_passphrase(std::uint32_t module, const Hash256& token, const Secret& old_one, const Secret& new_one) {
    auto& client = *state_->client;
    const auto changed = client.link->call(
        module, protocol::ChangeSoftcardPassphrase{softcard_bytes(client, token), old_one.clone(), new_one.clone()});
    client.store->replace(RecordName::softcard(client::short_hash(token)), changed.record);
}

void World::delete_softcard(const Hash256& token) {
    auto& client = *state_->client;
    for (const auto& name : client.store->find_by_term(store::term_of(client::term_protector, token))) {
        const auto key = read_named<protocol::KeyRecord>(client, name);
        if (key.facts.protector_hash == token)
            throw Error(Status::bad_state, "key '" + key.facts.app + "' '" + key.facts.ident +
                                               "' is under this softcard and could never be loaded again; delete the keys first");
    }
    client.store->refresh();
    const auto owner = store::term_of(client::term_owner, token);
    std::string object;
    client.store->search({&owner, 1}, [&object](std::string_view name) { object = name; });
    if (!object.empty())
        throw Error(Status::bad_state, "the object '" + object + "' belongs to this softcard and could never be read again; "
                                       "remove the token's objects first");
    client.store->remove(RecordName::softcard(client::short_hash(token)));
}

} // namespace hsm
