// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <array>
#include <cstddef>
#include <string_view>

/// \file
/// The exit codes of the tools, all of them. Scripts rely on the numbers: they never change.

namespace hsm::tools {

enum class Exit : int {
    done = 0,
    no = 1,    ///< a question was asked and the answer is no: signature invalid, a check found something, not
               ///< listed
    usage = 2, ///< the command line is wrong; nothing was changed
    // The request.
    invalid_request = 10,
    not_supported = 11,
    not_found = 12,
    already_exists = 13,
    bad_state = 14,
    cancelled = 15,
    not_authentic = 16,
    // Keys and what may be done with them.
    key_unsuitable = 20,
    access_denied = 21,
    limit_reached = 22,
    mode_forbidden = 23,
    authority_missing = 24,
    // Cards and passphrases.
    no_card = 30,
    wrong_card = 31,
    card_damaged = 32,
    card_not_blank = 33,
    passphrase_required = 34,
    passphrase_wrong = 35,
    passphrase_delayed = 36,
    token_unusable = 37,
    // Worlds and modules.
    no_world = 40,
    world_exists = 41,
    foreign_world = 42,
    no_module = 43,
    wrong_module_state = 44,
    module_cleared = 45,
    module_failed = 46,
    untrusted = 47,
    // Files and the system.
    record_damaged = 50,
    io_error = 51,
    disk_full = 52,
    permission_denied = 53,
    read_only = 54,
    busy = 55,
    nvram_full = 56,
    out_of_memory = 60,
    server_unavailable = 61,
    internal = 70,
};

struct ExitCodeRow {
    Status status;
    Exit exit;
    std::string_view advice; ///< what to do, for a message that does not say it
};

inline constexpr auto exit_code_table = std::to_array<ExitCodeRow>({
    {Status::ok, Exit::done, "nothing"},
    {Status::invalid_argument, Exit::invalid_request, "--help shows what is possible"},
    {Status::invalid_data, Exit::invalid_request, "check the file"},
    {Status::invalid_signature, Exit::not_authentic, "bring back an undamaged copy"},
    {Status::invalid_handle, Exit::invalid_request, "try again"},
    {Status::buffer_too_small, Exit::invalid_request, "try again"},
    {Status::not_supported, Exit::not_supported, "leave it out"},
    {Status::not_found, Exit::not_found, "check the name"},
    {Status::already_exists, Exit::already_exists, "choose another name"},
    {Status::bad_state, Exit::bad_state, "see nfkminfo for the present state"},
    {Status::cancelled, Exit::cancelled, "nothing was changed; try again"},
    {Status::key_type_mismatch, Exit::key_unsuitable, "choose another key or --mechanism"},
    {Status::key_size_range, Exit::key_unsuitable, "choose another size"},
    {Status::mechanism_invalid, Exit::key_unsuitable, "choose another --mechanism"},
    {Status::mechanism_params_invalid, Exit::key_unsuitable, "check the parameters of the mechanism"},
    {Status::access_denied, Exit::access_denied, "hsm acl shows what the key may do"},
    {Status::limit_reached, Exit::limit_reached, "load the key again, or use another one"},
    {Status::mode_forbidden, Exit::mode_forbidden, "choose what the mode of the world allows"},
    {Status::needs_certifier, Exit::authority_missing, "present administrator cards"},
    {Status::needs_fips_auth, Exit::authority_missing,
     "insert a card of this world, or name one with --cards"},
    {Status::not_extractable, Exit::access_denied, "hsm acl shows what the key may do"},
    {Status::no_card, Exit::no_card, "insert the card, or name it with --cards"},
    {Status::card_removed, Exit::no_card, "insert the card again"},
    {Status::card_foreign, Exit::wrong_card, "present a card of the right set"},
    {Status::card_not_blank, Exit::card_not_blank, "use a blank card, or --erase"},
    {Status::card_damaged, Exit::card_damaged, "use another card of the set"},
    {Status::share_duplicate, Exit::wrong_card, "present another card of the set"},
    {Status::passphrase_required, Exit::passphrase_required,
     "give it with --passphrase-file, --passphrase-fd or --passphrase-env"},
    {Status::passphrase_wrong, Exit::passphrase_wrong, "try again with the right one"},
    {Status::passphrase_delayed, Exit::passphrase_delayed, "wait, then try again"},
    {Status::token_incomplete, Exit::token_unusable, "present more cards of the set"},
    {Status::token_expired, Exit::token_unusable, "take the cards out and present them again"},
    {Status::no_world, Exit::no_world, "make one with new-world or quickstart"},
    {Status::world_exists, Exit::world_exists, "use it, or make another one with new-world --initialize"},
    {Status::foreign_world, Exit::foreign_world, "use the directory and the cards of this world"},
    {Status::no_module, Exit::no_module, "hsm module list shows the modules; hsm module create makes one"},
    {Status::wrong_module_state, Exit::wrong_module_state, "change its mode with nopclearfail"},
    {Status::module_cleared, Exit::module_cleared, "try again"},
    {Status::module_failed, Exit::module_failed, "enquiry tells why"},
    {Status::untrusted, Exit::untrusted, "bring back the files of this world from a copy that you trust"},
    {Status::record_damaged, Exit::record_damaged,
     "bring the file back from a backup; nfkmcheck names all such files"},
    {Status::record_newer, Exit::record_damaged, "use the newer version of libhsm"},
    {Status::io_error, Exit::io_error, "check the device"},
    {Status::disk_full, Exit::disk_full, "make room and try again"},
    {Status::permission_denied, Exit::permission_denied, "check the permissions and the owner"},
    {Status::read_only, Exit::read_only, "choose a place that can be written"},
    {Status::busy, Exit::busy, "try again"},
    {Status::nvram_full, Exit::nvram_full, "free an NVRAM area"},
    {Status::out_of_memory, Exit::out_of_memory, "close other programs and try again"},
    {Status::server_unavailable, Exit::server_unavailable, "start the service and try again"},
    {Status::forked, Exit::internal, "try again"},
    {Status::internal, Exit::internal, "please report this"},
});

constexpr const ExitCodeRow& exit_code_row(Status status) noexcept {
    for (const auto& row : exit_code_table) {
        if (row.status == status) return row;
    }
    return exit_code_table.back(); // that of Status::internal
}

constexpr Exit exit_code(Status status) noexcept { return exit_code_row(status).exit; }

/// What each number means, for `hsm exit-codes` and the documentation.
struct ExitRow {
    Exit exit;
    std::string_view name;
    std::string_view text;
};

inline constexpr auto exit_table = std::to_array<ExitRow>({
    {Exit::done, "done", "it worked"},
    {Exit::no, "no", "the answer is no: signature invalid, a check found something, nothing of that kind"},
    {Exit::usage, "usage", "the command line is wrong; nothing was changed"},
    {Exit::invalid_request, "invalid-request", "an argument or the data is not acceptable"},
    {Exit::not_supported, "not-supported", "libhsm does not have this"},
    {Exit::not_found, "not-found", "no such key, card set, softcard or file"},
    {Exit::already_exists, "already-exists", "there is one of that name already"},
    {Exit::bad_state, "bad-state", "not possible in the present state"},
    {Exit::cancelled, "cancelled", "given up at a question"},
    {Exit::not_authentic, "not-authentic", "an authenticated object does not verify: damaged or forged"},
    {Exit::key_unsuitable, "key-unsuitable", "the key, its size or the mechanism does not fit"},
    {Exit::access_denied, "access-denied", "the key's ACL does not allow this"},
    {Exit::limit_reached, "limit-reached", "a use limit of the key is exhausted"},
    {Exit::mode_forbidden, "mode-forbidden", "the world's mode forbids this"},
    {Exit::authority_missing, "authority-missing",
     "a card of the world or administrator authority is needed"},
    {Exit::no_card, "no-card", "a card is missing or was removed"},
    {Exit::wrong_card, "wrong-card", "a card of another set or world, or one already presented"},
    {Exit::card_damaged, "card-damaged", "a card cannot be read"},
    {Exit::card_not_blank, "card-not-blank", "a blank card is needed"},
    {Exit::passphrase_required, "passphrase-required", "a passphrase is needed and none was given"},
    {Exit::passphrase_wrong, "passphrase-wrong", "the passphrase is wrong"},
    {Exit::passphrase_delayed, "passphrase-delayed", "too many wrong passphrases: wait, then try again"},
    {Exit::token_unusable, "token-unusable", "too few cards were presented, or their time is over"},
    {Exit::no_world, "no-world", "there is no Security World"},
    {Exit::world_exists, "world-exists", "there is a Security World already"},
    {Exit::foreign_world, "foreign-world", "made under another Security World"},
    {Exit::no_module, "no-module", "there is no such module"},
    {Exit::wrong_module_state, "wrong-module-state", "the module is in another mode"},
    {Exit::module_cleared, "module-cleared", "the module was cleared meanwhile"},
    {Exit::module_failed, "module-failed", "the module has failed"},
    {Exit::untrusted, "untrusted", "not certified by this world"},
    {Exit::record_damaged, "record-damaged", "a file is damaged or of a later version"},
    {Exit::io_error, "io-error", "reading or writing failed"},
    {Exit::disk_full, "disk-full", "no space left"},
    {Exit::permission_denied, "permission-denied", "the system denies access to a file"},
    {Exit::read_only, "read-only", "the directory or file system is read-only"},
    {Exit::busy, "busy", "another process holds what is needed"},
    {Exit::nvram_full, "nvram-full", "the module's NVRAM is full"},
    {Exit::out_of_memory, "out-of-memory", "out of memory"},
    {Exit::server_unavailable, "server-unavailable", "the service cannot be reached"},
    {Exit::internal, "internal", "a fault in libhsm: please report it"},
});

namespace exit_codes_check {

// An enumerator's name appears in the signature of a template; a number without a name appears as a cast.
template <Status status>
constexpr bool has_name() {
    constexpr std::string_view signature = __PRETTY_FUNCTION__;
    return signature.find("(hsm::Status)") == std::string_view::npos;
}

constexpr bool mapped(Status status) {
    std::size_t rows = 0;
    for (const auto& row : exit_code_table) rows += row.status == status ? 1 : 0;
    return rows == 1;
}

constexpr bool described(Exit exit) {
    for (const auto& row : exit_table) {
        if (row.exit == exit) return true;
    }
    return false;
}

template <std::size_t from, std::size_t... offsets>
constexpr bool each_mapped(std::index_sequence<offsets...>) {
    return (
        (!has_name<static_cast<Status>(from + offsets)>() || mapped(static_cast<Status>(from + offsets))) &&
        ...);
}

constexpr bool each_described() {
    for (const auto& row : exit_code_table) {
        if (!described(row.exit)) return false;
    }
    return true;
}

static_assert(has_name<Status::internal>() && !has_name<static_cast<Status>(255)>());
static_assert(each_mapped<0>(std::make_index_sequence<256>{}), "a Status has no exit code, or two");
static_assert(each_described(), "an exit code has no description");

} // namespace exit_codes_check

} // namespace hsm::tools
