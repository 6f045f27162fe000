// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"
#include "module/objects.hpp"
#include "module/snapshot.hpp"
#include "protocol/records.hpp"

/// \file
/// Key blobs: how a key leaves the module, and comes back. Reentrant.

namespace hsm::module {

/// The identity of a key: of its public half, or, for a secret key, keyed with the world's secret, so that a short
/// secret cannot be guessed from a record.
[[nodiscard]] Hash256 key_identity(const Snapshot& state, const crypto::Key& key);

/// What a working blob is sealed under.
struct BlobProtector {
    ProtectorKind kind = ProtectorKind::module;
    Hash256 hash{};              ///< of the token; HKM for module
    const Secret* token = nullptr;
};

[[nodiscard]] Bytes make_blob(const Snapshot& state, const BlobProtector& protector, const Hash256& key_id,
                              const protocol::KeyContents& contents);
[[nodiscard]] Bytes make_archive_blob(const Snapshot& state, const Hash256& key_id, const protocol::KeyContents& contents);

/// A blob opened: its contents, and the key made of them, whose identity has been checked.
struct OpenedBlob {
    protocol::KeyContents contents;
    std::shared_ptr<const crypto::Key> key;
    Hash256 key_id{};
};

/// Throws foreign_world, card_foreign (another token), record_damaged, invalid_data.
[[nodiscard]] OpenedBlob open_blob(const Snapshot& state, const BlobProtector& protector, ByteView blob);
/// An archive blob. \p kre: K_RE's private half. Throws the same.
[[nodiscard]] OpenedBlob open_archive_blob(const Snapshot& state, const Secret& kre, ByteView blob);

} // namespace hsm::module
