// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

/// \file
/// Secret bytes: keys, shares, passphrases. Move-only, zeroed when they go, kept out of core dumps and locked in
/// memory where the system allows. There is no operator== and no way to print one.

namespace hsm {

/// Owns secret bytes. Thread-bound (like any value); copying is explicit (clone).
class HSM_API Secret {
public:
    Secret() noexcept = default;
    explicit Secret(std::size_t size);      ///< \p size zero bytes
    explicit Secret(ByteView bytes);        ///< a copy; wiping the source is the caller's business
    static Secret from_text(std::string_view text) { return Secret(hsm::view(text)); }
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    [[nodiscard]] Secret clone() const { return Secret(view()); }
    [[nodiscard]] ByteView view() const noexcept { return {data_, size_}; }
    [[nodiscard]] std::span<std::uint8_t> mutable_view() noexcept { return {data_, size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    bool operator==(const Secret&) const = delete;

private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Overwrites memory in a way that the compiler does not remove. Reentrant.
HSM_API void wipe(std::span<std::uint8_t> bytes) noexcept;

} // namespace hsm
