// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"

#include <string_view>

/// \file
/// Reading what others wrote: records with a magic word and a version.

namespace hsm::protocol {

/// Throws record_damaged unless \p bytes begin as a record of this kind, record_newer if it is of a later version than
/// \p version. \p what names it in the message ("the world file").
void check_magic(ByteView bytes, std::string_view magic, std::uint32_t version, std::string_view what);

/// Whether \p bytes begin as a record of this kind, of whatever version.
[[nodiscard]] bool has_magic(ByteView bytes, std::string_view magic) noexcept;

/// Decodes a record that begins with its magic word and version.
template <class Record>
Record read_record(ByteView bytes, std::string_view what) {
    const Record current{};
    check_magic(bytes, current.magic, current.version, what);
    try {
        return base::decode<Record>(bytes, Status::record_damaged);
    } catch (const Error& error) {
        throw Error(error.status(), std::string(what) + " is damaged: " + error.what());
    }
}

} // namespace hsm::protocol
