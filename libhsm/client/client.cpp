// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/client.hpp>

#include "base/log.hpp"
#include "client/cards.hpp"
#include "client/state.hpp"
#include "protocol/record_codec.hpp"
#include "protocol/softcard.hpp"
#include "store/swap.hpp"

#include <algorithm>

namespace hsm {

namespace {

using store::RecordName;

protocol::WorldRecord read_world(const Bytes& bytes) {
    return protocol::read_record<protocol::WorldRecord>(bytes, "the world file");
}

/// The directory that contains `local`: what a new world is swapped into.
base::Path swap_base(const Locations& locations) {
    if (locations.kmlocal.filename() == "local") return locations.kmlocal.parent_path();
    throw Error(Status::invalid_argument, "a new world replaces a directory called 'local'; set NFAST_KMLOCAL to one, not to '" +
                                              locations.kmlocal.string() + "'");
}

World world_from(const std::shared_ptr<Client::State>& state) {
    auto bytes = state->store->read(RecordName::world());
    if (!bytes)
        throw Error(Status::no_world, "there is no Security World in '" + state->locations.kmlocal.string() +
                                          "'; make one with 'hsm quickstart' or 'hsm new-world'");
    auto world = std::make_shared<World::State>();
    world->client = state;
    const auto record = read_world(*bytes);
    world->facts = base::decode<protocol::WorldFactsBody>(record.facts.body).facts;
    world->record = std::move(*bytes);
    return World(std::move(world));
}

/// One process at a time moves directories.
std::unique_ptr<base::LockFile> lock_swaps(Client::State& state, const base::Path& base) {
    auto lock = state.files->lock_file(base / ".swap.lock");
    lock->lock(0, base::LockFile::Mode::exclusive);
    return lock;
}

/// Brings the committed world into place and tells the module that it is done. Safe to call again.
void complete_swap(Client::State& state, std::uint32_t module, const base::Path& base, const std::string& tag) {
    const auto lock = lock_swaps(state, base);
    if (store::swap_state(*state.files, base, tag) != store::SwapState::nothing) (void)store::swap_in(*state.files, base, tag);
    (void)state.link->call(module, protocol::ClearPendingSwap{});
}

/// Finishes what a crash interrupted, if it was here that it happened: another opener may use other directories.
void finish_pending_swap(Client::State& state, std::uint32_t module) {
    try {
        const auto facts = state.link->call(module, protocol::Enquiry{}).facts;
        if (facts.pending_swap.empty() || state.locations.kmlocal.filename() != "local") return;
        const auto base = swap_base(state.locations);
        const bool here = store::swap_state(*state.files, base, facts.pending_swap) != store::SwapState::nothing;
        const auto world = state.store->read(RecordName::world());
        const bool done = world && base::decode<protocol::WorldFactsBody>(read_world(*world).facts.body).facts.hknso == facts.hknso;
        if (here || done) complete_swap(state, module, base, facts.pending_swap);
    } catch (const Error& error) {
        // Opening must work all the same: enquiry and new-world are what repairs it.
        base::log::warning("the directory of the new Security World could not be moved into place: {}", error.what());
    }
}

/// The newest generation of administrator cards that a module of this world has told the host of. (Nobody vouches for its
/// record here: it can only make somebody look twice.)
std::uint32_t newest_generation(Client::State& state, const Hash256& hknso) {
    std::uint32_t newest = 0;
    for (const auto& name : state.store->list(store::RecordKind::module)) {
        try {
            const auto bytes = state.store->read(name);
            if (!bytes) continue;
            const auto record = protocol::read_record<protocol::ModuleRecord>(*bytes, "the module record");
            const auto body = base::decode<protocol::ModuleStateBody>(record.state.body);
            const auto* value = protocol::find_extension(
                body.extensions, static_cast<std::uint32_t>(protocol::ModuleStateExtension::acs_generation));
            if (value && body.hknso == hknso) newest = std::max(newest, base::decode<std::uint32_t>(*value));
        } catch (const Error&) {
            // A damaged record is nfkmcheck's business.
        }
    }
    return newest;
}

} // namespace

namespace client {

void write_module_record(Client::State& state, std::uint32_t module) {
    const auto record = state.link->call(module, protocol::GetModuleRecord{});
    state.store->replace(RecordName::module(record.esn), record.module_record);
}

namespace {

protocol::ObjectData decode_object(const Bytes& bytes, const char* what) {
    auto object = base::decode<protocol::ObjectData>(bytes);
    if (object.version != 1) throw Error(Status::record_newer, std::string(what) + " was written by a later version of libhsm; update this one");
    protocol::check_extensions(object.extensions, what);
    return object;
}

void add_object(const protocol::ObjectData& object, store::TermSink& sink) {
    sink.add(term_owner, object.owner);
    for (const auto& part : object.parts)
        for (const auto& bytes : part.terms) {
            store::Term term = 0; // the low byte first
            for (std::size_t i = bytes.size(); i-- > 0;) term = term << 8 | bytes[i];
            sink.add(term);
        }
}

void extract_terms(ByteView bytes, store::TermSink& sink) {
    if (protocol::has_magic(bytes, protocol::DataRecord{}.magic)) {
        add_object(object_data(protocol::read_record<protocol::DataRecord>(bytes, "the data record")), sink);
        return;
    }
    const auto record = protocol::read_record<protocol::KeyRecord>(bytes, "the key record");
    sink.add(term_key_id, record.facts.key_id);
    sink.add(term_name, view(record.facts.name));
    sink.add(term_protector, record.facts.protector_hash);
    if (const auto object = object_data(record)) add_object(*object, sink);
}

} // namespace

std::optional<protocol::ObjectData> object_data(const protocol::KeyRecord& record) {
    if (record.public_attributes.empty()) return std::nullopt;
    return decode_object(record.public_attributes, "the key record");
}

protocol::ObjectData object_data(const protocol::DataRecord& record) {
    protocol::check_extensions(record.extensions, "the data record");
    return decode_object(record.object, "the data record");
}

std::unique_ptr<store::Store> open_store(base::FileSystem& files, base::Clock& clock, const base::Path& directory,
                                         std::shared_ptr<store::ChangeCounter> counter) {
    store::StoreOptions options;
    options.extract_version = 2;
    options.record_mode = base::FileMode::shared_file; // records hold no secret in the clear
    options.extract = extract_terms;
    options.counter = std::move(counter);
    return std::make_unique<store::Store>(files, clock, directory, std::move(options));
}

std::shared_ptr<Client::State> make_state(std::unique_ptr<protocol::Connection> connection, Locations locations,
                                          base::FileSystem& files, base::Clock& clock,
                                          const std::function<Secret(const Esn&)>& start_passphrase) {
    auto state = std::make_shared<Client::State>();
    state->link = std::make_shared<Link>(std::move(connection));
    state->locations = std::move(locations);
    state->files = &files;
    state->clock = &clock;
    // Beside the modules, which nobody copies: what is mapped must not be overwritten (store/changes.hpp).
    auto counter = std::make_shared<store::ChangeCounter>(files, state->locations.modules / ".changes");
    state->store = open_store(files, clock, state->locations.kmlocal, std::move(counter));
    for (const auto& module : state->link->call(0, protocol::ListModules{}).modules) {
        bool open = module.mode != ModuleMode::failed;
        if (!open && module.protected_start && module.number != 0 && start_passphrase) {
            (void)state->link->call(0, protocol::StartModule{module.number, start_passphrase(module.esn)});
            open = true;
        }
        if (open && !state->locations.certs.empty()) present_features(*state, module);
        if (open && (module.protected_start || !module.pending_swap.empty())) finish_pending_swap(*state, module.number);
    }
    if (state->locations.kmlocal.filename() == "local" && !files.info(state->locations.kmlocal))
        (void)store::recover_local(files, state->locations.kmlocal.parent_path());
    return state;
}

} // namespace client

const Locations& Client::locations() const { return state_->locations; }

// ---- Modules ------------------------------------------------------------------------------------------------------

std::vector<ModuleFacts> Client::modules() const { return state_->link->call(0, protocol::ListModules{}).modules; }

ModuleFacts Client::module(std::uint32_t number) const { return state_->link->call(number, protocol::Enquiry{}).facts; }

std::uint32_t Client::create_module(const Secret& start_passphrase) {
    return state_->link->call(0, protocol::CreateModule{start_passphrase.clone()}).number;
}

void Client::clear(std::uint32_t module, ModuleMode mode) { (void)state_->link->call(module, protocol::Clear{mode}); }

void Client::factory(std::uint32_t module) { (void)state_->link->call(module, protocol::Factory{}); }

std::string Client::self_test(std::uint32_t module) { return state_->link->call(module, protocol::SelfTest{}).failure; }

// ---- Cards --------------------------------------------------------------------------------------------------------

void Client::create_card(const std::filesystem::path& path) {
    (void)state_->link->call(0, protocol::NewCard{std::filesystem::absolute(path).string()});
}

std::vector<SlotFacts> Client::slots(std::uint32_t module) const {
    return state_->link->call(module, protocol::SlotList{}).slots;
}

void Client::insert_card(std::uint32_t module, std::uint32_t slot, const std::filesystem::path& path) {
    (void)state_->link->call(module, protocol::InsertCard{slot, std::filesystem::absolute(path).string()});
}

void Client::remove_card(std::uint32_t module, std::uint32_t slot) {
    (void)state_->link->call(module, protocol::RemoveCard{slot});
}

void Client::erase_card(std::uint32_t module, std::uint32_t slot) {
    auto& link = *state_->link;
    for (const auto& facts : link.call(module, protocol::SlotList{}).slots)
        if (facts.slot == slot && facts.state == SlotState::administrator)
            return client::erase_card(link, module, facts, state_->store->read(RecordName::world()).value_or(Bytes{}));
    (void)link.call(module, protocol::EraseCard{slot});
}

void Client::change_card_passphrase(std::uint32_t module, std::uint32_t slot, const Secret& old_one, const Secret& new_one) {
    (void)state_->link->call(module, protocol::ChangeCardPassphrase{slot, old_one.clone(), new_one.clone()});
}

void Client::check_card_passphrase(std::uint32_t module, std::uint32_t slot, const Secret& passphrase) {
    (void)state_->link->call(module, protocol::CheckCardPassphrase{slot, passphrase.clone()});
}

// ---- Worlds -------------------------------------------------------------------------------------------------------

bool Client::has_world() const { return state_->store->exists(RecordName::world()); }

World Client::world() const { return world_from(state_); }

World Client::create_world(std::uint32_t module, const WorldOptions& options, Authoriser& authoriser, const NewCards& how) {
    auto& state = *state_;
    auto& files = *state.files;
    const auto base = swap_base(state.locations);
    // Everything that can be refused is tried before the first card is written.
    files.create_directories(base, base::FileMode::shared_dir);
    if (files.info(state.locations.kmlocal)) store::check_swap(files, base);
    const auto made = state.link->call(module, protocol::MakeWorld{options});
    const auto tag = client::short_hash(made.facts.hknso);
    try {
        client::CardsToWrite cards;
        cards.module = module;
        cards.administrator = true;
        cards.set_name = "administrator";
        cards.set = made.facts.hknso;
        cards.n = made.facts.quora.n;
        cards.write = [&](std::uint32_t slot, std::uint32_t number, Secret passphrase) {
            (void)state.link->call(module, protocol::WriteAdminCard{made.world, slot, number, std::move(passphrase)});
        };
        client::write_cards(*state.link, cards, how, authoriser);

        const auto records = state.link->call(module, protocol::FinishWorld{made.world});
        const auto prepared = store::prepare_swap(files, base, tag, base::FileMode::shared_dir);
        const auto store = client::open_store(files, *state.clock, prepared);
        store->create(RecordName::world(), records.world_record);
        store->create(RecordName::module(records.esn), records.module_record);
        // Every step so far was durable by itself: the prepared directory is complete on the disk.
        (void)state.link->call(module, protocol::CommitWorld{made.world, tag});
    } catch (...) {
        state.link->destroy(module, made.world.value);
        // Past the commit point the next opener finishes; before it the prepared directory is worth nothing.
        try {
            if (!state.link->call(module, protocol::Enquiry{}).facts.enrolled) store::abandon_swap(files, base, tag);
        } catch (const Error&) {
            // What went wrong first is what the caller needs to hear.
        }
        throw;
    }
    complete_swap(state, module, base, tag);
    return world();
}

World Client::load_world(std::uint32_t module, Authoriser& authoriser, std::optional<Hash256> expected_hknso) {
    auto& state = *state_;
    auto world = this->world();
    const auto& facts = world.facts();
    if (expected_hknso && *expected_hknso != facts.hknso)
        throw Error(Status::foreign_world, "the world file is of HKNSO " + to_hex(facts.hknso) + ", not " + to_hex(*expected_hknso));
    const auto module_facts = this->module(module);
    if (module_facts.enrolled && module_facts.hknso == facts.hknso) {
        // Already done; a crash may have come between the module's state and the host's record of it.
        client::write_module_record(state, module);
        return world;
    }
    if (const auto newest = newest_generation(state, facts.hknso); newest > facts.acs_generation)
        throw Error(Status::untrusted, "a module of this world knows administrator cards of generation " + std::to_string(newest) +
                                           ", the world file is of generation " + std::to_string(facts.acs_generation) +
                                           ": it is from before they were replaced; restore the newest one");
    const auto begun = state.link->call(module, protocol::BeginAdminToken{AdminRole::load, world.state()->record});
    struct Unload {
        client::Link& link;
        std::uint32_t module;
        TokenHandle token;
        ~Unload() { link.destroy(module, token.value); }
    } unload{*state.link, module, begun.token};
    if (!expected_hknso) {
        Question question;
        question.kind = Question::Kind::confirm;
        question.administrator = true;
        question.module = module;
        question.set = facts.hknso;
        question.text = "Load the Security World with HKNSO " + to_hex(facts.hknso) + " onto module #" + std::to_string(module) +
                        "? Compare it with your records first.";
        if (!authoriser.ask(question).go_on)
            throw Error(Status::cancelled, "not confirmed; give the expected HKNSO, or confirm the one shown");
    }
    client::collect_cards(*state.link, {module, begun.token, true, facts.hknso, "administrator", begun.needed}, authoriser);
    const auto record = state.link->call(module, protocol::Enrol{begun.token});
    state.store->replace(RecordName::module(record.esn), record.module_record);
    return world;
}

NewGroup Client::generate_group(KeyType type, std::uint32_t bits, std::uint32_t q_bits, std::uint32_t module) const {
    auto made = state_->link->call(module, protocol::GenerateGroup{type, bits, q_bits});
    return {std::move(made.p), std::move(made.q), std::move(made.g), std::move(made.seed)};
}

// ---- Without a key ------------------------------------------------------------------------------------------------

Bytes Client::random(std::size_t size, std::uint32_t module) const {
    Bytes out;
    while (out.size() < size) {
        const auto part = static_cast<std::uint32_t>(std::min<std::size_t>(size - out.size(), 1 << 20));
        const auto bytes = state_->link->call(module, protocol::Random{part}).bytes;
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
}

Bytes Client::digest(Hash hash, ByteView data, std::uint32_t module) const {
    return state_->link->call(module, protocol::Digest{hash, data}).result;
}

void Client::digest_into(Hash hash, ByteView data, Bytes& out, std::uint32_t module) const {
    protocol::Digest::Reply reply;
    reply.result.swap(out);
    state_->link->call(module, protocol::Digest{hash, data}, reply);
    reply.result.swap(out);
}

Channel Client::open_digest(Hash hash, std::uint32_t module) const {
    Mechanism mechanism;
    mechanism.id = MechanismId::digest;
    mechanism.hash = hash;
    return {state_->link, module, state_->link->call(module, protocol::OpenChannel{{}, Action::sign, mechanism}).channel};
}

} // namespace hsm
