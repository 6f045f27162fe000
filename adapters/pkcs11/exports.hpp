// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "library.hpp"

/// \file
/// What the exported functions share. They are short: arguments in, one call, a code out. The order of checks is the same
/// everywhere: initialised, session, arguments, state of the operation, rights, mechanism, key.

namespace hsm::pkcs11 {

/// The exported function, for the log: what several share hands on where it was called.
using Where = std::source_location;

/// Whether there is memory behind an input of this size.
inline bool readable(const void* at, CK_ULONG size) noexcept { return at != nullptr || size == 0; }

inline ByteView input(const void* at, CK_ULONG size) {
    if (!readable(at, size)) refuse(CKR_ARGUMENTS_BAD);
    return {static_cast<const std::uint8_t*>(at), size};
}

template <class... Pointers>
void required(Pointers... pointers) {
    const bool missing = (... || (pointers == nullptr));
    if (missing) refuse(CKR_ARGUMENTS_BAD);
}

/// A function of a multi-call operation: wrong arguments end it as any other failure does.
template <class Kind, class Body>
CK_RV in_operation(CK_SESSION_HANDLE handle, Kind Session::* which, bool arguments_hold, Body&& body,
                   Where where = Where::current()) noexcept {
    const auto run = [&](Session& session) -> CK_RV {
        auto& operation = session.*which;
        if (!arguments_hold) {
            operation.end();
            return CKR_ARGUMENTS_BAD;
        }
        if (!operation.active()) return CKR_OPERATION_NOT_INITIALIZED;
        return body(operation, session);
    };
    return in_session(handle, run, where);
}

/// An Init. Without a mechanism it cancels what is active (PKCS #11 3.2, 5.8.1).
template <class Kind, class Begin>
CK_RV begin_operation(CK_SESSION_HANDLE handle, Kind Session::* which, const CK_MECHANISM* mechanism, Begin&& begin,
                      Where where = Where::current()) noexcept {
    const auto run = [&](Session& session) -> CK_RV {
        auto& operation = session.*which;
        if (!mechanism) {
            if (!operation.active()) return CKR_ARGUMENTS_BAD;
            operation.end();
            return CKR_OK;
        }
        if (operation.active()) return CKR_OPERATION_ACTIVE;
        begin(operation, session);
        return CKR_OK;
    };
    return in_session(handle, run, where);
}

} // namespace hsm::pkcs11
