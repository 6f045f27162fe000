// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <store/siphash.hpp>

#include <bit>
#include <utility>

namespace hsm::store {

namespace {

std::uint64_t little_endian(const std::uint8_t* bytes) noexcept {
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | bytes[i];
    return value;
}

} // namespace

SipHash::SipHash(const SipKey& key) noexcept {
    const auto k0 = little_endian(key.data()), k1 = little_endian(key.data() + 8);
    v_[0] = k0 ^ 0x736f6d6570736575u;
    v_[1] = k1 ^ 0x646f72616e646f6du;
    v_[2] = k0 ^ 0x6c7967656e657261u;
    v_[3] = k1 ^ 0x7465646279746573u;
}

void SipHash::round() noexcept {
    v_[0] += v_[1], v_[2] += v_[3];
    v_[1] = std::rotl(v_[1], 13) ^ v_[0], v_[3] = std::rotl(v_[3], 16) ^ v_[2];
    v_[0] = std::rotl(v_[0], 32);
    v_[2] += v_[1], v_[0] += v_[3];
    v_[1] = std::rotl(v_[1], 17) ^ v_[2], v_[3] = std::rotl(v_[3], 21) ^ v_[0];
    v_[2] = std::rotl(v_[2], 32);
}

void SipHash::word(std::uint64_t value) noexcept {
    v_[3] ^= value;
    round(), round();
    v_[0] ^= value;
}

SipHash& SipHash::add(ByteView bytes) noexcept {
    std::size_t at = 0;
    for (; at < bytes.size() && (size_ % 8 != 0 || bytes.size() - at < 8); ++at) {
        pending_ |= std::uint64_t{bytes[at]} << (8 * (size_ % 8));
        if (++size_ % 8 == 0) word(std::exchange(pending_, 0));
    }
    for (; bytes.size() - at >= 8; at += 8, size_ += 8) word(little_endian(bytes.data() + at));
    for (; at < bytes.size(); ++at, ++size_) pending_ |= std::uint64_t{bytes[at]} << (8 * (size_ % 8));
    return *this;
}

std::uint64_t SipHash::finish() noexcept {
    word(pending_ | size_ << 56);
    v_[2] ^= 0xff;
    for (int i = 0; i < 4; ++i) round();
    return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
}

} // namespace hsm::store
