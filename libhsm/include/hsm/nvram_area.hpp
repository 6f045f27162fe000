// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>
#include <hsm/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// NVRAM areas as plain values. The numbers of the enumerations are stored and travel in frames; they never change.

namespace hsm {

/// What an area is for.
enum class NvramKind : std::uint8_t {
    data = 1,    ///< bytes of an application; with 8 bytes also a number that can be incremented
    counter = 2, ///< counts the uses of one key (UseLimit::Kind::nonvolatile); 8 bytes
    key = 3,     ///< holds the blob of one key, which is nowhere else
};

/// What may be done with an area.
enum class NvramRight : std::uint8_t { read = 0, write = 1, increment = 2, free = 3 };

constexpr std::uint32_t bit(NvramRight right) noexcept { return std::uint32_t{1} << static_cast<unsigned>(right); }

/// A rule of an area's ACL, which is fixed when the area is allocated. A request succeeds when one rule allows it.
struct NvramRule {
    Bytes certifier;          ///< key hash whose authority is needed (HKNV: the NVRAM quorum of the ACS); empty: none
    std::uint32_t rights = 0; ///< bits of NvramRight
    std::uint64_t limit = 0;  ///< of increment: the value never exceeds this; 0: 2^64 - 1

    auto operator<=>(const NvramRule&) const = default;
};

/// An area as the module describes it.
struct NvramArea {
    std::string name; ///< 1 to 11 printable ASCII characters without blanks, '/' and '\\'
    NvramKind kind = NvramKind::data;
    std::uint32_t size = 0;       ///< bytes
    std::vector<NvramRule> rules; ///< the ACL
    Hash256 key{};                ///< counter, key: the key's identity; zero while the area is only prepared
    std::uint64_t value = 0;      ///< counter: uses so far

    auto operator<=>(const NvramArea&) const = default;
};

struct NvramFacts {
    std::uint32_t capacity = 0;   ///< bytes
    std::uint32_t used = 0;       ///< of them; each area takes its size and what describes it
    std::vector<NvramArea> areas; ///< by name
};

/// A use limit of a key that is counted in NVRAM, and how far it is.
struct KeyUse {
    std::string area; ///< name of the counter
    std::uint64_t limit = 0, used = 0;
    bool erased = false; ///< the counter is gone: the key cannot be used until it is made again
};

inline constexpr std::size_t max_nvram_name = 11;
inline constexpr std::uint32_t max_nvram_area = 32 << 10; ///< bytes
inline constexpr std::uint32_t default_nvram_capacity = 256 << 10;
inline constexpr std::uint32_t max_nvram_capacity = 16 << 20;

HSM_API std::string_view to_string(NvramKind kind) noexcept; ///< "data", "counter", "key"

} // namespace hsm
