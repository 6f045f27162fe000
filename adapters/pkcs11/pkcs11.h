/* SPDX-FileCopyrightText: 2026 The libhsm authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The C interface of PKCS #11 3.2: all that a program needs to use a module, and a module to be one. For C and C++.
 *
 * Usual is to load the module at run time and to ask it for C_GetFunctionList (2.40) or C_GetInterface (3.0
 * and later). Threads: C_Initialize says what the module may do; structures belong to the caller and are read
 * or filled during the call only. Names and numbers are those of the standard; HSM_P11_* are ours. */
#ifndef HSM_PKCS11_H
#define HSM_PKCS11_H

/* A module that is built as a DLL defines HSM_P11_EXPORTS before this header. */
#ifndef HSM_P11_SPEC
#if defined(HSM_P11_EXPORTS) && defined(_WIN32)
#define HSM_P11_SPEC __declspec(dllexport)
#elif defined(HSM_P11_EXPORTS) && defined(__GNUC__)
#define HSM_P11_SPEC __attribute__((visibility("default")))
#else
#define HSM_P11_SPEC
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifdef _WIN32 /* the standard's layout on Windows: no padding */
#pragma pack(push, 1)
#endif

/* clang-format off: the order matters */
#include "pkcs11_types.h"
#include "pkcs11_constants.h"
#include "pkcs11_attributes.h"
#include "pkcs11_mechanisms.h"
#include "pkcs11_parameters.h"
#include "pkcs11_parameters_protocols.h"
#include "pkcs11_functions.h"
/* clang-format on */

#ifdef _WIN32
#pragma pack(pop)
#endif

#ifdef __cplusplus
}
#endif

#endif
