// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <exception>
#include <utility>

/// \file
/// Where Botan's exceptions stop. Every public function of crypto/ that calls Botan runs inside translated().
/// Reentrant.

namespace hsm::crypto {

/// Throws the hsm::Error for the exception being handled. \p bad_input is what malformed input means here.
[[noreturn]] void rethrow_translated(Status bad_input);

/// Runs \p work; an hsm::Error passes through, everything else becomes one. Costs nothing when nothing is
/// thrown.
template <class Work>
decltype(auto) translated(Status bad_input, Work&& work) {
    try {
        return std::forward<Work>(work)();
    } catch (const Error&) {
        throw;
    } catch (...) {
        rethrow_translated(bad_input);
    }
}

/// The one sentence of a decryption that failed, whatever the cause, so that the caller is no padding oracle.
[[noreturn]] void throw_undecryptable();

} // namespace hsm::crypto
