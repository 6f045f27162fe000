// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"

/// \file
/// Frames: how a command and its reply travel over a socket or pipe. Each frame is the DER of one of these, after a
/// length of four bytes, most significant first (docs/formats.md).

namespace hsm::protocol {

inline constexpr std::uint32_t frame_version = 1;
inline constexpr std::size_t max_frame = std::size_t{16} << 20; ///< bytes; a longer one ends the connection

struct RequestFrame {
    std::uint32_t version = frame_version;
    std::uint64_t request = 0; ///< chosen by the client, repeated in the reply
    std::uint32_t module = 0;
    std::uint16_t command = 0;
    ByteView body;             ///< DER of the command
    HSM_FIELDS(version, request, module, command, body)
};

struct ReplyFrame {
    std::uint32_t version = frame_version;
    std::uint64_t request = 0;
    std::uint16_t status = 0;
    std::string message;
    ByteView body; ///< DER of the reply; empty unless status is ok
    HSM_FIELDS(version, request, status, message, body)
};

} // namespace hsm::protocol
