/* SPDX-FileCopyrightText: 2026 The libhsm authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What this module has beyond PKCS #11: attributes that name a key's place in its Security World, attributes of
 * limited use (numbers only, so far), and logging in with the cards of a card set one by one. */
#ifndef HSM_PKCS11_VENDOR_H
#define HSM_PKCS11_VENDOR_H

#include "pkcs11.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read-only attributes of key objects; the numbers are those that Security World software uses. */
#define CKA_NFKM_ID      0xde436a74UL /* the key's identifier, text */
#define CKA_NFKM_APPNAME 0xde436975UL /* the key's application ("pkcs11"), text */
#define CKA_NFKM_HASH    0xde43698aUL /* the key's hash, 20 or 32 bytes */

/* An operation that the world's rules allow only with a card or a softcard loaded. */
#define CKR_FIPS_TOKEN_NOT_PRESENT (CKR_VENDOR_DEFINED | CKR_TOKEN_NOT_PRESENT)

/* How often a private or secret key may be used, CK_ULONG, and how many uses were taken. Reserved: no object has
 * them yet. */
#define CKA_HSM_USE_LIMIT 0xe8736d01UL
#define CKA_HSM_USE_COUNT 0xe8736d02UL

/* Logging in to a card set of which K cards of N are needed, all in one session:
 * C_LoginBegin says K and N; C_LoginNext takes the passphrase of the card that is in the slot, and says how
 * many cards are still missing; C_LoginEnd, after K cards, logs in. Any error of C_LoginNext but
 * CKR_PIN_INCORRECT and CKR_TOKEN_NOT_PRESENT gives up what was begun.
 * CKR_OPERATION_ACTIVE: begun already. CKR_OPERATION_NOT_INITIALIZED: not begun.
 * While it lasts the cards may be exchanged in one reader, and C_Login says CKR_OPERATION_ACTIVE. It ends with its session.
 * CKR_FUNCTION_NOT_SUPPORTED: the token is no card set. */
#define HSM_P11_FUNCTIONS_VENDOR(X) \
    X(C_LoginBegin, (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_ULONG_PTR pulK, CK_ULONG_PTR pulN)) \
    X(C_LoginNext, (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType, CK_UTF8CHAR_PTR pPin, \
                    CK_ULONG ulPinLen, CK_ULONG_PTR pulSharesLeft)) \
    X(C_LoginEnd, (CK_SESSION_HANDLE hSession, CK_USER_TYPE userType))

#define HSM_P11_DECLARE(name, arguments) \
    typedef CK_RV(*CK_##name) arguments; \
    HSM_P11_SPEC CK_RV name arguments;
HSM_P11_FUNCTIONS_VENDOR(HSM_P11_DECLARE)
#undef HSM_P11_DECLARE

/* The function list of the interface that C_GetInterface knows by this name, version 1.0. */
#define HSM_P11_VENDOR_INTERFACE "Vendor libhsm"
#ifdef _WIN32
#pragma pack(push, 1)
#endif
typedef struct HSM_P11_VENDOR_FUNCTION_LIST {
    CK_VERSION version;
    CK_C_LoginBegin C_LoginBegin;
    CK_C_LoginNext C_LoginNext;
    CK_C_LoginEnd C_LoginEnd;
} HSM_P11_VENDOR_FUNCTION_LIST;
#ifdef _WIN32
#pragma pack(pop)
#endif

#ifdef __cplusplus
}
#endif

#endif
