// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "object.hpp"

#include <hsm/sync.hpp>

#include <array>
#include <atomic>
#include <unordered_map>
#include <vector>

/// \file
/// The handles of one token's objects in this process. A handle is a number that is never used again; an object has one
/// handle in all sessions for as long as it is visible.

namespace hsm::pkcs11 {

/// What a handle stands for. A stored object may not have been read yet.
struct ObjectEntry {
    CK_OBJECT_HANDLE handle = 0;
    std::string ident;              ///< stored; empty: a session object
    std::uint32_t part = 0;
    bool is_private = false;
    CK_SESSION_HANDLE session = 0;  ///< of a session object: dies with it
    std::atomic<bool> gone{false};
    std::atomic<std::uint64_t> seen{0}; ///< Objects::changes() when \c object was last known to be current
    Sync<ObjectPtr> object;
};
using EntryPtr = std::shared_ptr<ObjectEntry>;

/// Thread-safe.
class ObjectTable {
public:
    [[nodiscard]] EntryPtr find(CK_OBJECT_HANDLE handle) const; ///< null: none
    /// The handle of a stored object, made if it has none yet.
    EntryPtr enter(const std::string& ident, std::uint32_t part, bool is_private);
    EntryPtr add_session_object(ObjectPtr object, CK_SESSION_HANDLE session);
    /// The object lies in another record from now on.
    void rebind(CK_OBJECT_HANDLE handle, const std::string& ident, std::uint32_t part);
    void remove(CK_OBJECT_HANDLE handle);
    /// Removes those that \p condition holds for: bool(const ObjectEntry&).
    template <class Condition>
    void remove_if(Condition&& condition) {
        for (const auto& entry : entries())
            if (condition(*entry)) remove(entry->handle);
    }
    [[nodiscard]] std::vector<EntryPtr> session_objects() const;
    /// Removes the objects of a session. Whether there were any.
    bool remove_of(CK_SESSION_HANDLE session);

private:
    struct Shard {
        std::unordered_map<CK_OBJECT_HANDLE, EntryPtr> entries;
    };
    static constexpr std::size_t shard_count = 16;
    [[nodiscard]] std::vector<EntryPtr> entries() const;
    void insert(const EntryPtr& entry);

    mutable std::array<Sync<Shard>, shard_count> shards_;
    Sync<std::unordered_map<std::string, EntryPtr>> by_name_; ///< part and ident
    mutable Sync<std::unordered_map<CK_OBJECT_HANDLE, EntryPtr>> session_objects_; ///< the few among the many
};

} // namespace hsm::pkcs11
