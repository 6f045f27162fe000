// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "crypto/pke.hpp"
#include "crypto/random.hpp"
#include "module/cards.hpp"
#include "module/commands/admin.hpp"
#include "module/objects.hpp"
#include "module/world.hpp"
#include "protocol/softcard.hpp"

// Chapter: softcards. A logical token in up to two envelopes, one for each role; the role is bound to its envelope.

namespace hsm::module {

using namespace protocol;

namespace {

constexpr std::size_t max_replaced = 16;

/// A record that a module of this world wrote, all of it.
struct Softcard {
    SoftcardRecord record;
    SoftcardHeader header;
    CardKeys keys;
    bool cheap = false; ///< the world was made with test parameters
};

/// One of the envelopes.
struct Envelope {
    SealedWrap wrap;
    Sealed token;
    Bytes context; ///< associated data
    Guarded guarded;
};

struct OpenedEnvelope {
    Secret wrap;  ///< K_w
    Secret token; ///< the logical token
};

void set(SoftcardRecord& record, SoftcardExtension which, bool critical, Bytes value) {
    set_extension(record.extensions, static_cast<std::uint32_t>(which), critical, std::move(value));
}

Softcard open_record(const Snapshot& state, const Bytes& bytes) {
    Softcard card{read_softcard(bytes, "the softcard"), {}, softcard_keys(state), state.enrolment().facts.test_parameters};
    card.header = base::decode<SoftcardHeader>(card.record.header);
    if (card.header.hknso != state.enrolment().facts.hknso)
        throw Error(Status::foreign_world, "the softcard belongs to another Security World");
    check_mac(card.keys, card.record);
    return card;
}

Bytes finish(Softcard& card) {
    seal_mac(card.keys, card.record);
    return base::encode(card.record);
}

Bytes context_of(const SoftcardRecord& record, TokenRole role) {
    return role == TokenRole::user ? record.header : base::encode(OfficerContext{record.header, role});
}

Guarded guarded_token(const Hash256& token, TokenRole role) {
    return {role == TokenRole::user ? Guarded::Kind::softcard : Guarded::Kind::softcard_officer, token, 0};
}

Envelope envelope_of(const Softcard& card, TokenRole role) {
    const auto& record = card.record;
    Envelope envelope{{}, {}, context_of(record, role), guarded_token(card.header.facts.token, role)};
    if (role == TokenRole::user) {
        if (record.sealed_wrap.bytes.empty())
            throw Error(Status::not_found, "the user's passphrase of this token was not set yet; its officer sets it");
        envelope.wrap = {record.passphrase, record.sealed_wrap};
        envelope.token = record.sealed_token;
        return envelope;
    }
    const auto* value = find_extension(record.extensions, static_cast<std::uint32_t>(SoftcardExtension::officer));
    if (!value) throw Error(Status::not_found, "this token has no officer");
    auto stored = base::decode<OfficerEnvelope>(*value);
    envelope.wrap = {stored.passphrase, std::move(stored.sealed_wrap)};
    envelope.token = std::move(stored.sealed_token);
    return envelope;
}

OpenedEnvelope open_envelope(Context& context, const Softcard& card, TokenRole role, const Secret& passphrase) {
    const auto envelope = envelope_of(card, role);
    OpenedEnvelope opened;
    opened.wrap = open_wrap(card.keys, envelope.wrap, passphrase, envelope.context, context.module().attempts(), envelope.guarded);
    opened.token = crypto::unseal(opened.wrap, "softcard-token", envelope.token.salt, envelope.context, envelope.token.bytes);
    if (token_hash(opened.token) != card.header.facts.token)
        throw Error(Status::record_damaged, "the softcard is damaged; restore its record");
    return opened;
}

void need_passphrase(const Secret& passphrase) {
    if (passphrase.empty()) throw Error(Status::passphrase_required, "a softcard needs a passphrase; give one");
}

/// Seals K_w again under another passphrase. For the officer, \p token is the envelope's sealed token, which stays.
void put_wrap(Softcard& card, TokenRole role, const Secret& kw, const Secret& passphrase, Sealed token) {
    need_passphrase(passphrase);
    auto wrap = seal_wrap(card.keys, kw, passphrase, context_of(card.record, role), card.cheap);
    if (role == TokenRole::user) {
        card.record.passphrase = *wrap.passphrase;
        card.record.sealed_wrap = std::move(wrap.sealed);
        card.record.sealed_token = std::move(token);
        return;
    }
    // A version that knows no officers must not write this record without one.
    set(card.record, SoftcardExtension::officer, true,
        base::encode(OfficerEnvelope{*wrap.passphrase, std::move(wrap.sealed), std::move(token)}));
}

/// A new envelope with a K_w of its own. Returns that.
Secret put_envelope(Softcard& card, TokenRole role, const Secret& token, const Secret& passphrase) {
    auto kw = crypto::random_secret(32);
    Sealed sealed;
    sealed.salt = crypto::random_salt();
    sealed.bytes = crypto::seal(kw, "softcard-token", sealed.salt, context_of(card.record, role), token.view());
    put_wrap(card, role, kw, passphrase, std::move(sealed));
    return kw;
}

Softcard new_softcard(Context& context, const Snapshot& state, const Secret& token, const std::string& name, bool recovery) {
    check_name(name);
    const auto& enrolment = state.enrolment();
    Softcard card{{}, {}, softcard_keys(state), enrolment.facts.test_parameters};
    card.header.hknso = enrolment.facts.hknso;
    card.header.hkm = enrolment.facts.hkm;
    card.header.facts = {token_hash(token), name, recovery, context.module().home().platform().clock->utc_seconds()};
    card.record.header = base::encode(card.header);
    return card;
}

/// A token may have no label (PKCS #11: 32 blanks); the tools of the Security World know it by a name all the same.
Softcard new_token(Context& context, const Snapshot& state, const Secret& token, const std::string& label) {
    const auto name = label.empty() ? "token-" + to_hex(token_hash(token)).substr(0, 8) : label;
    auto card = new_softcard(context, state, token, name, false);
    if (label.empty()) set(card.record, SoftcardExtension::label, false, {});
    return card;
}

void put_recovery(Softcard& card, const Snapshot& state, const Secret& kw) {
    const auto& enrolment = state.enrolment();
    card.record.recovery = crypto::pke_encrypt(pke_suite(enrolment.facts.suite), enrolment.kp_public, kw, card.record.header);
}

LoadSoftcard::Reply load(Context& context, const Bytes& bytes, TokenRole role, const Secret& passphrase) {
    const auto state = context.state();
    const auto card = open_record(*state, bytes);
    auto opened = open_envelope(context, card, role, passphrase);
    TokenData token;
    token.stage = TokenData::Stage::complete;
    token.kind = ProtectorKind::softcard;
    token.loaded_as = role;
    token.hash = card.header.facts.token;
    token.k = 1;
    token.secret = std::move(opened.token);
    token.protection = {ProtectorKind::softcard, token.hash, {}, nullptr};
    if (role == TokenRole::user)
        token.protection.proof = std::make_shared<const PassphraseProof>(passphrase, guarded_token(token.hash, role));
    const auto hash = token.hash;
    return {TokenHandle{context.keep(std::make_unique<TokenObject>(context.client().id(), std::move(token)))}, hash};
}

ChangeTokenPassphrase::Reply change(Context& context, const Bytes& bytes, TokenRole role, const Secret& old_one,
                                    const Secret& new_one) {
    const auto state = context.state();
    auto card = open_record(*state, bytes);
    need_passphrase(new_one);
    const auto opened = open_envelope(context, card, role, old_one);
    put_wrap(card, role, opened.wrap, new_one, envelope_of(card, role).token);
    return {finish(card)};
}

} // namespace

Bytes recover_softcard(Context& context, const Bytes& bytes, CipherSuite suite, const Secret& kp, const Secret& passphrase) {
    auto card = open_record(*context.state(), bytes);
    if (!card.record.recovery)
        throw Error(Status::not_supported, "this softcard was made without passphrase recovery; recover its keys to a new one "
                                           "(rocs)");
    need_passphrase(passphrase);
    const auto kw = crypto::pke_decrypt(pke_suite(suite), kp, *card.record.recovery, card.record.header);
    const auto envelope = envelope_of(card, TokenRole::user);
    const auto token = crypto::unseal(kw, "softcard-token", envelope.token.salt, envelope.context, envelope.token.bytes);
    if (token_hash(token) != card.header.facts.token)
        throw Error(Status::record_damaged, "the softcard is damaged; restore its record");
    put_wrap(card, TokenRole::user, kw, passphrase, envelope.token);
    context.module().attempts().right(envelope.guarded); // the wrong ones were the old passphrase's
    return finish(card);
}

MakeSoftcard::Reply run(Context& context, const MakeSoftcard& command) {
    const auto state = context.state();
    need_passphrase(command.passphrase);
    if (command.passphrase_recovery && !state->enrolment().facts.passphrase_recovery)
        throw Error(Status::not_supported, "this Security World was made without passphrase recovery; leave --recoverable out");
    const auto secret = crypto::random_secret(32);
    auto card = new_softcard(context, *state, secret, command.name, command.passphrase_recovery);
    const auto kw = put_envelope(card, TokenRole::user, secret, command.passphrase);
    if (command.passphrase_recovery) put_recovery(card, *state, kw);
    return {card.header.facts, finish(card)};
}

LoadSoftcard::Reply run(Context& context, const LoadSoftcard& command) {
    return load(context, command.record, TokenRole::user, command.passphrase);
}

ChangeSoftcardPassphrase::Reply run(Context& context, const ChangeSoftcardPassphrase& command) {
    return {change(context, command.record, TokenRole::user, command.old_passphrase, command.new_passphrase).record};
}

MakeToken::Reply run(Context& context, const MakeToken& command) {
    const auto state = context.state();
    const auto secret = crypto::random_secret(32);
    auto card = new_token(context, *state, secret, command.label);
    set(card.record, SoftcardExtension::serial, false, crypto::random_bytes(8));
    (void)put_envelope(card, TokenRole::officer, secret, command.officer);
    return {card.header.facts.token, finish(card)};
}

LoadSoftcard::Reply run(Context& context, const LoadToken& command) {
    return load(context, command.record, command.role, command.passphrase);
}

ChangeTokenPassphrase::Reply run(Context& context, const ChangeTokenPassphrase& command) {
    return change(context, command.record, command.role, command.old_passphrase, command.new_passphrase);
}

ChangeTokenPassphrase::Reply run(Context& context, const SetUserPassphrase& command) {
    const auto state = context.state();
    auto card = open_record(*state, command.record);
    Secret secret;
    {
        const auto pin = context.pin<TokenObject>(command.officer.value, Object::Kind::token);
        const auto token = static_cast<TokenObject&>(pin.object()).data.lock();
        if (token->loaded_as != TokenRole::officer || token->hash != card.header.facts.token)
            throw Error(Status::access_denied, "the user's passphrase is set by the officer of the same token only");
        secret = token->secret.clone();
    }
    const auto kw = put_envelope(card, TokenRole::user, secret, command.passphrase);
    if (card.record.recovery) put_recovery(card, *state, kw);
    // The wrong ones were the old passphrase's.
    context.module().attempts().right(guarded_token(card.header.facts.token, TokenRole::user));
    return {finish(card)};
}

ChangeTokenPassphrase::Reply run(Context& context, const AddOfficer& command) {
    const auto state = context.state();
    auto card = open_record(*state, command.record);
    if (find_extension(card.record.extensions, static_cast<std::uint32_t>(SoftcardExtension::officer)))
        throw Error(Status::already_exists, "this token has an officer already");
    need_passphrase(command.officer);
    const auto opened = open_envelope(context, card, TokenRole::user, command.user);
    (void)put_envelope(card, TokenRole::officer, opened.token, command.officer);
    return {finish(card)};
}

ChangeTokenPassphrase::Reply run(Context& context, const LabelToken& command) {
    const auto state = context.state();
    check_name(command.label);
    auto card = open_record(*state, command.record);
    set(card.record, SoftcardExtension::label, false, to_bytes(view(command.label)));
    return {finish(card)};
}

MakeToken::Reply run(Context& context, const ReinitialiseToken& command) {
    const auto state = context.state();
    const auto old = open_record(*state, command.record);
    if (!token_facts(old.record).has_officer)
        throw Error(Status::access_denied, "a token without an officer cannot be initialised again; remove it, or give it one");
    if (!command.label.empty()) check_name(command.label);
    (void)open_envelope(context, old, TokenRole::officer, command.officer);
    const auto secret = crypto::random_secret(32);
    auto card = new_token(context, *state, secret, command.label);
    set(card.record, SoftcardExtension::serial, false, from_hex(token_facts(old.record).serial));
    auto replaced = replaced_tokens(old.record);
    replaced.insert(replaced.begin(), old.header.facts.token);
    if (replaced.size() > max_replaced) replaced.resize(max_replaced);
    set(card.record, SoftcardExtension::replaced, false, base::encode(replaced));
    (void)put_envelope(card, TokenRole::officer, secret, command.officer);
    return {card.header.facts.token, finish(card)};
}

TokenFailures::Reply run(Context& context, const TokenFailures& command) {
    auto& attempts = context.module().attempts();
    return {attempts.failures(guarded_token(command.token, TokenRole::user)),
            attempts.failures(guarded_token(command.token, TokenRole::officer))};
}

} // namespace hsm::module
