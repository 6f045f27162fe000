// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/authorise.hpp"
#include "module/blobs.hpp"
#include "module/commands.hpp"

/// \file
/// What the key chapters share: protection by a token, and the birth of a key in the module.

namespace hsm::module {

/// A token in use: what it protects with, and its secret.
struct TokenInUse {
    Protection protection;
    Secret secret; ///< empty for the module
    Hash256 kek{}; ///< HKM or the token's hash

    [[nodiscard]] BlobProtector blob_protector() const {
        return {protection.kind, kek, secret.empty() ? nullptr : &secret};
    }
};

/// The token behind \p handle (zero: the module), complete and alive. Throws access_denied for one that was loaded in
/// the officer's role.
[[nodiscard]] TokenInUse use_token(Context& context, const Snapshot& state, TokenHandle handle);

/// A key on its way into the object table.
struct KeyToInstall {
    std::shared_ptr<const crypto::Key> key;
    Acl acl;
    Protection protection;
    Bytes app_data;
    std::optional<Hash256> trusted_by; ///< KeyObject::trusted_by
};

/// The ACL with the token \p to wherever it names \p from. Throws invalid_argument when that is of another kind: a card
/// set's key goes to a card set, a softcard's to a softcard.
[[nodiscard]] Acl move_acl(Acl acl, const Hash256& from, const TokenInUse& to);

/// Puts the key into the table and describes it.
[[nodiscard]] protocol::NewKey install(Context& context, const Snapshot& state, KeyToInstall from);

/// The key's blob under a token (zero: the module); needs make_blob.
[[nodiscard]] Bytes blob_of(Context& context, const Snapshot& state, KeyHandle key, TokenHandle under);
/// The key of a blob, in the table.
[[nodiscard]] protocol::NewKey load_blob(Context& context, const Snapshot& state, TokenHandle under, ByteView blob);

/// Level 3: throws needs_fips_auth unless a card of this world is in a slot of this module.
void require_fips_auth(Context& context, const Snapshot& state);
/// Throws invalid_argument, not_supported for an ACL that this version cannot honour.
void check_acl(const Acl& acl);
/// Throws mode_forbidden for an ACL that the world's mode does not allow.
void check_mode(const Snapshot& state, const Acl& acl);
/// Everything that a new key must satisfy before it is made or taken in.
void check_new_key(Context& context, const Snapshot& state, const Acl& acl);

} // namespace hsm::module
