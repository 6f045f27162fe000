// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"

// PKCS #11 3.2, 5.8, 5.10, 5.12: encryption, decryption, digests; 5.17: dual-function operations.

namespace hsm::pkcs11 {

namespace {

CK_RV single(CK_SESSION_HANDLE handle, Operation Session::* which, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length,
             Where where = Where::current()) {
    return in_operation(handle, which, readable(data, size) && length, [&](Operation& operation, Session&) {
        return operation.single(input(data, size), {out, length});
    }, where);
}

CK_RV update(CK_SESSION_HANDLE handle, Operation Session::* which, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length,
             Where where = Where::current()) {
    return in_operation(handle, which, readable(data, size) && length, [&](Operation& operation, Session&) {
        return operation.update(input(data, size), {out, length});
    }, where);
}

CK_RV finish(CK_SESSION_HANDLE handle, Operation Session::* which, CK_BYTE_PTR out, CK_ULONG_PTR length,
             Where where = Where::current()) {
    return in_operation(handle, which, length != nullptr,
                        [&](Operation& operation, Session&) { return operation.finish({out, length}); }, where);
}

/// Both operations must be there, and a buffer that is too short moves neither.
template <class Body>
CK_RV dual(CK_SESSION_HANDLE handle, Operation Session::* cipher, Operation Session::* other, CK_BYTE_PTR data, CK_ULONG size,
           CK_BYTE_PTR out, CK_ULONG_PTR length, Body&& body, Where where = Where::current()) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        if (!readable(data, size) || !length) {
            (session.*cipher).end();
            (session.*other).end();
            return CKR_ARGUMENTS_BAD;
        }
        if (!(session.*cipher).active() || !(session.*other).active()) return CKR_OPERATION_NOT_INITIALIZED;
        if (const auto bound = (session.*cipher).update_bound(size); !out || *length < bound) return announce({out, length}, bound);
        return body(session.*cipher, session.*other, input(data, size), Output{out, length});
    }, where);
}

CK_RV feed_then_cipher(Operation& cipher, Operation& other, ByteView data, Output out) {
    other.feed(data); // before the output may overwrite it
    return cipher.update(data, out);
}

CK_RV cipher_then_feed(Operation& cipher, Operation& other, ByteView data, Output out) {
    const auto code = cipher.update(data, out);
    if (code == CKR_OK) other.feed({out.buffer, *out.length});
    return code;
}

} // namespace

} // namespace hsm::pkcs11

using namespace hsm;
using namespace hsm::pkcs11;

extern "C" {

CK_RV C_EncryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::encrypt, mechanism, [&](Operation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_ENCRYPT, CKA_ENCRYPT);
    });
}
CK_RV C_Encrypt(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return single(handle, &Session::encrypt, data, size, out, length);
}
CK_RV C_EncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return update(handle, &Session::encrypt, data, size, out, length);
}
CK_RV C_EncryptFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return finish(handle, &Session::encrypt, out, length);
}

CK_RV C_DecryptInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) {
    return begin_operation(handle, &Session::decrypt, mechanism, [&](Operation& operation, Session& session) {
        operation.begin(session.token(), *mechanism, key, CKF_DECRYPT, CKA_DECRYPT);
    });
}
CK_RV C_Decrypt(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return single(handle, &Session::decrypt, data, size, out, length);
}
CK_RV C_DecryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return update(handle, &Session::decrypt, data, size, out, length);
}
CK_RV C_DecryptFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return finish(handle, &Session::decrypt, out, length);
}

CK_RV C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM_PTR mechanism) {
    return begin_operation(handle, &Session::digest, mechanism,
                           [&](Operation& operation, Session& session) { operation.begin_digest(session.token(), *mechanism); });
}
CK_RV C_Digest(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return single(handle, &Session::digest, data, size, out, length);
}
CK_RV C_DigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size) {
    return in_operation(handle, &Session::digest, readable(data, size), [&](Operation& operation, Session&) -> CK_RV {
        operation.feed(input(data, size));
        return CKR_OK;
    });
}
CK_RV C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key) {
    return in_operation(handle, &Session::digest, true, [&](Operation& operation, Session& session) -> CK_RV {
        auto& token = session.token();
        const auto code = guarded([&]() -> CK_RV {
            const auto object = token.object(key);
            if (object->object_class() != CKO_SECRET_KEY || !object->reveals_material()) refuse(CKR_KEY_INDIGESTIBLE);
            operation.feed(token.key_of(*object).export_plain().view());
            return CKR_OK;
        });
        if (code != CKR_OK) operation.end();
        return code == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : code;
    });
}
CK_RV C_DigestFinal(CK_SESSION_HANDLE handle, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return finish(handle, &Session::digest, out, length);
}

CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return dual(handle, &Session::encrypt, &Session::digest, data, size, out, length, feed_then_cipher);
}
CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return dual(handle, &Session::decrypt, &Session::digest, data, size, out, length, cipher_then_feed);
}
CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return dual(handle, &Session::encrypt, &Session::sign, data, size, out, length, feed_then_cipher);
}
CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR out, CK_ULONG_PTR length) {
    return dual(handle, &Session::decrypt, &Session::verify, data, size, out, length, cipher_then_feed);
}

} // extern "C"
