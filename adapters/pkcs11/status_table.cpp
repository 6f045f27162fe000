// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "fault.hpp"

#include "pkcs11_vendor.h"

// A Status without a code does not compile: there is no default.
#pragma GCC diagnostic error "-Wswitch"

namespace hsm::pkcs11 {

CK_RV code_of(Status status) noexcept {
    switch (status) {
    case Status::ok: return CKR_OK;
    case Status::invalid_argument: return CKR_ARGUMENTS_BAD;
    case Status::invalid_data: return CKR_DATA_INVALID;
    case Status::invalid_signature: return CKR_SIGNATURE_INVALID;
    case Status::invalid_handle: return CKR_OBJECT_HANDLE_INVALID;
    case Status::buffer_too_small: return CKR_BUFFER_TOO_SMALL;
    case Status::not_supported: return CKR_MECHANISM_PARAM_INVALID;
    case Status::not_found: return CKR_OBJECT_HANDLE_INVALID;
    case Status::already_exists: return CKR_FUNCTION_FAILED;
    case Status::bad_state: return CKR_FUNCTION_FAILED;
    case Status::cancelled: return CKR_FUNCTION_CANCELED;
    case Status::key_type_mismatch: return CKR_KEY_TYPE_INCONSISTENT;
    case Status::key_size_range: return CKR_KEY_SIZE_RANGE;
    case Status::mechanism_invalid: return CKR_MECHANISM_INVALID;
    case Status::mechanism_params_invalid: return CKR_MECHANISM_PARAM_INVALID;
    case Status::access_denied: return CKR_KEY_FUNCTION_NOT_PERMITTED;
    case Status::limit_reached: return CKR_KEY_FUNCTION_NOT_PERMITTED;
    case Status::mode_forbidden: return CKR_MECHANISM_INVALID;
    case Status::needs_certifier: return CKR_KEY_FUNCTION_NOT_PERMITTED;
    case Status::needs_fips_auth: return CKR_FIPS_TOKEN_NOT_PRESENT;
    case Status::not_extractable: return CKR_KEY_UNEXTRACTABLE;
    case Status::no_card: return CKR_TOKEN_NOT_PRESENT;
    case Status::card_removed: return CKR_DEVICE_REMOVED;
    case Status::card_foreign: return CKR_TOKEN_NOT_RECOGNIZED;
    case Status::card_not_blank: return CKR_TOKEN_NOT_RECOGNIZED;
    case Status::card_damaged: return CKR_TOKEN_NOT_RECOGNIZED;
    case Status::share_duplicate: return CKR_TOKEN_NOT_PRESENT;
    case Status::passphrase_required: return CKR_PIN_INCORRECT;
    case Status::passphrase_wrong: return CKR_PIN_INCORRECT;
    case Status::passphrase_delayed: return CKR_FUNCTION_FAILED; // it was not tried; nothing is locked
    case Status::token_incomplete: return CKR_TOKEN_NOT_PRESENT;
    case Status::token_expired: return CKR_DEVICE_REMOVED;
    case Status::no_world: return CKR_TOKEN_NOT_RECOGNIZED;
    case Status::world_exists: return CKR_FUNCTION_FAILED;
    case Status::foreign_world: return CKR_TOKEN_NOT_RECOGNIZED;
    case Status::no_module: return CKR_TOKEN_NOT_PRESENT;
    case Status::wrong_module_state: return CKR_DEVICE_ERROR;
    case Status::module_cleared: return CKR_DEVICE_REMOVED;
    case Status::module_failed: return CKR_DEVICE_ERROR;
    case Status::untrusted: return CKR_DEVICE_ERROR;
    case Status::record_damaged: return CKR_DEVICE_ERROR;
    case Status::record_newer: return CKR_DEVICE_ERROR;
    case Status::io_error: return CKR_DEVICE_ERROR;
    case Status::disk_full: return CKR_DEVICE_MEMORY;
    case Status::permission_denied: return CKR_DEVICE_ERROR;
    case Status::read_only: return CKR_TOKEN_WRITE_PROTECTED;
    case Status::busy: return CKR_FUNCTION_FAILED;
    case Status::nvram_full: return CKR_DEVICE_MEMORY;
    case Status::out_of_memory: return CKR_HOST_MEMORY;
    case Status::server_unavailable: return CKR_DEVICE_ERROR;
    case Status::forked: return CKR_CRYPTOKI_NOT_INITIALIZED;
    case Status::internal: return CKR_GENERAL_ERROR;
    }
    return CKR_GENERAL_ERROR;
}

} // namespace hsm::pkcs11
