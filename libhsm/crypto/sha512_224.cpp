// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/sha512_224.hpp"

#include <hsm/secret.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace hsm::crypto {
namespace {

using Word = std::uint64_t;

constexpr std::size_t block_size = 128;
constexpr std::size_t output_size = 28;
constexpr std::size_t round_count = 80;

constexpr std::array<Word, 8> start_value{0x8C3D37C819544DA2, 0x73E1996689DCD4D6, 0x1DFAB7AE32FF9C82, 0x679DD514582F9FCF,
                                          0x0F6D2B697BD44DA8, 0x77E36F7304C48942, 0x3F9D85A86A1D36C8, 0x1112E6AD91D692A1};

/// Numbers of 256 bits, the lowest limb first: enough for the cube of a number of 67 bits.
using Limbs = std::array<std::uint32_t, 8>;

Limbs product(const Limbs& a, const Limbs& b) {
    Limbs out{};
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; i + j < out.size(); ++j) {
            carry += std::uint64_t{a[i]} * b[j] + out[i + j];
            out[i + j] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }
    return out;
}

/// The first 64 bits of the fractional part of the cube root (FIPS 180-4 4.2.3).
Word cube_root_fraction(std::uint32_t prime) {
    Limbs target{};
    target[6] = prime; // prime * 2^192: its root has 64 bits after the point
    Limbs root{};
    for (std::size_t bit = 67; bit-- > 0;) {
        auto larger = root;
        larger[bit / 32] |= 1u << (bit % 32);
        const auto cube = product(product(larger, larger), larger);
        if (!std::lexicographical_compare(target.rbegin(), target.rend(), cube.rbegin(), cube.rend())) root = larger;
    }
    return Word{root[1]} << 32 | root[0];
}

const std::array<Word, round_count>& constants() {
    static const auto table = [] {
        std::array<Word, round_count> out{};
        std::uint32_t candidate = 2;
        for (auto& constant : out) {
            const auto divides = [&](std::uint32_t d) { return candidate % d == 0; };
            for (bool prime = false; !prime; candidate += prime ? 0 : 1) {
                prime = true;
                for (std::uint32_t d = 2; d * d <= candidate; ++d) prime = prime && !divides(d);
            }
            constant = cube_root_fraction(candidate++);
        }
        return out;
    }();
    return table;
}

class Sha512224 final : public Botan::HashFunction {
public:
    [[nodiscard]] std::string name() const override { return "SHA-512-224"; }
    [[nodiscard]] std::size_t output_length() const override { return output_size; }
    [[nodiscard]] std::size_t hash_block_size() const override { return block_size; }
    [[nodiscard]] std::unique_ptr<Botan::HashFunction> new_object() const override { return make_sha512_224(); }
    [[nodiscard]] std::unique_ptr<Botan::HashFunction> copy_state() const override {
        return std::make_unique<Sha512224>(*this);
    }
    Sha512224() = default;
    Sha512224(const Sha512224&) = default;
    Sha512224& operator=(const Sha512224&) = delete;
    ~Sha512224() override { wipe_state(); }

    void clear() override {
        wipe_state();
        state_ = start_value;
        held_ = 0;
        total_ = 0;
    }

private:
    void add_data(std::span<const std::uint8_t> input) override {
        total_ += input.size();
        while (!input.empty()) {
            const auto part = std::min(block_size - held_, input.size());
            std::copy_n(input.begin(), part, buffer_.begin() + static_cast<std::ptrdiff_t>(held_));
            held_ += part;
            input = input.subspan(part);
            if (held_ == block_size) compress();
        }
    }

    void final_result(std::span<std::uint8_t> out) override {
        const auto bits = total_ * 8;
        buffer_[held_++] = 0x80;
        if (held_ > block_size - 16) {
            std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(held_), buffer_.end(), std::uint8_t{0});
            compress();
        }
        std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(held_), buffer_.end(), std::uint8_t{0});
        for (std::size_t i = 0; i < 8; ++i) buffer_[block_size - 1 - i] = static_cast<std::uint8_t>(bits >> (8 * i));
        compress();
        for (std::size_t i = 0; i < output_size; ++i) out[i] = static_cast<std::uint8_t>(state_[i / 8] >> (56 - 8 * (i % 8)));
        clear();
    }

    void compress() {
        std::array<Word, round_count> w;
        for (std::size_t i = 0; i < 16; ++i) {
            w[i] = 0;
            for (std::size_t j = 0; j < 8; ++j) w[i] = w[i] << 8 | buffer_[8 * i + j];
        }
        for (std::size_t i = 16; i < round_count; ++i) {
            const auto s0 = std::rotr(w[i - 15], 1) ^ std::rotr(w[i - 15], 8) ^ w[i - 15] >> 7;
            const auto s1 = std::rotr(w[i - 2], 19) ^ std::rotr(w[i - 2], 61) ^ w[i - 2] >> 6;
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        auto v = state_; // a to h
        for (std::size_t i = 0; i < round_count; ++i) {
            const auto s1 = std::rotr(v[4], 14) ^ std::rotr(v[4], 18) ^ std::rotr(v[4], 41);
            const auto t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants()[i] + w[i];
            const auto s0 = std::rotr(v[0], 28) ^ std::rotr(v[0], 34) ^ std::rotr(v[0], 39);
            const auto t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v = {t1 + t2, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]};
        }
        for (std::size_t i = 0; i < v.size(); ++i) state_[i] += v[i];
        held_ = 0;
    }

    void wipe_state() {
        wipe(buffer_);
        wipe({reinterpret_cast<std::uint8_t*>(state_.data()), sizeof state_});
    }

    std::array<Word, 8> state_ = start_value;
    std::array<std::uint8_t, block_size> buffer_{};
    std::size_t held_ = 0;
    std::uint64_t total_ = 0;
};

/// RFC 2104 over a hash function of ours.
class HashMac final : public Botan::MessageAuthenticationCode {
public:
    [[nodiscard]] std::string name() const override { return "HMAC(SHA-512-224)"; }
    [[nodiscard]] std::size_t output_length() const override { return output_size; }
    [[nodiscard]] Botan::Key_Length_Specification key_spec() const override { return {0, 4096}; }
    [[nodiscard]] bool has_keying_material() const override { return !inner_key_.empty(); }
    [[nodiscard]] std::unique_ptr<Botan::MessageAuthenticationCode> new_object() const override {
        return make_hmac_sha512_224();
    }
    void clear() override {
        hash_.clear();
        Botan::zap(inner_key_);
        Botan::zap(outer_key_);
    }

private:
    void start_msg(std::span<const std::uint8_t>) override {}

    void key_schedule(std::span<const std::uint8_t> key) override {
        hash_.clear();
        Botan::secure_vector<std::uint8_t> whole(key.begin(), key.end());
        if (whole.size() > block_size) whole = hash_.process(whole);
        whole.resize(block_size);
        inner_key_ = whole;
        outer_key_ = whole;
        for (auto& b : inner_key_) b ^= 0x36;
        for (auto& b : outer_key_) b ^= 0x5c;
        hash_.update(inner_key_);
    }

    void add_data(std::span<const std::uint8_t> input) override {
        assert_key_material_set();
        hash_.update(input);
    }

    void final_result(std::span<std::uint8_t> out) override {
        assert_key_material_set();
        const auto inner = hash_.final();
        hash_.update(outer_key_);
        hash_.update(inner);
        hash_.final(out);
        hash_.update(inner_key_);
    }

    Sha512224 hash_;
    Botan::secure_vector<std::uint8_t> inner_key_, outer_key_;
};

} // namespace

std::unique_ptr<Botan::HashFunction> make_sha512_224() { return std::make_unique<Sha512224>(); }
std::unique_ptr<Botan::MessageAuthenticationCode> make_hmac_sha512_224() { return std::make_unique<HashMac>(); }

} // namespace hsm::crypto
