// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/ml_dsa.hpp"

#include "crypto/ml_dsa_poly.hpp"

#include <hsm/error.hpp>

#include <botan/xof.h>

#include <algorithm>
#include <memory>

namespace hsm::crypto {
namespace {

using namespace ml_dsa;

/// FIPS 204 table 1.
struct Row {
    ParamSet params;
    std::size_t k, l;
    std::uint32_t eta;
    unsigned eta_bits;
    std::size_t tau;
    std::uint32_t beta;
    unsigned gamma1_bits; ///< gamma1 = 2^gamma1_bits; z takes one bit more
    bool wide;            ///< gamma2 = (q-1)/32, else (q-1)/88
    std::size_t omega;
    std::size_t challenge; ///< bytes of the commitment hash
};

constexpr std::array<Row, 3> rows{{
    {ParamSet::ml_dsa_44, 4, 4, 2, 3, 39, 78, 17, false, 80, 32},
    {ParamSet::ml_dsa_65, 6, 5, 4, 4, 49, 196, 19, true, 55, 48},
    {ParamSet::ml_dsa_87, 8, 7, 2, 3, 60, 120, 19, true, 75, 64},
}};

const Row& row_of(ParamSet params) {
    for (const auto& row : rows)
        if (row.params == params) return row;
    throw Error(Status::internal, "not a parameter set of ML-DSA");
}

constexpr std::uint32_t gamma1(const Row& row) { return 1u << row.gamma1_bits; }
constexpr std::uint32_t gamma2(const Row& row) { return row.wide ? (q - 1) / 32 : (q - 1) / 88; }
constexpr std::uint32_t high_count(const Row& row) { return row.wide ? 16 : 44; }
constexpr std::size_t packed(unsigned bits) { return degree * bits / 8; }
constexpr unsigned z_bits(const Row& row) { return row.gamma1_bits + 1; }
constexpr std::size_t expanded_size(const Row& row) {
    return 128 + packed(row.eta_bits) * (row.k + row.l) + packed(13) * row.k;
}
constexpr std::size_t signature_size(const Row& row) {
    return row.challenge + packed(z_bits(row)) * row.l + row.omega + row.k;
}

// ---- Sampling (FIPS 204 7.3) ---------------------------------------------------------------------------------------

std::unique_ptr<Botan::XOF> shake(const char* name, std::initializer_list<ByteView> pieces) {
    auto xof = Botan::XOF::create_or_throw(name);
    for (const auto piece : pieces) xof->update(piece);
    return xof;
}

void hash_into(std::span<std::uint8_t> out, std::initializer_list<ByteView> pieces) {
    shake("SHAKE-256", pieces)->output(out);
}

/// Bytes of an XOF, fetched in blocks.
class ByteSource {
public:
    explicit ByteSource(std::unique_ptr<Botan::XOF> xof) : xof_(std::move(xof)) {}
    ~ByteSource() { wipe(buffer_); }
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    std::uint8_t next() {
        if (at_ == buffer_.size()) {
            xof_->output(buffer_);
            at_ = 0;
        }
        return buffer_[at_++];
    }

private:
    std::unique_ptr<Botan::XOF> xof_;
    std::array<std::uint8_t, 168> buffer_{};
    std::size_t at_ = buffer_.size();
};

Poly uniform(ByteView rho, std::size_t column, std::size_t line) {
    const std::array<std::uint8_t, 2> place{static_cast<std::uint8_t>(column), static_cast<std::uint8_t>(line)};
    ByteSource source(shake("SHAKE-128", {rho, place}));
    Poly out;
    for (std::size_t i = 0; i < degree;) {
        std::uint32_t v = source.next();
        v |= static_cast<std::uint32_t>(source.next()) << 8;
        v |= static_cast<std::uint32_t>(source.next() & 0x7f) << 16;
        if (v < q) out[i++] = v;
    }
    return out;
}

/// A, line by line, in the NTT domain.
std::vector<Poly> matrix(const Row& row, ByteView rho) {
    std::vector<Poly> a;
    for (std::size_t i = 0; i < row.k; ++i)
        for (std::size_t j = 0; j < row.l; ++j) a.push_back(uniform(rho, j, i));
    return a;
}

std::array<std::uint8_t, 2> le16(std::size_t n) {
    return {static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8)};
}

Poly bounded(const Row& row, ByteView seed, std::size_t number) {
    ByteSource source(shake("SHAKE-256", {seed, le16(number)}));
    Poly out;
    for (std::size_t i = 0; i < degree;) {
        const auto byte = source.next();
        for (const auto nibble : {byte & 15u, static_cast<unsigned>(byte) >> 4}) {
            if (i == degree) break;
            if (row.eta == 2 ? nibble < 15 : nibble < 9)
                out[i++] = subtract(row.eta, row.eta == 2 ? nibble - nibble * 205 / 1024 * 5 : nibble);
        }
    }
    return out;
}

Polys mask(const Row& row, ByteView seed, std::size_t kappa) {
    Polys y(row.l);
    Secret bytes(packed(z_bits(row)));
    for (std::size_t r = 0; r < row.l; ++r) {
        hash_into(bytes.mutable_view(), {seed, le16(kappa + r)});
        y[r] = mirrored(unpack(bytes.view(), z_bits(row)), gamma1(row));
    }
    return y;
}

/// The challenge, in the NTT domain.
Poly challenge(const Row& row, ByteView commitment) {
    ByteSource source(shake("SHAKE-256", {commitment}));
    std::uint64_t signs = 0;
    for (int i = 0; i < 8; ++i) signs |= std::uint64_t{source.next()} << (8 * i);
    Poly c{};
    for (std::size_t i = degree - row.tau; i < degree; ++i) {
        std::size_t j = source.next();
        while (j > i) j = source.next();
        c[i] = c[j];
        c[j] = (signs & 1) != 0 ? q - 1 : 1;
        signs >>= 1;
    }
    ntt(c);
    return c;
}

// ---- Rounding (FIPS 204 7.4) ---------------------------------------------------------------------------------------

struct Parts {
    std::uint32_t high;
    std::int32_t low;
};

Parts decompose(const Row& row, std::uint32_t r) {
    const auto g = gamma2(row);
    // Divisions by constants, which compile to multiplications.
    auto high = row.wide ? (r + (q - 1) / 32 - 1) / ((q - 1) / 16) : (r + (q - 1) / 88 - 1) / ((q - 1) / 44);
    auto low = static_cast<std::int32_t>(r) - static_cast<std::int32_t>(high * 2 * g);
    const auto last = mask_less(high_count(row) - 1, high); // high = (q-1)/(2 gamma2) goes round to 0
    low -= static_cast<std::int32_t>(last & 1);
    high &= ~last;
    return {high, low};
}

Poly high_bits(const Row& row, const Poly& p) {
    Poly out;
    for (std::size_t i = 0; i < degree; ++i) out[i] = decompose(row, p[i]).high;
    return out;
}

Poly low_bits(const Row& row, const Poly& p) {
    Poly out;
    for (std::size_t i = 0; i < degree; ++i) out[i] = from_signed(decompose(row, p[i]).low);
    return out;
}

std::uint32_t use_hint(const Row& row, std::uint32_t hint, std::uint32_t r) {
    const auto parts = decompose(row, r);
    const auto m = high_count(row);
    if (hint == 0) return parts.high;
    return (parts.high + (parts.low > 0 ? 1 : m - 1)) % m;
}

/// t = A s1 + s2.
Polys public_vector(const Row& row, ByteView rho, const Polys& s1, const Polys& s2) {
    const auto a = matrix(row, rho);
    Polys s1_ntt(s1);
    for (std::size_t j = 0; j < row.l; ++j) ntt(s1_ntt[j]);
    Polys t(row.k);
    for (std::size_t i = 0; i < row.k; ++i) {
        for (std::size_t j = 0; j < row.l; ++j) add_product(t[i], a[i * row.l + j], s1_ntt[j]);
        inverse_ntt(t[i]);
        add_to(t[i], s2[i]);
    }
    return t;
}

/// The high part of t rounded to a multiple of 2^13, and what is left as a number modulo q.
Poly rounded(const Poly& t, Poly& rest) {
    Poly high;
    for (std::size_t i = 0; i < degree; ++i) {
        high[i] = (t[i] + (1u << (dropped_bits - 1)) - 1) >> dropped_bits;
        rest[i] = subtract(t[i], high[i] << dropped_bits);
    }
    return high;
}

Bytes encode_public(ByteView rho, const Polys& t, Polys& t0) {
    auto out = to_bytes(rho);
    for (std::size_t i = 0; i < t.size(); ++i) pack(rounded(t[i], t0[i]), 10, out);
    return out;
}

// ---- Keys ----------------------------------------------------------------------------------------------------------

/// An expanded private key, read.
struct PrivateKey {
    ByteView rho, k, tr;
    Polys s1, s2, t0;
};

/// Throws invalid_data when a coefficient is out of range.
Poly take_small(const Row& row, ByteView& from) {
    const auto values = unpack(from, row.eta_bits);
    from = from.subspan(packed(row.eta_bits));
    if (std::ranges::any_of(values, [&](std::uint32_t v) { return v > 2 * row.eta; }))
        throw Error(Status::invalid_data, "the expanded private key has a coefficient that is out of range");
    return mirrored(values, row.eta);
}

PrivateKey decode(const Row& row, ByteView expanded) {
    if (expanded.size() != expanded_size(row))
        throw Error(Status::invalid_data, "the expanded private key has the wrong length");
    PrivateKey key{expanded.first(32), expanded.subspan(32, 32), expanded.subspan(64, 64),
                   Polys(row.l),       Polys(row.k),             Polys(row.k)};
    auto rest = expanded.subspan(128);
    for (std::size_t i = 0; i < row.l; ++i) key.s1[i] = take_small(row, rest);
    for (std::size_t i = 0; i < row.k; ++i) key.s2[i] = take_small(row, rest);
    for (std::size_t i = 0; i < row.k; ++i, rest = rest.subspan(packed(13)))
        key.t0[i] = mirrored(unpack(rest, 13), 1u << (dropped_bits - 1));
    return key;
}

class Output {
public:
    explicit Output(std::span<std::uint8_t> to) : to_(to) {}
    void bytes(ByteView from) {
        std::copy(from.begin(), from.end(), to_.begin());
        to_ = to_.subspan(from.size());
    }
    void poly(const Poly& p, std::uint32_t top, unsigned bits) {
        auto values = mirrored(p, top);
        pack(values, bits, to_);
        wipe({reinterpret_cast<std::uint8_t*>(values.data()), sizeof values});
        to_ = to_.subspan(packed(bits));
    }

private:
    std::span<std::uint8_t> to_;
};

} // namespace

Secret ml_dsa_expand(ParamSet params, ByteView seed) {
    const auto& row = row_of(params);
    if (seed.size() != ml_dsa_seed_size) throw Error(Status::invalid_data, "the seed has the wrong length");
    const std::array<std::uint8_t, 2> shape{static_cast<std::uint8_t>(row.k), static_cast<std::uint8_t>(row.l)};
    Secret seeds(128);
    hash_into(seeds.mutable_view(), {seed, shape});
    const auto rho = seeds.view().first(32);
    Polys s1(row.l), s2(row.k), t0(row.k);
    for (std::size_t i = 0; i < row.l; ++i) s1[i] = bounded(row, seeds.view().subspan(32, 64), i);
    for (std::size_t i = 0; i < row.k; ++i) s2[i] = bounded(row, seeds.view().subspan(32, 64), row.l + i);
    const auto pk = encode_public(rho, public_vector(row, rho, s1, s2), t0);
    std::array<std::uint8_t, 64> tr;
    hash_into(tr, {pk});
    Secret out(expanded_size(row));
    Output to(out.mutable_view());
    to.bytes(rho);
    to.bytes(seeds.view().last(32));
    to.bytes(tr);
    for (std::size_t i = 0; i < row.l; ++i) to.poly(s1[i], row.eta, row.eta_bits);
    for (std::size_t i = 0; i < row.k; ++i) to.poly(s2[i], row.eta, row.eta_bits);
    for (std::size_t i = 0; i < row.k; ++i) to.poly(t0[i], 1u << (dropped_bits - 1), 13);
    return out;
}

Bytes ml_dsa_public_of(ParamSet params, ByteView expanded) {
    const auto& row = row_of(params);
    const auto key = decode(row, expanded);
    Polys t0(row.k);
    auto pk = encode_public(key.rho, public_vector(row, key.rho, key.s1, key.s2), t0);
    std::array<std::uint8_t, 64> tr;
    hash_into(tr, {pk});
    bool same = equal_in_constant_time(tr, key.tr);
    for (std::size_t i = 0; i < row.k; ++i) same = same && t0[i] == key.t0[i];
    if (!same) throw Error(Status::invalid_data, "the parts of the expanded private key contradict each other");
    return pk;
}

Bytes ml_dsa_mu(ByteView public_key, ByteView prefix, ByteView message) {
    std::array<std::uint8_t, 64> tr;
    hash_into(tr, {public_key});
    Bytes mu(ml_dsa_mu_size);
    hash_into(mu, {tr, prefix, message});
    return mu;
}

// ---- Signatures (FIPS 204 6.2, 6.3) --------------------------------------------------------------------------------

namespace {

Bytes commitment_hash(const Row& row, ByteView mu, const std::vector<Poly>& w1) {
    Bytes encoded;
    for (const auto& p : w1) pack(p, row.wide ? 4 : 6, encoded);
    Bytes out(row.challenge);
    hash_into(out, {mu, encoded});
    return out;
}

void append_hint(const Row& row, const std::vector<Poly>& hints, Bytes& out) {
    const auto start = out.size();
    out.resize(start + row.omega + row.k);
    std::size_t index = 0;
    for (std::size_t i = 0; i < row.k; ++i) {
        for (std::size_t j = 0; j < degree; ++j)
            if (hints[i][j] != 0) out[start + index++] = static_cast<std::uint8_t>(j);
        out[start + row.omega + i] = static_cast<std::uint8_t>(index);
    }
}

/// False when it is not the one encoding of a hint.
bool read_hint(const Row& row, ByteView in, std::vector<Poly>& hints) {
    hints.assign(row.k, Poly{});
    std::size_t index = 0;
    for (std::size_t i = 0; i < row.k; ++i) {
        const std::size_t end = in[row.omega + i];
        if (end < index || end > row.omega) return false;
        for (const auto first = index; index < end; ++index) {
            if (index > first && in[index - 1] >= in[index]) return false;
            hints[i][in[index]] = 1;
        }
    }
    return std::all_of(in.begin() + static_cast<std::ptrdiff_t>(index), in.begin() + static_cast<std::ptrdiff_t>(row.omega),
                       [](std::uint8_t b) { return b == 0; });
}

/// One signing key at work.
class Signing {
public:
    Signing(const Row& row, ByteView expanded)
        : row_(row), key_(decode(row, expanded)), a_(matrix(row, key_.rho)) {
        for (std::size_t i = 0; i < row.l; ++i) ntt(key_.s1[i]);
        for (std::size_t i = 0; i < row.k; ++i) {
            ntt(key_.s2[i]);
            ntt(key_.t0[i]);
        }
    }

    Bytes sign(ByteView mu, ByteView randomness) {
        Secret seed(64);
        hash_into(seed.mutable_view(), {key_.k, randomness, mu});
        Bytes signature;
        for (std::size_t kappa = 0; kappa < 0xffff; kappa += row_.l)
            if (attempt(mu, mask(row_, seed.view(), kappa), signature)) return signature;
        throw Error(Status::internal, "an ML-DSA signature that does not come to an end");
    }

private:
    /// w = A y.
    Polys commitment(const Polys& y) const {
        Polys transformed(y);
        for (std::size_t j = 0; j < row_.l; ++j) ntt(transformed[j]);
        Polys w(row_.k);
        for (std::size_t i = 0; i < row_.k; ++i) {
            for (std::size_t j = 0; j < row_.l; ++j) add_product(w[i], a_[i * row_.l + j], transformed[j]);
            inverse_ntt(w[i]);
        }
        return w;
    }

    static Poly times(const Poly& c, const Poly& p) {
        auto out = product(c, p);
        inverse_ntt(out);
        return out;
    }

    bool attempt(ByteView mu, Polys y, Bytes& signature) const {
        auto w = commitment(y);
        std::vector<Poly> w1;
        for (std::size_t i = 0; i < row_.k; ++i) w1.push_back(high_bits(row_, w[i]));
        signature = commitment_hash(row_, mu, w1);
        const auto c = challenge(row_, signature);
        for (std::size_t i = 0; i < row_.l; ++i) {
            add_to(y[i], times(c, key_.s1[i])); // z
            if (!within(y[i], gamma1(row_) - row_.beta)) return false;
        }
        for (std::size_t i = 0; i < row_.k; ++i) {
            subtract_from(w[i], times(c, key_.s2[i]));
            if (!within(low_bits(row_, w[i]), gamma2(row_) - row_.beta)) return false;
        }
        std::vector<Poly> hints(row_.k);
        std::size_t weight = 0;
        for (std::size_t i = 0; i < row_.k; ++i) {
            const auto ct0 = times(c, key_.t0[i]);
            if (!within(ct0, gamma2(row_))) return false;
            const auto before = high_bits(row_, w[i]);
            add_to(w[i], ct0);
            const auto after = high_bits(row_, w[i]);
            for (std::size_t j = 0; j < degree; ++j) {
                hints[i][j] = before[j] != after[j] ? 1 : 0;
                weight += hints[i][j];
            }
        }
        if (weight > row_.omega) return false;
        for (std::size_t i = 0; i < row_.l; ++i) pack(mirrored(y[i], gamma1(row_)), z_bits(row_), signature);
        append_hint(row_, hints, signature);
        return true;
    }

    const Row& row_;
    PrivateKey key_;
    std::vector<Poly> a_;
};

} // namespace

Bytes ml_dsa_sign_mu(ParamSet params, ByteView expanded, ByteView mu, ByteView randomness) {
    return Signing(row_of(params), expanded).sign(mu, randomness);
}

bool ml_dsa_verify_mu(ParamSet params, ByteView public_key, ByteView mu, ByteView signature) {
    const auto& row = row_of(params);
    if (signature.size() != signature_size(row) || public_key.size() != 32 + packed(10) * row.k) return false;
    const auto commitment = signature.first(row.challenge);
    std::vector<Poly> z;
    for (std::size_t i = 0; i < row.l; ++i) {
        const auto at = row.challenge + i * packed(z_bits(row));
        z.push_back(mirrored(unpack(signature.subspan(at), z_bits(row)), gamma1(row)));
        if (!within(z.back(), gamma1(row) - row.beta)) return false;
        ntt(z.back());
    }
    std::vector<Poly> hints;
    if (!read_hint(row, signature.last(row.omega + row.k), hints)) return false;
    const auto c = challenge(row, commitment);
    const auto a = matrix(row, public_key.first(32));
    std::vector<Poly> w1(row.k);
    for (std::size_t i = 0; i < row.k; ++i) {
        auto t1 = unpack(public_key.subspan(32 + i * packed(10)), 10);
        for (auto& v : t1) v <<= dropped_bits;
        ntt(t1);
        Poly w{};
        for (std::size_t j = 0; j < row.l; ++j) add_product(w, a[i * row.l + j], z[j]);
        subtract_from(w, product(c, t1));
        inverse_ntt(w);
        for (std::size_t j = 0; j < degree; ++j) w1[i][j] = use_hint(row, hints[i][j], w[j]);
    }
    return equal_in_constant_time(commitment_hash(row, mu, w1), commitment);
}

} // namespace hsm::crypto
