// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "function_lists.hpp"

#include "exports.hpp"
#include "pkcs11_vendor.h"

#include <array>
#include <cstring>

namespace hsm::pkcs11 {

namespace {

#define HSM_P11_ENTRY(name, arguments) name,

/// Without a mechanism an operation is cancelled since 3.0; in 2.40 that is a mistake, of a session that exists.
template <auto Init, class... Key>
CK_RV needs_mechanism(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, Key... key) {
    if (mechanism) return Init(session, mechanism, key...);
    CK_SESSION_INFO info;
    const auto code = C_GetSessionInfo(session, &info);
    return code == CKR_OK ? CKR_ARGUMENTS_BAD : code;
}

// 2.40 knows fewer flags and reports its own version, and has no other way to cancel than to finish.
constinit CK_FUNCTION_LIST list_2_40 = [] {
    CK_FUNCTION_LIST list{{2, 40}, HSM_P11_FUNCTIONS_2_40(HSM_P11_ENTRY)};
    list.C_GetInfo = get_info_2_40;
    list.C_GetMechanismInfo = get_mechanism_info_2_40;
    list.C_EncryptInit = needs_mechanism<C_EncryptInit, CK_OBJECT_HANDLE>;
    list.C_DecryptInit = needs_mechanism<C_DecryptInit, CK_OBJECT_HANDLE>;
    list.C_DigestInit = needs_mechanism<C_DigestInit>;
    list.C_SignInit = needs_mechanism<C_SignInit, CK_OBJECT_HANDLE>;
    list.C_SignRecoverInit = needs_mechanism<C_SignRecoverInit, CK_OBJECT_HANDLE>;
    list.C_VerifyInit = needs_mechanism<C_VerifyInit, CK_OBJECT_HANDLE>;
    list.C_VerifyRecoverInit = needs_mechanism<C_VerifyRecoverInit, CK_OBJECT_HANDLE>;
    return list;
}();
constinit CK_FUNCTION_LIST_3_0 list_3_0{{3, 0}, HSM_P11_FUNCTIONS_2_40(HSM_P11_ENTRY) HSM_P11_FUNCTIONS_3_0(HSM_P11_ENTRY)};
constinit CK_FUNCTION_LIST_3_0 list_3_1{{3, 1}, HSM_P11_FUNCTIONS_2_40(HSM_P11_ENTRY) HSM_P11_FUNCTIONS_3_0(HSM_P11_ENTRY)};
constinit CK_FUNCTION_LIST_3_2 list_3_2{{3, 2}, HSM_P11_FUNCTIONS(HSM_P11_ENTRY)};
constinit HSM_P11_VENDOR_FUNCTION_LIST list_vendor{{1, 0}, HSM_P11_FUNCTIONS_VENDOR(HSM_P11_ENTRY)};
#undef HSM_P11_ENTRY

constinit char standard_name[] = "PKCS 11";
constinit char vendor_name[] = HSM_P11_VENDOR_INTERFACE;

CK_UTF8CHAR_PTR text(char* name) { return reinterpret_cast<CK_UTF8CHAR_PTR>(name); }

// The first is the default. None is fork-safe: a child starts over.
std::array<CK_INTERFACE, 5>& interfaces() {
    static std::array<CK_INTERFACE, 5> table{{
        {text(standard_name), &list_3_2, 0},
        {text(standard_name), &list_3_1, 0},
        {text(standard_name), &list_3_0, 0},
        {text(standard_name), &list_2_40, 0},
        {text(vendor_name), &list_vendor, 0},
    }};
    return table;
}

/// Every list begins with its version.
CK_VERSION version_of(const CK_INTERFACE& interface) {
    CK_VERSION version;
    std::memcpy(&version, interface.pFunctionList, sizeof version);
    return version;
}

bool fits(const CK_INTERFACE& interface, const CK_UTF8CHAR* name, const CK_VERSION* version, CK_FLAGS flags) {
    if (name && std::strcmp(reinterpret_cast<const char*>(name), reinterpret_cast<const char*>(interface.pInterfaceName)) != 0)
        return false;
    const auto own = version_of(interface);
    if (version && (version->major != own.major || version->minor != own.minor)) return false;
    return (interface.flags & flags) == flags;
}

} // namespace

} // namespace hsm::pkcs11

using namespace hsm::pkcs11;

extern "C" {

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
    if (!list) return CKR_ARGUMENTS_BAD;
    *list = &list_2_40;
    return CKR_OK;
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count) {
    if (!count) return CKR_ARGUMENTS_BAD;
    const auto& all = interfaces();
    const auto room = *count;
    *count = static_cast<CK_ULONG>(all.size());
    if (!list) return CKR_OK;
    if (room < all.size()) return CKR_BUFFER_TOO_SMALL;
    std::copy(all.begin(), all.end(), list);
    return CKR_OK;
}

CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR out, CK_FLAGS flags) {
    if (!out) return CKR_ARGUMENTS_BAD;
    for (auto& interface : interfaces()) {
        if (!fits(interface, name, version, flags)) continue;
        *out = &interface;
        return CKR_OK;
    }
    return CKR_FUNCTION_FAILED;
}

} // extern "C"
