// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "module/cards.hpp"
#include "module/commands/admin.hpp"
#include "protocol/record_codec.hpp"

#include <algorithm>

// Chapter: replacing the administrator cards, and passphrases that were lost.

namespace hsm::module {

using namespace protocol;

namespace {

/// K_P, opened by its administrators.
struct PassphraseKey {
    CipherSuite suite;
    Secret secret;
};

PassphraseKey passphrase_key(Context& context, TokenHandle handle) {
    const auto admin = opened_admin(context, handle, AdminRole::passphrase,
                                    "a lost passphrase is replaced with the token for passphrases");
    auto contents = open_admin(admin.secret, admin.record->kp_blob, admin.facts.hkp);
    return {admin.facts.suite, std::move(contents.material)};
}

} // namespace

BeginAdminToken::Reply run(Context& context, const BeginAdminSet& command) {
    const auto record =
        std::make_shared<const WorldRecord>(read_record<WorldRecord>(command.world_record, "the world file"));
    TokenData token;
    if (command.foreign) {
        token.world_facts = check_world(*record, nullptr);
        if (token.world_facts.hknso == context.state()->enrolment().facts.hknso)
            throw Error(Status::invalid_argument, "this is the world file of the module's own Security World");
    } else {
        token.world_facts = admin_facts(context, *record);
    }
    token.admins = std::make_unique<AdminSet>();
    token.admins->foreign = command.foreign;
    token.role = AdminRole::nso;
    token.hash = token.world_facts.token_nso;
    token.k = token.world_facts.quora.k;
    token.world = record;
    BeginAdminToken::Reply reply;
    reply.facts = token.world_facts;
    reply.needed = token.k;
    reply.token.value = context.keep(std::make_unique<TokenObject>(context.client().id(), std::move(token)));
    return reply;
}

MakeWorld::Reply run(Context& context, const MakeAdminSet& command) {
    const auto admins = opened_admin_set(context, command.token);
    if (admins.foreign)
        throw Error(Status::invalid_argument, "these administrator cards belong to another Security World");
    auto world = replace_admin_tokens(*admins.record, admins.facts, admins.secrets, context.state()->secrets);
    MakeWorld::Reply reply;
    reply.facts = world.facts;
    reply.world.value = context.keep(std::make_unique<WorldObject>(context.client().id(), std::move(world)));
    return reply;
}

AdoptWorld::Reply run(Context& context, const AdoptWorld& command) {
    return {adopt(context, read_record<WorldRecord>(command.world_record, "the world file"))};
}

Done run(Context& context, const EraseReplacedCard& command) {
    auto& slots = context.module().slots();
    const auto card = slots.read(command.slot);
    const auto facts = admin_facts(context, read_record<WorldRecord>(command.world_record, "the world file"));
    if (card.record.kind != CardKind::administrator || card.header.hknso != facts.hknso)
        throw Error(Status::card_foreign, "this is not an administrator card of this Security World");
    check_mac(administrator_card_keys(), card.record);
    const bool current = std::any_of(card.record.shares.begin(), card.record.shares.end(), [&](const CardShare& share) {
        return std::any_of(admin_roles.begin(), admin_roles.end(),
                           [&](AdminRole role) { return share.token == admin_token(facts, role); });
    });
    if (current)
        throw Error(Status::access_denied,
                    "this card belongs to the administrator set of the current Security World; such a "
                    "card is never erased while the world is in use");
    CardRecord blank;
    blank.serial = card.record.serial;
    slots.write(command.slot, card, blank);
    return {};
}

Done run(Context& context, const RecoverCard& command) {
    const auto state = context.state();
    const auto key = passphrase_key(context, command.passphrases);
    const auto card = context.module().slots().read(command.slot);
    if (card.record.kind == CardKind::blank || card.header.hknso != state->enrolment().facts.hknso)
        throw Error(Status::card_foreign, "insert the operator card of this Security World whose passphrase is lost");
    // With the cards for passphrases alone, nobody becomes all administrators.
    if (card.record.kind == CardKind::administrator)
        throw Error(Status::access_denied,
                    "the passphrase of an administrator card is not replaced; if too few cards can be "
                    "used otherwise, replace the set while K of them can (racs)");
    const auto changed = recover_passphrase(operator_card_keys(*state), card, key.suite, key.secret, command.passphrase,
                                            context.module().attempts(), state->enrolment().facts.test_parameters);
    context.module().slots().write(command.slot, card, changed);
    return {};
}

ChangeSoftcardPassphrase::Reply run(Context& context, const RecoverSoftcard& command) {
    const auto key = passphrase_key(context, command.passphrases);
    return {recover_softcard(context, command.record, key.suite, key.secret, command.passphrase)};
}

} // namespace hsm::module
