// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "module/commands/new_key.hpp"

// Chapter: what the owner and the officer of a loaded key may do to it.

namespace hsm::module {

using namespace protocol;

namespace {

constexpr std::uint32_t operations = (bit(Action::decapsulate) << 1) - 1; // sign..decapsulate
constexpr std::uint32_t exports = bit(Action::export_plain) | bit(Action::export_wrapped);
/// What a public half may do is worth no limit.
constexpr std::uint32_t of_public_half = bit(Action::verify) | bit(Action::encrypt) | bit(Action::encapsulate);

const KeyObject& key_of(const Pin& pin) { return static_cast<const KeyObject&>(pin.object()); }

[[noreturn]] void deny(const char* why) { throw Error(Status::access_denied, why); }

std::uint32_t actions_of(const PermissionGroup& group) {
    std::uint32_t all = 0;
    for (const auto& action : group.actions) all |= action.actions;
    return all;
}

/// Takes out of a group what adjusting sets anew, and the exports that are not wanted any more.
void clear_operations(PermissionGroup& group, const AdjustAcl& wanted) {
    std::vector<AclAction> kept;
    for (auto& action : group.actions) {
        action.actions &= ~operations & ~(exports & ~wanted.actions);
        if (action.actions == 0) continue;
        const auto wrapped = action.actions & bit(Action::export_wrapped);
        if (wrapped && wanted.trusted_kek_only && !action.trusted_kek_only) {
            auto trusted = action;
            trusted.actions = wrapped;
            trusted.trusted_kek_only = true;
            kept.push_back(std::move(trusted));
            action.actions &= ~wrapped;
            if (action.actions == 0) continue;
        }
        kept.push_back(std::move(action));
    }
    group.actions = std::move(kept);
}

/// The ACL with the owner's operations set anew. The owner's group is the first one; what is worth no limit goes to the
/// group that lets the owner adjust. Nothing that was counted becomes uncounted.
Acl adjusted(const Acl& old, KeyHalf half, const AdjustAcl& wanted) {
    auto acl = old;
    if (acl.groups.empty() || !acl.groups.front().certifier.empty()) deny("the key's ACL has no owner's group to adjust");
    std::uint32_t held = 0;
    std::size_t free_group = acl.groups.size();
    for (std::size_t g = 0; g < acl.groups.size(); ++g) {
        auto& group = acl.groups[g];
        if (!group.certifier.empty()) continue;
        const auto here = actions_of(group);
        held |= here;
        if (g > 0 && !group.limits.empty() && (here & operations)) deny("the key counts its uses in more than one group");
        if ((here & bit(Action::expand_acl)) && free_group == acl.groups.size()) free_group = g;
        clear_operations(group, wanted);
    }
    if (wanted.actions & ~operations & ~held) deny("adjusting a key adds no right to export it, nor any other that it was made without");
    if (free_group == acl.groups.size()) deny("the key's ACL lets nobody adjust it");
    const auto uncounted = half == KeyHalf::secret || !acl.groups[free_group].esn.empty() ? 0 : of_public_half;
    const auto put = [&](std::size_t g, std::uint32_t actions) {
        if (actions) acl.groups[g].actions.push_back({actions, wanted.mechanisms, {}, {}, false});
    };
    put(0, wanted.actions & operations & ~uncounted);
    put(free_group, wanted.actions & operations & uncounted);
    return acl;
}

/// The user's passphrase of the token that the key is under; of a session key, of a loaded token that it may lie under.
std::shared_ptr<const PassphraseProof> proof_for(Context& context, const KeyObject& key) {
    if (key.protection().proof) return key.protection().proof;
    std::shared_ptr<const PassphraseProof> proof;
    context.module().objects().for_each([&](Object& object) {
        if (proof || object.kind() != Object::Kind::token || object.client() != context.client().id()) return;
        const auto token = static_cast<TokenObject&>(object).data.lock();
        if (token->loaded_as == TokenRole::user && token->protection.proof && key.concerns(token->hash))
            proof = token->protection.proof;
    });
    if (!proof) throw Error(Status::bad_state, "no token with a passphrase is loaded that could speak for this key");
    return proof;
}

} // namespace

Done run(Context& context, const AdjustAcl& command) {
    const auto state = context.state();
    const auto permit = authorise(context, command.key, {.action = Action::expand_acl});
    permit.object().adjust_acl([&](const Acl& old) {
        auto acl = adjusted(old, permit.object().half(), command);
        check_acl(acl);
        check_mode(*state, acl);
        return acl;
    });
    return {};
}

Done run(Context& context, const SetTrusted& command) {
    Hash256 officer{};
    {
        const auto pin = context.pin<TokenObject>(command.officer.value, Object::Kind::token);
        const auto token = static_cast<TokenObject&>(pin.object()).data.lock();
        if (token->loaded_as != TokenRole::officer) deny("only a token's officer marks keys as trusted");
        officer = token->hash;
    }
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    auto& key = static_cast<KeyObject&>(pin.object());
    if (!key.concerns(officer)) deny("the key does not belong to this officer's token");
    if (command.trusted) key.set_trusted(officer);
    else key.set_trusted(std::nullopt);
    return {};
}

GetTrusted::Reply run(Context& context, const GetTrusted& command) {
    return {key_of(context.pin<KeyObject>(command.key.value, Object::Kind::key)).trusted_by().has_value()};
}

Done run(Context& context, const AuthoriseUse& command) {
    const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
    const auto& key = key_of(pin);
    const auto& binding = key.protection().binding;
    if (binding.slot != Binding::no_slot || binding.deadline_ms != 0) context.module().slots().check(binding);
    const auto proof = proof_for(context, key);
    auto& attempts = context.module().attempts();
    const auto turn = attempts.begin(proof->guarded());
    if (!proof->fits(command.passphrase)) {
        attempts.wrong(proof->guarded());
        throw Error(Status::passphrase_wrong, "the passphrase is wrong; try again");
    }
    attempts.right(proof->guarded());
    key.grant_use();
    return {};
}

NewKey run(Context& context, const PublicHalf& command) {
    const auto state = context.state();
    check_acl(command.acl);
    Bytes info;
    Protection protection;
    {
        const auto pin = context.pin<KeyObject>(command.key.value, Object::Kind::key);
        const auto& key = key_of(pin);
        if (key.half() == KeyHalf::secret) throw Error(Status::key_type_mismatch, "a secret key has no public half");
        info = key.public_info();
        protection = key.protection();
    }
    // The module has just made this half itself: for level 3 it is no import.
    std::shared_ptr<const crypto::Key> half = crypto::import_public(info);
    return install(context, *state, {std::move(half), command.acl, std::move(protection), {}, {}});
}

} // namespace hsm::module
