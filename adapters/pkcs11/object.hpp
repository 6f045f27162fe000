// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "attribute_table.hpp"

#include <hsm/objects.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

/// \file
/// An object: its attributes and, for a key, the key in the module.

namespace hsm::pkcs11 {

/// Where a stored object lies.
struct StoredAt {
    std::string ident;
    std::uint32_t part = 0;
    std::uint64_t version = 0;

    [[nodiscard]] bool stored() const noexcept { return !ident.empty(); }
};

/// An object as it stood when it was read. Immutable; a change makes another one. Thread-safe.
class Object {
public:
    Object(Attributes attributes, StoredAt at, Key key = {}) : attributes_(std::move(attributes)), at_(std::move(at)), key_(std::move(key)) {}

    [[nodiscard]] const Attributes& attributes() const noexcept { return attributes_; }
    [[nodiscard]] const StoredAt& at() const noexcept { return at_; }
    [[nodiscard]] std::uint64_t object_class() const noexcept { return attributes_.number(CKA_CLASS, CK_UNAVAILABLE_INFORMATION); }
    [[nodiscard]] bool is_key() const noexcept { return (class_bit(object_class()) & class_key) != 0; }
    [[nodiscard]] bool is_private() const noexcept { return attributes_.flag(CKA_PRIVATE); }
    [[nodiscard]] bool is_token() const noexcept { return attributes_.flag(CKA_TOKEN); }
    /// Whether the value attributes of this private or secret key may be read.
    [[nodiscard]] bool reveals_material() const noexcept {
        return !attributes_.flag(CKA_SENSITIVE, true) && attributes_.flag(CKA_EXTRACTABLE, false);
    }

    /// A number for a nonce that is counted: never the same twice for this key in this process.
    [[nodiscard]] std::uint64_t next_nonce() const noexcept { return nonces_.fetch_add(1, std::memory_order_relaxed) + 1; }
    /// The key, loaded by \p load at its first use: Key load(). The lock is held meanwhile: one loads, the others wait.
    template <class Load>
    Key key(Load&& load) const {
        const std::lock_guard lock(mutex_);
        if (!key_) key_ = load();
        return key_;
    }

private:
    Attributes attributes_;
    StoredAt at_;
    mutable std::atomic<std::uint64_t> nonces_{0};
    mutable std::mutex mutex_;
    mutable Key key_;
};

using ObjectPtr = std::shared_ptr<const Object>;

/// foreign_keys.cpp: whether it is a private or secret key that another program stored.
bool is_foreign(const Object& object) noexcept;

} // namespace hsm::pkcs11
