// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "constants.hpp"
#include "module.hpp"
#include "template.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// What nearly every test begins with: an empty home, the module initialised there, a token with both PINs, a
/// session.

namespace hsm::test {

inline constexpr std::string_view officer_pin = "12345678";
inline constexpr std::string_view user_pin = "1234";

inline CK_UTF8CHAR_PTR pin_pointer(std::string_view pin) {
    return reinterpret_cast<CK_UTF8CHAR_PTR>(const_cast<char*>(pin.data()));
}
inline CK_ULONG length_of(std::string_view text) { return static_cast<CK_ULONG>(text.size()); }

/// A text of a fixed length, without its padding.
std::string unpadded(const CK_UTF8CHAR* text, std::size_t length);
/// 32 bytes, padded with spaces.
ByteString label_of(std::string_view text);

/// A variable of the environment, as long as this object lives.
class Variable {
public:
    Variable(std::string name, const std::string& value);
    ~Variable();
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    std::string name_;
};

/// An empty directory that LIBHSM_HOME names, gone with this object; passphrases are cheap in it.
class EmptyHome {
public:
    EmptyHome();
    ~EmptyHome();
    EmptyHome(const EmptyHome&) = delete;
    EmptyHome& operator=(const EmptyHome&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The module between C_Initialize and C_Finalize in an empty home.
class Initialised {
public:
    Initialised();
    ~Initialised();
    Initialised(const Initialised&) = delete;
    Initialised& operator=(const Initialised&) = delete;
    [[nodiscard]] const EmptyHome& home() const { return home_; }
    /// C_Finalize and C_Initialize: what a new process sees.
    void again();

private:
    EmptyHome home_;
};

std::vector<CK_SLOT_ID> all_slots();
CK_SLOT_ID free_slot();                           ///< fails the test if there is none
CK_SLOT_ID slot_of_token(std::string_view label); ///< likewise
/// C_InitToken on the free slot, then C_InitPIN. \return its slot
CK_SLOT_ID make_token(std::string_view label = "t");

/// A session that is closed with this object.
class Session {
public:
    explicit Session(CK_SLOT_ID slot, CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION);
    ~Session();
    Session(Session&& other) noexcept : handle_(other.handle_) { other.handle_ = CK_INVALID_HANDLE; }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    Session& operator=(Session&&) = delete;
    // NOLINTNEXTLINE(google-explicit-constructor): it is used where C wants a handle
    operator CK_SESSION_HANDLE() const { return handle_; }
    void close();

    void login(CK_USER_TYPE user = CKU_USER); ///< with the PINs above
    CK_OBJECT_HANDLE create(Template object);
    CK_OBJECT_HANDLE generate(CK_MECHANISM_TYPE mechanism, Template key);
    std::vector<CK_OBJECT_HANDLE> find(Template criteria = {});
    /// The value of one attribute; fails the test if it cannot be read.
    ByteString value(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
    CK_ULONG number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
    bool boolean(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

private:
    CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
};

/// A token with a user logged in to a read-write session.
struct UserToken {
    UserToken() : slot(make_token()), session(slot) { session.login(); }
    Initialised module;
    CK_SLOT_ID slot;
    Session session;
};

/// A mechanism that owns its parameter.
struct Mechanism : CK_MECHANISM {
    explicit Mechanism(CK_MECHANISM_TYPE type, ByteString bytes = {})
        : CK_MECHANISM{type, nullptr, 0}, owned(std::move(bytes)) {
        if (owned.empty()) return;
        pParameter = owned.data();
        ulParameterLen = static_cast<CK_ULONG>(owned.size());
    }
    /// Of a structure that lives as long as this.
    template <class Parameter>
    Mechanism(CK_MECHANISM_TYPE type, Parameter* parameter)
        : CK_MECHANISM{type, parameter, static_cast<CK_ULONG>(sizeof(Parameter))} {}
    Mechanism(const Mechanism&) = delete;
    Mechanism& operator=(const Mechanism&) = delete;
    ByteString owned;
};

} // namespace hsm::test
