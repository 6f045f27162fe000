// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"
#include "pkcs11_vendor.h"

// Logging in to a card set with K cards of N, card by card; and states of digests, which are this module's own.

using namespace hsm;
using namespace hsm::pkcs11;

extern "C" {

CK_RV C_LoginBegin(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_ULONG_PTR k, CK_ULONG_PTR n) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(k, n);
        if (type != CKU_USER) return CKR_USER_TYPE_INVALID;
        session.token().begin_card_login(session.handle(), *k, *n);
        return CKR_OK;
    });
}

CK_RV C_LoginNext(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size, CK_ULONG_PTR left) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(left);
        if (type != CKU_USER) return CKR_USER_TYPE_INVALID;
        *left = session.token().next_card(session.handle(), Secret(input(pin, pin_size)), session.give_up());
        return CKR_OK;
    });
}

CK_RV C_LoginEnd(CK_SESSION_HANDLE handle, CK_USER_TYPE type) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (type != CKU_USER) return CKR_USER_TYPE_INVALID;
        session.token().end_card_login(session.handle());
        return CKR_OK;
    });
}

} // extern "C"
