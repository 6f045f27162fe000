// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"
#include "function_lists.hpp"
#include "padded_text.hpp"

#include <hsm/version.hpp>

// PKCS #11 3.2, 5.4: general purpose functions; 5.20: parallel function management; 5.5.4: slot events.

namespace hsm::pkcs11 {

namespace {

CK_RV get_info(CK_INFO_PTR info, CK_VERSION version, Where where = Where::current()) {
    return enter([&](Library&) -> CK_RV {
        required(info);
        *info = {};
        info->cryptokiVersion = version;
        pad(info->manufacturerID, "libhsm");
        pad(info->libraryDescription, "libhsm software HSM");
        info->libraryVersion = {HSM_VERSION_MAJOR, HSM_VERSION_MINOR};
        return CKR_OK;
    }, where);
}

CK_RV not_parallel(CK_SESSION_HANDLE session, Where where = Where::current()) {
    return in_session(session, [](Session&) -> CK_RV { return CKR_FUNCTION_NOT_PARALLEL; }, where);
}

} // namespace

extern "C" CK_RV get_info_2_40(CK_INFO_PTR info) { return get_info(info, {2, 40}); }

} // namespace hsm::pkcs11

using namespace hsm::pkcs11;

extern "C" {

CK_RV C_Initialize(CK_VOID_PTR arguments) {
    return guarded([&] { return initialise(static_cast<const CK_C_INITIALIZE_ARGS*>(arguments)); });
}

CK_RV C_Finalize(CK_VOID_PTR reserved) {
    if (reserved) return CKR_ARGUMENTS_BAD;
    return guarded([] { return finalise(); });
}

CK_RV C_GetInfo(CK_INFO_PTR info) { return get_info(info, {3, 2}); }

CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session) { return not_parallel(session); }
CK_RV C_CancelFunction(CK_SESSION_HANDLE session) { return not_parallel(session); }

CK_RV C_AsyncComplete(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR, CK_ASYNC_DATA_PTR) {
    return in_session(session, [](Session&) -> CK_RV { return CKR_FUNCTION_NOT_SUPPORTED; });
}
CK_RV C_AsyncGetID(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR, CK_ULONG_PTR) {
    return in_session(session, [](Session&) -> CK_RV { return CKR_FUNCTION_NOT_SUPPORTED; });
}
CK_RV C_AsyncJoin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG) {
    return in_session(session, [](Session&) -> CK_RV { return CKR_FUNCTION_NOT_SUPPORTED; });
}

CK_RV C_GetSessionValidationFlags(CK_SESSION_HANDLE session, CK_SESSION_VALIDATION_FLAGS_TYPE type, CK_FLAGS_PTR flags) {
    return in_session(session, [&](Session&) -> CK_RV {
        required(flags);
        if (type != CKS_LAST_VALIDATION_OK) return CKR_ARGUMENTS_BAD;
        *flags = 0; // nothing here is validated under any scheme
        return CKR_OK;
    });
}

} // extern "C"
