// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <array>
#include <cstdint>

/// \file
/// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed 64-bit hash.

namespace hsm::store {

using SipKey = std::array<std::uint8_t, 16>;

/// Fed piece by piece; the same value however the pieces are cut. Thread-bound.
class SipHash {
public:
    explicit SipHash(const SipKey& key) noexcept;
    SipHash& add(ByteView bytes) noexcept;
    [[nodiscard]] std::uint64_t finish() noexcept;

private:
    void round() noexcept;
    void word(std::uint64_t value) noexcept;

    std::uint64_t v_[4];
    std::uint64_t pending_ = 0; ///< bytes that do not make a word yet
    std::uint64_t size_ = 0;
};

} // namespace hsm::store
