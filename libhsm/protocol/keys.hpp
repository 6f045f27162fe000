// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/admin.hpp"

/// \file
/// One struct per command with its Reply: keys and cryptography. Views live as long as the call. Output members of a
/// Reply are replaced; a caller who keeps the Reply keeps its capacity.

namespace hsm::protocol {

// ---- Keys --------------------------------------------------------------------------------------------------------

/// What a new or imported key will be protected by; the token must be complete and alive.
struct Protection {
    TokenHandle token; ///< zero: the module alone
    HSM_FIELDS(token)
};

/// A key that has just come to be in the module.
struct NewKey {
    KeyHandle key;
    KeySpec spec;
    KeyHalf half = KeyHalf::secret;
    Hash256 key_id{};
    Bytes public_info;
    std::optional<Certificate> generation;
    HSM_FIELDS(key, spec, half, key_id, public_info, generation)
};

struct GenerateKey {
    static constexpr auto id = CommandId::generate_key;
    KeySpec spec;
    Acl acl;
    Protection protection;
    Bytes app_data;
    bool certificate = true; ///< session keys go without
    Bytes domain;            ///< DSA, DH: the group (DER, SEQUENCE of p, q, g or p, g) instead of a new or named one
    HSM_FIELDS(spec, acl, protection, app_data, certificate, domain)
    using Reply = NewKey;
};

struct ImportKey {
    static constexpr auto id = CommandId::import_key;
    KeyHalf half = KeyHalf::secret;
    KeyType type = KeyType::generic; ///< of a secret key
    Secret material;                 ///< raw, PKCS #8 or SubjectPublicKeyInfo by half
    Acl acl;
    Protection protection;
    Bytes app_data;
    HSM_FIELDS(half, type, material, acl, protection, app_data)
    using Reply = NewKey;
};

/// The working blob: under the module key, or under the token. Needs make_blob for that protector.
struct MakeBlob {
    static constexpr auto id = CommandId::make_blob;
    KeyHandle key;
    TokenHandle token; ///< zero: module
    HSM_FIELDS(key, token)
    struct Reply {
        Bytes blob;
        HSM_FIELDS(blob)
    };
};

/// The recovery blob under K_RE. Needs make_archive_blob and a world with recovery.
struct MakeArchiveBlob {
    static constexpr auto id = CommandId::make_archive_blob;
    KeyHandle key;
    HSM_FIELDS(key)
    struct Reply {
        Bytes blob;
        HSM_FIELDS(blob)
    };
};

struct LoadBlob {
    static constexpr auto id = CommandId::load_blob;
    ByteView blob;
    TokenHandle token; ///< zero: module
    HSM_FIELDS(blob, token)
    using Reply = NewKey; ///< generation stays empty
};

struct KeyInfo {
    static constexpr auto id = CommandId::key_info;
    KeyHandle key;
    HSM_FIELDS(key)
    using Reply = NewKey;
};

struct GetAcl {
    static constexpr auto id = CommandId::get_acl;
    KeyHandle key;
    HSM_FIELDS(key)
    struct Reply {
        Acl acl;
        HSM_FIELDS(acl)
    };
};

/// Replaces the ACL of the loaded key with one that allows no more.
struct ReduceAcl {
    static constexpr auto id = CommandId::reduce_acl;
    KeyHandle key;
    Acl acl;
    HSM_FIELDS(key, acl)
    using Reply = Done;
};

struct ExportKey {
    static constexpr auto id = CommandId::export_key;
    KeyHandle key;
    HSM_FIELDS(key)
    struct Reply {
        Secret material;
        HSM_FIELDS(material)
    };
};

struct WrapKey {
    static constexpr auto id = CommandId::wrap_key;
    KeyHandle kek, key;
    Mechanism mechanism;
    HSM_FIELDS(kek, key, mechanism)
    struct Reply {
        Bytes wrapped;
        HSM_FIELDS(wrapped)
    };
};

struct UnwrapKey {
    static constexpr auto id = CommandId::unwrap_key;
    KeyHandle kek;
    Mechanism mechanism;
    ByteView wrapped;
    KeySpec spec; ///< of a secret key: type (and size); of a private key: type
    KeyHalf half = KeyHalf::secret;
    Acl acl;
    Bytes app_data;
    HSM_FIELDS(kek, mechanism, wrapped, spec, half, acl, app_data)
    using Reply = NewKey;
};

struct DeriveKey {
    static constexpr auto id = CommandId::derive_key;
    KeyHandle base;
    Mechanism mechanism;
    KeySpec spec; ///< a secret key; bits cut the result (0: all of it)
    Acl acl;
    Bytes app_data;
    HSM_FIELDS(base, mechanism, spec, acl, app_data)
    using Reply = NewKey;
};

/// One derivation whose output is cut into keys, and perhaps bytes that leave in the clear (see Key::derive_all).
struct DeriveKeys {
    static constexpr auto id = CommandId::derive_keys;
    struct Part {
        KeySpec spec; ///< a secret key; bits say how much of the output it takes
        Acl acl;
        Bytes app_data;
        HSM_FIELDS(spec, acl, app_data)
    };
    KeyHandle base;
    Mechanism mechanism;
    std::vector<Part> parts;
    std::uint32_t public_bytes = 0;
    HSM_FIELDS(base, mechanism, parts, public_bytes)
    struct Reply {
        std::vector<NewKey> keys;
        Bytes bytes;
        HSM_FIELDS(keys, bytes)
    };
};

struct Encapsulate {
    static constexpr auto id = CommandId::encapsulate;
    KeyHandle key;
    Mechanism mechanism;
    KeySpec spec;
    Acl acl;
    HSM_FIELDS(key, mechanism, spec, acl)
    struct Reply {
        Bytes ciphertext;
        NewKey shared;
        HSM_FIELDS(ciphertext, shared)
    };
};

struct Decapsulate {
    static constexpr auto id = CommandId::decapsulate;
    KeyHandle key;
    Mechanism mechanism;
    ByteView ciphertext;
    KeySpec spec;
    Acl acl;
    HSM_FIELDS(key, mechanism, ciphertext, spec, acl)
    using Reply = NewKey;
};

/// Checks a key generation certificate against the record of the module that made it. A "no" is `valid` false.
struct CheckGeneration {
    static constexpr auto id = CommandId::check_generation;
    Bytes module_record;
    Certificate certificate;
    Bytes public_info; ///< of the key's record; empty for a secret key
    HSM_FIELDS(module_record, certificate, public_info)
    struct Reply {
        bool valid = false;
        std::string reason; ///< why not
        GenerationBody body;
        HSM_FIELDS(valid, reason, body)
    };
};

/// Sets the owner's actions and mechanisms anew. Needs expand_acl. Never adds an action outside of sign..decapsulate and
/// never touches a limit.
struct AdjustAcl {
    static constexpr auto id = CommandId::adjust_acl;
    KeyHandle key;
    std::uint32_t actions = 0;
    std::vector<MechanismId> mechanisms;
    bool trusted_kek_only = false;
    HSM_FIELDS(key, actions, mechanisms, trusted_kek_only)
    using Reply = Done;
};

/// Marks a wrapping key as trusted by a token, or no more. The token: loaded in the officer's role, and one that the key
/// lies under or may lie under.
struct SetTrusted {
    static constexpr auto id = CommandId::set_trusted;
    KeyHandle key;
    TokenHandle officer;
    bool trusted = false;
    HSM_FIELDS(key, officer, trusted)
    using Reply = Done;
};

struct GetTrusted {
    static constexpr auto id = CommandId::get_trusted;
    KeyHandle key;
    HSM_FIELDS(key)
    struct Reply {
        bool trusted = false;
        HSM_FIELDS(trusted)
    };
};

/// One more use where limits count authorisations. The passphrase is compared with what the key's token was loaded with.
struct AuthoriseUse {
    static constexpr auto id = CommandId::authorise_use;
    KeyHandle key;
    Secret passphrase;
    HSM_FIELDS(key, passphrase)
    using Reply = Done;
};

struct PublicHalf {
    static constexpr auto id = CommandId::public_half;
    KeyHandle key;
    Acl acl;
    HSM_FIELDS(key, acl)
    using Reply = NewKey;
};

/// Bytes that wrap-key would give: no use of either key, and counted as none.
struct WrappedSize {
    static constexpr auto id = CommandId::wrapped_size;
    KeyHandle kek, key;
    Mechanism mechanism;
    HSM_FIELDS(kek, key, mechanism)
    struct Reply {
        std::uint64_t size = 0;
        HSM_FIELDS(size)
    };
};

/// The three bytes by which people compare secret keys. Needs get_acl.
struct CheckValue {
    static constexpr auto id = CommandId::check_value;
    KeyHandle key;
    HSM_FIELDS(key)
    struct Reply {
        Bytes value;
        HSM_FIELDS(value)
    };
};

/// A new group for DSA or DH keys.
struct GenerateGroup {
    static constexpr auto id = CommandId::generate_group;
    KeyType type = KeyType::none;
    std::uint32_t bits = 0, q_bits = 0;
    HSM_FIELDS(type, bits, q_bits)
    struct Reply {
        Bytes p, q, g, seed;
        HSM_FIELDS(p, q, g, seed)
    };
};

// ---- Data of a front end ----------------------------------------------------------------------------------------

/// Seals `data` under the module key, or with a token under both. `header` is authenticated and stored by the caller.
struct SealData {
    static constexpr auto id = CommandId::seal_data;
    TokenHandle token; ///< zero: module
    ByteView header;
    ByteView data;     ///< secret; not kept
    HSM_FIELDS(token, header, data)
    struct Reply {
        Sealed sealed;
        HSM_FIELDS(sealed)
    };
};

/// Throws invalid_signature unless this is what SealData made, with the same header and token.
struct OpenData {
    static constexpr auto id = CommandId::open_data;
    TokenHandle token;
    ByteView header;
    Sealed sealed;
    HSM_FIELDS(token, header, sealed)
    struct Reply {
        Secret data;
        HSM_FIELDS(data)
    };
};

/// A key for hashes that records can be found by: one for each token and context, and for the module.
struct SearchKey {
    static constexpr auto id = CommandId::search_key;
    TokenHandle token;
    ByteView context;
    HSM_FIELDS(token, context)
    struct Reply {
        Secret key; ///< 16 bytes
        HSM_FIELDS(key)
    };
};

// ---- Cryptography ------------------------------------------------------------------------------------------------

struct Sign {
    static constexpr auto id = CommandId::sign;
    KeyHandle key;
    Mechanism mechanism;
    ByteView data;
    HSM_FIELDS(key, mechanism, data)
    struct Reply {
        Bytes signature;
        HSM_FIELDS(signature)
    };
};

struct Verify {
    static constexpr auto id = CommandId::verify;
    KeyHandle key;
    Mechanism mechanism;
    ByteView data, signature;
    HSM_FIELDS(key, mechanism, data, signature)
    struct Reply {
        bool valid = false;
        HSM_FIELDS(valid)
    };
};

struct Encrypt {
    static constexpr auto id = CommandId::encrypt;
    KeyHandle key;
    Mechanism mechanism;
    ByteView data;
    HSM_FIELDS(key, mechanism, data)
    struct Reply {
        Bytes result;
        HSM_FIELDS(result)
    };
};

struct Decrypt {
    static constexpr auto id = CommandId::decrypt;
    KeyHandle key;
    Mechanism mechanism;
    ByteView data;
    HSM_FIELDS(key, mechanism, data)
    using Reply = Encrypt::Reply;
};

struct Digest {
    static constexpr auto id = CommandId::digest;
    Hash hash = Hash::none;
    ByteView data;
    HSM_FIELDS(hash, data)
    using Reply = Encrypt::Reply;
};

/// An operation in several parts. `key` zero for a digest.
struct OpenChannel {
    static constexpr auto id = CommandId::open_channel;
    KeyHandle key;
    Action action = Action::sign;
    Mechanism mechanism;
    HSM_FIELDS(key, action, mechanism)
    struct Reply {
        ChannelHandle channel;
        HSM_FIELDS(channel)
    };
};

struct UpdateChannel {
    static constexpr auto id = CommandId::update_channel;
    ChannelHandle channel;
    ByteView data;
    HSM_FIELDS(channel, data)
    using Reply = Encrypt::Reply;
};

/// Ends the operation; the channel is gone, also when it fails.
struct FinishChannel {
    static constexpr auto id = CommandId::finish_channel;
    ChannelHandle channel;
    HSM_FIELDS(channel)
    using Reply = Encrypt::Reply;
};

struct FinishVerify {
    static constexpr auto id = CommandId::finish_verify;
    ChannelHandle channel;
    ByteView signature;
    HSM_FIELDS(channel, signature)
    using Reply = Verify::Reply;
};

/// A digest that goes on from here by itself. not_supported for anything else.
struct CopyChannel {
    static constexpr auto id = CommandId::copy_channel;
    ChannelHandle channel;
    HSM_FIELDS(channel)
    using Reply = OpenChannel::Reply;
};

} // namespace hsm::protocol
