// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/blobs.hpp"

#include "base/codec.hpp"
#include "crypto/operations.hpp"
#include "crypto/pke.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "module/world.hpp"

namespace hsm::module {

namespace {

constexpr std::size_t max_blob = 1 << 20;

protocol::BlobKind blob_kind(ProtectorKind kind) {
    switch (kind) {
    case ProtectorKind::module: return protocol::BlobKind::module;
    case ProtectorKind::card_set: return protocol::BlobKind::token;
    case ProtectorKind::softcard: return protocol::BlobKind::softcard;
    }
    throw Error(Status::invalid_argument, "there is no such kind of protection");
}

/// Token blobs need the module key *and* the token: all cards of a set are worth nothing on a foreign module.
Secret blob_key(const Snapshot& state, const BlobProtector& protector, const protocol::Salt& salt) {
    if (protector.kind == ProtectorKind::module) return state.blob_key.clone();
    const auto bound = crypto::derive_key(state.blob_key, "token", salt);
    return crypto::derive_key(*protector.token, "token-blob", bound.view());
}

Bytes seal_contents(protocol::BlobHeader& header, const Secret& key, const protocol::KeyContents& contents) {
    protocol::Blob blob;
    blob.header = base::encode(header);
    blob.sealed = crypto::seal(key, "key-blob", header.salt, blob.header, base::encode_secret(contents).view());
    auto bytes = base::encode(blob);
    if (bytes.size() > max_blob) throw Error(Status::invalid_argument, "the key with its ACL and data is larger than 1 MiB");
    return bytes;
}

struct Sealing {
    protocol::Blob blob;
    protocol::BlobHeader header;
};

Sealing read_sealing(const Snapshot& state, ByteView bytes) {
    if (bytes.size() > max_blob) throw Error(Status::invalid_data, "the key blob is too large to be one");
    Sealing sealing{base::decode<protocol::Blob>(bytes), {}};
    auto& header = sealing.header = base::decode<protocol::BlobHeader>(sealing.blob.header);
    if (header.magic != protocol::BlobHeader{}.magic || header.version != 1)
        throw Error(Status::record_newer, "the key blob was written by a later version of libhsm; update this one");
    if (header.world != state.enrolment().facts.hknso)
        throw Error(Status::foreign_world, "the key belongs to another Security World (HKNSO " + to_hex(header.world) +
                                               "); this module cannot load it");
    return sealing;
}

OpenedBlob open_contents(const Snapshot& state, const Sealing& sealing, const Secret& key) {
    OpenedBlob opened;
    try {
        opened.contents = base::decode<protocol::KeyContents>(
            crypto::unseal(key, "key-blob", sealing.header.salt, sealing.blob.header, sealing.blob.sealed).view());
    } catch (const Error& error) {
        if (error.status() != Status::invalid_signature) throw;
        throw Error(Status::record_damaged, "the key blob was changed; restore the key's record from a backup");
    }
    if (opened.contents.version != 1)
        throw Error(Status::record_newer, "the key blob was written by a later version of libhsm; update this one");
    protocol::check_extensions(opened.contents.extensions, "the key");
    opened.key = crypto::restore(opened.contents.spec, opened.contents.half, opened.contents.material.view());
    opened.key_id = key_identity(state, *opened.key);
    if (opened.key_id != sealing.header.key_id)
        throw Error(Status::record_damaged, "the key in the blob is not the one that its header names");
    return opened;
}

/// What the sealing key of an archive blob is bound to, beside K_RE.
Bytes transport_context(const Hash256& hkra, const Hash256& key_id) {
    Bytes context(hkra.begin(), hkra.end());
    context.insert(context.end(), key_id.begin(), key_id.end());
    return context;
}

} // namespace

Hash256 key_identity(const Snapshot& state, const crypto::Key& key) {
    if (key.half() != KeyHalf::secret) return key.id();
    const auto material = crypto::material(key);
    const auto keyed = crypto::derive_key(state.id_key, "secret-key", material.view());
    Hash256 id{};
    std::copy(keyed.view().begin(), keyed.view().end(), id.begin());
    return id;
}

Bytes make_blob(const Snapshot& state, const BlobProtector& protector, const Hash256& key_id,
                const protocol::KeyContents& contents) {
    protocol::BlobHeader header;
    header.kind = blob_kind(protector.kind);
    header.world = state.enrolment().facts.hknso;
    header.kek = protector.hash;
    header.key_id = key_id;
    header.salt = crypto::random_salt();
    return seal_contents(header, blob_key(state, protector, header.salt), contents);
}

Bytes make_archive_blob(const Snapshot& state, const Hash256& key_id, const protocol::KeyContents& contents) {
    const auto& enrolment = state.enrolment();
    if (!enrolment.facts.recovery)
        throw Error(Status::not_supported, "this Security World was made without key recovery; it cannot be added later");
    protocol::BlobHeader header;
    header.kind = protocol::BlobKind::archive;
    header.world = enrolment.facts.hknso;
    header.kek = enrolment.facts.hkre;
    header.key_id = key_id;
    header.salt = crypto::random_salt();
    const auto key = crypto::random_secret(32);
    header.transport = state.recovery().encrypt(key, transport_context(enrolment.facts.hkra, key_id));
    return seal_contents(header, key, contents);
}

OpenedBlob open_blob(const Snapshot& state, const BlobProtector& protector, ByteView bytes) {
    const auto sealing = read_sealing(state, bytes);
    const auto& header = sealing.header;
    if (header.kind != blob_kind(protector.kind))
        throw Error(Status::invalid_argument, "the key is protected in another way than was presented; present its card set, "
                                              "softcard, or the module alone");
    if (header.kek != protector.hash)
        throw Error(Status::card_foreign, protector.kind == ProtectorKind::module
                                              ? "the key was made under another module key of this world"
                                              : "the key is under another card set or softcard (" + to_hex(header.kek) + ")");
    return open_contents(state, sealing, blob_key(state, protector, header.salt));
}

OpenedBlob open_archive_blob(const Snapshot& state, const Secret& kre, ByteView bytes) {
    const auto sealing = read_sealing(state, bytes);
    const auto& header = sealing.header;
    const auto& facts = state.enrolment().facts;
    if (header.kind != protocol::BlobKind::archive || header.kek != facts.hkre)
        throw Error(Status::invalid_argument, "this is no recovery blob of this Security World");
    Secret key;
    try {
        key = crypto::pke_decrypt(pke_suite(facts.suite), kre, header.transport, transport_context(facts.hkra, header.key_id));
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data && error.status() != Status::invalid_signature) throw;
        throw Error(Status::record_damaged, "the recovery blob was changed; restore the key's record from a backup");
    }
    return open_contents(state, sealing, key);
}

} // namespace hsm::module
