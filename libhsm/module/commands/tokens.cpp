// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "crypto/random.hpp"
#include "module/cards.hpp"
#include "module/commands.hpp"
#include "module/features.hpp"
#include "module/objects.hpp"
#include "module/world.hpp"

// Chapter: logical tokens on cards. (Softcards: softcards.cpp.)

namespace hsm::module {

using namespace protocol;

namespace {

constexpr std::size_t max_name = 64;
static_assert(admin_roles.size() == admin_role_count);

Sync<TokenData>& token_of(const Pin& pin) { return static_cast<TokenObject&>(pin.object()).data; }

/// The first card settles what the set is; every other one must agree. All of it is bound to the shares.
void check_card(const TokenData& token, const InsertedCard& card, const Hash256& hknso) {
    const auto& header = card.header;
    if (card.record.kind == CardKind::blank) throw Error(Status::card_foreign, "the card is blank; insert a card of the set");
    if (header.hknso != hknso)
        throw Error(Status::card_foreign, "the card belongs to another Security World (HKNSO " +
                                              to_hex(header.hknso).substr(0, 40) + ")");
    const auto wanted = token.role ? CardKind::administrator : CardKind::operator_card;
    if (header.kind != wanted)
        throw Error(Status::card_foreign, token.role ? "this is an operator card; insert an administrator card"
                                                     : "this is an administrator card; insert an operator card");
    if (!token.role && header.set != token.hash)
        throw Error(Status::card_foreign, "the card belongs to card set '" + header.set_name + "'; insert a card of the set asked for");
    if (token.header && (header.n != token.header->n || header.k != token.header->k || header.set != token.header->set))
        throw Error(Status::card_foreign, "the card does not fit the cards presented before");
    for (const auto& share : token.shares)
        if (share.number == header.share)
            throw Error(Status::share_duplicate, "this card was presented already; insert another card of the set");
}

/// Which share on the card, and under which quorum.
const CardShare& share_on(const TokenData& token, const InsertedCard& card) {
    for (const auto& share : card.record.shares)
        if (token.role ? share.role == *token.role : true) {
            if (share.token == token.hash) return share;
            throw Error(Status::card_foreign, token.role ? "the card belongs to an administrator set that was replaced; use "
                                                           "the current cards"
                                                         : "the card belongs to another set");
        }
    throw Error(Status::card_damaged, "the card carries no share for this; use another card of the set");
}

/// The shares are all there. When they do not fit together nobody can say which is wrong: all must be presented again.
void complete(TokenData& token, std::uint32_t k, Binding binding) {
    const auto wrong = [&token] {
        token.shares.clear();
        if (token.admins)
            for (auto& shares : token.admins->shares) shares.clear();
        return Error(Status::invalid_data, "the cards together do not give the token: one of them is damaged or forged; present "
                                          "them again, with another card in place of the doubtful one");
    };
    auto secret = crypto::combine(k, token.shares);
    if (token_hash(secret) != token.hash) throw wrong();
    if (token.admins) {
        for (std::size_t i = 1; i < admin_roles.size(); ++i) {
            const auto role = admin_roles[i];
            const auto needed = quorum(token.world_facts, role);
            auto& own = token.admins->secrets[i];
            own = crypto::combine(needed, std::span(token.admins->shares[i]).first(needed));
            if (token_hash(own) != admin_token(token.world_facts, role)) throw wrong();
            token.admins->shares[i].clear();
        }
        token.admins->secrets[0] = secret.clone();
    }
    token.secret = std::move(secret);
    token.stage = TokenData::Stage::complete;
    token.protection = {ProtectorKind::card_set, token.hash, binding, nullptr};
    token.shares.clear();
}

} // namespace

MakeCardSet::Reply run(Context& context, const MakeCardSet& command) {
    const auto state = context.state();
    const auto& facts = command.facts;
    check_name(facts.name);
    if (facts.remoteable && state->cmts())
        throw Error(Status::mode_forbidden, "mode common-criteria-cmts has no remote operators; leave remoteable out");
    if (facts.remoteable) need_feature(context.module(), Feature::remote_operator);
    if (facts.n < 1 || facts.n > crypto::max_shares)
        throw Error(Status::invalid_argument, "a card set has 1 to 64 cards, not " + std::to_string(facts.n));
    if (facts.k < 1 || facts.k > facts.n)
        throw Error(Status::invalid_argument, "the quorum K/N needs 1 <= K <= N, not " + std::to_string(facts.k) + "/" +
                                                  std::to_string(facts.n));
    auto secret = crypto::random_secret(32);
    TokenData token;
    token.stage = TokenData::Stage::writing;
    token.hash = token_hash(secret);
    token.k = facts.k;
    token.shares = crypto::split(facts.k, facts.n, secret, ByteView(token.hash).first(16));
    token.written.assign(facts.n, false);
    const auto& enrolment = state->enrolment();
    token.header = CardHeader{CardKind::operator_card, enrolment.facts.hknso, enrolment.facts.hkm, token.hash, facts.name, 0,
                              facts.k, facts.n, facts.persistent, facts.remoteable, facts.timeout_s, 1,
                              context.module().home().platform().clock->utc_seconds(), {}};
    token.world_facts.passphrase_recovery = facts.passphrase_recovery && enrolment.facts.passphrase_recovery;
    const auto hash = token.hash;
    return {TokenHandle{context.keep(std::make_unique<TokenObject>(context.client().id(), std::move(token)))}, hash};
}

Done run(Context& context, const WriteShare& command) {
    auto& module = context.module();
    const auto state = context.state();
    const auto pin = context.pin<TokenObject>(command.token.value, Object::Kind::token);
    const auto card = module.slots().read(command.slot);
    if (card.record.kind != CardKind::blank)
        throw Error(Status::card_not_blank, "the card in slot " + std::to_string(command.slot) +
                                                " is not blank; insert a blank one, or erase this one first");
    if (command.card_name.size() > max_name) throw Error(Status::invalid_argument, "a card's name has at most 64 bytes");
    CardToWrite contents;
    crypto::Share share;
    bool recoverable;
    {
        const auto token = token_of(pin).lock();
        if (token->stage != TokenData::Stage::writing) throw Error(Status::bad_state, "this token is not being written on cards");
        if (command.card < 1 || command.card > token->header->n)
            throw Error(Status::invalid_argument, "the set has cards 1 to " + std::to_string(token->header->n));
        if (token->written[command.card - 1])
            throw Error(Status::bad_state, "card " + std::to_string(command.card) + " is written already");
        contents.header = *token->header;
        contents.header.share = command.card;
        contents.card_name = command.card_name;
        const auto& from = token->shares[command.card - 1];
        share = {from.number, from.bytes.clone()};
        contents.shares.push_back({AdminRole::nso, token->hash, token->k, &share});
        recoverable = token->world_facts.passphrase_recovery;
    }
    const auto& enrolment = state->enrolment();
    const auto record = make_card(operator_card_keys(*state), contents, card.record.serial, command.passphrase,
                                  recoverable ? &enrolment.kp_public : nullptr, enrolment.facts.suite,
                                  state->level3() ? &state->fips_key : nullptr, enrolment.facts.test_parameters);
    module.slots().write(command.slot, card, record);
    token_of(pin).lock()->written[command.card - 1] = true;
    return {};
}

BeginToken::Reply run(Context& context, const BeginToken& command) {
    (void)context.state()->enrolment();
    TokenData token;
    token.hash = command.hash;
    return {TokenHandle{context.keep(std::make_unique<TokenObject>(context.client().id(), std::move(token)))}};
}

AddShare::Reply run(Context& context, const AddShare& command) {
    auto& module = context.module();
    const auto state = context.state();
    const auto pin = context.pin<TokenObject>(command.token.value, Object::Kind::token);
    const auto card = module.slots().read(command.slot);
    std::optional<AdminRole> role;
    bool all_roles = false;
    {
        const auto token = token_of(pin).lock();
        if (token->stage != TokenData::Stage::collecting) throw Error(Status::bad_state, "this token needs no more cards");
        check_card(*token, card, token->role ? token->world_facts.hknso : state->enrolment().facts.hknso);
        (void)share_on(*token, card);
        role = token->role;
        all_roles = token->admins != nullptr;
    }
    // The passphrase hash is outside the lock.
    std::vector<crypto::Share> shares;
    if (all_roles) shares = read_admin_shares(administrator_card_keys(), card, command.passphrase, module.attempts());
    else
        shares.push_back(read_share(role ? administrator_card_keys() : operator_card_keys(*state), card,
                                    role.value_or(AdminRole::nso), command.passphrase, module.attempts()));
    const auto token = token_of(pin).lock();
    if (token->stage != TokenData::Stage::collecting) throw Error(Status::bad_state, "this token needs no more cards");
    check_card(*token, card, token->role ? token->world_facts.hknso : state->enrolment().facts.hknso);
    const auto k = token->header || token->role ? token->k : card.header.k;
    const auto presented = static_cast<std::uint32_t>(token->shares.size() + 1);
    std::optional<Binding> binding;
    // Whatever fails here leaves the token as it was, short of this card.
    if (presented >= k) binding = module.slots().bind(command.slot, card.insertion, card.header.persistent, card.header.timeout_s);
    for (std::size_t i = 1; i < shares.size(); ++i) token->admins->shares[i].push_back(std::move(shares[i]));
    token->shares.push_back(std::move(shares[0]));
    if (binding) {
        // What administrators opened is gone after a time, whatever becomes of the cards.
        if (role) binding->deadline_ms = module.now_ms() + std::uint64_t{administrator_timeout_s(card.header.n)} * 1000;
        complete(*token, k, *binding);
        if (!command.passphrase.empty() && !role)
            token->protection.proof = std::make_shared<const PassphraseProof>(
                command.passphrase, Guarded{Guarded::Kind::operator_card, card.header.set, card.header.share});
    }
    token->k = k;
    if (!token->header) token->header = card.header;
    return {presented, k};
}

} // namespace hsm::module
