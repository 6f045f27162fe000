// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"
#include "base/fork_guard.hpp"
#include "protocol/connection.hpp"

#include <hsm/handle.hpp>

#include <memory>

/// \file
/// A connection as the client's objects use it: refusals become hsm::Error.

namespace hsm::client {

/// Thread-safe. Shared by everything that was opened through it.
class Link {
public:
    explicit Link(std::unique_ptr<protocol::Connection> connection)
        : connection_(std::move(connection)), fork_generation_(base::fork_generation()) {}

    /// In a forked child nothing that was inherited may be touched, not even to free it.
    ~Link() {
        if (forked()) (void)connection_.release();
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Executes \p command on module \p module; throws what it was refused with.
    template <class Command>
    void call(std::uint32_t module, const Command& command, typename Command::Reply& reply) {
        if (forked()) [[unlikely]] refuse({Status::forked, {}});
        auto outcome = connection_->transact(module, protocol::traits_of<Command>, &command, &reply);
        if (outcome.status != Status::ok) [[unlikely]] refuse(std::move(outcome));
    }

    template <class Command>
    typename Command::Reply call(std::uint32_t module, const Command& command) {
        typename Command::Reply reply{};
        call(module, command, reply);
        return reply;
    }

    /// Unloads an object; failures do not matter any more.
    void destroy(std::uint32_t module, std::uint64_t handle) noexcept;

    [[nodiscard]] bool forked() const noexcept { return fork_generation_ != base::fork_generation(); }

private:
    [[noreturn]] static void refuse(protocol::Outcome outcome);

    std::unique_ptr<protocol::Connection> connection_;
    std::uint64_t fork_generation_;
};

} // namespace hsm::client
