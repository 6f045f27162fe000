// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <array>
#include <vector>

/// \file
/// Polynomials modulo X^256 + 1 and q = 8380417 (FIPS 204 2.3 and 7): coefficients from 0 to q - 1.

namespace hsm::crypto::ml_dsa {

inline constexpr std::uint32_t q = 8380417;
inline constexpr std::size_t degree = 256;
inline constexpr unsigned dropped_bits = 13;

using Poly = std::array<std::uint32_t, degree>;

/// A vector of polynomials that is wiped when it goes.
class Polys {
public:
    explicit Polys(std::size_t count) : polys_(count) {}
    Polys(Polys&&) noexcept = default;
    Polys& operator=(Polys&&) = delete;
    Polys(const Polys& other) = default;
    Polys& operator=(const Polys&) = delete;
    ~Polys() {
        for (auto& p : polys_) wipe({reinterpret_cast<std::uint8_t*>(p.data()), sizeof(Poly)});
    }
    [[nodiscard]] std::size_t size() const noexcept { return polys_.size(); }
    Poly& operator[](std::size_t i) noexcept { return polys_[i]; }
    const Poly& operator[](std::size_t i) const noexcept { return polys_[i]; }

private:
    std::vector<Poly> polys_;
};

/// All ones when a < b, both below 2^31.
constexpr std::uint32_t mask_less(std::uint32_t a, std::uint32_t b) noexcept { return 0u - ((a - b) >> 31); }
constexpr std::uint32_t add(std::uint32_t a, std::uint32_t b) noexcept {
    const auto sum = a + b;
    return sum - (q & ~mask_less(sum, q));
}
constexpr std::uint32_t subtract(std::uint32_t a, std::uint32_t b) noexcept { return a - b + (q & mask_less(a, b)); }
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b) noexcept {
    return static_cast<std::uint32_t>(std::uint64_t{a} * b % q);
}
/// A signed number of at most q - 1 in amount.
constexpr std::uint32_t from_signed(std::int32_t v) noexcept {
    return static_cast<std::uint32_t>(v) + (q & (0u - (static_cast<std::uint32_t>(v) >> 31)));
}
/// The representative from -(q-1)/2 to (q-1)/2.
constexpr std::int32_t centred(std::uint32_t a) noexcept {
    return static_cast<std::int32_t>(a) - static_cast<std::int32_t>(q & mask_less((q - 1) / 2, a));
}

void ntt(Poly& w) noexcept;
void inverse_ntt(Poly& w) noexcept;
void add_to(Poly& sum, const Poly& p) noexcept;
void subtract_from(Poly& difference, const Poly& p) noexcept;
Poly product(const Poly& a, const Poly& b) noexcept; ///< both in the NTT domain
void add_product(Poly& sum, const Poly& a, const Poly& b) noexcept;

/// True when every coefficient's amount is below \p bound; takes the same time for every polynomial.
bool within(const Poly& p, std::uint32_t bound) noexcept;

/// \p bits of each value, the lowest bit first, appended.
void pack(const Poly& values, unsigned bits, Bytes& out);
void pack(const Poly& values, unsigned bits, std::span<std::uint8_t> out) noexcept;
Poly unpack(ByteView in, unsigned bits) noexcept;
/// top - p[i] in \p bits each, and back (BitPack, BitUnpack).
Poly mirrored(const Poly& p, std::uint32_t top) noexcept;

} // namespace hsm::crypto::ml_dsa
