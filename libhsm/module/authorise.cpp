// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/authorise.hpp"

#include "module/counters.hpp"
#include "module/module.hpp"

#include <algorithm>

namespace hsm::module {

namespace {

bool mechanism_listed(const AclAction& action, MechanismId mechanism) {
    return action.mechanisms.empty() ||
           std::find(action.mechanisms.begin(), action.mechanisms.end(), mechanism) != action.mechanisms.end();
}

bool blob_allowed(const AclAction& action, const Request& request) {
    if (!action.blob_kinds.empty() &&
        std::find(action.blob_kinds.begin(), action.blob_kinds.end(), request.blob_kind) == action.blob_kinds.end())
        return false;
    if (action.blob_target.empty()) return true;
    return request.blob_target && equal_in_constant_time(action.blob_target, *request.blob_target);
}

/// Whether one action entry of a group covers the request, apart from the mechanism.
bool covers(const AclAction& action, const Request& request) {
    if (!(action.actions & bit(request.action))) return false;
    if (request.action == Action::make_blob) return blob_allowed(action, request);
    if (request.action == Action::export_wrapped) return !action.trusted_kek_only || request.trusted_kek;
    return true;
}

/// Counts one use; false when the limit is exhausted.
bool consume_one(std::atomic<std::uint64_t>& used, std::uint64_t limit) {
    for (auto seen = used.load(std::memory_order_relaxed); seen < limit;)
        if (used.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) return true;
    return false;
}

/// Spends one that was taken before; false when there is none.
bool spend_one(std::atomic<std::uint64_t>& stock) {
    for (auto seen = stock.load(std::memory_order_relaxed); seen > 0;)
        if (stock.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel)) return true;
    return false;
}

/// All of the group's limits, or none of them. The durable ones last: they cannot be given back for nothing.
bool consume(Context& context, const KeyObject& key, const AclState& state, std::size_t group) {
    struct Taken {
        std::vector<std::atomic<std::uint64_t>*> counters, stocks;
        bool keep = false;
        ~Taken() {
            if (keep) return;
            for (auto* used : counters) used->fetch_sub(1, std::memory_order_acq_rel);
            for (auto* stock : stocks) stock->fetch_add(1, std::memory_order_acq_rel);
        }
    } taken;
    std::vector<Limits::Use> durable;
    const UseLimit* counted = nullptr; // one at most
    std::atomic<std::uint64_t>* stock = nullptr;
    const auto& limits = state.acl().groups[group].limits;
    taken.counters.reserve(limits.size());
    taken.stocks.reserve(1);
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const auto& limit = limits[i];
        switch (limit.kind) {
        case UseLimit::Kind::time:
            if ((context.module().now_ms() - key.loaded_ms()) / 1000 >= limit.value) return false;
            break;
        case UseLimit::Kind::authorisation: {
            auto& used = state.used(group, i);
            if (!consume_one(used, limit.value)) return false;
            taken.counters.push_back(&used);
            break;
        }
        case UseLimit::Kind::global: durable.push_back({&limit, &key.id()}); break;
        case UseLimit::Kind::nonvolatile:
            stock = &state.used(group, i);
            if (spend_one(*stock)) taken.stocks.push_back(stock);
            else counted = &limit;
            break;
        }
    }
    auto& module = context.module();
    if (counted && !durable.empty() && !use_left(module, *counted, key.id())) return false;
    if (!module.limits().take(durable)) return false;
    if (counted && !count_use(module, *counted, key, *stock)) return false;
    taken.keep = true;
    return true;
}

bool has_certifier(Context& context, ByteView certifier) {
    const auto present = certifiers(context);
    return std::any_of(present.begin(), present.end(), [&](const Hash256& id) { return equal_in_constant_time(id, certifier); });
}

/// Why no group allowed it, the most helpful reason last.
enum class Refusal : std::uint8_t { action, mechanism, module, certifier, limit };

[[noreturn]] void refuse(Refusal why, const Request& request) {
    const auto action = std::string(action_name(request.action));
    switch (why) {
    case Refusal::limit:
        throw Error(Status::limit_reached, "the key's use limit for '" + action + "' is exhausted; if its ACL counts per "
                                           "loading, load its card set or softcard (or, under the module, the key) again, "
                                           "else it cannot be used for this any more");
    case Refusal::certifier:
        throw Error(Status::needs_certifier, "the key's ACL allows '" + action + "' only with an administrator's authority; "
                                             "present the administrator cards");
    case Refusal::module:
        throw Error(Status::access_denied, "the key's ACL allows '" + action + "' on another module only");
    case Refusal::mechanism:
        throw Error(Status::mechanism_invalid, "the key's ACL allows '" + action + "', but not with this mechanism");
    case Refusal::action:
        break;
    }
    throw Error(Status::access_denied, "the key's ACL does not allow '" + action + "'");
}

void evaluate(Context& context, const KeyObject& key, const Request& request) {
    const auto& state = key.acl();
    if (state.unconditional() & bit(request.action)) return;
    auto why = Refusal::action;
    const auto note = [&why](Refusal reason) { why = std::max(why, reason); };
    const auto& groups = state.acl().groups;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const auto& group = groups[g];
        bool allowed = false;
        for (const auto& action : group.actions) {
            if (!covers(action, request)) continue;
            if (mechanism_listed(action, request.mechanism)) allowed = true;
            else note(Refusal::mechanism);
        }
        if (!allowed) continue;
        if (!group.esn.empty() && group.esn != context.module().home().facts().esn) {
            note(Refusal::module);
        } else if (!group.certifier.empty() && !has_certifier(context, group.certifier)) {
            note(Refusal::certifier);
        } else if (!consume(context, key, state, g)) {
            note(Refusal::limit);
        } else {
            return;
        }
    }
    refuse(why, request);
}

} // namespace

void check_level3_key(const KeySpec& spec) {
    const auto& type = key_type_row(spec.type);
    bool good = type.level3_min_bits != UINT32_MAX;
    if (spec.params != ParamSet::none) {
        const auto& params = param_set_row(spec.params);
        good = good && params.type == spec.type && params.level3;
    } else {
        good = good && (!type.sized || spec.bits >= type.level3_min_bits);
    }
    if (!good)
        throw Error(Status::mode_forbidden, "a world in mode fips-140-level-3 forbids keys of type " + to_string(spec));
}

void check_level3_hash(Hash hash, MechanismId mechanism) {
    if (hash == Hash::none || hash_row(hash).level3) return;
    // SP 800-131A: SHA-1 is no longer for signatures, and still good inside HMAC.
    if (hash == Hash::sha1 && (mechanism == MechanismId::hmac || mechanism == MechanismId::digest)) return;
    throw Error(Status::mode_forbidden, "a world in mode fips-140-level-3 forbids " + std::string(hash_row(hash).name) + " here");
}

void check_level3(const KeySpec& spec, const Request& request) {
    check_level3_key(spec);
    if (request.mechanism == MechanismId::none) return;
    const auto& row = mechanism_row(request.mechanism);
    if (!(row.level3_actions & bit(request.action)))
        throw Error(Status::mode_forbidden, "a world in mode fips-140-level-3 forbids '" +
                                                std::string(action_name(request.action)) + "' with " + std::string(row.name));
    // What was made long ago may still be read: verifying, decrypting and unwrapping with an old hash stay possible.
    if (request.action == Action::verify || request.action == Action::decrypt || request.action == Action::unwrap) return;
    check_level3_hash(request.hash, request.mechanism);
    check_level3_hash(request.mgf_hash, request.mechanism);
}

Permit authorise(Context& context, KeyHandle handle, const Request& request) {
    auto pin = context.pin<KeyObject>(handle.value, Object::Kind::key);
    auto& key = static_cast<KeyObject&>(pin.object());
    auto& module = context.module();
    const auto& binding = key.protection().binding;
    if (binding.slot != Binding::no_slot || binding.deadline_ms != 0) module.slots().check(binding);
    if (module.level3()) check_level3(key.spec(), request);
    evaluate(context, key, request);
    key.touch(module.age());
    return Permit(std::move(pin));
}

} // namespace hsm::module
