// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

namespace hsm::store {

/// XXH64 (the xxHash specification, version 0.1.1): fast, the same on every machine, not cryptographic. Reentrant.
std::uint64_t hash64(ByteView data, std::uint64_t seed = 0) noexcept;

} // namespace hsm::store
