// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"

// PKCS #11 3.2, 5.9, 5.11, 5.14, 5.16: message-based encryption, decryption, signing, verification.

namespace hsm::pkcs11 {

namespace {

CK_RV end(CK_SESSION_HANDLE handle, MessageOperation Session::* which, Where where = Where::current()) {
    return in_operation(handle, which, true, [](MessageOperation& operation, Session&) -> CK_RV {
        operation.end();
        return CKR_OK;
    }, where);
}

CK_RV crypt(CK_SESSION_HANDLE handle, MessageOperation Session::* which, CK_VOID_PTR parameter, CK_ULONG parameter_size, CK_BYTE_PTR aad,
            CK_ULONG aad_size, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length,
            Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(parameter, parameter_size) || !readable(aad, aad_size) || !readable(data, size) || !length) return CKR_ARGUMENTS_BAD;
        if (!(session.*which).active()) return CKR_OPERATION_NOT_INITIALIZED;
        return (session.*which).crypt(parameter, parameter_size, {aad, aad_size}, {data, size}, {out, length});
    }, where);
}

CK_RV begin_crypt(CK_SESSION_HANDLE handle, MessageOperation Session::* which, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                  CK_BYTE_PTR aad, CK_ULONG aad_size, Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(parameter, parameter_size) || !readable(aad, aad_size)) return CKR_ARGUMENTS_BAD;
        if (!(session.*which).active()) return CKR_OPERATION_NOT_INITIALIZED;
        return (session.*which).begin_message(parameter, parameter_size, {aad, aad_size});
    }, where);
}

CK_RV next_crypt(CK_SESSION_HANDLE handle, MessageOperation Session::* which, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                 CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length, CK_FLAGS flags,
                 Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(parameter, parameter_size) || !readable(data, size) || !length) return CKR_ARGUMENTS_BAD;
        if (!(session.*which).active()) return CKR_OPERATION_NOT_INITIALIZED;
        return (session.*which).next(parameter, parameter_size, {data, size}, {out, length}, flags & CKF_END_OF_MESSAGE);
    }, where);
}

CK_RV begin_signed(CK_SESSION_HANDLE handle, MessageOperation Session::* which, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                   Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(parameter, parameter_size)) return CKR_ARGUMENTS_BAD;
        if (!(session.*which).active()) return CKR_OPERATION_NOT_INITIALIZED;
        return (session.*which).begin_signed(parameter, parameter_size);
    }, where);
}

} // namespace

} // namespace hsm::pkcs11

using namespace hsm;
using namespace hsm::pkcs11;

extern "C" {

// The five functions of a direction, row by row: their names, the operation, what the mechanism and the key must allow.
#define HSM_MESSAGE_CIPHER(INIT, ONE, BEGIN, NEXT, FINAL, which, purpose, usage) \
    CK_RV INIT(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) { \
        return begin_operation(handle, which, mechanism, [&](MessageOperation& operation, Session& session) { \
            operation.begin(session.token(), *mechanism, key, purpose, usage); \
        }); \
    } \
    CK_RV ONE(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size, CK_BYTE_PTR aad, \
              CK_ULONG aad_size, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) { \
        return crypt(handle, which, parameter, parameter_size, aad, aad_size, data, size, out, length); \
    } \
    CK_RV BEGIN(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size, CK_BYTE_PTR aad, \
                CK_ULONG aad_size) { \
        return begin_crypt(handle, which, parameter, parameter_size, aad, aad_size); \
    } \
    CK_RV NEXT(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size, CK_BYTE_PTR data, CK_ULONG size, \
               CK_BYTE_PTR out, CK_ULONG_PTR length, CK_FLAGS flags) { \
        return next_crypt(handle, which, parameter, parameter_size, data, size, out, length, flags); \
    } \
    CK_RV FINAL(CK_SESSION_HANDLE handle) { return end(handle, which); }

HSM_MESSAGE_CIPHER(C_MessageEncryptInit, C_EncryptMessage, C_EncryptMessageBegin, C_EncryptMessageNext, C_MessageEncryptFinal,
                   &Session::message_encrypt, CKF_MESSAGE_ENCRYPT, CKA_ENCRYPT)
HSM_MESSAGE_CIPHER(C_MessageDecryptInit, C_DecryptMessage, C_DecryptMessageBegin, C_DecryptMessageNext, C_MessageDecryptFinal,
                   &Session::message_decrypt, CKF_MESSAGE_DECRYPT, CKA_DECRYPT)
#undef HSM_MESSAGE_CIPHER

CK_RV C_MessageSignInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::message_sign, mechanism, [&](MessageOperation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_MESSAGE_SIGN, CKA_SIGN);
    });
}
CK_RV C_SignMessage(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size, CK_BYTE_PTR data, CK_ULONG size,
                    CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(parameter, parameter_size) || !readable(data, size) || !length) return CKR_ARGUMENTS_BAD;
        if (!session.message_sign.active()) return CKR_OPERATION_NOT_INITIALIZED;
        return session.message_sign.sign(parameter, parameter_size, {data, size}, {out, length});
    });
}
CK_RV C_SignMessageBegin(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size) {
    return begin_signed(handle, &Session::message_sign, parameter, parameter_size);
}
CK_RV C_SignMessageNext(CK_SESSION_HANDLE handle, CK_VOID_PTR, CK_ULONG, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out,
                        CK_ULONG_PTR length) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(data, size)) return CKR_ARGUMENTS_BAD;
        if (!session.message_sign.active()) return CKR_OPERATION_NOT_INITIALIZED;
        // A part that wants no signature has no place for its length.
        if (!length) return session.message_sign.feed({data, size});
        return session.message_sign.finish_sign({data, size}, {out, length});
    });
}
CK_RV C_MessageSignFinal(CK_SESSION_HANDLE handle) { return end(handle, &Session::message_sign); }

CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::message_verify, mechanism, [&](MessageOperation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_MESSAGE_VERIFY, CKA_VERIFY);
    });
}
CK_RV C_VerifyMessage(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size, CK_BYTE_PTR data, CK_ULONG size,
                      CK_BYTE_PTR signature, CK_ULONG signature_size) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(parameter, parameter_size) || !readable(data, size) || !readable(signature, signature_size)) return CKR_ARGUMENTS_BAD;
        if (!session.message_verify.active()) return CKR_OPERATION_NOT_INITIALIZED;
        return session.message_verify.verify(parameter, parameter_size, {data, size}, {signature, signature_size});
    });
}
CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE handle, CK_VOID_PTR parameter, CK_ULONG parameter_size) {
    return begin_signed(handle, &Session::message_verify, parameter, parameter_size);
}
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE handle, CK_VOID_PTR, CK_ULONG, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR signature,
                          CK_ULONG signature_size) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(data, size)) return CKR_ARGUMENTS_BAD;
        if (!session.message_verify.active()) return CKR_OPERATION_NOT_INITIALIZED;
        if (!signature) return session.message_verify.feed({data, size});
        return session.message_verify.finish_verify({data, size}, {signature, signature_size});
    });
}
CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE handle) { return end(handle, &Session::message_verify); }

} // extern "C"
