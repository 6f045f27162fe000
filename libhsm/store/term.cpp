// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/term.hpp>

#include <store/hash64.hpp>

#include <bit>
#include <cstring>

namespace hsm::store {

namespace {

constexpr std::uint64_t p1 = 0x9E3779B185EBCA87u;
constexpr std::uint64_t p2 = 0xC2B2AE3D27D4EB4Fu;
constexpr std::uint64_t p3 = 0x165667B19E3779F9u;
constexpr std::uint64_t p4 = 0x85EBCA77C2B2AE63u;
constexpr std::uint64_t p5 = 0x27D4EB2F165667C5u;

template <class Number>
std::uint64_t load(const std::uint8_t* p) noexcept {
    Number value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, p, sizeof value);
    } else {
        for (std::size_t i = sizeof value; i-- > 0;) value = static_cast<Number>(value << 8 | p[i]);
    }
    return value;
}

std::uint64_t mix(std::uint64_t lane, std::uint64_t input) noexcept {
    return std::rotl(lane + input * p2, 31) * p1;
}

std::uint64_t fold(std::uint64_t hash, std::uint64_t lane) noexcept { return (hash ^ mix(0, lane)) * p1 + p4; }

} // namespace

std::uint64_t hash64(ByteView data, std::uint64_t seed) noexcept {
    const std::uint8_t* p = data.data();
    std::size_t left = data.size();
    std::uint64_t hash = seed + p5;
    if (left >= 32) {
        std::uint64_t lanes[4] = {seed + p1 + p2, seed + p2, seed, seed - p1};
        for (; left >= 32; left -= 32, p += 32) {
            lanes[0] = mix(lanes[0], load<std::uint64_t>(p));
            lanes[1] = mix(lanes[1], load<std::uint64_t>(p + 8));
            lanes[2] = mix(lanes[2], load<std::uint64_t>(p + 16));
            lanes[3] = mix(lanes[3], load<std::uint64_t>(p + 24));
        }
        hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
        for (const auto lane : lanes) hash = fold(hash, lane);
    }
    hash += data.size();
    for (; left >= 8; left -= 8, p += 8) hash = std::rotl(hash ^ mix(0, load<std::uint64_t>(p)), 27) * p1 + p4;
    for (; left >= 4; left -= 4, p += 4) hash = std::rotl(hash ^ (load<std::uint32_t>(p) * p1), 23) * p2 + p3;
    for (; left > 0; --left, ++p) hash = std::rotl(hash ^ (*p * p5), 11) * p1;
    hash = (hash ^ (hash >> 33)) * p2;
    hash = (hash ^ (hash >> 29)) * p3;
    return hash ^ (hash >> 32);
}

Term term_of(std::uint32_t tag, ByteView value) noexcept { return hash64(value, tag); }

} // namespace hsm::store
