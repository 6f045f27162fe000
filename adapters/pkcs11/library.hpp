// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "digest_states.hpp"
#include "fault.hpp"
#include "sessions.hpp"
#include "settings.hpp"
#include "slots.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>

/// \file
/// The library between C_Initialize and C_Finalize. Nothing of it runs by itself: no thread, no work at exit, no global
/// with a destructor.

namespace hsm::pkcs11 {

/// Thread-safe.
class Library {
public:
    explicit Library(Settings settings);

    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] Slots& slots() noexcept { return slots_; }
    [[nodiscard]] Sessions& sessions() noexcept { return sessions_; }
    [[nodiscard]] DigestStates& digest_states() noexcept { return digest_states_; }

private:
    Settings settings_;
    Slots slots_;
    DigestStates digest_states_;
    Sessions sessions_;
};

/// C_Initialize and C_Finalize. A forked child starts over: what it inherited is left alone.
CK_RV initialise(const CK_C_INITIALIZE_ARGS* args);
CK_RV finalise();

/// A call in progress: as long as it lives, the library stays. Throws Fault (CKR_CRYPTOKI_NOT_INITIALIZED).
class Entry {
public:
    Entry();
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    [[nodiscard]] Library& library() const noexcept { return *library_; }

private:
    Library* library_;
    std::atomic<std::uint32_t>* stripe_;
};

/// Whether C_Finalize waits for the calls in progress: what blocks must return.
bool closing() noexcept;

/// An entry point without a session.
template <class Body>
CK_RV enter(Body&& body, std::source_location where = std::source_location::current()) noexcept {
    return guarded(
        [&] {
            Entry entry;
            return body(entry.library());
        },
        where);
}

/// An entry point with a session, which is locked: one call at a time.
template <class Body>
CK_RV in_session(CK_SESSION_HANDLE handle, Body&& body,
                 std::source_location where = std::source_location::current()) noexcept {
    return guarded(
        [&] {
            Entry entry;
            const auto held = entry.library().sessions().hold(handle);
            const auto code = caught([&] { return body(*held); });
            // What the user had loaded is gone for good: this call says so, and the sessions end.
            if (code == CKR_DEVICE_REMOVED) held->token().lose();
            return code;
        },
        where);
}

} // namespace hsm::pkcs11
