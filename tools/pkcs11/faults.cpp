// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools::pkcs11 {

namespace {

struct Row {
    CK_RV code;
    Status status;
    std::string_view text;
};

constexpr auto rows = std::to_array<Row>({
    {CKR_HOST_MEMORY, Status::out_of_memory, "out of memory"},
    {CKR_SLOT_ID_INVALID, Status::not_found, "there is no such slot; hsm show-slots lists them"},
    {CKR_ATTRIBUTE_READ_ONLY, Status::not_supported, "the module does not let an attribute of it be set"},
    {CKR_ATTRIBUTE_TYPE_INVALID, Status::not_supported, "the module does not know an attribute of it"},
    {CKR_ATTRIBUTE_VALUE_INVALID, Status::invalid_data, "the module does not accept a value in it"},
    {CKR_DATA_LEN_RANGE, Status::invalid_data, "a value in it has a wrong length"},
    {CKR_DEVICE_ERROR, Status::io_error, "the token does not work"},
    {CKR_DEVICE_MEMORY, Status::disk_full, "the token is full"},
    {CKR_DEVICE_REMOVED, Status::card_removed, "the token was removed"},
    {CKR_FUNCTION_NOT_SUPPORTED, Status::not_supported, "the module does not support this"},
    {CKR_KEY_SIZE_RANGE, Status::key_size_range, "the module has no keys of this size"},
    {CKR_MECHANISM_INVALID, Status::not_supported, "the module does not have the mechanism"},
    {CKR_PIN_INCORRECT, Status::passphrase_wrong, "the PIN is wrong"},
    {CKR_PIN_INVALID, Status::invalid_argument, "the module does not accept this PIN; use another one"},
    {CKR_PIN_LEN_RANGE, Status::invalid_argument, "the PIN is too short or too long; use another one"},
    {CKR_PIN_LOCKED, Status::passphrase_delayed, "the PIN is locked after too many wrong ones"},
    {CKR_SESSION_EXISTS, Status::busy, "the token is in use"},
    {CKR_SESSION_READ_ONLY_EXISTS, Status::busy, "the token is in use"},
    {CKR_TEMPLATE_INCOMPLETE, Status::not_supported, "the module wants to know more of it"},
    {CKR_TEMPLATE_INCONSISTENT, Status::not_supported, "the module does not take its attributes together"},
    {CKR_TOKEN_NOT_PRESENT, Status::no_card, "there is no token in the slot"},
    {CKR_TOKEN_NOT_RECOGNIZED, Status::bad_state, "the token is not initialised; hsm init-token does that"},
    {CKR_TOKEN_WRITE_PROTECTED, Status::read_only, "the token is write-protected"},
    {CKR_USER_NOT_LOGGED_IN, Status::access_denied, "nobody is logged in; give the PIN"},
    {CKR_USER_PIN_NOT_INITIALIZED, Status::bad_state,
     "the token has no such PIN yet; hsm set-pin --reset gives it a user PIN"},
    {CKR_RANDOM_NO_RNG, Status::not_supported, "the module has no random numbers"},
    {CKR_DOMAIN_PARAMS_INVALID, Status::not_supported, "the module does not have the group"},
    {CKR_CURVE_NOT_SUPPORTED, Status::not_supported, "the module does not have the curve"},
});

} // namespace

void check(CK_RV code, std::string_view action) {
    if (code == CKR_OK) return;
    const auto row = std::ranges::find(rows, code, &Row::code);
    if (row != rows.end()) throw Error(row->status, fmt::format("cannot {}: {}", action, row->text));
    throw Error(Status::io_error,
                fmt::format("cannot {}: the module answers with code {:#x}; see its log", action, code));
}

} // namespace hsm::tools::pkcs11
