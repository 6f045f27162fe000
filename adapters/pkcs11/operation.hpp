// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "mechanisms.hpp"
#include "token.hpp"

#include <optional>

/// \file
/// A cryptographic operation of a session between its Init and its end (PKCS #11 3.2, 5.8 to 5.15).
///
/// Any result but CKR_OK and CKR_BUFFER_TOO_SMALL ends it; a length query and a short buffer leave it as it was.

namespace hsm::pkcs11 {

/// Whether the key serves this mechanism and purpose. Throws Fault: CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT,
/// CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_MECHANISM_INVALID (not among CKA_ALLOWED_MECHANISMS).
void check_key_for(const Object& object, const MechanismMapRow& row, CK_ATTRIBUTE_TYPE usage);

/// The caller's output: a buffer and its length, or a question for the length.
struct Output {
    CK_BYTE_PTR buffer;
    CK_ULONG_PTR length;

    [[nodiscard]] bool asks() const noexcept { return buffer == nullptr; }
};

/// Says the length, and whether \p size bytes fit. CKR_OK for a question.
CK_RV announce(const Output& out, std::size_t size) noexcept;
/// Copies \p result out. CKR_BUFFER_TOO_SMALL leaves it alone.
CK_RV deliver(const Output& out, ByteView result) noexcept;

/// A digest in the middle: what C_GetOperationState saves.
struct SavedDigest {
    const MechanismMapRow* row = nullptr;
    std::optional<Channel> channel; ///< none: nothing was fed yet

    [[nodiscard]] SavedDigest copy() const;
};

enum class Progress : std::uint8_t {
    idle,   ///< no operation
    fresh,  ///< after Init
    parts,  ///< after an Update
    done,   ///< the result of a single call is there and was not yet collected
    ending, ///< the result of the last part is there and was not yet collected
};

/// One of a session's operations. Thread-bound: the session is locked. It keeps its key after the end: the next operation
/// with the same key finds it again without touching anything that threads share.
class Operation {
public:
    explicit Operation(Action action) : action_(action) {}

    [[nodiscard]] bool active() const noexcept { return progress_ != Progress::idle; }

    /// Init. Throws Fault; a refused Init leaves no operation.
    void begin(Token& token, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, CK_FLAGS purpose, CK_ATTRIBUTE_TYPE usage);
    void begin_digest(Token& token, const CK_MECHANISM& mechanism);
    /// C_VerifySignatureInit: the signature comes first.
    void expect(ByteView signature) { expected_ = to_bytes(signature); }
    [[nodiscard]] bool expects() const noexcept { return expected_.has_value(); }
    void end() noexcept;
    /// Lets go of the key that is kept for next time.
    void forget() noexcept;

    // Encrypt, decrypt, digest, sign: data in, result out.
    CK_RV single(ByteView data, Output out);
    CK_RV update(ByteView part, Output out);   ///< ciphers
    void feed(ByteView part);                  ///< digest, sign, verify
    CK_RV finish(Output out);
    // Verify.
    CK_RV verify(ByteView data, ByteView signature);
    CK_RV finish_verify(ByteView signature);
    [[nodiscard]] const Bytes& expected() const noexcept { return *expected_; }
    [[nodiscard]] SavedDigest save_digest() const;
    void resume_digest(Token& token, SavedDigest saved);
    /// C_VerifyRecover: the public operation, then \p unpadded of PKCS #1 takes the data out of the block.
    CK_RV recover(ByteView signature, Output out, ByteView (*unpadded)(ByteView));

    /// A key that asks for its PIN each time (CKA_ALWAYS_AUTHENTICATE), and whether it was given.
    [[nodiscard]] bool needs_authentication() const noexcept { return active() && always_authenticate_; }
    void authenticate(const Secret& pin);

    // Dual functions look before they leap: what an update would put out.
    [[nodiscard]] std::size_t update_bound(std::size_t input) const noexcept;

private:
    /// Runs \p body; whatever it throws or returns but OK and BUFFER_TOO_SMALL ends the operation.
    template <class Body>
    CK_RV keeping(Body&& body);
    void attach(Token& token, CK_OBJECT_HANDLE key);
    void check_ready(const Token& token) const;
    void check_data(std::size_t size) const;
    [[nodiscard]] bool deciphers() const noexcept { return action_ == Action::decrypt; }
    [[nodiscard]] bool ciphers() const noexcept { return action_ == Action::encrypt || action_ == Action::decrypt; }
    [[nodiscard]] bool exact_size() const noexcept;
    [[nodiscard]] bool streams() const noexcept { return mechanism_.row->form == Form::stream; }
    [[nodiscard]] std::size_t result_size(std::size_t input) const;
    [[nodiscard]] std::size_t final_bound() const;
    void run(ByteView data);
    void collect(ByteView part);
    Channel& channel();
    CK_RV give_result(Output out);
    [[nodiscard]] CK_RV code_for(const Error& error) const noexcept;

    Action action_;
    Progress progress_ = Progress::idle;
    BoundMechanism mechanism_;
    Token* token_ = nullptr;
    std::uint64_t stamp_ = 0;   ///< of the token when the key was looked up
    CK_OBJECT_HANDLE handle_ = 0;
    const MechanismMapRow* checked_ = nullptr; ///< that object_ may be used with, and for what; as long as it is the same object
    CK_ATTRIBUTE_TYPE checked_usage_ = 0;
    ObjectPtr object_;
    Key key_;
    bool always_authenticate_ = false, authenticated_ = false;
    bool asked_single_ = false; ///< a single call asked for the length: no parts may follow
    std::optional<Channel> channel_;
    std::uint64_t taken_ = 0, given_ = 0; ///< bytes in and out of the channel
    WipedBytes collected_;      ///< of mechanisms that look at the message as a whole
    Bytes result_;              ///< capacity is kept
    std::optional<Bytes> expected_;
};

} // namespace hsm::pkcs11
