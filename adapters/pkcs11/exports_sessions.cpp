// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "exports.hpp"

// PKCS #11 3.2, 5.6: session management.

namespace hsm::pkcs11 {

namespace {

CK_RV login(Sessions& sessions, Session& session, CK_USER_TYPE type, ByteView pin) {
    auto& token = session.token();
    switch (type) {
    case CKU_SO:
        if (const auto now = token.user(); now != Token::nobody)
            return now == CKU_SO ? CKR_USER_ALREADY_LOGGED_IN : CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
        if (token.sessions.load() != token.rw_sessions.load()) return CKR_SESSION_READ_ONLY_EXISTS;
        sessions.login_officer(session, Secret(pin));
        return CKR_OK;
    case CKU_USER: break;
    case CKU_CONTEXT_SPECIFIC: {
        if (token.user() != CKU_USER) return CKR_USER_NOT_LOGGED_IN;
        token.check_pin_usable();
        bool waiting = false;
        const auto offer = [&](auto&... uses) {
            const auto authenticate = [&](auto& use) {
                if (!use.needs_authentication()) return;
                unhurried([&] { use.authenticate(Secret(pin)); }, session.give_up());
                waiting = true;
            };
            (authenticate(uses), ...);
        };
        offer(session.sign, session.decrypt, session.sign_recover, session.message_sign, session.message_decrypt, session.single_use);
        return waiting ? CKR_OK : CKR_OPERATION_NOT_INITIALIZED;
    }
    default: return CKR_USER_TYPE_INVALID;
    }
    token.login(type, Secret(pin), session.give_up());
    return CKR_OK;
}

struct Cancellable {
    CK_FLAGS flag;
    void (*cancel)(Session&);
};
constexpr Cancellable cancellable[] = {
    {CKF_ENCRYPT, [](Session& s) { s.encrypt.end(); }},
    {CKF_DECRYPT, [](Session& s) { s.decrypt.end(); }},
    {CKF_DIGEST, [](Session& s) { s.digest.end(); }},
    {CKF_SIGN, [](Session& s) { s.sign.end(); }},
    {CKF_SIGN_RECOVER, [](Session& s) { s.sign_recover.end(); }},
    {CKF_VERIFY, [](Session& s) { s.verify.end(); }},
    {CKF_VERIFY_RECOVER, [](Session& s) { s.verify_recover.end(); }},
    {CKF_MESSAGE_ENCRYPT, [](Session& s) { s.message_encrypt.end(); }},
    {CKF_MESSAGE_DECRYPT, [](Session& s) { s.message_decrypt.end(); }},
    {CKF_MESSAGE_SIGN, [](Session& s) { s.message_sign.end(); }},
    {CKF_MESSAGE_VERIFY, [](Session& s) { s.message_verify.end(); }},
    {CKF_FIND_OBJECTS, [](Session& s) { s.search = {}; }},
};

} // namespace

} // namespace hsm::pkcs11

using namespace hsm;
using namespace hsm::pkcs11;

extern "C" {

CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR, CK_NOTIFY, CK_SESSION_HANDLE_PTR out) {
    return enter([&](Library& library) -> CK_RV {
        required(out);
        if (!(flags & CKF_SERIAL_SESSION)) return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
        if (flags & CKF_ASYNC_SESSION) return CKR_SESSION_ASYNC_NOT_SUPPORTED;
        const auto token = library.slots().token(slot);
        const bool read_write = flags & CKF_RW_SESSION;
        if (read_write && library.settings().write_protected) return CKR_TOKEN_WRITE_PROTECTED;
        *out = library.sessions().open(slot, token, read_write);
        return CKR_OK;
    });
}

CK_RV C_CloseSession(CK_SESSION_HANDLE handle) {
    return enter([&](Library& library) -> CK_RV {
        library.sessions().close(handle);
        return CKR_OK;
    });
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot) {
    return enter([&](Library& library) -> CK_RV {
        if (!library.slots().exists(slot)) return CKR_SLOT_ID_INVALID;
        if (const auto token = library.slots().occupant(slot)) library.sessions().close_all(token);
        return CKR_OK;
    });
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO_PTR info) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        required(info);
        *info = {session.slot(), session.state(), CKF_SERIAL_SESSION, 0};
        if (session.read_write()) info->flags |= CKF_RW_SESSION;
        return CKR_OK;
    });
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags) {
    return in_session(handle, [&](Session& session) -> CK_RV {
        for (const auto& row : cancellable)
            if (flags & row.flag) row.cancel(session);
        return CKR_OK;
    });
}

CK_RV C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size) {
    return enter([&](Library& library) -> CK_RV {
        const auto held = library.sessions().hold(handle);
        required(pin);
        return login(library.sessions(), *held, type, input(pin, pin_size));
    });
}

CK_RV C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE type, CK_CHAR_PTR pin, CK_ULONG pin_size, CK_UTF8CHAR_PTR name,
                  CK_ULONG name_size) {
    return enter([&](Library& library) -> CK_RV {
        const auto held = library.sessions().hold(handle);
        required(pin);
        if (!readable(name, name_size)) return CKR_ARGUMENTS_BAD;
        if (name_size != 0) return CKR_USER_TYPE_INVALID; // the users of a token have no names
        return login(library.sessions(), *held, type, input(pin, pin_size));
    });
}

CK_RV C_Logout(CK_SESSION_HANDLE handle) {
    return enter([&](Library& library) -> CK_RV {
        const auto held = library.sessions().hold(handle);
        held->token().logout();
        held->tidy();
        library.sessions().tidy(held->token(), *held);
        return CKR_OK;
    });
}

} // extern "C"
