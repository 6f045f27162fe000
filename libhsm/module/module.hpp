// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/attempts.hpp"
#include "module/home.hpp"
#include "module/limits.hpp"
#include "module/nvram.hpp"
#include "module/object_table.hpp"
#include "module/slots.hpp"
#include "module/snapshot.hpp"
#include "protocol/connection.hpp"

#include <hsm/sync.hpp>

#include <atomic>
#include <functional>
#include <memory>

/// \file
/// A module: opens its directory, keeps its objects, executes commands.

namespace hsm::module {

/// What one connection has in one module. Thread-safe.
class ClientState {
public:
    explicit ClientState(std::uint64_t id) : id_(id) {}
    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

private:
    std::uint64_t id_;
};

/// Thread-safe.
class Module {
public:
    /// Throws what Home's constructor throws.
    Module(const Platform& platform, const base::Path& directory, const Secret& start_passphrase);
    ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    [[nodiscard]] ClientState new_client();
    void forget_client(const ClientState& client);

    /// Runs one command: `command` and `reply` are the structs of \p id. Refusals are values; never throws.
    protocol::Outcome execute(ClientState& client, protocol::CommandId id, const void* command, void* reply) noexcept;

    /// The same for a command that arrives encoded; the reply is appended to \p reply, which may hold secrets.
    protocol::Outcome execute_encoded(ClientState& client, protocol::CommandId id, ByteView command, Secret& reply) noexcept;

    [[nodiscard]] ModuleFacts enquiry();

    // For the commands.
    [[nodiscard]] Home& home() noexcept { return home_; }
    [[nodiscard]] Slots& slots() noexcept { return slots_; }
    [[nodiscard]] Attempts& attempts() noexcept { return attempts_; }
    [[nodiscard]] Limits& limits() noexcept { return limits_; }
    [[nodiscard]] Nvram& nvram() noexcept { return nvram_; }
    [[nodiscard]] ObjectTable& objects() noexcept { return objects_; }
    [[nodiscard]] SnapshotPtr state();
    [[nodiscard]] bool level3() const noexcept { return level3_.load(std::memory_order_relaxed); }
    /// Bits of Feature that the module has, here and now.
    [[nodiscard]] std::uint32_t features() const noexcept {
        return fixed_features_.load(std::memory_order_relaxed) | dynamic_features_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint32_t dynamic_features() const noexcept { return dynamic_features_.load(std::memory_order_relaxed); }
    void add_dynamic_features(std::uint32_t bits) noexcept { dynamic_features_.fetch_or(bits, std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t age() const noexcept { return age_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t now_ms() { return home_.platform().clock->boot_ms(); }
    /// Whether nothing that a command of this era was allowed by has become invalid since, in any process.
    [[nodiscard]] bool is_current(std::uint64_t era) {
        return home_.page()->epoch.load(std::memory_order_acquire) == epoch_.load(std::memory_order_acquire) &&
               objects_.era() == era;
    }
    void count_loaded_key(); ///< now and then idle engines are given back

    /// Whether a change makes everything loaded invalid, in every process.
    enum class Objects : std::uint8_t { keep, drop };
    /// Changes the module's durable state, under its lock, on top of what another process may have written meanwhile.
    /// The caller holds no pin.
    void change(Objects objects, const std::function<void(ModuleSecrets&)>& edit);
    /// From now on the module answers nothing but status, in every process, until it is opened afresh.
    void fail(std::string reason);
    [[nodiscard]] std::string failure(); ///< why the module is failed
    [[nodiscard]] std::string self_test(); ///< runs the known-answer tests: the first that failed, or nothing

private:
    /// Striped over threads: no line that all of them write.
    struct alignas(64) CommandCount {
        std::atomic<std::uint64_t> n{0};
    };

    void refresh();
    void power_on_test(const Snapshot& state);
    void sweep_removed();
    /// Throws unless the module can execute this command now. Returns the era of its objects.
    [[nodiscard]] std::uint64_t admit(const struct CommandRow& row);
    template <class Run>
    protocol::Outcome guard(protocol::CommandId id, Run run) noexcept;

    Home home_;
    Slots slots_;
    Attempts attempts_;
    Limits limits_;
    Nvram nvram_;
    ObjectTable objects_;
    Sync<SnapshotPtr> snapshot_;
    Sync<std::string> failure_;
    std::mutex refresh_mutex_;
    std::atomic<std::uint64_t> epoch_{0};
    std::atomic<std::uint64_t> removals_{0};
    std::atomic<ModuleMode> mode_{ModuleMode::operational};
    std::atomic<bool> level3_{false};
    std::atomic<std::uint32_t> fixed_features_{UINT32_MAX};
    std::atomic<std::uint32_t> dynamic_features_{0};
    std::atomic<std::uint64_t> next_client_{1};
    std::atomic<std::uint32_t> age_{1};
    std::atomic<std::uint32_t> keys_since_sweep_{0};
    std::array<CommandCount, 32> commands_;
    std::uint64_t fork_generation_;
    bool tested_ = false; ///< under refresh_mutex_
};

/// What a command runs in. Thread-bound.
class Context {
public:
    Context(Module& module, ClientState& client, std::uint64_t era) noexcept : module_(module), client_(client), era_(era) {}

    [[nodiscard]] Module& module() noexcept { return module_; }
    [[nodiscard]] ClientState& client() noexcept { return client_; }
    [[nodiscard]] SnapshotPtr state() { return module_.state(); }
    /// Throws module_cleared when the module was cleared since the command began: for what outlives clearing.
    void require_current() {
        if (!module_.is_current(era_))
            throw Error(Status::module_cleared, "the module was cleared meanwhile; load again, then try again");
    }

    /// Puts an object into the table for this client.
    template <class T>
    std::uint64_t keep(std::unique_ptr<T> object) {
        return module_.objects().insert(std::move(object), era_);
    }
    /// Pins an object of this client; throws invalid_handle when it is another kind or another's.
    template <class T>
    [[nodiscard]] Pin pin(std::uint64_t handle, Object::Kind kind) {
        auto pin = module_.objects().pin(handle);
        if (pin.object().kind() == Object::Kind::tombstone)
            throw Error(Status::card_removed, "the card that protects this was removed from its slot; insert it and load again");
        if (pin.object().kind() != kind || pin.object().client() != client_.id())
            throw Error(Status::invalid_handle, "this handle names another kind of object");
        return pin;
    }

private:
    Module& module_;
    ClientState& client_;
    std::uint64_t era_;
};

} // namespace hsm::module
