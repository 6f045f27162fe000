// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"

#include <algorithm>

// PKCS #11 3.2, 5.13, 5.15: signatures and codes; with recovery of the data.

namespace hsm::pkcs11 {

namespace {

CK_RV feed(CK_SESSION_HANDLE handle, Operation Session::* which, bool expecting, CK_BYTE_PTR data, CK_ULONG size,
           Where where = Where::current()) {
    return in_operation(handle, which, readable(data, size), [&](Operation& operation, Session&) -> CK_RV {
        if (operation.expects() != expecting) return CKR_OPERATION_NOT_INITIALIZED;
        operation.feed(input(data, size));
        return CKR_OK;
    }, where);
}

CK_RV verify_init(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key, std::optional<ByteView> signature,
                  Where where = Where::current()) {
    return begin_operation(handle, &Session::verify, mechanism, [&](Operation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_VERIFY, CKA_VERIFY);
        if (signature) operation.expect(*signature);
    }, where);
}

/// What stands in a signature block of PKCS #1 (RFC 8017 9.2 without a DigestInfo): 00 01 FF.. 00 data.
ByteView unpadded(ByteView block) {
    if (block.size() < 11 || block[0] != 0 || block[1] != 1) refuse(CKR_SIGNATURE_INVALID);
    const auto end = std::find_if(block.begin() + 2, block.end(), [](std::uint8_t byte) { return byte != 0xff; });
    if (end - block.begin() < 10 || end == block.end() || *end != 0) refuse(CKR_SIGNATURE_INVALID);
    return {end + 1, block.end()};
}

} // namespace

} // namespace hsm::pkcs11

using namespace hsm;
using namespace hsm::pkcs11;

extern "C" {

CK_RV C_SignInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::sign, mechanism, [&](Operation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_SIGN, CKA_SIGN);
    });
}
CK_RV C_Sign(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return in_operation(handle, &Session::sign, readable(data, size) && length,
                        [&](Operation& operation, Session&) { return operation.single(input(data, size), {out, length}); });
}
CK_RV C_SignUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size) {
    return feed(handle, &Session::sign, false, data, size);
}
CK_RV C_SignFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return in_operation(handle, &Session::sign, length != nullptr,
                        [&](Operation& operation, Session&) { return operation.finish({out, length}); });
}

CK_RV C_SignRecoverInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::sign_recover, mechanism, [&](Operation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_SIGN_RECOVER, CKA_SIGN_RECOVER);
    });
}
CK_RV C_SignRecover(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return in_operation(handle, &Session::sign_recover, readable(data, size) && length,
                        [&](Operation& operation, Session&) { return operation.single(input(data, size), {out, length}); });
}

CK_RV C_VerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return verify_init(handle, mechanism, key, std::nullopt);
}
CK_RV C_Verify(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR signature, CK_ULONG signature_size) {
    return in_operation(handle, &Session::verify, readable(data, size) && readable(signature, signature_size),
                        [&](Operation& operation, Session&) -> CK_RV {
                            if (operation.expects()) return CKR_OPERATION_NOT_INITIALIZED;
                            return operation.verify(input(data, size), input(signature, signature_size));
                        });
}
CK_RV C_VerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size) {
    return feed(handle, &Session::verify, false, data, size);
}
CK_RV C_VerifyFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR signature, CK_ULONG signature_size) {
    return in_operation(handle, &Session::verify, readable(signature, signature_size), [&](Operation& operation, Session&) -> CK_RV {
        if (operation.expects()) return CKR_OPERATION_NOT_INITIALIZED;
        return operation.finish_verify(input(signature, signature_size));
    });
}

CK_RV C_VerifySignatureInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key, CK_BYTE_PTR signature,
                            CK_ULONG signature_size) {
    if (mechanism && !readable(signature, signature_size))
        return in_session(handle, [](Session&) -> CK_RV { return CKR_ARGUMENTS_BAD; });
    return verify_init(handle, mechanism, key, ByteView(signature, signature_size));
}
CK_RV C_VerifySignature(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size) {
    return in_operation(handle, &Session::verify, readable(data, size), [&](Operation& operation, Session&) -> CK_RV {
        if (!operation.expects()) return CKR_OPERATION_NOT_INITIALIZED;
        return operation.verify(input(data, size), operation.expected());
    });
}
CK_RV C_VerifySignatureUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size) {
    return feed(handle, &Session::verify, true, data, size);
}
CK_RV C_VerifySignatureFinal(CK_SESSION_HANDLE handle) {
    return in_operation(handle, &Session::verify, true, [&](Operation& operation, Session&) -> CK_RV {
        if (!operation.expects()) return CKR_OPERATION_NOT_INITIALIZED;
        return operation.finish_verify(operation.expected());
    });
}

CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::verify_recover, mechanism, [&](Operation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_VERIFY_RECOVER, CKA_VERIFY_RECOVER);
    });
}
CK_RV C_VerifyRecover(CK_SESSION_HANDLE handle, CK_BYTE_PTR signature, CK_ULONG signature_size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return in_operation(handle, &Session::verify_recover, readable(signature, signature_size) && length,
                        [&](Operation& operation, Session&) -> CK_RV {
                            return operation.recover(input(signature, signature_size), {out, length}, unpadded);
                        });
}

} // extern "C"
