// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "object_table.hpp"

#include "fault.hpp"

namespace hsm::pkcs11 {

namespace {

/// One count for all tokens: a handle of another token names nothing here.
CK_OBJECT_HANDLE next_handle() {
    static constinit std::atomic<std::uint32_t> last{0};
    auto handle = last.load(std::memory_order_relaxed);
    do {
        if (handle == 0xfffffffe) refuse(CKR_DEVICE_MEMORY); // none is ever used twice
    } while (!last.compare_exchange_weak(handle, handle + 1, std::memory_order_relaxed));
    return handle + 1;
}

std::string name_of(const std::string& ident, std::uint32_t part) { return static_cast<char>('0' + part) + ident; }

} // namespace

EntryPtr ObjectTable::find(CK_OBJECT_HANDLE handle) const {
    const auto shard = shards_[handle % shard_count].lock();
    const auto at = shard->entries.find(handle);
    return at != shard->entries.end() ? at->second : nullptr;
}

void ObjectTable::insert(const EntryPtr& entry) { shards_[entry->handle % shard_count].lock()->entries.emplace(entry->handle, entry); }

EntryPtr ObjectTable::enter(const std::string& ident, std::uint32_t part, bool is_private) {
    const auto names = by_name_.lock();
    const auto at = names->try_emplace(name_of(ident, part)).first;
    if (at->second && !at->second->gone.load(std::memory_order_acquire)) return at->second;
    auto entry = std::make_shared<ObjectEntry>();
    entry->handle = next_handle();
    entry->ident = ident;
    entry->part = part;
    entry->is_private = is_private;
    at->second = entry;
    insert(entry);
    return entry;
}

EntryPtr ObjectTable::add_session_object(ObjectPtr object, CK_SESSION_HANDLE session) {
    auto entry = std::make_shared<ObjectEntry>();
    entry->handle = next_handle();
    entry->is_private = object->is_private();
    entry->session = session;
    *entry->object.lock() = std::move(object);
    insert(entry);
    session_objects_.lock()->emplace(entry->handle, entry);
    return entry;
}

void ObjectTable::rebind(CK_OBJECT_HANDLE handle, const std::string& ident, std::uint32_t part) {
    const auto old = find(handle);
    if (!old) return;
    remove(handle);
    auto entry = std::make_shared<ObjectEntry>();
    entry->handle = handle;
    entry->ident = ident;
    entry->part = part;
    entry->is_private = old->is_private;
    (*by_name_.lock())[name_of(ident, part)] = entry;
    insert(entry);
}

void ObjectTable::remove(CK_OBJECT_HANDLE handle) {
    const auto entry = find(handle);
    if (!entry) return;
    if (!entry->ident.empty()) {
        const auto names = by_name_.lock();
        const auto at = names->find(name_of(entry->ident, entry->part));
        if (at != names->end() && at->second == entry) names->erase(at); // another one may have the name by now
    } else {
        session_objects_.lock()->erase(handle);
    }
    shards_[handle % shard_count].lock()->entries.erase(handle);
    entry->gone.store(true, std::memory_order_release);
    const auto last = std::exchange(*entry->object.lock(), nullptr); // its key goes with the last who holds it
}

std::vector<EntryPtr> ObjectTable::entries() const {
    std::vector<EntryPtr> all;
    for (auto& shard : shards_) {
        const auto held = shard.lock(); // named: a temporary would not outlive the head of the loop
        for (const auto& [handle, entry] : held->entries) all.push_back(entry);
    }
    return all;
}

std::vector<EntryPtr> ObjectTable::session_objects() const {
    const auto held = session_objects_.lock();
    std::vector<EntryPtr> all;
    all.reserve(held->size());
    for (const auto& [handle, entry] : *held) all.push_back(entry);
    return all;
}

bool ObjectTable::remove_of(CK_SESSION_HANDLE session) {
    bool any = false;
    for (const auto& entry : session_objects()) {
        if (entry->session != session) continue;
        remove(entry->handle);
        any = true;
    }
    return any;
}

} // namespace hsm::pkcs11
