// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

/// \file
/// The one error type of libhsm. Everything that fails throws hsm::Error with a Status and a sentence that says what
/// was wrong and what to do. A normal "no" (signature invalid, object absent) is a return value, never an Error.

#if defined(_WIN32)
#define HSM_API
#else
#define HSM_API __attribute__((visibility("default")))
#endif

namespace hsm {

/// Why something failed, in the words of the domain. Adapters map each value to their standard's code; the
/// numbers travel in protocol frames and never change.
enum class Status : std::uint16_t {
    ok = 0,
    // The request itself.
    invalid_argument = 1,    ///< a parameter is malformed, out of range or contradicts another
    invalid_data = 2,        ///< the data to operate on is not acceptable (length, padding, encoding), or a ciphertext of
                             ///< the user does not decrypt (padding, AEAD tag)
    invalid_signature = 3,   ///< an authenticated object of libhsm's own (certificate, sealed record) does not verify
    invalid_handle = 4,      ///< the handle names nothing alive
    buffer_too_small = 5,
    not_supported = 6,       ///< libhsm does not have this
    not_found = 7,
    already_exists = 8,
    bad_state = 9,           ///< the object is not in the state that the call needs
    cancelled = 10,          ///< the authoriser or the caller gave up
    // Keys and mechanisms.
    key_type_mismatch = 20,  ///< this mechanism does not work with this type of key
    key_size_range = 21,
    mechanism_invalid = 22,
    mechanism_params_invalid = 23,
    access_denied = 24,      ///< no permission group of the key's ACL allows this
    limit_reached = 25,      ///< a use limit of the key is exhausted
    mode_forbidden = 26,     ///< the world's mode forbids this mechanism, key or size
    needs_certifier = 27,    ///< the ACL asks for a certifier (administrator authority) that is not present
    needs_fips_auth = 28,    ///< level 3: a card of the world must be in a slot
    not_extractable = 29,
    // Cards, passphrases, tokens.
    no_card = 40,
    card_removed = 41,
    card_foreign = 42,       ///< a card of another set or another world
    card_not_blank = 43,
    card_damaged = 44,
    share_duplicate = 45,    ///< this card was already presented
    passphrase_required = 46,
    passphrase_wrong = 47,
    passphrase_delayed = 48, ///< too many wrong passphrases: wait, then try again
    token_incomplete = 49,   ///< fewer cards than the quorum were presented
    token_expired = 50,
    // World and module.
    no_world = 60,
    world_exists = 61,
    foreign_world = 62,      ///< made under another Security World
    no_module = 63,
    wrong_module_state = 64, ///< for example: pre-initialisation needed
    module_cleared = 65,     ///< the module was cleared or reinitialised; reload
    module_failed = 66,
    untrusted = 67,          ///< not certified by the world's K_NSO
    // Store and operating system.
    record_damaged = 80,
    record_newer = 81,       ///< written by a later version of libhsm
    io_error = 82,
    disk_full = 83,
    permission_denied = 84,
    read_only = 85,
    busy = 86,
    nvram_full = 87,
    out_of_memory = 88,
    server_unavailable = 89,
    forked = 90,             ///< a child process uses what its parent opened; open again
    internal = 99,
};

/// A row of the status table.
struct StatusRow {
    Status status;
    std::string_view name; ///< stable identifier, for logs and --json
    std::string_view text; ///< a short sentence for people
};

/// The row of \p status; Status::internal's row for a number that is not in the table. Reentrant.
HSM_API const StatusRow& status_row(Status status) noexcept;

/// What libhsm throws. what() is one line that says what was wrong and what to do; it never holds a secret.
class HSM_API Error : public std::exception {
public:
    Error(Status status, std::string message) : status_(status), message_(std::move(message)) {}

    [[nodiscard]] Status status() const noexcept { return status_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

private:
    Status status_;
    std::string message_;
};

} // namespace hsm
