// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/error.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

namespace hsm {

namespace {

constexpr StatusRow status_table[] = {
    {Status::ok, "ok", "It went well."},
    {Status::invalid_argument, "invalid_argument", "A parameter is malformed or out of range."},
    {Status::invalid_data, "invalid_data", "The data is not acceptable."},
    {Status::invalid_signature, "invalid_signature", "An authenticated object does not verify."},
    {Status::invalid_handle, "invalid_handle", "The handle names nothing alive."},
    {Status::buffer_too_small, "buffer_too_small", "The buffer is too small."},
    {Status::not_supported, "not_supported", "libhsm does not have this."},
    {Status::not_found, "not_found", "There is no such thing."},
    {Status::already_exists, "already_exists", "It exists already."},
    {Status::bad_state, "bad_state", "The object is not in the state that this needs."},
    {Status::cancelled, "cancelled", "It was cancelled."},
    {Status::key_type_mismatch, "key_type_mismatch", "The mechanism does not work with this type of key."},
    {Status::key_size_range, "key_size_range", "The size of the key is not allowed here."},
    {Status::mechanism_invalid, "mechanism_invalid", "There is no such mechanism, or not for this action."},
    {Status::mechanism_params_invalid, "mechanism_params_invalid",
     "The parameters of the mechanism are wrong."},
    {Status::access_denied, "access_denied", "The access control list of the key does not allow this."},
    {Status::limit_reached, "limit_reached", "A use limit of the key is exhausted."},
    {Status::mode_forbidden, "mode_forbidden", "The mode of the Security World forbids this."},
    {Status::needs_certifier, "needs_certifier", "This needs administrator cards."},
    {Status::needs_fips_auth, "needs_fips_auth", "This needs a card of the Security World in a slot."},
    {Status::not_extractable, "not_extractable", "The key cannot leave the module."},
    {Status::no_card, "no_card", "There is no card in the slot."},
    {Status::card_removed, "card_removed", "The card was removed."},
    {Status::card_foreign, "card_foreign", "The card belongs to another card set or Security World."},
    {Status::card_not_blank, "card_not_blank", "The card is not blank."},
    {Status::card_damaged, "card_damaged", "The card is damaged."},
    {Status::share_duplicate, "share_duplicate", "This card was already presented."},
    {Status::passphrase_required, "passphrase_required", "A passphrase is needed."},
    {Status::passphrase_wrong, "passphrase_wrong", "The passphrase is wrong."},
    {Status::passphrase_delayed, "passphrase_delayed", "Too many wrong passphrases; wait, then try again."},
    {Status::token_incomplete, "token_incomplete", "More cards are needed."},
    {Status::token_expired, "token_expired", "The time of the cards is over; present them again."},
    {Status::no_world, "no_world", "There is no Security World."},
    {Status::world_exists, "world_exists", "There is a Security World already."},
    {Status::foreign_world, "foreign_world", "This was made under another Security World."},
    {Status::no_module, "no_module", "There is no such module."},
    {Status::wrong_module_state, "wrong_module_state", "The module is not in the state that this needs."},
    {Status::module_cleared, "module_cleared", "The module was cleared; load what you need again."},
    {Status::module_failed, "module_failed", "The module has failed."},
    {Status::untrusted, "untrusted", "This is not certified by the administrators of the Security World."},
    {Status::record_damaged, "record_damaged", "A stored record is damaged."},
    {Status::record_newer, "record_newer", "A stored record was written by a later version of libhsm."},
    {Status::io_error, "io_error", "Reading or writing failed."},
    {Status::disk_full, "disk_full", "There is no space left on the disk."},
    {Status::permission_denied, "permission_denied", "The operating system denies access."},
    {Status::read_only, "read_only", "The file system is read-only."},
    {Status::busy, "busy", "It is in use; try again."},
    {Status::nvram_full, "nvram_full", "The NVRAM is full."},
    {Status::out_of_memory, "out_of_memory", "There is not enough memory."},
    {Status::server_unavailable, "server_unavailable", "The hardserver does not answer."},
    {Status::forked, "forked", "This was opened by the parent process; open it again."},
    {Status::internal, "internal", "An internal error of libhsm."},
};

static_assert(std::ranges::is_sorted(status_table, std::less_equal<>{}, &StatusRow::status),
              "sorted, each status once");

// The compiler spells a template argument that is an enumerator by its name, and any other number as a cast.
// That tells what enumerators there are, so a Status without a row, or with a misspelt name, does not
// compile.
template <Status S>
constexpr std::string_view enumerator_name() {
    const std::string_view function = __PRETTY_FUNCTION__;
    const auto from = function.rfind("Status::");
    const auto cast = function.rfind("Status)");
    if (from == std::string_view::npos || (cast != std::string_view::npos && cast > from)) return {};
    const auto name = function.substr(from + 8);
    return name.substr(0, name.find_first_of(";]"));
}

constexpr std::string_view row_name(Status status) {
    for (const auto& row : status_table)
        if (row.status == status) return row.name;
    return {};
}

constexpr bool complete() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
        return ((enumerator_name<static_cast<Status>(I)>() == row_name(static_cast<Status>(I))) && ...);
    }(std::make_index_sequence<128>{});
}
static_assert(complete(), "every status has a row, and its name is the enumerator's");

} // namespace

const StatusRow& status_row(Status status) noexcept {
    const auto* row = std::ranges::lower_bound(status_table, status, {}, &StatusRow::status);
    return row != std::end(status_table) && row->status == status ? *row : *std::rbegin(status_table);
}

} // namespace hsm
