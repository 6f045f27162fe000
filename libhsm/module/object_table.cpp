// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/object_table.hpp"

#include "base/thread_index.hpp"

#include <chrono>
#include <thread>

namespace hsm::module {

ObjectTable::ObjectTable() : chunks_(new std::atomic<Entry*>[max_chunks]) {
    for (std::size_t i = 0; i < max_chunks; ++i) chunks_[i].store(nullptr, std::memory_order_relaxed);
}

ObjectTable::~ObjectTable() {
    for (std::size_t i = 0; i < max_chunks; ++i) {
        Entry* chunk = chunks_[i].load(std::memory_order_relaxed);
        if (!chunk) break;
        for (std::size_t j = 0; j < chunk_size; ++j) delete chunk[j].object.load(std::memory_order_relaxed);
        delete[] chunk;
    }
}

ObjectTable::Entry* ObjectTable::entry(std::uint64_t handle) const noexcept {
    const auto index = handle & ((std::uint64_t{1} << index_bits) - 1);
    Entry* chunk = chunks_[index / chunk_size].load(std::memory_order_acquire);
    return chunk ? chunk + index % chunk_size : nullptr;
}

std::uint64_t ObjectTable::insert(std::unique_ptr<Object> object, std::uint64_t era) {
    const std::scoped_lock lock(mutex_);
    if (era != era_.load(std::memory_order_relaxed))
        throw Error(Status::module_cleared, "the module was cleared while this command ran; try again");
    std::uint32_t index;
    if (!free_.empty()) {
        index = free_.back();
        free_.pop_back();
    } else {
        index = used_;
        if (index / chunk_size >= max_chunks)
            throw Error(Status::out_of_memory, "too many objects are loaded; unload some");
        if (!chunks_[index / chunk_size].load(std::memory_order_relaxed))
            chunks_[index / chunk_size].store(new Entry[chunk_size], std::memory_order_release);
        ++used_;
    }
    const auto handle = (serial_++ << index_bits) | index;
    Entry& e = *entry(handle);
    e.object.store(object.release(), std::memory_order_release);
    e.handle.store(handle, std::memory_order_release);
    count_.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

void ObjectTable::refuse(std::uint64_t handle) const {
    if (handle != 0 && handle < cleared_below_.load(std::memory_order_relaxed))
        throw Error(Status::module_cleared, "the module was cleared since this object was loaded; load it again");
    throw Error(Status::invalid_handle, "this handle names nothing that is loaded; it was unloaded or never existed");
}

Pin ObjectTable::pin(std::uint64_t handle) const {
    Entry* e = entry(handle);
    if (!e || handle == 0) refuse(handle);
    Object* object = e->object.load(std::memory_order_acquire);
    if (!object) refuse(handle);
    // A thread starts at its own record, so the exchange is on a line that other threads rarely touch.
    std::size_t at = base::thread_index() % hazards;
    for (unsigned tries = 0;; ++tries) {
        Object* nothing = nullptr;
        if (hazards_[at].object.compare_exchange_strong(nothing, object, std::memory_order_seq_cst)) break;
        at = (at + 1) % hazards;
        if (tries > 2 * hazards) std::this_thread::yield();
    }
    Pin pin(object, &hazards_[at].object);
    // Published: if the entry still says so, remove() will see the hazard and wait.
    const bool same = e->object.load(std::memory_order_seq_cst) == object;
    if (e->handle.load(std::memory_order_acquire) != handle) refuse(handle);
    if (same) return pin;
    // Retired between the two looks: what stands there now says why.
    return this->pin(handle);
}

void ObjectTable::wait_unpinned(const Object* object) const noexcept {
    for (auto& hazard : hazards_)
        for (unsigned spins = 0; hazard.object.load(std::memory_order_seq_cst) == object; ++spins)
            if (spins < 64) std::this_thread::yield();
            else std::this_thread::sleep_for(std::chrono::microseconds(50));
}

std::unique_ptr<Object> ObjectTable::remove(std::uint64_t handle, std::uint64_t client) {
    std::unique_ptr<Object> object;
    {
        const std::scoped_lock lock(mutex_);
        Entry* e = entry(handle);
        if (!e || handle == 0 || e->handle.load(std::memory_order_relaxed) != handle) return nullptr;
        if (e->object.load(std::memory_order_relaxed)->client() != client) return nullptr;
        e->handle.store(0, std::memory_order_seq_cst);
        object.reset(e->object.exchange(nullptr, std::memory_order_seq_cst));
        free_.push_back(static_cast<std::uint32_t>(handle & ((std::uint64_t{1} << index_bits) - 1)));
        count_.fetch_sub(1, std::memory_order_relaxed);
    }
    wait_unpinned(object.get());
    return object;
}

template <class Wanted>
void ObjectTable::remove_where(Wanted wanted) {
    std::vector<std::unique_ptr<Object>> gone;
    {
        const std::scoped_lock lock(mutex_);
        for (std::uint32_t index = 0; index < used_; ++index) {
            Entry& e = *entry(index);
            Object* object = e.object.load(std::memory_order_relaxed);
            if (!object || !wanted(*object)) continue;
            e.handle.store(0, std::memory_order_seq_cst);
            gone.emplace_back(e.object.exchange(nullptr, std::memory_order_seq_cst));
            free_.push_back(index);
        }
        count_.fetch_sub(gone.size(), std::memory_order_relaxed);
    }
    for (const auto& object : gone) wait_unpinned(object.get());
}

void ObjectTable::retire(const std::function<bool(Object&)>& gone) {
    struct Tombstone final : Object {
        explicit Tombstone(std::uint64_t client) : Object(Kind::tombstone, client) {}
    };
    std::vector<std::unique_ptr<Object>> retired;
    {
        const std::scoped_lock lock(mutex_);
        for (std::uint32_t index = 0; index < used_; ++index) {
            Entry& e = *entry(index);
            Object* object = e.object.load(std::memory_order_relaxed);
            if (!object || !gone(*object)) continue;
            retired.emplace_back(e.object.exchange(new Tombstone(object->client()), std::memory_order_seq_cst));
        }
    }
    for (const auto& object : retired) wait_unpinned(object.get());
}

void ObjectTable::remove_client(std::uint64_t client) {
    remove_where([client](const Object& object) { return object.client() == client; });
}

void ObjectTable::clear() {
    {
        const std::scoped_lock lock(mutex_);
        era_.fetch_add(1, std::memory_order_release);
        cleared_below_.store(serial_ << index_bits, std::memory_order_relaxed);
    }
    remove_where([](const Object&) { return true; });
}

void ObjectTable::for_each(const std::function<void(Object&)>& visit) {
    const std::scoped_lock lock(mutex_);
    for (std::uint32_t index = 0; index < used_; ++index)
        if (Object* object = entry(index)->object.load(std::memory_order_relaxed)) visit(*object);
}

} // namespace hsm::module
