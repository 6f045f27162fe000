// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

/// \file
/// Handles to objects. Reading is the hot path: no lock, no shared counter; a hazard pointer keeps the object alive
/// while an operation runs. Removal waits for the operations that have it pinned.

namespace hsm::module {

/// What a handle names. Owned by the table.
class Object {
public:
    enum class Kind : std::uint8_t {
        key,
        token,
        channel,
        world,
        ticket,    ///< a token that other programs may take
        tombstone, ///< what is left when the card behind an object was removed
    };
    Object(Kind kind, std::uint64_t client) : kind_(kind), client_(client) {}
    virtual ~Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] std::uint64_t client() const noexcept { return client_; } ///< the connection that it belongs to

private:
    Kind kind_;
    std::uint64_t client_;
};

class ObjectTable;

/// Keeps one object alive. Move-only, thread-bound; gone soon.
class Pin {
public:
    Pin() noexcept = default;
    Pin(Pin&& other) noexcept : object_(other.object_), hazard_(other.hazard_) { other.hazard_ = nullptr; }
    Pin& operator=(Pin&&) = delete;
    ~Pin() {
        if (hazard_) hazard_->store(nullptr, std::memory_order_release);
    }
    [[nodiscard]] Object& object() const noexcept { return *object_; }

private:
    friend class ObjectTable;
    Pin(Object* object, std::atomic<Object*>* hazard) noexcept : object_(object), hazard_(hazard) {}
    Object* object_ = nullptr;
    std::atomic<Object*>* hazard_ = nullptr;
};

/// Thread-safe.
class ObjectTable {
public:
    ObjectTable();
    ~ObjectTable();

    /// Grows with every clear(). What a command makes is only worth keeping in the era in which it was admitted.
    [[nodiscard]] std::uint64_t era() const noexcept { return era_.load(std::memory_order_acquire); }

    /// The handle is never used again in this process. Throws module_cleared when \p era has passed.
    std::uint64_t insert(std::unique_ptr<Object> object, std::uint64_t era);

    /// Throws invalid_handle, or module_cleared for what a clear has taken.
    [[nodiscard]] Pin pin(std::uint64_t handle) const;

    /// Unlinks the object, waits until nothing has it pinned, and returns it; null if the handle names nothing of
    /// \p client. Never call it with a pin of the same object in hand.
    std::unique_ptr<Object> remove(std::uint64_t handle, std::uint64_t client);

    /// Destroys what \p gone names and leaves a tombstone under its handle. \p gone runs under the table's lock.
    void retire(const std::function<bool(Object&)>& gone);

    void remove_client(std::uint64_t client); ///< everything of one connection
    void clear();                             ///< everything; old handles then mean module_cleared
    [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }

    /// Calls \p visit for every object, with the table locked against insertion and removal.
    void for_each(const std::function<void(Object&)>& visit);

private:
    static constexpr unsigned index_bits = 24;
    static constexpr std::size_t chunk_size = 1024;
    static constexpr std::size_t max_chunks = (std::size_t{1} << index_bits) / chunk_size;

    struct Entry {
        std::atomic<std::uint64_t> handle{0};
        std::atomic<Object*> object{nullptr};
    };
    struct alignas(64) Hazard {
        std::atomic<Object*> object{nullptr};
    };

    [[nodiscard]] Entry* entry(std::uint64_t handle) const noexcept;
    [[noreturn]] void refuse(std::uint64_t handle) const;
    void wait_unpinned(const Object* object) const noexcept;
    template <class Wanted>
    void remove_where(Wanted wanted);

    static constexpr std::size_t hazards = 128;
    mutable std::array<Hazard, hazards> hazards_;
    std::unique_ptr<std::atomic<Entry*>[]> chunks_;
    std::atomic<std::uint64_t> cleared_below_{0};
    std::atomic<std::uint64_t> era_{1};
    std::atomic<std::size_t> count_{0};
    std::mutex mutex_; // insertion and removal
    std::vector<std::uint32_t> free_;
    std::uint32_t used_ = 0;
    std::uint64_t serial_ = 1;
};

} // namespace hsm::module
