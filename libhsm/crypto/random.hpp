// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <span>

/// \file
/// Randomness, always from the operating system. Reentrant, safe over fork.

namespace hsm::crypto {

void random(std::span<std::uint8_t> out);
Secret random_secret(std::size_t size);
Bytes random_bytes(std::size_t size);

} // namespace hsm::crypto
