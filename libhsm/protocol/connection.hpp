// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"
#include "protocol/command_id.hpp"

#include <hsm/error.hpp>
#include <hsm/secret.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// \file
/// The seam between what an application holds and the modules: one virtual function. In process the typed command goes
/// straight to the module; elsewhere the same call is encoded by the one codec.

namespace hsm::protocol {

/// How a command ended. A refusal is a value here; the client turns it into an hsm::Error.
struct Outcome {
    Status status = Status::ok;
    std::string message;
};

/// What a connection that encodes needs to know of a command type.
struct CommandTraits {
    CommandId id;
    Secret (*encode_command)(const void* command);
    void (*decode_reply)(ByteView body, void* reply);
};

template <class Command>
inline constexpr CommandTraits traits_of{
    Command::id,
    [](const void* command) { return base::encode_secret(*static_cast<const Command*>(command)); },
    [](ByteView body, void* reply) {
        *static_cast<typename Command::Reply*>(reply) =
            base::decode<typename Command::Reply>(body, Status::server_unavailable);
    },
};

/// A connection to a service. Thread-safe: commands of different threads run at the same time. The objects that its
/// commands load belong to it and go with it.
class Connection {
public:
    virtual ~Connection() = default;

    /// Executes one command on module \p module (1...; 0 is the service itself). \p command and \p reply are the
    /// command's struct and its Reply. Never throws for a refusal.
    virtual Outcome transact(std::uint32_t module, const CommandTraits& traits, const void* command, void* reply) = 0;
};

} // namespace hsm::protocol
