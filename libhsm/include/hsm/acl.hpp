// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/mechanism.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Access control lists. A key carries its ACL inside its blob; the module evaluates it in one place before every
/// use. A request succeeds if one permission group satisfies everything: certifier, module, limits, action. Groups
/// are tried in order; the limits of the chosen group are consumed before the operation.

namespace hsm {

/// Module serial number: 12 hexadecimal digits in three groups, "1A2B-3C4D-5E6F".
using Esn = std::string;

/// How often or how long a permission group may be used.
struct UseLimit {
    enum class Kind : std::uint8_t {
        authorisation = 1, ///< value uses per loading of the card set or softcard; under the module, of the key
        global = 2,        ///< value uses per module until it is cleared, over all processes; id names the counter
        time = 3,          ///< value seconds after loading
        nonvolatile = 4,   ///< value uses for ever: NVRAM counter id on module esn, which both are filled in when the
                           ///< key is made (id may name a counter). At most one in a group; see hsm/nvram.hpp
    };
    Kind kind = Kind::authorisation;
    std::uint64_t value = 0;
    Bytes id;  ///< global: up to 16 bytes; nonvolatile: the area's name
    Esn esn;   ///< nonvolatile

    auto operator<=>(const UseLimit&) const = default;
};

/// What may protect a blob.
enum class ProtectorKind : std::uint8_t { module = 1, card_set = 2, softcard = 3 };

HSM_API std::string_view protector_kind_name(ProtectorKind kind) noexcept; ///< "module", "cardset", "softcard"

/// One thing that a group allows.
struct AclAction {
    std::uint32_t actions = 0;               ///< bits of Action
    std::vector<MechanismId> mechanisms;     ///< empty: any. For sign, verify, encrypt, ... only
    std::vector<ProtectorKind> blob_kinds;   ///< make_blob: under which protectors; empty: any
    Bytes blob_target;                       ///< make_blob: hash of the token, or empty for any of the kinds
    bool trusted_kek_only = false;           ///< export_wrapped: only under a key marked trusted

    auto operator<=>(const AclAction&) const = default;
};

/// A permission group.
struct PermissionGroup {
    Bytes certifier;               ///< key hash that must stand behind the request, or empty
    Esn esn;                       ///< only on this module, or empty
    std::vector<UseLimit> limits;
    std::vector<AclAction> actions;

    auto operator<=>(const PermissionGroup&) const = default;
};

struct Acl {
    std::vector<PermissionGroup> groups;

    auto operator<=>(const Acl&) const = default;
};

/// A place where a key may be stored.
struct KeyHome {
    ProtectorKind kind = ProtectorKind::module;
    Hash256 token{}; ///< zero for module

    bool operator==(const KeyHome&) const = default;
};

/// What a person wants of a key, from which the stock ACL is made.
struct Usage {
    std::uint32_t actions = 0;           ///< bits of Action of the owner's group
    std::vector<MechanismId> mechanisms; ///< empty: any
    std::vector<UseLimit> limits;        ///< of the owner's group
    std::vector<KeyHome> homes;          ///< of a session key: where it may be stored later; empty: nowhere
    bool trusted_kek_only = false;       ///< export_wrapped: only under a key marked trusted
    bool adjustable = false;             ///< the owner may change actions and mechanisms later (Key::adjust)
    bool recoverable = true;             ///< adds the group for archive blobs if the world has recovery
    bool security_officer_group = false; ///< adds a K_NSO-certified group that allows everything; off by default
};

/// The owner's actions that suit a key of this type ("sign and verify" for Ed25519, and so on).
HSM_API std::uint32_t default_actions(const KeySpec& spec, KeyHalf half);

/// The ACL in words, one line a group, for people. Reentrant.
HSM_API std::vector<std::string> describe(const Acl& acl);

/// True when everything that \p reduced allows, \p original allowed: each new group is implied by an old one.
/// Conservative: says false when unsure. Reentrant.
HSM_API bool is_reduction(const Acl& original, const Acl& reduced);

/// The same, and for each group of \p reduced the index of the group of \p original that implies it. A group with limits
/// stands behind one new group only: two copies of it would count twice.
HSM_API std::optional<std::vector<std::size_t>> reduction(const Acl& original, const Acl& reduced);

} // namespace hsm
