// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/ml_dsa_poly.hpp"

#include <algorithm>

namespace hsm::crypto::ml_dsa {
namespace {

constexpr std::uint32_t root = 1753;           ///< a 512th root of unity
constexpr std::uint32_t inverse_256 = 8347681; ///< of 256 modulo q

constexpr unsigned reversed(unsigned m) {
    unsigned out = 0;
    for (int i = 0; i < 8; ++i) out = out << 1 | (m >> i & 1);
    return out;
}

/// Powers of the root with reversed exponents (FIPS 204 appendix B), computed.
constexpr auto zetas = [] {
    std::array<std::uint32_t, degree> powers{};
    std::uint32_t power = 1;
    for (auto& p : powers) {
        p = power;
        power = multiply(power, root);
    }
    std::array<std::uint32_t, degree> out{};
    for (unsigned m = 0; m < degree; ++m) out[m] = powers[reversed(m)];
    return out;
}();

} // namespace

void ntt(Poly& w) noexcept {
    std::size_t m = 0;
    for (std::size_t length = 128; length >= 1; length /= 2) {
        for (std::size_t start = 0; start < degree; start += 2 * length) {
            const auto zeta = zetas[++m];
            for (std::size_t j = start; j < start + length; ++j) {
                const auto t = multiply(zeta, w[j + length]);
                w[j + length] = subtract(w[j], t);
                w[j] = add(w[j], t);
            }
        }
    }
}

void inverse_ntt(Poly& w) noexcept {
    std::size_t m = degree;
    for (std::size_t length = 1; length < degree; length *= 2) {
        for (std::size_t start = 0; start < degree; start += 2 * length) {
            const auto zeta = q - zetas[--m];
            for (std::size_t j = start; j < start + length; ++j) {
                const auto t = w[j];
                w[j] = add(t, w[j + length]);
                w[j + length] = multiply(zeta, subtract(t, w[j + length]));
            }
        }
    }
    for (auto& c : w) c = multiply(c, inverse_256);
}

void add_to(Poly& sum, const Poly& p) noexcept {
    for (std::size_t i = 0; i < degree; ++i) sum[i] = add(sum[i], p[i]);
}

void subtract_from(Poly& difference, const Poly& p) noexcept {
    for (std::size_t i = 0; i < degree; ++i) difference[i] = subtract(difference[i], p[i]);
}

Poly product(const Poly& a, const Poly& b) noexcept {
    Poly out;
    for (std::size_t i = 0; i < degree; ++i) out[i] = multiply(a[i], b[i]);
    return out;
}

void add_product(Poly& sum, const Poly& a, const Poly& b) noexcept {
    for (std::size_t i = 0; i < degree; ++i) sum[i] = add(sum[i], multiply(a[i], b[i]));
}

bool within(const Poly& p, std::uint32_t bound) noexcept {
    std::uint32_t all = ~0u;
    for (const auto c : p) {
        const auto amount = c ^ ((c ^ (q - c)) & mask_less((q - 1) / 2, c));
        all &= mask_less(amount, bound);
    }
    return all != 0;
}

void pack(const Poly& values, unsigned bits, std::span<std::uint8_t> out) noexcept {
    std::uint64_t held = 0;
    unsigned count = 0;
    std::size_t at = 0;
    for (const auto v : values) {
        held |= std::uint64_t{v} << count;
        for (count += bits; count >= 8; count -= 8, held >>= 8) out[at++] = static_cast<std::uint8_t>(held);
    }
}

void pack(const Poly& values, unsigned bits, Bytes& out) {
    const auto old = out.size();
    out.resize(old + degree * bits / 8);
    pack(values, bits, std::span(out).subspan(old));
}

Poly unpack(ByteView in, unsigned bits) noexcept {
    Poly out;
    std::uint64_t held = 0;
    unsigned count = 0;
    std::size_t at = 0;
    for (auto& v : out) {
        for (; count < bits; count += 8) held |= std::uint64_t{in[at++]} << count;
        v = static_cast<std::uint32_t>(held & ((1u << bits) - 1));
        held >>= bits;
        count -= bits;
    }
    return out;
}

Poly mirrored(const Poly& p, std::uint32_t top) noexcept {
    Poly out;
    for (std::size_t i = 0; i < degree; ++i) out[i] = subtract(top, p[i]);
    return out;
}

} // namespace hsm::crypto::ml_dsa
