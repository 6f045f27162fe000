// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "call_log.hpp"
#include "pkcs11.h"

#include <hsm/error.hpp>

#include <new>
#include <source_location>

/// \file
/// How refusals travel inside the front end, and how they leave it: as the codes of PKCS #11.

namespace hsm::pkcs11 {

/// What the front end itself refuses with. Thrown; stops in guarded().
struct Fault {
    CK_RV code;
};

[[noreturn]] inline void refuse(CK_RV code) { throw Fault{code}; }

/// The code for what the core refused. One table for all (status_table.cpp).
CK_RV code_of(Status status) noexcept;

/// Runs \p body, which returns a CK_RV, and lets no exception out.
template <class Body>
CK_RV caught(Body&& body) noexcept {
    try {
        return body();
    } catch (const Fault& fault) {
        return fault.code;
    } catch (const Error& error) {
        return code_of(error.status());
    } catch (const std::bad_alloc&) {
        return CKR_HOST_MEMORY;
    } catch (...) {
        return CKR_GENERAL_ERROR;
    }
}

/// An exported function: the C boundary.
template <class Body>
CK_RV guarded(Body&& body, std::source_location where = std::source_location::current()) noexcept {
    const auto code = caught(body);
    if (calls_are_logged.load(std::memory_order_relaxed)) log_call(where.function_name(), code);
    return code;
}

} // namespace hsm::pkcs11
