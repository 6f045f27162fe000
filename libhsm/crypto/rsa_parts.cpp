// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/rsa_parts.hpp"

#include "crypto/rng.hpp"

#include <hsm/error.hpp>

#include <botan/ber_dec.h>
#include <botan/bigint.h>
#include <botan/numthry.h>
#include <botan/rsa.h>

namespace hsm::crypto {
namespace {

using Botan::BigInt;

struct Parts {
    BigInt n, e, d, p, q, dp, dq, qinv;
};

[[noreturn]] void refuse(const char* why) {
    throw Error(Status::invalid_data, std::string("not an acceptable RSA key: ") + why);
}

/// The primes from n, e and d (SP 800-56B appendix C): e d - 1 is a multiple of the order of every element, and the
/// square roots of 1 on the way to it split n.
void find_primes(Parts& key) {
    constexpr int attempts = 100;
    if (key.n.is_even() || key.n.bits() > 16384 || key.e <= 1 || key.d <= 1) refuse("its numbers make no key");
    BigInt odd = key.e * key.d - 1;
    if (odd.is_odd() || odd.is_zero()) refuse("its exponents do not belong together");
    std::size_t twos = 0;
    while (!odd.get_bit(twos)) ++twos;
    odd >>= twos;
    const BigInt last = key.n - 1;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const auto g = BigInt::random_integer(system_random(), BigInt::from_word(2), last);
        auto y = Botan::power_mod(g, odd, key.n);
        for (std::size_t i = 0; i < twos && y != 1 && y != last; ++i) {
            const auto square = (y * y) % key.n;
            if (square == 1) {
                key.p = Botan::gcd(y - 1, key.n);
                key.q = key.n / key.p;
                if (key.p < key.q) key.p.swap(key.q);
                return;
            }
            y = square;
        }
    }
    refuse("its exponents do not belong together");
}

} // namespace

std::unique_ptr<Botan::Private_Key> complete_rsa(ByteView rsa_private_key) {
    Parts key;
    std::size_t version = 0;
    Botan::BER_Decoder(rsa_private_key)
        .start_sequence()
        .decode(version)
        .decode(key.n)
        .decode(key.e)
        .decode(key.d)
        .decode(key.p)
        .decode(key.q)
        .decode(key.dp)
        .decode(key.dq)
        .decode(key.qinv)
        .discard_remaining()
        .end_cons();
    const bool primes = !key.p.is_zero() && !key.q.is_zero();
    if (primes && !key.e.is_zero() && !key.d.is_zero() && !key.dp.is_zero() && !key.dq.is_zero() && !key.qinv.is_zero())
        return nullptr;
    if (!primes) find_primes(key);
    if (key.p * key.q != key.n) refuse("its primes do not belong to its modulus");
    if (key.e.is_zero()) {
        if (key.d.is_zero()) refuse("both exponents are missing");
        const BigInt p1 = key.p - 1;
        const BigInt q1 = key.q - 1;
        key.e = Botan::inverse_mod(key.d, p1 * q1 / Botan::gcd(p1, q1));
        if (key.e.is_zero()) refuse("its private exponent has no inverse");
    }
    return std::make_unique<Botan::RSA_PrivateKey>(key.p, key.q, key.e, key.d, key.n);
}

} // namespace hsm::crypto
