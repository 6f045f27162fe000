// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/acl.hpp>

#include <algorithm>

// The words and the order of ACLs. What they mean is decided in authorise.cpp alone.

namespace hsm {

namespace {

constexpr unsigned action_count = static_cast<unsigned>(Action::make_archive_blob) + 1;

std::string words_of(const AclAction& action) {
    std::string out;
    for (unsigned i = 0; i < action_count; ++i) {
        if (!(action.actions & (1u << i))) continue;
        if (!out.empty()) out += ", ";
        out += action_name(static_cast<Action>(i));
    }
    if (!action.mechanisms.empty()) {
        out += " (only ";
        for (std::size_t i = 0; i < action.mechanisms.size(); ++i)
            out += (i ? ", " : "") + std::string(mechanism_row(action.mechanisms[i]).name);
        out += ")";
    }
    if (!action.blob_kinds.empty()) {
        out += " (under ";
        for (std::size_t i = 0; i < action.blob_kinds.size(); ++i)
            out += (i ? ", " : "") + std::string(protector_kind_name(action.blob_kinds[i]));
        if (!action.blob_target.empty()) out += " " + to_hex(action.blob_target).substr(0, 40);
        out += ")";
    }
    if (action.trusted_kek_only) out += " (trusted wrapping keys only)";
    return out;
}

std::string words_of(const UseLimit& limit) {
    const auto n = std::to_string(limit.value);
    switch (limit.kind) {
    case UseLimit::Kind::authorisation: return "at most " + n + " uses for each loading of its card set or softcard (or, under the module, of the key)";
    case UseLimit::Kind::global: return "at most " + n + " uses on a module until it is cleared";
    case UseLimit::Kind::time: return "for " + n + " seconds after it is loaded";
    case UseLimit::Kind::nonvolatile: return "at most " + n + " uses ever, counted in NVRAM of module " + limit.esn;
    }
    return "with an unknown limit";
}

/// Whether every single thing that \p smaller allows, \p larger allows.
bool implied(const AclAction& smaller, const AclAction& larger) {
    if (smaller.actions & ~larger.actions) return false;
    const auto within = [](const auto& a, const auto& b) {
        if (b.empty()) return true;
        if (a.empty()) return false;
        return std::all_of(a.begin(), a.end(), [&b](auto x) { return std::find(b.begin(), b.end(), x) != b.end(); });
    };
    return within(smaller.mechanisms, larger.mechanisms) && within(smaller.blob_kinds, larger.blob_kinds) &&
           (larger.blob_target.empty() || larger.blob_target == smaller.blob_target) &&
           (smaller.trusted_kek_only || !larger.trusted_kek_only);
}

bool implied(const PermissionGroup& smaller, const PermissionGroup& larger) {
    if (smaller.certifier != larger.certifier) return false;
    if (!larger.esn.empty() && larger.esn != smaller.esn) return false;
    for (const auto& limit : larger.limits) {
        const bool kept = std::any_of(smaller.limits.begin(), smaller.limits.end(), [&](const UseLimit& other) {
            return other.kind == limit.kind && other.id == limit.id && other.esn == limit.esn && other.value <= limit.value;
        });
        if (!kept) return false;
    }
    return std::all_of(smaller.actions.begin(), smaller.actions.end(), [&](const AclAction& action) {
        return std::any_of(larger.actions.begin(), larger.actions.end(),
                           [&](const AclAction& old) { return implied(action, old); });
    });
}

} // namespace

std::string_view protector_kind_name(ProtectorKind kind) noexcept {
    switch (kind) {
    case ProtectorKind::module: return "module";
    case ProtectorKind::card_set: return "cardset";
    case ProtectorKind::softcard: return "softcard";
    }
    return "unknown";
}

std::vector<std::string> describe(const Acl& acl) {
    std::vector<std::string> lines;
    for (const auto& group : acl.groups) {
        std::string line;
        for (const auto& action : group.actions) line += (line.empty() ? "" : "; ") + words_of(action);
        for (const auto& limit : group.limits) line += ", " + words_of(limit);
        if (!group.esn.empty()) line += ", on module " + group.esn + " only";
        if (!group.certifier.empty()) line += ", with the authority of key " + to_hex(group.certifier).substr(0, 40);
        lines.push_back(std::move(line));
    }
    return lines;
}

std::optional<std::vector<std::size_t>> reduction(const Acl& original, const Acl& reduced) {
    std::vector<bool> spent(original.groups.size(), false);
    std::vector<std::size_t> parents;
    for (const auto& group : reduced.groups) {
        std::size_t i = 0;
        while (i < original.groups.size() && (spent[i] || !implied(group, original.groups[i]))) ++i;
        if (i == original.groups.size()) return std::nullopt;
        spent[i] = !original.groups[i].limits.empty();
        parents.push_back(i);
    }
    return parents;
}

bool is_reduction(const Acl& original, const Acl& reduced) { return reduction(original, reduced).has_value(); }

std::uint32_t default_actions(const KeySpec& spec, KeyHalf half) {
    const auto pair = [half](Action secret_one, Action public_one) {
        return half == KeyHalf::public_key ? bit(public_one) : bit(secret_one) | bit(public_one);
    };
    switch (spec.type) {
    case KeyType::rsa: return pair(Action::sign, Action::verify) | pair(Action::decrypt, Action::encrypt);
    case KeyType::ec: return pair(Action::sign, Action::verify) | (half == KeyHalf::public_key ? 0 : bit(Action::derive));
    case KeyType::dsa:
    case KeyType::ed25519:
    case KeyType::ed448:
    case KeyType::ml_dsa:
    case KeyType::slh_dsa: return pair(Action::sign, Action::verify);
    case KeyType::dh:
    case KeyType::x25519:
    case KeyType::x448: return half == KeyHalf::public_key ? 0 : bit(Action::derive);
    case KeyType::ml_kem: return pair(Action::decapsulate, Action::encapsulate);
    case KeyType::aes:
    case KeyType::des3:
    case KeyType::des:
        // Not wrap and unwrap: together with decrypt they would show what was wrapped. Who needs them asks for them.
        return bit(Action::encrypt) | bit(Action::decrypt) | bit(Action::sign) | bit(Action::verify);
    case KeyType::rc4:
    case KeyType::aes_xts:
    case KeyType::chacha20: return bit(Action::encrypt) | bit(Action::decrypt);
    case KeyType::generic: return bit(Action::sign) | bit(Action::verify) | bit(Action::derive);
    case KeyType::none: break;
    }
    return 0;
}

} // namespace hsm
