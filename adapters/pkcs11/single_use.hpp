// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "fault.hpp"
#include "object.hpp"

/// \file
/// Keys that ask for the PIN each time (CKA_ALWAYS_AUTHENTICATE; PKCS #11 3.2, 4.10), in functions that have no Init:
/// C_UnwrapKey, C_DeriveKey, C_DecapsulateKey. The standard lets C_Login(CKU_CONTEXT_SPECIFIC) follow what began the
/// operation; here that is the call that was refused. The key may be used once then, by the same call made again.

namespace hsm::pkcs11 {

/// One of each session. Thread-bound: the session is locked.
class SingleUse {
public:
    /// Whether this key may be used now. Throws Fault (CKR_USER_NOT_LOGGED_IN), and then waits for the PIN. \p load:
    /// Key load().
    template <class Load>
    void admit(CK_OBJECT_HANDLE handle, const Object& object, Load&& load) {
        if (!object.attributes().flag(CKA_ALWAYS_AUTHENTICATE)) return;
        const bool admitted = authenticated_ && handle == handle_;
        forget(); // for one use only, and the last one to ask
        if (admitted) return;
        key_ = load();
        handle_ = handle;
        refuse(CKR_USER_NOT_LOGGED_IN);
    }
    [[nodiscard]] bool needs_authentication() const noexcept { return handle_ != 0; }
    void authenticate(const Secret& pin) {
        key_.authorise_use(pin);
        authenticated_ = true;
    }
    void forget() noexcept {
        key_ = {};
        handle_ = 0;
        authenticated_ = false;
    }

private:
    CK_OBJECT_HANDLE handle_ = 0;
    Key key_;
    bool authenticated_ = false;
};

} // namespace hsm::pkcs11
