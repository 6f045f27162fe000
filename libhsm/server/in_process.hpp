// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/module.hpp"
#include "protocol/connection.hpp"

#include <hsm/sync.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <vector>

/// \file
/// The modules of this host in this process, and connections to them: straight (typed commands) or through the wire
/// codec.

namespace hsm::server {

inline constexpr std::uint32_t max_modules = 64;

/// The modules below one directory. Thread-safe.
class Modules {
public:
    /// Opens every module that starts without a passphrase; what cannot be opened is listed as failed.
    Modules(const module::Platform& platform, base::Path directory);
    ~Modules();

    /// Null when there is no module of that number, or it is not open.
    [[nodiscard]] module::Module* find(std::uint32_t number) const noexcept {
        return number < max_modules ? open_[number].load(std::memory_order_acquire) : nullptr;
    }
    /// Says why find() gave null.
    [[nodiscard]] protocol::Outcome why_not(std::uint32_t number);

    /// Commands of the service itself (module 0).
    protocol::Outcome execute(protocol::CommandId id, const void* command, void* reply) noexcept;
    protocol::Outcome execute_encoded(protocol::CommandId id, ByteView command, Secret& reply) noexcept;

private:
    struct Known {
        module::HomeFacts facts;
        Status status = Status::ok; ///< why it is not open
        std::string text;
        std::unique_ptr<module::Module> module;
    };
    void look();
    void open(Known& known, const Secret& passphrase);
    std::vector<ModuleFacts> list();
    std::uint32_t create(const Secret& passphrase);
    void start(std::uint32_t number, const Secret& passphrase);

    module::Platform platform_;
    base::Path directory_;
    Sync<std::vector<Known>> known_;
    std::array<std::atomic<module::Module*>, max_modules> open_{};
    std::vector<Problem> problems_;
};

/// A connection in the same process. The objects that it loads go with it.
std::unique_ptr<protocol::Connection> connect_in_process(std::shared_ptr<Modules> modules);

/// The same through frames: everything is encoded and decoded, both ways. For tests and for what comes later.
std::unique_ptr<protocol::Connection> connect_loopback(std::shared_ptr<Modules> modules);

} // namespace hsm::server
