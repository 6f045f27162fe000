// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What the environment and the file cknfastrc say, read once by C_Initialize.

namespace hsm::pkcs11 {

struct Settings {
    bool test_parameters = false;         ///< LIBHSM_TEST_PARAMETERS: cheap passphrase hashing for what C_InitToken makes
    bool assume_single_process = false;   ///< CKNFAST_ASSUME_SINGLE_PROCESS: do not look for others' objects
    bool fake_accelerator_login = false;  ///< CKNFAST_FAKE_ACCELERATOR_LOGIN
    int accelerator_slots = -1;           ///< CKNFAST_NO_ACCELERATOR_SLOTS: 0 hidden, 1 shown; -1: by what there is
    bool load_sharing = true;             ///< CKNFAST_LOADSHARING: one accelerator slot; without it one for each module
    bool profile_objects = false;         ///< LIBHSM_PROFILE_OBJECTS: CKO_PROFILE objects
    bool foreign_keys = false;            ///< LIBHSM_FOREIGN_KEYS: keys of the world that other programs made, read-only
    bool security_world = false;          ///< NFAST_HOME, NFAST_KMDATA or cknfastrc is there: show what Security World software shows
    bool nonremovable = false;            ///< CKNFAST_NONREMOVABLE: card slots do not say that cards can be removed
    bool write_protected = false;         ///< CKNFAST_WRITE_PROTECTED: nothing can be stored
    bool no_symmetric = false;            ///< CKNFAST_NO_SYMMETRIC: no secret keys
    bool no_unwrap = false;               ///< CKNFAST_NO_UNWRAP
    bool free_slot = true;                ///< LIBHSM_FREE_SLOT=0: no slot for C_InitToken
    bool raw_edwards_points = false;      ///< CKNFAST_EDDSA_PUBKEY_FORMAT=raw: CKA_EC_POINT without its OCTET STRING
    std::string cardset_hash;             ///< CKNFAST_CARDSET_HASH: only this card set's slot
    bool log_calls = false;               ///< CKNFAST_DEBUG above 0: see call_log.hpp
    std::string call_log;                 ///< CKNFAST_DEBUGFILE, or a file in CKNFAST_DEBUGDIR; empty: standard error
    std::vector<std::string> notes;       ///< a line for each variable that is set and not honoured: why
    std::uint32_t pin_lockout = 0;        ///< LIBHSM_PIN_LOCKOUT: wrong user PINs in a row that lock a token; 0: none do
    std::uint64_t max_sessions = 0;       ///< LIBHSM_MAX_SESSIONS of a slot; 0: no limit
};

Settings read_settings();

} // namespace hsm::pkcs11
