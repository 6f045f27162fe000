// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "client/link.hpp"

#include "protocol/admin.hpp"

namespace hsm::client {

void Link::refuse(protocol::Outcome outcome) {
    if (outcome.message.empty()) outcome.message = status_row(outcome.status).text;
    throw Error(outcome.status, std::move(outcome.message));
}

void Link::destroy(std::uint32_t module, std::uint64_t handle) noexcept {
    if (handle == 0 || forked()) return;
    protocol::Destroy command;
    command.handle = handle;
    protocol::Done done;
    try {
        (void)connection_->transact(module, protocol::traits_of<protocol::Destroy>, &command, &done);
    } catch (...) {
        // Going away: the connection's end takes the object with it.
    }
}

} // namespace hsm::client
