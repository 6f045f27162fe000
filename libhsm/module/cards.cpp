// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/cards.hpp"

#include "base/codec.hpp"
#include "crypto/pke.hpp"
#include "crypto/random.hpp"
#include "module/world.hpp"

namespace hsm::module {

namespace {

Bytes wrap_context(ByteView header, const std::optional<protocol::PassphraseParams>& passphrase) {
    Bytes context = to_bytes(header);
    base::append(passphrase, context);
    return context;
}

Bytes share_context(ByteView header, const protocol::CardShare& share) {
    Bytes context = to_bytes(header);
    base::append(share.role, context);
    base::append(share.token, context);
    base::append(share.k, context);
    return context;
}

Secret wrap_key(const CardKeys& keys, const std::optional<protocol::PassphraseParams>& params, const Secret& passphrase,
                ByteView header) {
    if (!params) return crypto::derive_key(keys.wrap, "no-passphrase");
    const auto hashed = crypto::passphrase_key(passphrase, params->salt, {params->memory_kib, params->passes, params->lanes},
                                               keys.pepper, header);
    return crypto::derive_key(keys.wrap, "passphrase", hashed.view());
}

const protocol::CardShare& share_for(const InsertedCard& card, AdminRole role) {
    for (const auto& share : card.record.shares)
        if (card.header.kind == protocol::CardKind::operator_card || share.role == role) return share;
    throw Error(Status::card_damaged, "the card carries no share for this purpose; use another card of the set");
}

SealedWrap wrap_of(const protocol::CardRecord& card) { return {card.passphrase, card.sealed_wrap}; }

} // namespace

crypto::PassphraseCost passphrase_cost(bool cheap) { return cheap ? crypto::test_passphrase_cost : crypto::PassphraseCost{}; }

CardKeys operator_card_keys(const Snapshot& state) {
    (void)state.enrolment();
    return {state.share_key.clone(), state.pepper.clone()};
}

CardKeys administrator_card_keys() {
    const auto& km0 = well_known_module_key();
    return {crypto::derive_key(km0, "share-acs"), crypto::derive_key(km0, "pepper")};
}

CardKeys softcard_keys(const Snapshot& state) {
    (void)state.enrolment();
    return {state.softcard_key.clone(), state.pepper.clone()};
}

SealedWrap seal_wrap(const CardKeys& keys, const Secret& kw, const Secret& passphrase, ByteView header, bool cheap) {
    SealedWrap wrap;
    if (!passphrase.empty()) {
        const auto cost = passphrase_cost(cheap);
        wrap.passphrase = {cost.memory_kib, cost.passes, cost.lanes, crypto::random_salt()};
    }
    wrap.sealed.salt = crypto::random_salt();
    wrap.sealed.bytes = crypto::seal(wrap_key(keys, wrap.passphrase, passphrase, header), "card-wrap", wrap.sealed.salt,
                                     wrap_context(header, wrap.passphrase), kw.view());
    return wrap;
}

Secret open_wrap(const CardKeys& keys, const SealedWrap& wrap, const Secret& passphrase, ByteView header, Attempts& attempts,
                 const Hash256& token, std::uint32_t share) {
    const bool guarded = wrap.passphrase.has_value();
    if (guarded && passphrase.empty()) throw Error(Status::passphrase_required, "this card has a passphrase; give it");
    if (guarded) attempts.before(token, share);
    try {
        auto kw = crypto::unseal(wrap_key(keys, wrap.passphrase, passphrase, header), "card-wrap", wrap.sealed.salt,
                                 wrap_context(header, wrap.passphrase), wrap.sealed.bytes);
        if (guarded) attempts.right(token, share);
        return kw;
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        if (!guarded) throw Error(Status::card_damaged, "the card was changed or belongs to another world; use another card");
        attempts.wrong(token, share);
        throw Error(Status::passphrase_wrong, "the passphrase is wrong; try again");
    }
}

protocol::CardRecord make_card(const CardKeys& keys, const CardToWrite& contents, const Bytes& serial,
                               const Secret& passphrase, const Bytes* recovery_key, CipherSuite suite,
                               const Secret* fips_key, bool cheap) {
    protocol::CardRecord card;
    card.serial = serial;
    card.kind = contents.header.kind;
    card.card_name = contents.card_name;
    card.header = base::encode(contents.header);
    const auto kw = crypto::random_secret(32);
    auto wrap = seal_wrap(keys, kw, passphrase, card.header, cheap);
    card.passphrase = wrap.passphrase;
    card.sealed_wrap = std::move(wrap.sealed);
    for (const auto& each : contents.shares) {
        protocol::CardShare share;
        share.role = each.role;
        share.token = each.token;
        share.k = each.k;
        share.sealed.salt = crypto::random_salt();
        share.sealed.bytes = crypto::seal(kw, "share", share.sealed.salt, share_context(card.header, share),
                                          each.share->bytes.view());
        card.shares.push_back(std::move(share));
    }
    if (recovery_key) card.recovery = crypto::pke_encrypt(pke_suite(suite), *recovery_key, kw, card.header);
    if (fips_key) {
        protocol::Sealed auth;
        auth.salt = crypto::random_salt();
        auth.bytes = crypto::seal(*fips_key, "fips-auth", auth.salt, card.header, crypto::random_secret(32).view());
        card.fips_auth = std::move(auth);
    }
    return card;
}

crypto::Share read_share(const CardKeys& keys, const InsertedCard& card, AdminRole role, const Secret& passphrase,
                         Attempts& attempts) {
    const auto& share = share_for(card, role);
    const auto kw = open_wrap(keys, wrap_of(card.record), passphrase, card.record.header, attempts, card.header.set,
                              card.header.share);
    try {
        return {card.header.share,
                crypto::unseal(kw, "share", share.sealed.salt, share_context(card.record.header, share), share.sealed.bytes)};
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::card_damaged, "the share on this card was changed; use another card of the set");
    }
}

protocol::CardRecord change_passphrase(const CardKeys& keys, const InsertedCard& card, const Secret& old_one,
                                       const Secret& new_one, Attempts& attempts, bool cheap) {
    const auto kw = open_wrap(keys, wrap_of(card.record), old_one, card.record.header, attempts, card.header.set,
                              card.header.share);
    auto wrap = seal_wrap(keys, kw, new_one, card.record.header, cheap);
    auto changed = card.record;
    changed.passphrase = wrap.passphrase;
    changed.sealed_wrap = std::move(wrap.sealed);
    return changed;
}

bool gives_fips_auth(const Snapshot& state, const InsertedCard& card) {
    if (card.record.kind == protocol::CardKind::blank || !card.record.fips_auth) return false;
    try {
        (void)crypto::unseal(state.fips_key, "fips-auth", card.record.fips_auth->salt, card.record.header,
                             card.record.fips_auth->bytes);
        return true;
    } catch (const Error&) {
        return false;
    }
}

} // namespace hsm::module
