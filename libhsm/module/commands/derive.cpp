// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/commands/new_key.hpp"

#include <algorithm>

// Chapter: keys made from keys.

namespace hsm::module {

using namespace protocol;

namespace {

/// Longest block that derive-keys cuts.
constexpr std::size_t most_parts = 64;
constexpr std::uint32_t most_public_bytes = 64;

/// What an invertible derivation from a key that may not leave must give at least: fewer bytes could be guessed one by one.
constexpr std::size_t least_invertible = 8;

crypto::KeyPtr secret_key(const Snapshot& state, ByteView secret, const KeySpec& spec) {
    auto key = crypto::import_secret(spec.type, secret);
    if (state.level3()) check_level3_key(key->spec());
    return key;
}

/// The first bits of a secret that a command has just produced; 0 takes all.
crypto::KeyPtr cut_key(const Snapshot& state, const Secret& secret, const KeySpec& spec) {
    const auto size = spec.bits == 0 ? secret.size() : spec.bits / 8;
    if (size == 0 || size > secret.size() || spec.bits % 8 != 0)
        throw Error(Status::key_size_range, "the derived secret has " + std::to_string(secret.size() * 8) + " bits; " +
                                                std::to_string(spec.bits) + " cannot be taken from it");
    return secret_key(state, secret.view().first(size), spec);
}

NewKey install_secret(Context& context, const Snapshot& state, const Secret& secret, const KeySpec& spec, const Acl& acl,
                      const Protection& protection, const Bytes& app_data) {
    return install(context, state, {cut_key(state, secret, spec), acl, protection, app_data, {}});
}

/// What of an ACL lets key material out, or into another protector's blob.
Acl exits_of(const Acl& acl, bool unlimited_only) {
    constexpr auto exits = bit(Action::export_plain) | bit(Action::export_wrapped);
    Acl out;
    for (auto group : acl.groups) {
        if (unlimited_only && !group.limits.empty()) continue; // each derivation would count anew
        for (auto& action : group.actions) action.actions &= exits;
        std::erase_if(group.actions, [](const AclAction& action) { return action.actions == 0; });
        if (!group.actions.empty()) out.groups.push_back(std::move(group));
    }
    return out;
}

bool may_be_blobbed_elsewhere(const Acl& acl, const Protection& protection) {
    if (protection.kind == ProtectorKind::module) return false;
    for (const auto& group : acl.groups)
        for (const auto& action : group.actions) {
            if (!(action.actions & bit(Action::make_blob)) || !group.certifier.empty()) continue;
            const bool here = action.blob_kinds == std::vector{protection.kind} &&
                              ByteView(action.blob_target).size() == protection.hash.size() &&
                              std::equal(action.blob_target.begin(), action.blob_target.end(), protection.hash.begin());
            if (!here) return true;
        }
    return false;
}

/// An invertible derivation gives its inputs away with its result: the result may go nowhere where they may not.
void check_invertible(const KeyObject& input, const Acl& acl, std::size_t size) {
    const auto& from = input.acl().acl();
    const auto exits = exits_of(from, true);
    if (!is_reduction(exits, exits_of(acl, false)))
        throw Error(Status::access_denied, "this derivation can be undone, so that the new key may be exported only as the "
                                           "keys that it is made from may; allow the new key no more than those");
    if (may_be_blobbed_elsewhere(acl, input.protection()))
        throw Error(Status::access_denied, "this derivation can be undone, so that the new key can be stored only under the "
                                           "card set or softcard of the key that it is made from");
    const bool leaves = std::any_of(exits.groups.begin(), exits.groups.end(), [](const PermissionGroup& group) {
        return std::any_of(group.actions.begin(), group.actions.end(),
                           [](const AclAction& action) { return action.actions & bit(Action::export_plain); });
    });
    if (size < least_invertible && !leaves)
        throw Error(Status::key_size_range, "this derivation can be undone: it gives no keys below 64 bits");
}

/// The keys that a derivation starts from, each with its permit.
class Inputs {
public:
    Inputs(Context& context, KeyHandle base, const Mechanism& mechanism)
        : mechanism_(mechanism), base_(authorise(context, base, request_for(Action::derive, mechanism))) {
        if (mechanism.second) second_.emplace(authorise(context, mechanism.second, request_for(Action::derive, mechanism)));
    }

    [[nodiscard]] Secret derive() const {
        return crypto::derive(base_.key(), mechanism_, second_ ? &second_->key() : nullptr);
    }
    [[nodiscard]] const crypto::Key& base() const { return base_.key(); }

    /// The new key dies with the card or softcard of either input.
    [[nodiscard]] const Protection& protection() const {
        const auto& one = base_.object().protection();
        if (!second_) return one;
        const auto& two = second_->object().protection();
        if (two.kind == ProtectorKind::module) return one;
        if (one.kind != ProtectorKind::module && (one.kind != two.kind || one.hash != two.hash))
            throw Error(Status::invalid_argument, "keys under two different card sets or softcards cannot be put together");
        return two;
    }

    void check(const Acl& acl, std::size_t size) const {
        if (!mechanism_row(mechanism_.id).invertible) return;
        check_invertible(base_.object(), acl, size);
        if (second_) check_invertible(second_->object(), acl, size);
    }

private:
    const Mechanism& mechanism_;
    Permit base_;
    std::optional<Permit> second_;
};

/// Keys of a command that makes several: all of them, or none.
class Batch {
public:
    explicit Batch(Context& context) : context_(context) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() {
        for (const auto& made : keys_) (void)context_.module().objects().remove(made.key.value, context_.client().id());
    }
    void add(NewKey made) { keys_.push_back(std::move(made)); }
    std::vector<NewKey> release() { return std::exchange(keys_, {}); }

private:
    Context& context_;
    std::vector<NewKey> keys_;
};

std::size_t size_of(const DeriveKeys& command) {
    if (command.parts.empty() || command.parts.size() > most_parts)
        throw Error(Status::invalid_argument, "one derivation makes 1 to 64 keys");
    std::size_t size = 0;
    for (const auto& part : command.parts) {
        if (part.spec.bits == 0 || part.spec.bits % 8 != 0 || part.spec.bits > (1u << 23))
            throw Error(Status::key_size_range, "each of several derived keys needs its length, in whole bytes");
        size += part.spec.bits / 8;
    }
    return size;
}

/// What leaves in the clear, after the keys: the ivs of TLS, or the version in a premaster secret.
Bytes public_part(const DeriveKeys& command, const Inputs& inputs, const Secret& block, std::size_t keys) {
    if (command.public_bytes == 0) return {};
    const bool from_premaster = command.mechanism.id == MechanismId::tls12_master_secret ||
                                command.mechanism.id == MechanismId::tls12_extended_master_secret;
    if (from_premaster && command.public_bytes == 2) {
        const auto premaster = crypto::material(inputs.base());
        if (premaster.size() != 48)
            throw Error(Status::invalid_argument, "only a premaster secret of 48 bytes holds the version of the protocol");
        return to_bytes(premaster.view().first(2));
    }
    if (command.mechanism.id != MechanismId::tls12_key_block || command.public_bytes > most_public_bytes)
        throw Error(Status::access_denied, "only the ivs of a TLS key block, 64 bytes at most, leave in the clear");
    return to_bytes(block.view().subspan(keys, command.public_bytes));
}

} // namespace

NewKey run(Context& context, const DeriveKey& command) {
    const auto state = context.state();
    check_new_key(context, *state, command.acl);
    const Inputs inputs(context, command.base, command.mechanism);
    const auto secret = inputs.derive();
    inputs.check(command.acl, command.spec.bits == 0 ? secret.size() : command.spec.bits / 8);
    return install_secret(context, *state, secret, command.spec, command.acl, inputs.protection(), command.app_data);
}

DeriveKeys::Reply run(Context& context, const DeriveKeys& command) {
    const auto state = context.state();
    const auto keys = size_of(command);
    for (const auto& part : command.parts) check_new_key(context, *state, part.acl);
    auto mechanism = command.mechanism;
    const bool ivs = mechanism.id == MechanismId::tls12_key_block;
    const auto needed = keys + (ivs ? command.public_bytes : 0);
    if (mechanism.length == 0) mechanism.length = static_cast<std::uint32_t>(needed);
    const Inputs inputs(context, command.base, mechanism);
    const auto block = inputs.derive();
    if (block.size() < needed)
        throw Error(Status::key_size_range, "the derivation gives " + std::to_string(block.size()) + " bytes, and " +
                                                std::to_string(needed) + " are asked for");
    DeriveKeys::Reply reply;
    reply.bytes = public_part(command, inputs, block, keys);
    Batch batch(context);
    std::size_t at = 0;
    for (const auto& part : command.parts) {
        const std::size_t size = part.spec.bits / 8;
        inputs.check(part.acl, size);
        auto key = secret_key(*state, block.view().subspan(at, size), part.spec);
        batch.add(install(context, *state, {std::move(key), part.acl, inputs.protection(), part.app_data, {}}));
        at += size;
    }
    reply.keys = batch.release();
    return reply;
}

Encapsulate::Reply run(Context& context, const Encapsulate& command) {
    const auto state = context.state();
    check_new_key(context, *state, command.acl);
    const auto key = authorise(context, command.key, request_for(Action::encapsulate, command.mechanism));
    auto made = crypto::encapsulate(key.key(), command.mechanism);
    return {std::move(made.ciphertext),
            install_secret(context, *state, made.shared, command.spec, command.acl, key.object().protection(), {})};
}

NewKey run(Context& context, const Decapsulate& command) {
    const auto state = context.state();
    check_new_key(context, *state, command.acl);
    const auto key = authorise(context, command.key, request_for(Action::decapsulate, command.mechanism));
    return install_secret(context, *state, crypto::decapsulate(key.key(), command.mechanism, command.ciphertext), command.spec,
                          command.acl, key.object().protection(), {});
}

} // namespace hsm::module
