// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "target.hpp"

#include <array>
#include <initializer_list>

/// \file
/// A module, loaded as a program loads it, and the keys that are measured.

namespace hsm::bench::p11 {

/// Ends the program when a call that must work does not.
void must(CK_RV code, const char* what);

inline CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

/// An attribute over a value that outlives it.
inline CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
    return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};
}
template <class Value>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const Value& value) {
    return attribute(type, &value, sizeof value);
}
inline CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const std::string& value) {
    return attribute(type, value.data(), value.size());
}
using Template = std::vector<CK_ATTRIBUTE>;

/// Thread-safe once login() has been called.
class Module {
public:
    explicit Module(const Options& options) : options_(options) {}
    // In this order.
    void load();
    void initialise();
    void pick_slot();
    [[nodiscard]] CK_SESSION_HANDLE open_session() const;
    void login(CK_SESSION_HANDLE session) const;

    [[nodiscard]] const CK_FUNCTION_LIST& call() const noexcept { return *list_; }
    [[nodiscard]] CK_SLOT_ID slot() const noexcept { return slot_; }
    [[nodiscard]] const Options& options() const noexcept { return options_; }
    [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(CK_SESSION_HANDLE session, Template wanted) const;

private:
    Options options_;
    CK_FUNCTION_LIST* list_ = nullptr;
    CK_SLOT_ID slot_ = 0;
};

struct KeyPair {
    CK_OBJECT_HANDLE open = 0, secret = 0;
};

/// What the operations use. A key that the module does not make is 0.
struct Keys {
    KeyPair rsa, p256, ed25519, ml_dsa;
    CK_OBJECT_HANDLE aes = 0, hmac = 0;
};

CK_RV make_rsa(const Module& module, CK_SESSION_HANDLE session, bool stored, KeyPair& out);
CK_RV make_p256(const Module& module, CK_SESSION_HANDLE session, bool stored, KeyPair& out);
CK_RV make_aes(const Module& module, CK_SESSION_HANDLE session, bool stored, CK_OBJECT_HANDLE& out);
Keys make_keys(const Module& module, CK_SESSION_HANDLE session, bool stored);

/// The label of the object of that number.
std::string label_of(std::size_t number);
CK_RV make_object(const Module& module, CK_SESSION_HANDLE session, std::size_t number);

} // namespace hsm::bench::p11
