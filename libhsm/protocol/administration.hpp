// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/admin.hpp"

/// \file
/// One struct per command with its Reply: what administrator cards do after the world was made. `world_record` is
/// always the whole world file; the module checks it against its own HKNSO.

namespace hsm::protocol {

/// Starts collecting K administrator cards for all of their tokens at once. `foreign`: cards of another world, whose
/// keys are to come into this one.
struct BeginAdminSet {
    static constexpr auto id = CommandId::begin_admin_set;
    Bytes world_record;
    bool foreign = false;
    HSM_FIELDS(world_record, foreign)
    using Reply = BeginAdminToken::Reply;
};

/// New tokens for the keys of the same world, to be written on N blank cards (write-admin-card, then finish-world).
/// What the old cards open is not changed: the new world record is the commit point.
struct MakeAdminSet {
    static constexpr auto id = CommandId::make_admin_set;
    TokenHandle token; ///< of begin-admin-set, complete
    HSM_FIELDS(token)
    using Reply = MakeWorld::Reply;
};

/// The module takes note of a replaced ACS: administrator cards of earlier generations open nothing here any more.
/// Durable; a record that is not newer than what the module knows changes nothing.
struct AdoptWorld {
    static constexpr auto id = CommandId::adopt_world;
    Bytes world_record;
    HSM_FIELDS(world_record)
    struct Reply {
        std::uint32_t generation = 0; ///< that the module knows now
        HSM_FIELDS(generation)
    };
};

/// Makes an administrator card of this world blank that is not of the current set: an earlier generation's, or one that
/// an interrupted replacement left behind.
struct EraseReplacedCard {
    static constexpr auto id = CommandId::erase_replaced_card;
    std::uint32_t slot = 0;
    Bytes world_record;
    HSM_FIELDS(slot, world_record)
    using Reply = Done;
};

/// A key from its archive blob, put under another card set or softcard. The key itself is not loaded for anybody.
struct RecoverKey {
    static constexpr auto id = CommandId::recover_key;
    TokenHandle recovery; ///< the complete administrator token
    Bytes archive;
    Hash256 from{}; ///< token that the key is under
    TokenHandle to;
    HSM_FIELDS(recovery, archive, from, to)
    struct Reply {
        KeySpec spec;
        KeyHalf half = KeyHalf::secret;
        Hash256 key_id{};
        Bytes public_info;
        Bytes blob, archive; ///< both with the ACL that names the new token
        HSM_FIELDS(spec, half, key_id, public_info, blob, archive)
    };
};

/// A new passphrase for the operator card in the slot, whatever the old one was.
struct RecoverCard {
    static constexpr auto id = CommandId::recover_card;
    TokenHandle passphrases; ///< the complete administrator token
    std::uint32_t slot = 0;
    Secret passphrase; ///< empty: none
    HSM_FIELDS(passphrases, slot, passphrase)
    using Reply = Done;
};

struct RecoverSoftcard {
    static constexpr auto id = CommandId::recover_softcard;
    TokenHandle passphrases;
    Bytes record;
    Secret passphrase;
    HSM_FIELDS(passphrases, record, passphrase)
    using Reply = ChangeSoftcardPassphrase::Reply;
};

/// A key of another world, put under a protector of this one. Both worlds' administrators are there.
struct TransferKey {
    static constexpr auto id = CommandId::transfer_key;
    TokenHandle source;      ///< of begin-admin-set with `foreign`
    TokenHandle destination; ///< of begin-admin-set
    Bytes blob;              ///< its archive blob, or a working blob under the module key
    Hash256 from{};          ///< token that the key was under; zero: module
    TokenHandle to;          ///< zero: module
    HSM_FIELDS(source, destination, blob, from, to)
    using Reply = RecoverKey::Reply;
};

/// Level 3: throws needs_fips_auth unless a card of this world is in a slot; in other modes does nothing.
struct CheckFipsAuth {
    static constexpr auto id = CommandId::check_fips_auth;
    HSM_FIELDS()
    using Reply = Done;
};

// ---- Tokens loaded for other programs ------------------------------------------------------------------------------

/// A loaded token that other programs on this host may take, as long as `ticket` is not destroyed and its card stays.
struct PublishToken {
    static constexpr auto id = CommandId::publish_token;
    TokenHandle token;
    HSM_FIELDS(token)
    struct Reply {
        std::uint64_t ticket = 0; ///< a handle
        std::string file;         ///< name of the ticket, in `run`
        HSM_FIELDS(ticket, file)
    };
};

struct PublishedToken {
    std::string file;
    ProtectorKind kind = ProtectorKind::card_set;
    Hash256 hash{};
    HSM_FIELDS(file, kind, hash)
};

/// Those that can be taken now.
struct ListPublished {
    static constexpr auto id = CommandId::list_published;
    HSM_FIELDS()
    struct Reply {
        std::vector<PublishedToken> tokens;
        HSM_FIELDS(tokens)
    };
};

struct TakePublished {
    static constexpr auto id = CommandId::take_published;
    std::string file;
    HSM_FIELDS(file)
    struct Reply {
        TokenHandle token;
        ProtectorKind kind = ProtectorKind::card_set;
        Hash256 hash{};
        HSM_FIELDS(token, kind, hash)
    };
};

// ---- Features
// --------------------------------------------------------------------------------------------------------

struct ListFeatures {
    static constexpr auto id = CommandId::list_features;
    HSM_FIELDS()
    struct Reply {
        Bytes issuer;                         ///< SubjectPublicKeyInfo; empty: the module is not restricted
        std::uint32_t fixed = 0, dynamic = 0; ///< bits of Feature
        HSM_FIELDS(issuer, fixed, dynamic)
    };
};

/// From now on the module has only the features that this issuer certified. Once, in pre-initialisation; for good.
struct SetFeatureIssuer {
    static constexpr auto id = CommandId::set_feature_issuer;
    Bytes issuer; ///< SubjectPublicKeyInfo
    HSM_FIELDS(issuer)
    using Reply = Done;
};

/// A feature certificate (hsm/features.hpp). A static one is kept; a dynamic one holds until the module is closed.
struct EnableFeature {
    static constexpr auto id = CommandId::enable_feature;
    Bytes certificate;
    HSM_FIELDS(certificate)
    struct Reply {
        std::uint32_t enabled = 0; ///< bits of Feature that it brought
        HSM_FIELDS(enabled)
    };
};

} // namespace hsm::protocol
