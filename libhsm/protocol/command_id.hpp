// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

/// \file
/// The numbers of the commands. They travel in frames and never change.

namespace hsm::protocol {

enum class CommandId : std::uint16_t {
    none = 0,
    // Module.
    enquiry = 1,
    clear = 2,
    factory = 3,
    self_test = 4,
    random = 5,
    destroy = 6,
    clear_pending_swap = 7,
    // The service itself (module 0).
    list_modules = 10,
    create_module = 11,
    start_module = 12,
    // Cards.
    slot_list = 20,
    insert_card = 21,
    remove_card = 22,
    erase_card = 23,
    change_card_passphrase = 24,
    check_card_passphrase = 25,
    new_card = 26,
    // World.
    make_world = 40,
    write_admin_card = 41,
    finish_world = 42,
    commit_world = 43,
    begin_admin_token = 44,
    enrol = 45,
    load_admin_key = 46,
    check_world = 47,
    module_record = 48,
    // Tokens.
    make_card_set = 60,
    write_share = 61,
    begin_token = 62,
    add_share = 63,
    make_softcard = 64,
    load_softcard = 65,
    change_softcard_passphrase = 66,
    make_token = 67,
    load_token = 68,
    change_token_passphrase = 69,
    set_user_passphrase = 70,
    add_officer = 71,
    label_token = 72,
    reinitialise_token = 73,
    token_failures = 74,
    // Keys.
    generate_key = 80,
    import_key = 81,
    make_blob = 82,
    make_archive_blob = 83,
    load_blob = 84,
    key_info = 85,
    get_acl = 86,
    reduce_acl = 87,
    export_key = 88,
    wrap_key = 89,
    unwrap_key = 90,
    derive_key = 91,
    encapsulate = 92,
    decapsulate = 93,
    check_generation = 94,
    adjust_acl = 95,
    set_trusted = 96,
    get_trusted = 97,
    authorise_use = 98,
    public_half = 99,
    // Cryptography.
    sign = 100,
    verify = 101,
    encrypt = 102,
    decrypt = 103,
    digest = 104,
    open_channel = 105,
    update_channel = 106,
    finish_channel = 107,
    finish_verify = 108,
    copy_channel = 109,
    derive_keys = 110,
    // Data that a front end keeps on the host.
    seal_data = 120,
    open_data = 121,
    search_key = 122,
    // Facts of keys, and groups to make keys in.
    wrapped_size = 123,
    check_value = 124,
    generate_group = 125,
    // NVRAM.
    nvram_list = 130,
    nvram_allocate = 131,
    nvram_free = 132,
    nvram_read = 133,
    nvram_write = 134,
    nvram_increment = 135,
    nvram_back_up = 136,
    nvram_restore = 137,
    nvram_resize = 138,
    nvram_store_key = 139,
    nvram_load_key = 140,
    key_uses = 141,
    reserve_uses = 142,
    recreate_counter = 143,
    // Administrator cards, after the world was made.
    begin_admin_set = 150,
    make_admin_set = 151,
    adopt_world = 152,
    erase_replaced_card = 153,
    recover_key = 154,
    recover_card = 155,
    recover_softcard = 156,
    transfer_key = 157,
    check_fips_auth = 158,
    // Tokens that one program loads for others.
    publish_token = 159,
    list_published = 160,
    take_published = 161,
    // Features.
    list_features = 162,
    set_feature_issuer = 163,
    enable_feature = 164,
};

/// One more than the largest number.
inline constexpr std::uint16_t command_id_end = 165;

} // namespace hsm::protocol
