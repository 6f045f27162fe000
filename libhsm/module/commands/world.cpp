// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/commands/admin.hpp"

#include "base/codec.hpp"
#include "protocol/record_codec.hpp"

#include <algorithm>

// Chapter: making a Security World and joining one.

namespace hsm::module {

using namespace protocol;

namespace {

WorldRecord read_world(const Bytes& bytes) { return read_record<WorldRecord>(bytes, "the world file"); }

Sync<WorldData>& world_of(const Pin& pin) { return static_cast<WorldObject&>(pin.object()).data; }

} // namespace

MakeWorld::Reply run(Context& context, const MakeWorld& command) {
    context.module().home().require_writable("a new Security World has to be written down");
    const auto options = checked_options(command.options);
    const auto state = context.state();
    if (state->enrolled())
        throw Error(Status::world_exists, "the module is in a Security World already; run new-world -e (factory) first: it "
                                          "takes the module out of that world");
    auto world = make_world(options, state->secrets, context.module().home().platform().clock->utc_seconds());
    MakeWorld::Reply reply;
    reply.facts = world.facts;
    reply.world.value = context.keep(std::make_unique<WorldObject>(context.client().id(), std::move(world)));
    return reply;
}

Done run(Context& context, const WriteAdminCard& command) {
    auto& module = context.module();
    const auto pin = context.pin<WorldObject>(command.world.value, Object::Kind::world);
    const auto card = module.slots().read(command.slot);
    if (card.record.kind != CardKind::blank)
        throw Error(Status::card_not_blank, "the card in slot " + std::to_string(command.slot) +
                                                " is not blank; insert a blank one, or erase this one first");
    CardToWrite contents;
    Bytes kp;
    CipherSuite suite;
    bool cheap;
    Secret fips_key;
    std::vector<crypto::Share> shares;
    {
        const auto world = world_of(pin).lock();
        const auto& facts = world->facts;
        if (command.card < 1 || command.card > facts.quora.n)
            throw Error(Status::invalid_argument, "the set has cards 1 to " + std::to_string(facts.quora.n));
        if (world->written[command.card - 1])
            throw Error(Status::bad_state, "card " + std::to_string(command.card) + " is written already");
        contents.header = {CardKind::administrator, facts.hknso, well_known_module_key_hash(), facts.hknso, "administrator",
                           command.card, facts.quora.k, facts.quora.n, false, false, 0, facts.acs_generation,
                           facts.create_time, {}};
        for (std::size_t i = 0; i < admin_roles.size(); ++i) {
            const auto& share = world->shares[i][command.card - 1];
            shares.push_back({share.number, share.bytes.clone()});
        }
        for (std::size_t i = 0; i < admin_roles.size(); ++i)
            contents.shares.push_back({admin_roles[i], admin_token(facts, admin_roles[i]), quorum(facts, admin_roles[i]), &shares[i]});
        suite = facts.suite;
        cheap = facts.test_parameters;
        kp = world->record.kp_public;
        if (facts.mode == WorldMode::fips_140_level_3)
            fips_key = crypto::derive_key(world->secrets.enrolment->km, "fipsauth");
    }
    // The passphrase hash and the file are outside the lock.
    const auto record = make_card(administrator_card_keys(), contents, card.record.serial, command.passphrase,
                                  kp.empty() ? nullptr : &kp, suite, fips_key.empty() ? nullptr : &fips_key, cheap);
    module.slots().write(command.slot, card, record);
    world_of(pin).lock()->written[command.card - 1] = true;
    return {};
}

FinishWorld::Reply run(Context& context, const FinishWorld& command) {
    const auto pin = context.pin<WorldObject>(command.world.value, Object::Kind::world);
    const auto world = world_of(pin).lock();
    const auto missing = std::count(world->written.begin(), world->written.end(), false);
    if (missing != 0)
        throw Error(Status::bad_state, std::to_string(missing) + " administrator cards are not written yet");
    const Snapshot next(base::decode<ModuleSecrets>(base::encode_secret(world->secrets).view()));
    const auto now = context.module().home().platform().clock->utc_seconds();
    return {base::encode(world->record), base::encode(make_module_record(next, now)), next.secrets.esn};
}

Done run(Context& context, const CommitWorld& command) {
    auto& module = context.module();
    const bool tag_good = !command.pending_swap.empty() && command.pending_swap.size() <= 64 &&
                          command.pending_swap.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!tag_good) throw Error(Status::invalid_argument, "the name of the prepared directory is 1 to 64 hexadecimal digits");
    Secret enrolment;
    {
        const auto pin = context.pin<WorldObject>(command.world.value, Object::Kind::world);
        const auto world = world_of(pin).lock();
        enrolment = base::encode_secret(*world->secrets.enrolment);
        if (std::count(world->written.begin(), world->written.end(), false) != 0)
            throw Error(Status::bad_state, "some administrator cards are not written yet");
    }
    module.nvram().erase(); // what an interrupted initialisation may have left
    // A copy: when the write fails, the ceremony is not lost and the commit can be tried again.
    module.change(Module::Objects::drop, [&](ModuleSecrets& secrets) {
        if (secrets.enrolment)
            throw Error(Status::world_exists, "another program has put the module into a Security World meanwhile");
        secrets.enrolment = base::decode<Enrolment>(enrolment.view());
        secrets.mode = ModuleMode::operational;
        secrets.pending_swap = command.pending_swap;
    });
    return {};
}

BeginAdminToken::Reply run(Context& context, const BeginAdminToken& command) {
    const auto record = std::make_shared<const WorldRecord>(read_world(command.world_record));
    TokenData token;
    token.world_facts = admin_facts(context, *record);
    if (command.role == AdminRole::passphrase && !token.world_facts.passphrase_recovery)
        throw Error(Status::not_supported, "this Security World was made without passphrase recovery");
    if (command.role == AdminRole::recovery && !token.world_facts.recovery)
        throw Error(Status::not_supported, "this Security World was made without key recovery");
    token.role = command.role;
    token.hash = admin_token(token.world_facts, command.role);
    token.k = quorum(token.world_facts, command.role);
    token.world = record;
    BeginAdminToken::Reply reply;
    reply.facts = token.world_facts;
    reply.needed = token.k;
    reply.token.value = context.keep(std::make_unique<TokenObject>(context.client().id(), std::move(token)));
    return reply;
}

Enrol::Reply run(Context& context, const Enrol& command) {
    auto& module = context.module();
    const auto admin = opened_admin(context, command.token);
    if (admin.role != AdminRole::load) throw Error(Status::invalid_argument, "enrolment needs the token for loading the world");
    auto contents = open_admin(admin.secret, admin.record->km_blob, admin.facts.hkm);
    auto enrolment = make_enrolment(admin.facts, *admin.record, std::move(contents.material));
    module.nvram().erase(); // what an interrupted initialisation may have left
    module.change(Module::Objects::drop, [&](ModuleSecrets& secrets) {
        if (secrets.enrolment)
            throw Error(Status::world_exists, "the module is in a Security World already; run new-world -e (factory) first");
        secrets.enrolment = std::move(enrolment);
        secrets.mode = ModuleMode::operational;
    });
    return run(context, GetModuleRecord{});
}

Enrol::Reply run(Context& context, const GetModuleRecord&) {
    (void)context.state()->enrolment();
    const auto state = context.module().home().load(); // with a new ACS, of which another process may have taken note
    const auto now = context.module().home().platform().clock->utc_seconds();
    return {base::encode(make_module_record(*state, now)), state->secrets.esn};
}

LoadAdminKey::Reply run(Context& context, const LoadAdminKey& command) {
    const auto admin = opened_admin(context, command.token);
    if (admin.role == AdminRole::load || admin.role == AdminRole::passphrase)
        throw Error(Status::invalid_argument, "this administrator token does not open a certifying key");
    const auto& id = admin_key_id(admin.facts, admin.role);
    auto contents = open_admin(admin.secret, admin_blob(*admin.record, admin.role), id);
    std::shared_ptr<const crypto::Key> key = crypto::restore(contents.spec, contents.half, contents.material.view());
    if (key->id() != id) throw Error(Status::untrusted, "the administrator key is not the certified one");
    auto object = std::make_unique<KeyObject>(context.client().id(), key, contents.half, id, std::move(contents.acl),
                                              admin.protection, context.module().now_ms());
    object->certifier = true;
    return {KeyHandle{context.keep(std::move(object))}};
}

CheckWorld::Reply run(Context& context, const CheckWorld& command) {
    const auto state = context.state();
    const Hash256* hknso = state->enrolled() ? &state->enrolment().facts.hknso : nullptr;
    return {check_world(read_world(command.world_record), hknso)};
}

} // namespace hsm::module
