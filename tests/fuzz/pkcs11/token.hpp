// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "adapters/pkcs11/pkcs11_vendor.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// \file
/// A token with a key of each kind in a throw-away home: where every fuzzed input begins.

namespace hsm::fuzz {

struct PoolKey {
    CK_OBJECT_HANDLE handle;
    CK_KEY_TYPE type;
};

inline constexpr std::array<CK_BYTE, 8> officer_pin{'o', 'f', 'f', 'i', 'c', 'e', 'r', '1'};
inline constexpr std::array<CK_BYTE, 4> user_pin{'u', 's', 'e', 'r'};

class Token {
public:
    static Token& instance();

    [[nodiscard]] CK_SLOT_ID slot() const noexcept { return slot_; }
    [[nodiscard]] const std::vector<PoolKey>& keys() const noexcept { return keys_; }
    [[nodiscard]] const std::vector<CK_OBJECT_HANDLE>& handles() const noexcept { return handles_; }
    /// Throws the home away and makes it again, when an input did what would be felt by the next.
    void make();
    /// Closes all sessions and destroys what an input left behind.
    void tidy();

private:
    Token();
    void make_keys(CK_SESSION_HANDLE session);
    static std::vector<CK_OBJECT_HANDLE> found_in(CK_SESSION_HANDLE session);

    std::filesystem::path home_;
    CK_SLOT_ID slot_ = 0;
    std::vector<PoolKey> keys_;
    std::vector<CK_OBJECT_HANDLE> handles_; ///< of the keys
    std::vector<CK_OBJECT_HANDLE> kept_;    ///< of all objects that are there from the beginning
};

} // namespace hsm::fuzz
