// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/token_session.hpp"

#include "console.hpp"
#include "pkcs11/faults.hpp"

#include <fmt/format.h>

#include <array>

namespace hsm::tools::pkcs11 {

namespace {

/// The interface has no const; a module does not write to what it reads.
CK_BYTE_PTR bytes_of(ByteView view) { return const_cast<CK_BYTE_PTR>(view.data()); }
CK_ULONG size_of(ByteView view) { return static_cast<CK_ULONG>(view.size()); }

template <class Value>
ByteView view_of(const Value& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

} // namespace

Template& Template::bytes(CK_ATTRIBUTE_TYPE type, ByteView value) {
    values_.emplace_back(type, Secret(value));
    return *this;
}

Template& Template::flag(CK_ATTRIBUTE_TYPE type, bool value) {
    const CK_BBOOL coded = value ? CK_TRUE : CK_FALSE;
    return bytes(type, view_of(coded));
}

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) { return bytes(type, view_of(value)); }

Template& Template::numbers(CK_ATTRIBUTE_TYPE type, const std::vector<CK_ULONG>& values) {
    return bytes(type, {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(CK_ULONG)});
}

Template& Template::nested(CK_ATTRIBUTE_TYPE type, Template value) {
    const auto list = value.list(); // its pointers are into Secrets, which stay where they are when moved
    inner_.push_back(std::move(value));
    return bytes(type, {reinterpret_cast<const std::uint8_t*>(list.data()), list.size() * sizeof(CK_ATTRIBUTE)});
}

std::vector<CK_ATTRIBUTE> Template::list() const {
    std::vector<CK_ATTRIBUTE> list;
    for (const auto& [type, value] : values_) list.push_back({type, bytes_of(value.view()), size_of(value.view())});
    return list;
}

std::string token_text(const Token& token) { return fmt::format("token {}", escaped(token.label)); }

Session::Session(const Module& module, const Token& token, Access access)
    : module_(module), token_(token_text(token)) {
    const CK_FLAGS flags = CKF_SERIAL_SESSION | (access == Access::write ? CKF_RW_SESSION : 0);
    check(module_.functions().C_OpenSession(token.slot, flags, nullptr, nullptr, &handle_),
          fmt::format("open a session with {}", token_));
}

Session::~Session() { (void)module_.functions().C_CloseSession(handle_); }

void Session::login(CK_USER_TYPE role, const Secret& pin) {
    check(module_.functions().C_Login(handle_, role, bytes_of(pin.view()), size_of(pin.view())),
          fmt::format("log in to {} as {}", token_, role == CKU_SO ? "security officer" : "user"));
}

void Session::set_user_pin(const Secret& pin) {
    check(module_.functions().C_InitPIN(handle_, bytes_of(pin.view()), size_of(pin.view())),
          fmt::format("set the user PIN of {}", token_));
}

void Session::change_pin(const Secret& old_one, const Secret& new_one) {
    check(module_.functions().C_SetPIN(handle_, bytes_of(old_one.view()), size_of(old_one.view()),
                                       bytes_of(new_one.view()), size_of(new_one.view())),
          fmt::format("change the PIN of {}", token_));
}

CK_OBJECT_HANDLE Session::create(const Template& object, std::string_view what) {
    auto list = object.list();
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    check(module_.functions().C_CreateObject(handle_, list.data(), static_cast<CK_ULONG>(list.size()), &handle),
          fmt::format("create {} in {}", what, token_));
    return handle;
}

void Session::destroy(CK_OBJECT_HANDLE object) {
    check(module_.functions().C_DestroyObject(handle_, object), fmt::format("remove an object of {}", token_));
}

std::vector<CK_OBJECT_HANDLE> Session::find(const Template& like) const {
    const auto& functions = module_.functions();
    const auto action = fmt::format("search {}", token_);
    auto list = like.list();
    check(functions.C_FindObjectsInit(handle_, list.data(), static_cast<CK_ULONG>(list.size())), action);
    std::vector<CK_OBJECT_HANDLE> found;
    std::array<CK_OBJECT_HANDLE, 256> some;
    CK_ULONG count = 0;
    CK_RV code = CKR_OK;
    do {
        code = functions.C_FindObjects(handle_, some.data(), some.size(), &count);
        if (code == CKR_OK) found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    } while (code == CKR_OK && count != 0);
    (void)functions.C_FindObjectsFinal(handle_);
    check(code, action);
    return found;
}

Bytes Session::attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    CK_ATTRIBUTE one{type, nullptr, 0};
    const auto code = module_.functions().C_GetAttributeValue(handle_, object, &one, 1);
    if (code != CKR_OK || one.ulValueLen == CK_UNAVAILABLE_INFORMATION) return {};
    Bytes value(one.ulValueLen);
    one.pValue = value.data();
    check(module_.functions().C_GetAttributeValue(handle_, object, &one, 1), fmt::format("read an object of {}", token_));
    value.resize(one.ulValueLen);
    return value;
}

Bytes Session::sha1(ByteView data) const {
    CK_MECHANISM mechanism{CKM_SHA_1, nullptr, 0};
    check(module_.functions().C_DigestInit(handle_, &mechanism), "hash with SHA-1");
    Bytes digest(20);
    auto size = static_cast<CK_ULONG>(digest.size());
    check(module_.functions().C_Digest(handle_, bytes_of(data), size_of(data), digest.data(), &size), "hash with SHA-1");
    digest.resize(size);
    return digest;
}

Creation::~Creation() {
    for (auto handle = made_.rbegin(); handle != made_.rend(); ++handle) {
        try {
            session_.destroy(*handle);
        } catch (const Error& error) {
            remark("warning: {}", escaped(error.what()));
        }
    }
}

CK_OBJECT_HANDLE Creation::add(const Template& object, std::string_view what) {
    made_.reserve(made_.size() + 1);
    made_.push_back(session_.create(object, what));
    return made_.back();
}

} // namespace hsm::tools::pkcs11
