// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "operation.hpp"

#include <hsm/sync.hpp>

#include <array>
#include <list>

/// \file
/// Saved states of digests (C_GetOperationState). A state stays in this process: what the application gets is its name, so
/// that nothing of a message leaves, and nothing forged comes in.

namespace hsm::pkcs11 {

inline constexpr std::size_t state_name_size = 24;

/// The states of the process; the oldest goes when there are too many. Thread-safe.
class DigestStates {
public:
    using Name = std::array<std::uint8_t, state_name_size>;

    Name save(const Token& token, SavedDigest digest);
    /// Throws Fault (CKR_SAVED_STATE_INVALID): no such state, or another token's.
    [[nodiscard]] SavedDigest restore(const Token& token, ByteView name);

private:
    struct Entry {
        Name name;
        const Token* token;
        SavedDigest digest;
    };
    static constexpr std::size_t most = 256;
    Sync<std::list<Entry>> entries_;
};

} // namespace hsm::pkcs11
