// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "mechanisms.hpp"
#include "token.hpp"

#include <optional>

/// \file
/// Message-based operations (PKCS #11 3.2, 5.9, 5.11, 5.14, 5.16): one Init, then any number of messages, each with its own
/// parameter.

namespace hsm::pkcs11 {

struct Output;

/// What a message's parameter says, and where its tag and generated nonce go.
struct MessageParameter {
    Mechanism core;
    CK_BYTE_PTR tag = nullptr; ///< encryption writes it, decryption reads it
    std::size_t tag_size = 0;
    std::size_t data_length = 0; ///< CCM
};

/// Thread-bound: the session is locked.
class MessageOperation {
public:
    explicit MessageOperation(Action action) : action_(action) {}

    [[nodiscard]] bool active() const noexcept { return row_ != nullptr; }
    void begin(Token& token, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, CK_FLAGS purpose, CK_ATTRIBUTE_TYPE usage);
    void end() noexcept;
    void forget() noexcept; ///< nothing is kept after the end
    /// A key that asks for its PIN each time (CKA_ALWAYS_AUTHENTICATE): for each message.
    [[nodiscard]] bool needs_authentication() const noexcept { return active() && always_authenticate_; }
    void authenticate(const Secret& pin);

    // Encrypt and decrypt.
    CK_RV crypt(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView aad, ByteView data, Output out);
    CK_RV begin_message(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView aad);
    CK_RV next(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView part, Output out, bool last);

    // Sign and verify.
    CK_RV sign(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView data, Output out);
    CK_RV begin_signed(CK_VOID_PTR parameter, CK_ULONG parameter_size);
    CK_RV feed(ByteView part);
    CK_RV finish_sign(ByteView part, Output out);
    CK_RV verify(CK_VOID_PTR parameter, CK_ULONG parameter_size, ByteView data, ByteView signature);
    CK_RV finish_verify(ByteView part, ByteView signature);

private:
    [[nodiscard]] bool encrypts() const noexcept { return action_ == Action::encrypt; }
    /// Runs \p body for one message; a failure ends the message, not the operation.
    template <class Body>
    CK_RV message(Body&& body);
    void check_ready() const;
    void check_authenticated() const; ///< before the key is used
    [[nodiscard]] CK_RV code_for(const Error& error) const noexcept;
    MessageParameter read(CK_VOID_PTR parameter, CK_ULONG size, bool generate);
    BoundMechanism signing(CK_VOID_PTR parameter, CK_ULONG size) const;
    void drop_message() noexcept;

    Action action_;
    Token* token_ = nullptr;
    const MechanismMapRow* row_ = nullptr;
    ObjectPtr object_;
    Key key_;
    BoundMechanism init_;          ///< as Init had it
    bool in_message_ = false;
    bool always_authenticate_ = false, authenticated_ = false;
    BoundMechanism current_;       ///< of the message in parts
    std::optional<Channel> channel_;

    WipedBytes collected_;
    Bytes base_nonce_;             ///< of the first message, for counted nonces
    Bytes result_;
};

} // namespace hsm::pkcs11
