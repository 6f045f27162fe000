// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "token.hpp"

#include <functional>
#include <map>
#include <string>

/// \file
/// One test vector through the C interface, in every way that its mechanism has: in one call and in parts
/// always, with the signature first and as messages in turn from vector to vector. Each function returns what
/// went wrong, or nothing.

namespace hsm::test {

inline CK_ULONG size(const ByteString& bytes) { return static_cast<CK_ULONG>(bytes.size()); }
CK_BYTE_PTR data(const ByteString& bytes); ///< an address even for no bytes

/// An authenticated cipher that is not given as a CK_MECHANISM, for the functions for messages.
struct MessageParameter {
    CK_VOID_PTR parameter = nullptr;
    CK_ULONG size = 0;
    CK_BYTE_PTR tag = nullptr; ///< where the structure says that the tag is
    std::size_t tag_size = 0;
};

/// A key of a session; destroyed with this object. What the token refuses says why.
class Imported {
public:
    Imported(CK_SESSION_HANDLE session, Template key);
    ~Imported();
    Imported(Imported&& other) noexcept;
    Imported(const Imported&) = delete;
    Imported& operator=(const Imported&) = delete;
    Imported& operator=(Imported&&) = delete;
    [[nodiscard]] bool ok() const { return rv_ == CKR_OK; }
    [[nodiscard]] std::string why() const { return rv_name(rv_); }
    operator CK_OBJECT_HANDLE() const { return handle_; } // NOLINT(google-explicit-constructor)

private:
    CK_SESSION_HANDLE session_;
    CK_RV rv_ = CKR_GENERAL_ERROR;
    CK_OBJECT_HANDLE handle_ = 0;
};

/// A token on which vectors are tried.
class Trial : public UserToken {
public:
    Imported import(Template key) { return {session, std::move(key)}; }
    /// Keys that are expensive to make and stay the same from vector to vector; kept until the end.
    const Imported& kept(const std::string& name, const std::function<Template()>& make);

    std::string digest(CK_MECHANISM& mechanism, const ByteString& in, const ByteString& out);
    /// The value of a digest that the token makes.
    ByteString digest_of(CK_MECHANISM_TYPE type, const ByteString& in);
    /// A signature or code that is always the same.
    std::string sign(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                     const ByteString& signature);
    /// One that is not: made with one half, good under the other.
    std::string sign_and_verify(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, CK_OBJECT_HANDLE other,
                                const ByteString& in);
    std::string verify(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                       const ByteString& signature, bool valid);
    /// Both directions.
    std::string cipher(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& plain,
                       const ByteString& sealed);
    std::string decrypt(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& plain,
                        const ByteString& sealed);
    /// Must be refused, at Init or later.
    std::string undecryptable(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& sealed);
    /// C_EncryptMessage and its kind; \p sealed ends with the tag.
    std::string message(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, const MessageParameter& parameter,
                        const ByteString& aad, const ByteString& plain, const ByteString& sealed, bool valid);
    /// C_DeriveKey; \p made is the template of what it makes, which must be readable.
    std::string derive(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base, Template made,
                       const ByteString& expected);

private:
    [[nodiscard]] CK_FLAGS flags_of(CK_MECHANISM_TYPE type);
    std::string signed_one_way(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                               unsigned way, ByteString& out);
    CK_RV verified_one_way(CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key, const ByteString& in,
                           const ByteString& signature, unsigned way);

    std::map<CK_MECHANISM_TYPE, CK_FLAGS> flags_;
    std::map<std::string, Imported> keys_;
    unsigned turn_ = 0;
};

} // namespace hsm::test
