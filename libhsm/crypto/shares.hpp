// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <cstdint>
#include <span>
#include <vector>

/// \file
/// Threshold sharing of a 32-byte secret (Botan's RTSS, draft-mcgrew-tss-03; for K = 1 the share is the secret).
/// Reentrant.

namespace hsm::crypto {

inline constexpr unsigned max_shares = 64;

/// One share: its number (1..N) and its bytes.
struct Share {
    std::uint32_t number = 0;
    Secret bytes;
};

/// Splits \p secret so that any \p k of \p n shares give it back. \p id16 (up to 16 bytes) marks the set.
/// Throws invalid_argument unless 1 <= k <= n <= 64.
std::vector<Share> split(unsigned k, unsigned n, const Secret& secret, ByteView id16);

/// The inverse; needs at least k shares with different numbers. The result is not verified: the caller compares the
/// token hash. Throws share_duplicate, token_incomplete, invalid_data.
Secret combine(unsigned k, std::span<const Share> shares);

} // namespace hsm::crypto
