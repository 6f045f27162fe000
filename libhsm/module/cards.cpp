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

Guarded guarded_card(const InsertedCard& card) {
    const bool administrator = card.header.kind == protocol::CardKind::administrator;
    return {administrator ? Guarded::Kind::administrator_card : Guarded::Kind::operator_card, card.header.set, card.header.share};
}

template <class Record>
void seal_record_mac(const Secret& key, Record& record) {
    record.mac = {};
    const auto covered = base::encode(record);
    record.mac.salt = crypto::random_salt();
    record.mac.bytes = crypto::seal(key, "record-mac", record.mac.salt, covered, {});
}

template <class Record>
void check_record_mac(const Secret& key, Record record, const char* what) {
    const auto mac = std::exchange(record.mac, {});
    try {
        (void)crypto::unseal(key, "record-mac", mac.salt, base::encode(record), mac.bytes);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::card_damaged, std::string(what) + " was changed, or no module of this world wrote it");
    }
}

/// K_w of a card, with the passphrase counted.
Secret open_card(const CardKeys& keys, const InsertedCard& card, const Secret& passphrase, Attempts& attempts) {
    check_mac(keys, card.record);
    return open_wrap(keys, wrap_of(card.record), passphrase, card.record.header, attempts, guarded_card(card));
}

crypto::Share open_share(const Secret& kw, const InsertedCard& card, const protocol::CardShare& share) {
    try {
        return {card.header.share,
                crypto::unseal(kw, "share", share.sealed.salt, share_context(card.record.header, share), share.sealed.bytes)};
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::card_damaged, "the share on this card was changed; use another card of the set");
    }
}

} // namespace

void seal_mac(const CardKeys& keys, protocol::CardRecord& card) { seal_record_mac(keys.mac, card); }
void seal_mac(const CardKeys& keys, protocol::SoftcardRecord& softcard) { seal_record_mac(keys.mac, softcard); }
void check_mac(const CardKeys& keys, const protocol::CardRecord& card) {
    check_record_mac(keys.mac, card, "the card");
}
void check_mac(const CardKeys& keys, const protocol::SoftcardRecord& softcard) {
    check_record_mac(keys.mac, softcard, "the softcard");
}

void check_passphrase(const CardKeys& keys, const InsertedCard& card, const Secret& passphrase, Attempts& attempts) {
    (void)open_card(keys, card, passphrase, attempts);
}

void check_name(const std::string& name) {
    if (name.empty() || name.size() > 64)
        throw Error(Status::invalid_argument, "a name has 1 to 64 bytes, not " + std::to_string(name.size()));
}

crypto::PassphraseCost passphrase_cost(bool cheap) { return cheap ? crypto::test_passphrase_cost : crypto::PassphraseCost{}; }

CardKeys operator_card_keys(const Snapshot& state) {
    (void)state.enrolment();
    return {state.share_key.clone(), state.pepper.clone(), crypto::derive_key(state.record_key, "card")};
}

CardKeys administrator_card_keys() {
    const auto& km0 = well_known_module_key();
    return {crypto::derive_key(km0, "share-acs"), crypto::derive_key(km0, "pepper"), crypto::derive_key(km0, "card-mac")};
}

CardKeys softcard_keys(const Snapshot& state) {
    (void)state.enrolment();
    return {state.softcard_key.clone(), state.pepper.clone(), crypto::derive_key(state.record_key, "softcard")};
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
                 const Guarded& guarded) {
    const auto open = [&] {
        return crypto::unseal(wrap_key(keys, wrap.passphrase, passphrase, header), "card-wrap", wrap.sealed.salt,
                              wrap_context(header, wrap.passphrase), wrap.sealed.bytes);
    };
    const bool has_passphrase = wrap.passphrase.has_value();
    if (has_passphrase && passphrase.empty()) throw Error(Status::passphrase_required, "this card has a passphrase; give it");
    try {
        if (!has_passphrase) return open();
        const auto attempt = attempts.begin(guarded);
        auto kw = open();
        attempts.right(guarded);
        return kw;
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        if (!has_passphrase) throw Error(Status::card_damaged, "the card was changed or belongs to another world; use another card");
        attempts.wrong(guarded);
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
    seal_mac(keys, card);
    return card;
}

crypto::Share read_share(const CardKeys& keys, const InsertedCard& card, AdminRole role, const Secret& passphrase,
                         Attempts& attempts) {
    const auto& share = share_for(card, role);
    const auto kw = open_card(keys, card, passphrase, attempts);
    return open_share(kw, card, share);
}

std::vector<crypto::Share> read_admin_shares(const CardKeys& keys, const InsertedCard& card, const Secret& passphrase,
                                             Attempts& attempts) {
    const auto kw = open_card(keys, card, passphrase, attempts);
    std::vector<crypto::Share> shares;
    for (const auto role : admin_roles) shares.push_back(open_share(kw, card, share_for(card, role)));
    return shares;
}

protocol::CardRecord recover_passphrase(const CardKeys& keys, const InsertedCard& card, CipherSuite suite, const Secret& kp,
                                        const Secret& new_one, Attempts& attempts, bool cheap) {
    check_mac(keys, card.record);
    if (!card.record.recovery)
        throw Error(Status::not_supported, "this card was made without passphrase recovery; recover its keys to a new card "
                                           "set (rocs)");
    const auto kw = crypto::pke_decrypt(pke_suite(suite), kp, *card.record.recovery, card.record.header);
    for (const auto& share : card.record.shares) (void)open_share(kw, card, share);
    auto wrap = seal_wrap(keys, kw, new_one, card.record.header, cheap);
    auto changed = card.record;
    changed.passphrase = wrap.passphrase;
    changed.sealed_wrap = std::move(wrap.sealed);
    seal_mac(keys, changed);
    attempts.right(guarded_card(card)); // the wrong ones were the old passphrase's
    return changed;
}

protocol::CardRecord change_passphrase(const CardKeys& keys, const InsertedCard& card, const Secret& old_one,
                                       const Secret& new_one, Attempts& attempts, bool cheap) {
    const auto kw = open_card(keys, card, old_one, attempts);
    auto wrap = seal_wrap(keys, kw, new_one, card.record.header, cheap);
    auto changed = card.record;
    changed.passphrase = wrap.passphrase;
    changed.sealed_wrap = std::move(wrap.sealed);
    seal_mac(keys, changed);
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
