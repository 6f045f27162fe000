// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11/module.hpp"

#include <hsm/secret.hpp>

#include <string_view>
#include <utility>
#include <vector>

/// \file
/// A session with a token: logging in, and making, finding and reading objects.

namespace hsm::tools::pkcs11 {

/// What an object shall be. Owns its values. Move-only.
class Template {
public:
    Template& bytes(CK_ATTRIBUTE_TYPE type, ByteView value);
    Template& flag(CK_ATTRIBUTE_TYPE type, bool value);
    Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
    Template& numbers(CK_ATTRIBUTE_TYPE type, const std::vector<CK_ULONG>& values);
    /// A template in the template (CKA_WRAP_TEMPLATE and so on).
    Template& nested(CK_ATTRIBUTE_TYPE type, Template value);

    /// Points into this.
    [[nodiscard]] std::vector<CK_ATTRIBUTE> list() const;

private:
    std::vector<std::pair<CK_ATTRIBUTE_TYPE, Secret>> values_;
    std::vector<Template> inner_; ///< what the values of nested() point into
};

enum class Access { read, write };

/// Thread-bound. Calls throw hsm::Error. A module has to outlive it.
class Session {
public:
    Session(const Module& module, const Token& token, Access access);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void login(CK_USER_TYPE role, const Secret& pin);
    void set_user_pin(const Secret& pin); ///< as officer
    void change_pin(const Secret& old_one, const Secret& new_one);

    CK_OBJECT_HANDLE create(const Template& object, std::string_view what);
    void destroy(CK_OBJECT_HANDLE object);
    [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(const Template& like) const;
    /// Empty where the object does not have the attribute, or does not tell.
    [[nodiscard]] Bytes attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const;
    [[nodiscard]] Bytes sha1(ByteView data) const;

private:
    const Module& module_;
    std::string token_; ///< as messages name it
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
};

/// "token web-server", as messages name it.
std::string token_text(const Token& token);

/// Objects made in a session that go again unless they are kept: nothing stays half done.
class Creation {
public:
    explicit Creation(Session& session) : session_(session) {}
    ~Creation();
    Creation(const Creation&) = delete;
    Creation& operator=(const Creation&) = delete;

    CK_OBJECT_HANDLE add(const Template& object, std::string_view what);
    void keep() noexcept { made_.clear(); }
    [[nodiscard]] std::size_t count() const noexcept { return made_.size(); }

private:
    Session& session_;
    std::vector<CK_OBJECT_HANDLE> made_;
};

} // namespace hsm::tools::pkcs11
