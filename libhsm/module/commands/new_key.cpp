// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/commands/new_key.hpp"

#include "base/codec.hpp"
#include "module/cards.hpp"
#include "module/counters.hpp"
#include "module/features.hpp"

namespace hsm::module {

namespace {

constexpr std::size_t max_app_data = 64 << 10;

/// In common-criteria-cmts no key may show in the clear what it wraps.
void check_cmts(const Acl& acl) {
    std::uint32_t actions = 0;
    for (const auto& group : acl.groups)
        for (const auto& action : group.actions) actions |= action.actions;
    const auto both = [actions](Action a, Action b) { return (actions & bit(a)) && (actions & bit(b)); };
    if (both(Action::wrap, Action::decrypt) || both(Action::unwrap, Action::encrypt))
        throw Error(Status::mode_forbidden, "mode common-criteria-cmts forbids a key that both wraps keys and decrypts data; "
                                            "make one key for each");
}

} // namespace

TokenInUse use_token(Context& context, const Snapshot& state, TokenHandle handle) {
    TokenInUse use;
    if (!handle) {
        use.kek = state.enrolment().facts.hkm;
        return use;
    }
    const auto pin = context.pin<TokenObject>(handle.value, Object::Kind::token);
    const auto token = static_cast<TokenObject&>(pin.object()).data.lock();
    if (token->role) throw Error(Status::invalid_argument, "an administrator token does not protect application keys");
    if (token->loaded_as == TokenRole::officer)
        throw Error(Status::access_denied, "the token's officer has no access to its keys and private objects; log in as its user");
    if (token->stage == TokenData::Stage::writing)
        throw Error(Status::bad_state, "the card set is being written; load it from its cards first");
    if (token->stage == TokenData::Stage::collecting)
        throw Error(Status::token_incomplete, "the card set is not complete: " + std::to_string(token->shares.size()) + " of " +
                                                  std::to_string(token->k) + " cards were presented");
    context.module().slots().check(token->protection.binding);
    if (!token->protection.uses) token->protection.uses = std::make_shared<TokenUses>();
    use.protection = token->protection;
    use.secret = token->secret.clone();
    use.kek = token->hash;
    return use;
}

protocol::NewKey install(Context& context, const Snapshot& state, KeyToInstall from) {
    auto& module = context.module();
    if (from.app_data.size() > max_app_data) throw Error(Status::invalid_argument, "a key carries at most 64 KiB of application data");
    check_mode(state, from.acl);
    check_counted_here(context, from.acl);
    need_feature(module, from.key->spec().type);
    protocol::NewKey made;
    made.spec = from.key->spec();
    made.half = from.key->half();
    made.key_id = key_identity(state, *from.key);
    made.public_info = crypto::public_info(*from.key);
    auto object = std::make_unique<KeyObject>(context.client().id(), std::move(from.key), made.half, made.key_id,
                                              std::move(from.acl), std::move(from.protection), module.now_ms());
    object->app_data = std::move(from.app_data);
    object->set_trusted(from.trusted_by);
    object->touch(module.age());
    made.key.value = context.keep(std::move(object));
    module.count_loaded_key();
    return made;
}

void check_mode(const Snapshot& state, const Acl& acl) {
    if (state.cmts()) check_cmts(acl);
}

void require_fips_auth(Context& context, const Snapshot& state) {
    if (!state.level3()) return;
    auto& slots = context.module().slots();
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) {
        try {
            const auto card = slots.read(slot);
            if (card.header.hknso == state.enrolment().facts.hknso && gives_fips_auth(state, card)) return;
        } catch (const Error&) {
            // An empty slot, or a card that gives nothing.
        }
    }
    throw Error(Status::needs_fips_auth, "in mode fips-140-level-3 making or importing a key needs a card of this Security "
                                         "World in a slot of the module; insert one");
}

protocol::Done run(Context& context, const protocol::CheckFipsAuth&) {
    require_fips_auth(context, *context.state());
    return {};
}

void check_acl(const Acl& acl) {
    // What is accepted here must be readable when it comes back in a blob.
    constexpr std::size_t most = 64;
    if (acl.groups.size() > most) throw Error(Status::invalid_argument, "an ACL has at most 64 permission groups");
    for (const auto& group : acl.groups)
        if (group.limits.size() > most || group.actions.size() > most || group.esn.size() > 32)
            throw Error(Status::invalid_argument, "a permission group has at most 64 limits and 64 actions");
    (void)base::decode<Acl>(base::encode(acl), Status::invalid_argument);
    for (const auto& group : acl.groups) {
        if (!group.certifier.empty() && group.certifier.size() != 32)
            throw Error(Status::invalid_argument, "a certifier is a key hash of 32 bytes");
        std::size_t counted = 0;
        for (const auto& limit : group.limits) {
            if (limit.kind == UseLimit::Kind::nonvolatile && (++counted > 1 || limit.id.size() > max_nvram_name))
                throw Error(Status::invalid_argument, "a permission group has one limit in NVRAM at most, counted in an area whose "
                                                      "name has at most 11 characters");
            if (limit.kind == UseLimit::Kind::global && limit.id.size() > 16)
                throw Error(Status::invalid_argument, "the id of a global limit has at most 16 bytes");
        }
        for (const auto& action : group.actions)
            if (!action.blob_target.empty() && action.blob_target.size() != 32)
                throw Error(Status::invalid_argument, "the target of make-blob is a token hash of 32 bytes");
    }
}

void check_new_key(Context& context, const Snapshot& state, const Acl& acl) {
    check_acl(acl);
    require_fips_auth(context, state);
}

} // namespace hsm::module
