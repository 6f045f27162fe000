// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"
#include "function_lists.hpp"
#include "padded_text.hpp"

#include <hsm/version.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

// PKCS #11 3.2, 5.5: slot and token management.

namespace hsm::pkcs11 {

namespace {

constexpr CK_ULONG min_pin = 4, max_pin = 255;

CK_FLAGS slot_flags(const TokenPtr& token, bool present, const Settings& settings) {
    CK_FLAGS flags = present ? CKF_TOKEN_PRESENT : 0;
    if (token && token->kind() == TokenKind::card_set && !settings.nonremovable) flags |= CKF_REMOVABLE_DEVICE;
    return flags;
}

CK_FLAGS failure_flags(const TokenIdentity& who, std::uint32_t lockout) {
    CK_FLAGS flags = 0;
    if (lockout && who.user_failures >= lockout) flags |= CKF_USER_PIN_LOCKED;
    else if (lockout && who.user_failures + 1 == lockout) flags |= CKF_USER_PIN_FINAL_TRY;
    if (who.user_failures) flags |= CKF_USER_PIN_COUNT_LOW;
    if (who.officer_failures) flags |= CKF_SO_PIN_COUNT_LOW;
    return flags;
}

CK_FLAGS token_flags(const Token& token, const TokenIdentity& who) {
    CK_FLAGS flags = CKF_RNG | CKF_TOKEN_INITIALIZED | CKF_DUAL_CRYPTO_OPERATIONS | CKF_RESTORE_KEY_NOT_NEEDED;
    if (token.login_required()) flags |= CKF_LOGIN_REQUIRED;
    if (who.has_user || (who.kind == TokenKind::accelerator && token.login_required())) flags |= CKF_USER_PIN_INITIALIZED;
    if (token.settings().write_protected) flags |= CKF_WRITE_PROTECTED;
    return flags | failure_flags(who, token.settings().pin_lockout);
}

void fill_numbers(CK_TOKEN_INFO& info) {
    info.ulMaxSessionCount = info.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    info.ulMaxPinLen = max_pin;
    info.ulMinPinLen = min_pin;
    info.ulTotalPublicMemory = info.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info.ulTotalPrivateMemory = info.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info.hardwareVersion = info.firmwareVersion = {HSM_VERSION_MAJOR, HSM_VERSION_MINOR};
    std::fill(std::begin(info.utcTime), std::end(info.utcTime), CK_CHAR{' '});
}

void describe_free(CK_TOKEN_INFO& info) {
    pad(info.label, "");
    pad(info.serialNumber, "");
    info.flags = CKF_RNG | CKF_LOGIN_REQUIRED;
}

void describe(CK_TOKEN_INFO& info, Token& token) {
    token.refresh_identity();
    const auto who = token.identity();
    pad(info.label, who.label);
    pad(info.serialNumber, who.serial);
    info.flags = token_flags(token, who);
    info.ulSessionCount = token.sessions.load();
    info.ulRwSessionCount = token.rw_sessions.load();
    if (const auto limit = token.settings().max_sessions) info.ulMaxSessionCount = info.ulMaxRwSessionCount = static_cast<CK_ULONG>(limit);
}

CK_RV get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info,
                         Where where = Where::current()) {
    return enter([&](Library& library) -> CK_RV {
        required(info);
        const auto mode = library.slots().mode(slot);
        const auto* row = mechanism_row_of(type);
        const auto allowed = row ? allowed_in(*row, mode) : AllowedMechanism{};
        if (!allowed.flags) return CKR_MECHANISM_INVALID;
        *info = {allowed.min_size, allowed.max_size, allowed.flags};
        return CKR_OK;
    }, where);
}

// What 2.40 has (its table 33).
constexpr CK_FLAGS flags_2_40 = CKF_HW | CKF_ENCRYPT | CKF_DECRYPT | CKF_DIGEST | CKF_SIGN | CKF_SIGN_RECOVER | CKF_VERIFY |
                                CKF_VERIFY_RECOVER | CKF_GENERATE | CKF_GENERATE_KEY_PAIR | CKF_WRAP | CKF_UNWRAP | CKF_DERIVE |
                                CKF_EC_F_P | CKF_EC_F_2M | CKF_EC_ECPARAMETERS | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS |
                                CKF_EC_COMPRESS;

} // namespace

extern "C" CK_RV get_mechanism_info_2_40(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
    const auto code = get_mechanism_info(slot, type, info);
    if (code == CKR_OK) info->flags &= flags_2_40;
    return code;
}

void check_new_pin(CK_UTF8CHAR_PTR pin, CK_ULONG size) {
    if (!pin) refuse(CKR_ARGUMENTS_BAD); // there is no other way to enter one
    if (size < min_pin || size > max_pin) refuse(CKR_PIN_LEN_RANGE);
}

Secret secret_pin(CK_UTF8CHAR_PTR pin, CK_ULONG size) { return Secret(input(pin, size)); }

} // namespace hsm::pkcs11

using namespace hsm::pkcs11;

extern "C" {

CK_RV C_GetSlotList(CK_BBOOL with_token, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) {
    return enter([&](Library& library) -> CK_RV {
        required(count);
        const auto ids = library.slots().list(with_token != CK_FALSE, list == nullptr);
        const auto room = *count;
        *count = static_cast<CK_ULONG>(ids.size());
        if (!list) return CKR_OK;
        if (room < ids.size()) return CKR_BUFFER_TOO_SMALL;
        std::copy(ids.begin(), ids.end(), list);
        return CKR_OK;
    });
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) {
    return enter([&](Library& library) -> CK_RV {
        required(info);
        const auto [token, present] = library.slots().view(slot);
        *info = {};
        pad(info->slotDescription, token ? "libhsm: " + token->identity().label : "libhsm");
        pad(info->manufacturerID, "libhsm");
        info->flags = slot_flags(token, present, library.settings());
        info->hardwareVersion = info->firmwareVersion = {HSM_VERSION_MAJOR, HSM_VERSION_MINOR};
        return CKR_OK;
    });
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
    return enter([&](Library& library) -> CK_RV {
        required(info);
        const auto token = library.slots().token_or_free(slot);
        *info = {};
        pad(info->manufacturerID, "libhsm");
        pad(info->model, "libhsm");
        fill_numbers(*info);
        if (token) describe(*info, *token);
        else describe_free(*info);
        return CKR_OK;
    });
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) {
    return enter([&](Library& library) -> CK_RV {
        required(count);
        const auto mode = library.slots().mode(slot);
        std::vector<CK_MECHANISM_TYPE> types;
        for (const auto& row : mechanism_map())
            if (allowed_in(row, mode).flags) types.push_back(row.type);
        const auto room = *count;
        *count = static_cast<CK_ULONG>(types.size());
        if (!list) return CKR_OK;
        if (room < types.size()) return CKR_BUFFER_TOO_SMALL;
        std::ranges::copy(types, list);
        return CKR_OK;
    });
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO_PTR info) {
    return get_mechanism_info(slot, type, info);
}

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size, CK_UTF8CHAR_PTR label) {
    return enter([&](Library& library) -> CK_RV {
        required(label);
        if (!library.slots().exists(slot)) return CKR_SLOT_ID_INVALID;
        if (library.settings().write_protected) return CKR_TOKEN_WRITE_PROTECTED;
        if (!pin) return CKR_ARGUMENTS_BAD;
        // Of a token that is there already the PIN is checked, not set.
        if (!library.slots().occupant(slot)) check_new_pin(pin, pin_size);
        std::string text(reinterpret_cast<const char*>(label), 32); // padded with blanks, no zero at the end
        text.erase(text.find_last_not_of(' ') + 1);
        library.slots().initialise_token(slot, text, secret_pin(pin, pin_size));
        return CKR_OK;
    });
}

CK_RV C_InitPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(pin);
        if (session.state() != CKS_RW_SO_FUNCTIONS) return CKR_USER_NOT_LOGGED_IN;
        check_new_pin(pin, pin_size);
        session.token().set_user_pin(secret_pin(pin, pin_size));
        return CKR_OK;
    });
}

CK_RV C_SetPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_size, CK_UTF8CHAR_PTR new_pin, CK_ULONG new_size) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(old_pin, new_pin);
        if (!session.read_write()) return CKR_SESSION_READ_ONLY;
        check_new_pin(new_pin, new_size);
        session.token().change_pin(secret_pin(old_pin, old_size), secret_pin(new_pin, new_size), session.give_up());
        return CKR_OK;
    });
}

CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved) {
    return enter([&](Library& library) -> CK_RV {
        required(slot);
        if (reserved) return CKR_ARGUMENTS_BAD;
        for (;;) {
            if (const auto changed = library.slots().next_event()) {
                *slot = *changed;
                return CKR_OK;
            }
            if (flags & CKF_DONT_BLOCK) return CKR_NO_EVENT;
            if (closing()) return CKR_CRYPTOKI_NOT_INITIALIZED;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    });
}

} // extern "C"
