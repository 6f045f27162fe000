// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "protocol/administration.hpp"

#include "client/cards.hpp"
#include "client/state.hpp"
#include "protocol/record_codec.hpp"

#include <hsm/administration.hpp>

#include <algorithm>

// Administrator cards at work. (Making a world and loading it: client.cpp.)

namespace hsm {

namespace {

using store::RecordName;

/// An administrator token, open as long as this lives.
class OpenToken {
public:
    OpenToken(std::shared_ptr<client::Link> link, std::uint32_t module, const protocol::BeginAdminToken::Reply& begun,
              Authoriser& authoriser)
        : link_(std::move(link)), module_(module), token_(begun.token) {
        try {
            client::WantedCards wanted{module,
                                       token_,
                                       true,
                                       begun.facts.hknso,
                                       "administrator",
                                       begun.needed,
                                       client::empty_slot(*link_, module_)};
            client::collect_cards(*link_, wanted, authoriser);
        } catch (...) {
            close();
            throw;
        }
    }
    ~OpenToken() { close(); }
    OpenToken(const OpenToken&) = delete;
    OpenToken& operator=(const OpenToken&) = delete;

    [[nodiscard]] TokenHandle handle() const noexcept { return token_; }

private:
    void close() noexcept { link_->destroy(module_, token_.value); }

    std::shared_ptr<client::Link> link_;
    std::uint32_t module_;
    TokenHandle token_;
};

OpenToken open_token(World::State& world, std::uint32_t module, AdminRole role, Authoriser& authoriser) {
    auto& link = world.client->link;
    return {link, module, link->call(module, protocol::BeginAdminToken{role, world.record}), authoriser};
}

KeyName name_of(const RecordName& name) { return {std::string(name.app()), std::string(name.ident())}; }

/// Whether a refusal is one key's, so that the next one may do better.
bool of_this_key(Status status) {
    constexpr Status own[] = {Status::access_denied,    Status::record_damaged, Status::record_newer,
                              Status::foreign_world,    Status::not_found,      Status::bad_state,
                              Status::invalid_argument, Status::invalid_data,   Status::already_exists,
                              Status::mode_forbidden,   Status::not_supported};
    return std::find(std::begin(own), std::end(own), status) != std::end(own);
}

/// Does \p move with the key's record, and says what became of it.
template <class Move>
RecoveredKey attempt(const RecordName& name, Move move) {
    RecoveredKey result{name_of(name), RecoveredKey::Outcome::failed, {}};
    try {
        move(result);
    } catch (const Error& error) {
        if (!of_this_key(error.status())) throw;
        if (error.status() == Status::access_denied) result.outcome = RecoveredKey::Outcome::not_recoverable;
        result.reason = error.message();
    }
    return result;
}

protocol::KeyRecord decode_key(const std::optional<Bytes>& bytes) {
    if (!bytes) throw Error(Status::not_found, "its record was removed meanwhile");
    return protocol::read_record<protocol::KeyRecord>(*bytes, "its record");
}

/// Whether the key may go on its way; if not, \p result says why.
bool may_move(const protocol::KeyRecord& record, bool without_attributes, RecoveredKey& result) {
    if (record.public_attributes.empty() || without_attributes) return true;
    result.outcome = RecoveredKey::Outcome::front_end;
    result.reason = "it belongs to a front end, whose attributes only the old token opens";
    return false;
}

void not_recoverable(RecoveredKey& result) {
    result.outcome = RecoveredKey::Outcome::not_recoverable;
    result.reason = "it was made without a recovery blob";
}

/// Keys under a token, or those of them that were asked for.
std::vector<RecordName> keys_under(store::Store& store, const Hash256& token, const std::vector<KeyName>& only) {
    store.refresh();
    auto found = store.find_by_term(store::term_of(client::term_protector, token));
    if (!only.empty())
        std::erase_if(found, [&](const RecordName& name) {
            return std::find(only.begin(), only.end(), name_of(name)) == only.end();
        });
    return found;
}

/// Moves one key. The record is replaced only if it is still what was read.
RecoveredKey move_key(Client::State& client, std::uint32_t module, const RecordName& name, protocol::RecoverKey command,
                      const Protector& to, bool without_attributes) {
    return attempt(name, [&](RecoveredKey& result) {
        const auto bytes = client.store->read(name);
        auto record = decode_key(bytes);
        if (!may_move(record, without_attributes, result)) return;
        if (!record.archive) return not_recoverable(result);
        command.archive = *record.archive;
        auto moved = client.link->call(module, command);
        auto& facts = record.facts;
        if (moved.key_id != facts.key_id || moved.half != facts.half || moved.public_info != facts.public_info)
            throw Error(Status::record_damaged,
                        "its recovery blob holds another key than its record says; restore it from a backup");
        record.blob = std::move(moved.blob);
        record.archive = std::move(moved.archive);
        record.public_attributes.clear();
        facts.protector = to.kind();
        facts.protector_hash = to.hash();
        client.store->replace_if(name, base::encode(record), [&](const std::optional<Bytes>& present) {
            if (present != bytes)
                throw Error(Status::bad_state, "somebody else changed its record meanwhile; run the recovery again");
        });
        result.outcome = RecoveredKey::Outcome::moved;
    });
}

/// Brings one key of another world in.
RecoveredKey transfer_key(Client::State& client, std::uint32_t module, store::Store& source, const RecordName& name,
                          protocol::TransferKey command, const Protector& to, bool without_attributes) {
    return attempt(name, [&](RecoveredKey& result) {
        auto record = decode_key(source.read(name));
        if (!may_move(record, without_attributes, result)) return;
        if (!record.archive && to.kind() != ProtectorKind::module) return not_recoverable(result);
        command.blob = record.archive.value_or(record.blob);
        auto moved = client.link->call(module, command);
        auto& facts = record.facts;
        if (moved.half != facts.half || moved.public_info != facts.public_info)
            throw Error(Status::record_damaged, "its blob holds another key than its record says");
        record.blob = std::move(moved.blob);
        if (moved.archive.empty()) record.archive.reset();
        else record.archive.emplace(std::move(moved.archive));
        record.generation.reset(); // no module of this world made it
        record.public_attributes.clear();
        facts.app = name.app();
        facts.ident = name.ident();
        facts.key_id = moved.key_id;
        facts.protector = to.kind();
        facts.protector_hash = to.hash();
        facts.recoverable = record.archive.has_value();
        facts.generated = false;
        facts.esn.clear();
        client.store->create(name, base::encode(record));
        result.outcome = RecoveredKey::Outcome::moved;
    });
}

void need_all(const std::vector<RecordName>& names, const std::vector<KeyName>& wanted) {
    for (const auto& key : wanted)
        if (std::none_of(names.begin(), names.end(), [&](const RecordName& name) { return name_of(name) == key; }))
            throw Error(Status::not_found, "there is no key '" + key.app + "' '" + key.ident + "' under this token");
}

} // namespace

std::vector<RecoveredKey> Administration::recover_keys(const Hash256& from, const Protector& to, Authoriser& authoriser,
                                                       const RecoveryOptions& options) {
    auto& world = *world_.state();
    auto& client = *world.client;
    if (to.kind() == ProtectorKind::module || to.hash() == from || to.module() != module_)
        throw Error(Status::invalid_argument,
                    "keys are recovered to another card set or softcard, loaded on the same module");
    std::vector<RecoveredKey> results;
    const auto names = keys_under(*client.store, from, options.only);
    need_all(names, options.only);
    if (names.empty()) return results;
    const auto token = open_token(world, module_, AdminRole::recovery, authoriser);
    const protocol::RecoverKey command{token.handle(), {}, from, to.token()};
    for (const auto& name : names) {
        results.push_back(move_key(client, module_, name, command, to, options.without_attributes));
        if (options.progress) options.progress(results.back());
    }
    return results;
}

std::vector<RecoveredKey> Administration::transfer_keys(const std::filesystem::path& source, const Hash256& from,
                                                        const Protector& to, Authoriser& authoriser,
                                                        const RecoveryOptions& options) {
    auto& world = *world_.state();
    auto& client = *world.client;
    auto& link = *client.link;
    if (to.module() != module_) throw Error(Status::invalid_argument, "keys come under a protector of the same module");
    const auto store = client::open_store(*client.files, *client.clock, std::filesystem::absolute(source));
    const auto record = store->read(RecordName::world());
    if (!record) throw Error(Status::no_world, "there is no Security World in '" + source.string() + "'");
    const auto names = keys_under(*store, from, options.only);
    need_all(names, options.only);
    std::vector<RecoveredKey> results;
    if (names.empty()) return results;
    const OpenToken theirs(client.link, module_, link.call(module_, protocol::BeginAdminSet{*record, true}),
                           authoriser);
    const OpenToken ours(client.link, module_, link.call(module_, protocol::BeginAdminSet{world.record, false}),
                         authoriser);
    const protocol::TransferKey command{theirs.handle(), ours.handle(), {}, from, to.token()};
    for (const auto& name : names) {
        results.push_back(transfer_key(client, module_, *store, name, command, to, options.without_attributes));
        if (options.progress) options.progress(results.back());
    }
    return results;
}

void Administration::replace_card_passphrase(std::uint32_t slot, const Secret& passphrase, Authoriser& authoriser) {
    auto& world = *world_.state();
    const auto token = open_token(world, module_, AdminRole::passphrase, authoriser);
    (void)world.client->link->call(module_, protocol::RecoverCard{token.handle(), slot, passphrase.clone()});
}

void Administration::replace_softcard_passphrase(const Hash256& softcard, const Secret& passphrase,
                                                 Authoriser& authoriser) {
    auto& world = *world_.state();
    auto& client = *world.client;
    const auto name = RecordName::softcard(client::short_hash(softcard));
    const auto bytes = client.store->read(name);
    if (!bytes) throw Error(Status::not_found, "there is no softcard " + client::short_hash(softcard));
    const auto token = open_token(world, module_, AdminRole::passphrase, authoriser);
    const auto changed =
        client.link->call(module_, protocol::RecoverSoftcard{token.handle(), *bytes, passphrase.clone()});
    client.store->replace_if(name, changed.record, [&](const std::optional<Bytes>& present) {
        if (present != bytes) throw Error(Status::bad_state, "somebody else changed the softcard meanwhile; try again");
    });
}

World Administration::replace_cards(Authoriser& authoriser, const NewCards& how) {
    auto& world = *world_.state();
    auto& client = *world.client;
    auto& link = *client.link;
    const auto made = [&] {
        const OpenToken token(client.link, module_, link.call(module_, protocol::BeginAdminSet{world.record, false}),
                              authoriser);
        return link.call(module_, protocol::MakeAdminSet{token.handle()});
    }();
    struct Unload {
        client::Link& link;
        std::uint32_t module;
        WorldHandle world;
        ~Unload() { link.destroy(module, world.value); }
    } unload{link, module_, made.world};

    client::CardsToWrite cards;
    cards.module = module_;
    cards.administrator = true;
    cards.set_name = "new administrator";
    cards.set = made.facts.hknso;
    cards.n = made.facts.quora.n;
    cards.world_record = world.record;
    cards.write = [&](std::uint32_t slot, std::uint32_t number, Secret passphrase) {
        (void)link.call(module_, protocol::WriteAdminCard{made.world, slot, number, std::move(passphrase)});
    };
    client::write_cards(link, cards, how, authoriser);

    const auto records = link.call(module_, protocol::FinishWorld{made.world});
    // The commit point. Two replacements at once: the second finds another world file than the one that it read.
    client.store->replace_if(RecordName::world(), records.world_record, [&](const std::optional<Bytes>& present) {
        if (present != world.record)
            throw Error(Status::bad_state,
                        "the world file was replaced meanwhile; the new cards open nothing, erase them");
    });
    std::optional<Error> first;
    for (const auto& module : link.call(0, protocol::ListModules{}).modules) {
        if (!module.enrolled || module.hknso != made.facts.hknso || module.mode != ModuleMode::operational) continue;
        try {
            (void)link.call(module.number, protocol::AdoptWorld{records.world_record});
            client::write_module_record(client, module.number);
        } catch (const Error& error) {
            if (!first)
                first = Error(error.status(), "the administrator cards were replaced, but module " + module.esn +
                                                  " could not write that down: " + error.message() +
                                                  "; it takes note when the new cards are next presented to it");
        }
    }
    if (first) throw Error(*first);
    return Client(world.client).world();
}

} // namespace hsm
