// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "parameters.hpp"
#include "token.hpp"

/// \file
/// One input, played as a sequence of calls.

namespace hsm::fuzz {

struct Data {
    CK_BYTE_PTR at;
    CK_ULONG size;
};
struct Output {
    CK_BYTE_PTR at;
    CK_ULONG_PTR length;
};

class Play {
public:
    explicit Play(Input& input);

    /// Plays the input to its end.
    void run();

    // Arguments of a call, most of them good.
    CK_SESSION_HANDLE session() { return input.rarely(32) ? input.byte() : input.one_of(sessions_).handle; }
    CK_OBJECT_HANDLE object();
    const pkcs11::MechanismMapRow& row(CK_FLAGS purpose);
    CK_MECHANISM_PTR mechanism(const pkcs11::MechanismMapRow& row);
    CK_OBJECT_HANDLE key_for(const pkcs11::MechanismMapRow& row);
    Data data();
    Output output();
    CK_OBJECT_HANDLE_PTR new_handle();
    Data pin();
    CK_SLOT_ID slot() { return input.rarely() ? input.byte() : Token::instance().slot(); }

    Input& input;
    Memory memory;

    // What calls do to the play itself.
    CK_RV open_session();
    CK_RV close_session();
    CK_RV close_all();
    CK_RV initialise_again();
    /// The next input must not find this token.
    CK_RV spoilt(CK_RV code) {
        if (code == CKR_OK) spoilt_ = true;
        return code;
    }
    CK_MECHANISM_TYPE message_mechanism = 0; ///< of the last Init of messages

private:
    struct Opened {
        CK_SESSION_HANDLE handle = 0;
        bool open = false;
    };
    void check_sessions() const;

    std::array<Opened, 4> sessions_{};
    std::vector<CK_OBJECT_HANDLE> handles_;
    std::vector<CK_OBJECT_HANDLE_PTR> made_; ///< by the present call
    bool spoilt_ = false;
};

struct Call {
    unsigned weight;
    CK_RV (*run)(Play&);
};
std::span<const Call> calls();

} // namespace hsm::fuzz
