// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/command_id.hpp"
#include "protocol/records.hpp"

#include <hsm/handle.hpp>

/// \file
/// One struct per command with its Reply: module, cards and world. Views live as long as the call.

namespace hsm::protocol {

/// A reply without contents.
struct Done {
    HSM_FIELDS()
};

// ---- Module ------------------------------------------------------------------------------------------------------

struct Enquiry {
    static constexpr auto id = CommandId::enquiry;
    HSM_FIELDS()
    struct Reply {
        ModuleFacts facts;
        HSM_FIELDS(facts)
    };
};

/// Drops every loaded object of every process and leaves the module in `mode`.
struct Clear {
    static constexpr auto id = CommandId::clear;
    ModuleMode mode = ModuleMode::operational;
    HSM_FIELDS(mode)
    using Reply = Done;
};

/// Takes the module out of its world; what it held is erased.
struct Factory {
    static constexpr auto id = CommandId::factory;
    HSM_FIELDS()
    using Reply = Done;
};

struct SelfTest {
    static constexpr auto id = CommandId::self_test;
    HSM_FIELDS()
    struct Reply {
        std::string failure; ///< empty: all passed
        HSM_FIELDS(failure)
    };
};

struct Random {
    static constexpr auto id = CommandId::random;
    std::uint32_t size = 0; ///< at most 1 MiB
    HSM_FIELDS(size)
    struct Reply {
        Bytes bytes;
        HSM_FIELDS(bytes)
    };
};

/// Unloads an object of this client: a key, token, channel.
struct Destroy {
    static constexpr auto id = CommandId::destroy;
    std::uint64_t handle = 0;
    HSM_FIELDS(handle)
    using Reply = Done;
};

/// The host has finished the directory change that enquiry named.
struct ClearPendingSwap {
    static constexpr auto id = CommandId::clear_pending_swap;
    HSM_FIELDS()
    using Reply = Done;
};

// ---- The service (module 0) ---------------------------------------------------------------------------------------

struct ListModules {
    static constexpr auto id = CommandId::list_modules;
    HSM_FIELDS()
    struct Reply {
        std::vector<ModuleFacts> modules;
        HSM_FIELDS(modules)
    };
};

/// Another module on this host, in pre-initialisation.
struct CreateModule {
    static constexpr auto id = CommandId::create_module;
    Secret start_passphrase; ///< empty: none
    HSM_FIELDS(start_passphrase)
    struct Reply {
        std::uint32_t number = 0;
        HSM_FIELDS(number)
    };
};

/// Opens a module whose state is under a passphrase.
struct StartModule {
    static constexpr auto id = CommandId::start_module;
    std::uint32_t number = 0;
    Secret passphrase;
    HSM_FIELDS(number, passphrase)
    using Reply = Done;
};

// ---- Cards -------------------------------------------------------------------------------------------------------

struct SlotList {
    static constexpr auto id = CommandId::slot_list;
    HSM_FIELDS()
    struct Reply {
        std::vector<SlotFacts> slots;
        HSM_FIELDS(slots)
    };
};

struct InsertCard {
    static constexpr auto id = CommandId::insert_card;
    std::uint32_t slot = 0;
    std::string path;
    HSM_FIELDS(slot, path)
    using Reply = Done;
};

struct RemoveCard {
    static constexpr auto id = CommandId::remove_card;
    std::uint32_t slot = 0;
    HSM_FIELDS(slot)
    using Reply = Done;
};

struct EraseCard {
    static constexpr auto id = CommandId::erase_card;
    std::uint32_t slot = 0;
    HSM_FIELDS(slot)
    using Reply = Done;
};

/// Also takes a passphrase off (new one empty) or sets the first one (old one empty).
struct ChangeCardPassphrase {
    static constexpr auto id = CommandId::change_card_passphrase;
    std::uint32_t slot = 0;
    Secret old_passphrase, new_passphrase;
    HSM_FIELDS(slot, old_passphrase, new_passphrase)
    using Reply = Done;
};

struct CheckCardPassphrase {
    static constexpr auto id = CommandId::check_card_passphrase;
    std::uint32_t slot = 0;
    Secret passphrase;
    HSM_FIELDS(slot, passphrase)
    using Reply = Done;
};

/// Makes a blank virtual card, a file that is not there yet.
struct NewCard {
    static constexpr auto id = CommandId::new_card;
    std::string path;
    HSM_FIELDS(path)
    using Reply = Done;
};

// ---- World -------------------------------------------------------------------------------------------------------

/// Makes the keys and tokens of a new world; nothing durable happens before commit_world. Pre-initialisation only.
struct MakeWorld {
    static constexpr auto id = CommandId::make_world;
    WorldOptions options;
    HSM_FIELDS(options)
    struct Reply {
        WorldHandle world;
        WorldFacts facts;
        HSM_FIELDS(world, facts)
    };
};

/// Writes one share of every administrator token on the blank card in the slot.
struct WriteAdminCard {
    static constexpr auto id = CommandId::write_admin_card;
    WorldHandle world;
    std::uint32_t slot = 0;
    std::uint32_t card = 0; ///< 1..n
    Secret passphrase;      ///< empty: none
    HSM_FIELDS(world, slot, card, passphrase)
    using Reply = Done;
};

/// All cards are written: the records for the host's directory.
struct FinishWorld {
    static constexpr auto id = CommandId::finish_world;
    WorldHandle world;
    HSM_FIELDS(world)
    struct Reply {
        Bytes world_record, module_record;
        Esn esn;
        HSM_FIELDS(world_record, module_record, esn)
    };
};

/// The commit point: the module joins the world durably. `pending_swap` names the directory that the host has prepared
/// and will now move into place.
struct CommitWorld {
    static constexpr auto id = CommandId::commit_world;
    WorldHandle world;
    std::string pending_swap;
    HSM_FIELDS(world, pending_swap)
    using Reply = Done;
};

/// Starts collecting administrator cards for `role`. The world record is checked first: by an enrolled module against
/// its HKNSO, by a module in pre-initialisation for consistency.
struct BeginAdminToken {
    static constexpr auto id = CommandId::begin_admin_token;
    AdminRole role = AdminRole::load;
    Bytes world_record;
    HSM_FIELDS(role, world_record)
    struct Reply {
        TokenHandle token;
        WorldFacts facts;
        std::uint32_t needed = 0;
        HSM_FIELDS(token, facts, needed)
    };
};

/// Joins the world with a complete `load` token: durable when it returns. Pre-initialisation only.
struct Enrol {
    static constexpr auto id = CommandId::enrol;
    TokenHandle token;
    HSM_FIELDS(token)
    struct Reply {
        Bytes module_record;
        Esn esn;
        HSM_FIELDS(module_record, esn)
    };
};

/// Loads K_NSO, K_RA or K_NV with its complete token; while it is loaded this client's requests have that certifier.
struct LoadAdminKey {
    static constexpr auto id = CommandId::load_admin_key;
    TokenHandle token;
    HSM_FIELDS(token)
    struct Reply {
        KeyHandle key;
        HSM_FIELDS(key)
    };
};

/// Checks a world record against the module's own HKNSO.
struct CheckWorld {
    static constexpr auto id = CommandId::check_world;
    Bytes world_record;
    HSM_FIELDS(world_record)
    struct Reply {
        WorldFacts facts;
        HSM_FIELDS(facts)
    };
};

/// What the host keeps about this module, freshly signed: `module_<ESN>`.
struct GetModuleRecord {
    static constexpr auto id = CommandId::module_record;
    HSM_FIELDS()
    using Reply = Enrol::Reply;
};

// ---- Tokens ------------------------------------------------------------------------------------------------------

/// A new logical token for a card set, to be written on n cards.
struct MakeCardSet {
    static constexpr auto id = CommandId::make_card_set;
    CardSetFacts facts; ///< name, k, n, persistent, remoteable, timeout, passphrase_recovery
    HSM_FIELDS(facts)
    struct Reply {
        TokenHandle token;
        Hash256 hash{};
        HSM_FIELDS(token, hash)
    };
};

struct WriteShare {
    static constexpr auto id = CommandId::write_share;
    TokenHandle token;
    std::uint32_t slot = 0;
    std::uint32_t card = 0; ///< 1..n
    std::string card_name;
    Secret passphrase;
    HSM_FIELDS(token, slot, card, card_name, passphrase)
    using Reply = Done;
};

/// Starts collecting the cards of a set.
struct BeginToken {
    static constexpr auto id = CommandId::begin_token;
    Hash256 hash{};
    HSM_FIELDS(hash)
    struct Reply {
        TokenHandle token;
        HSM_FIELDS(token)
    };
};

/// Reads the share on the card in the slot into the token.
struct AddShare {
    static constexpr auto id = CommandId::add_share;
    TokenHandle token;
    std::uint32_t slot = 0;
    Secret passphrase;
    HSM_FIELDS(token, slot, passphrase)
    struct Reply {
        std::uint32_t presented = 0, needed = 0;
        HSM_FIELDS(presented, needed)
    };
};

struct MakeSoftcard {
    static constexpr auto id = CommandId::make_softcard;
    std::string name;
    Secret passphrase;
    bool passphrase_recovery = false;
    HSM_FIELDS(name, passphrase, passphrase_recovery)
    struct Reply {
        SoftcardFacts facts;
        Bytes record;
        HSM_FIELDS(facts, record)
    };
};

struct LoadSoftcard {
    static constexpr auto id = CommandId::load_softcard;
    Bytes record;
    Secret passphrase;
    HSM_FIELDS(record, passphrase)
    struct Reply {
        TokenHandle token;
        Hash256 hash{};
        HSM_FIELDS(token, hash)
    };
};

// Softcards with an officer and a user. `record` is always the whole record as stored; a reply's record replaces it.

struct MakeToken {
    static constexpr auto id = CommandId::make_token;
    std::string label;
    Secret officer;
    HSM_FIELDS(label, officer)
    struct Reply {
        Hash256 token{};
        Bytes record;
        HSM_FIELDS(token, record)
    };
};

struct LoadToken {
    static constexpr auto id = CommandId::load_token;
    Bytes record;
    TokenRole role = TokenRole::user;
    Secret passphrase;
    HSM_FIELDS(record, role, passphrase)
    using Reply = LoadSoftcard::Reply;
};

struct ChangeTokenPassphrase {
    static constexpr auto id = CommandId::change_token_passphrase;
    Bytes record;
    TokenRole role = TokenRole::user;
    Secret old_passphrase, new_passphrase;
    HSM_FIELDS(record, role, old_passphrase, new_passphrase)
    struct Reply {
        Bytes record;
        HSM_FIELDS(record)
    };
};

/// `officer`: the token of the record, loaded in the officer's role.
struct SetUserPassphrase {
    static constexpr auto id = CommandId::set_user_passphrase;
    Bytes record;
    TokenHandle officer;
    Secret passphrase;
    HSM_FIELDS(record, officer, passphrase)
    using Reply = ChangeTokenPassphrase::Reply;
};

/// Gives a token without an officer one.
struct AddOfficer {
    static constexpr auto id = CommandId::add_officer;
    Bytes record;
    Secret user, officer;
    HSM_FIELDS(record, user, officer)
    using Reply = ChangeTokenPassphrase::Reply;
};

struct LabelToken {
    static constexpr auto id = CommandId::label_token;
    Bytes record;
    std::string label;
    HSM_FIELDS(record, label)
    using Reply = ChangeTokenPassphrase::Reply;
};

/// A new logical token under the serial number of the old one, with the same officer's passphrase.
struct ReinitialiseToken {
    static constexpr auto id = CommandId::reinitialise_token;
    Bytes record;
    std::string label;
    Secret officer;
    HSM_FIELDS(record, label, officer)
    using Reply = MakeToken::Reply;
};

/// Wrong passphrases in a row.
struct TokenFailures {
    static constexpr auto id = CommandId::token_failures;
    Hash256 token{};
    HSM_FIELDS(token)
    struct Reply {
        std::uint32_t user = 0, officer = 0;
        HSM_FIELDS(user, officer)
    };
};

struct ChangeSoftcardPassphrase {
    static constexpr auto id = CommandId::change_softcard_passphrase;
    Bytes record;
    Secret old_passphrase, new_passphrase;
    HSM_FIELDS(record, old_passphrase, new_passphrase)
    struct Reply {
        Bytes record;
        HSM_FIELDS(record)
    };
};

} // namespace hsm::protocol
