// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/key_state.hpp"
#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "crypto/rng.hpp"

#include <botan/bigint.h>
#include <botan/dh.h>
#include <botan/dl_group.h>
#include <botan/dsa.h>
#include <botan/pk_algs.h>
#include <botan/rsa.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace hsm::crypto {
namespace {

[[noreturn]] void wrong_size(const KeySpec& spec, std::string_view advice) {
    throw Error(Status::key_size_range, "cannot generate " + to_string(spec) + ": " + std::string(advice));
}

std::unique_ptr<Botan::Private_Key> make_rsa(const KeySpec& spec) {
    const auto& row = key_type_row(KeyType::rsa);
    if (spec.bits < row.min_bits || spec.bits > row.max_bits || spec.bits % 8 != 0) {
        wrong_size(spec, "use 1024 to 16384 bits, a multiple of 8");
    }
    const std::uint64_t e = spec.public_exponent == 0 ? 65537 : spec.public_exponent;
    if (e < 3 || e % 2 == 0 || e > std::numeric_limits<std::size_t>::max() >> 1) {
        throw Error(Status::invalid_argument, "the public exponent must be odd, at least 3");
    }
    return std::make_unique<Botan::RSA_PrivateKey>(system_random(), spec.bits, static_cast<std::size_t>(e));
}

/// FIPS 186-4 4.2: the sizes of p and q.
struct DsaSizeRow {
    std::uint32_t p_bits;
    std::uint32_t q_bits;
};
constexpr std::array<DsaSizeRow, 3> dsa_sizes{{{1024, 160}, {2048, 256}, {3072, 256}}};

std::unique_ptr<Botan::Private_Key> make_dsa(const KeySpec& spec) {
    for (const auto& row : dsa_sizes) {
        if (row.p_bits != spec.bits) continue;
        const Botan::DL_Group group(system_random(), Botan::DL_Group::DSA_Kosherizer, row.p_bits, row.q_bits);
        return std::make_unique<Botan::DSA_PrivateKey>(system_random(), group);
    }
    wrong_size(spec, "use 1024, 2048 or 3072 bits");
}

struct AlgorithmRow {
    KeyType type;
    std::string_view botan_name;
    bool needs_params;
};

constexpr std::array<AlgorithmRow, 9> algorithms{{
    {KeyType::dh, "DH", true},
    {KeyType::ec, "ECDSA", true},
    {KeyType::ed25519, "Ed25519", false},
    {KeyType::ed448, "Ed448", false},
    {KeyType::x25519, "X25519", false},
    {KeyType::x448, "X448", false},
    {KeyType::ml_dsa, "ML-DSA", true},
    {KeyType::ml_kem, "ML-KEM", true},
    {KeyType::slh_dsa, "SLH-DSA", true},
}};

/// DH by size alone takes the safe prime of that size (SP 800-56A appendix D): generating one takes minutes.
ParamSet named_params(const KeySpec& spec) {
    if (spec.params != ParamSet::none || spec.type != KeyType::dh) return spec.params;
    for (const auto& row : param_set_table()) {
        if (row.type == KeyType::dh && row.bits == spec.bits) return row.params;
    }
    wrong_size(spec, "use 1024, 1536, 2048, 3072, 4096, 6144 or 8192 bits");
}

/// A key in a group that the caller gives.
std::unique_ptr<Botan::Private_Key> make_in_group(const KeySpec& spec, ByteView domain) {
    if (spec.type != KeyType::dsa && spec.type != KeyType::dh) {
        throw Error(Status::invalid_argument, "only DSA and DH keys are made in a given group");
    }
    const auto group = group_of(spec.type, domain);
    if (spec.bits != 0 && spec.bits != group.p_bits()) wrong_size(spec, "the group has another size");
    if (spec.type == KeyType::dsa) return std::make_unique<Botan::DSA_PrivateKey>(system_random(), group);
    return std::make_unique<Botan::DH_PrivateKey>(system_random(), group);
}

std::unique_ptr<Botan::Private_Key> make_private(const KeySpec& spec, ByteView domain) {
    if (!domain.empty()) return make_in_group(spec, domain);
    if (spec.type == KeyType::rsa) return make_rsa(spec);
    if (spec.type == KeyType::dsa) return make_dsa(spec);
    for (const auto& row : algorithms) {
        if (row.type != spec.type) continue;
        std::string_view params;
        if (row.needs_params) {
            const auto& set = param_set_row(named_params(spec));
            if (set.type != spec.type) {
                throw Error(Status::invalid_argument, std::string(set.name) + " are not parameters of " +
                                                          std::string(key_type_row(spec.type).name) +
                                                          " keys");
            }
            params = set.botan_name;
        }
        auto key = Botan::create_private_key(row.botan_name, system_random(), params);
        if (key != nullptr) return key;
        break;
    }
    throw Error(Status::not_supported,
                "cannot generate keys of type " + std::string(key_type_row(spec.type).name));
}

Bytes numbers(const Botan::BigInt& number) { return number.serialize<Bytes>(); }

void set_odd_parity(std::span<std::uint8_t> bytes) {
    for (auto& byte : bytes) {
        const auto seven = static_cast<std::uint8_t>(byte & 0xfeu);
        byte = static_cast<std::uint8_t>(seven | (std::popcount(seven) % 2 == 0 ? 1u : 0u));
    }
}

/// Two-key and three-key triple DES whose parts are equal would be single DES (SP 800-67 3.3.2); XTS with equal halves is
/// no longer a tweakable cipher.
bool parts_differ(ByteView raw, std::size_t size) {
    for (std::size_t i = 0; i + size <= raw.size(); i += size) {
        for (std::size_t j = i + size; j + size <= raw.size(); j += size) {
            if (std::memcmp(raw.data() + i, raw.data() + j, size) == 0) return false;
        }
    }
    return true;
}

std::unique_ptr<KeyState> make_secret(const KeySpec& spec) {
    const auto& row = key_type_row(spec.type);
    const auto bits = spec.bits == 0 && row.min_bits == row.max_bits ? row.min_bits : spec.bits;
    if (bits == 0 || bits % 8 != 0 || bits > row.max_bits || spec.params != ParamSet::none) {
        wrong_size(spec,
                   "use " + std::to_string(row.min_bits) + " to " + std::to_string(row.max_bits) + " bits");
    }
    Secret raw(bits / 8);
    do {
        random(raw.mutable_view());
        if (spec.type == KeyType::des || spec.type == KeyType::des3) set_odd_parity(raw.mutable_view());
    } while ((spec.type == KeyType::des3 && !parts_differ(raw.view(), 8)) ||
             (spec.type == KeyType::aes_xts && !parts_differ(raw.view(), raw.size() / 2)));
    return secret_state(spec.type, raw.view());
}

[[noreturn]] void inconsistent(const Key& key) {
    throw Error(Status::module_failed,
                "a new " + to_string(key.spec()) + " key failed its pairwise consistency test");
}

void test_agreement(const Key& key, MechanismId id, ByteView domain) {
    const auto other = generate(key.spec(), false, domain);
    const auto ours = key.state().public_key->raw_public_key_bits();
    const auto theirs = other->state().public_key->raw_public_key_bits();
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.context = theirs;
    const auto one = derive(key, mechanism);
    mechanism.context = ours;
    const auto two = derive(*other, mechanism);
    if (!equal_in_constant_time(one.view(), two.view())) inconsistent(key);
}

/// FIPS 140-3 IG 10.3.A: what the private half does, the public half must undo.
void test_pair(const Key& key, ByteView domain) {
    switch (key.spec().type) {
    case KeyType::dh: return test_agreement(key, MechanismId::dh, domain);
    case KeyType::x25519:
    case KeyType::x448: return test_agreement(key, MechanismId::ecdh, domain);
    case KeyType::ml_kem: {
        Mechanism mechanism;
        mechanism.id = MechanismId::ml_kem;
        const auto sent = encapsulate(key, mechanism);
        const auto received = decapsulate(key, mechanism, sent.ciphertext);
        if (!equal_in_constant_time(sent.shared.view(), received.view())) inconsistent(key);
        return;
    }
    default: break;
    }
    const auto message = view("libhsm pairwise consistency test");
    Bytes signature;
    const auto mechanism = default_signature(key.spec());
    sign(key, mechanism, message, signature);
    if (!verify(key, mechanism, message, signature)) inconsistent(key);
}

} // namespace

namespace {

/// The primes of FIPS 186-4 A.1.1.2 from a seed of our own: a seed that gives none is replaced.
Group dsa_group(std::uint32_t bits, std::uint32_t q_bits) {
    for (;;) {
        const auto seed = random_secret(q_bits / 8);
        const std::vector<std::uint8_t> start(seed.view().begin(), seed.view().end());
        try {
            const Botan::DL_Group group(system_random(), start, bits, q_bits);
            return {numbers(group.get_p()), numbers(group.get_q()), numbers(group.get_g()), start};
        } catch (const Botan::Invalid_Argument&) {
            // No primes from this one.
        }
    }
}

} // namespace

Group generate_group(KeyType type, std::uint32_t bits, std::uint32_t q_bits) {
    return translated(Status::invalid_argument, [&]() -> Group {
        const KeySpec spec{type, bits, ParamSet::none, 0};
        if (type == KeyType::dsa) {
            constexpr DsaSizeRow more{2048, 224};
            const auto fits = [&](const DsaSizeRow& row) { return row.p_bits == bits && row.q_bits == q_bits; };
            if (!fits(more) && std::none_of(dsa_sizes.begin(), dsa_sizes.end(), fits))
                wrong_size(spec, "use 1024 bits with 160, 2048 with 224 or 256, 3072 with 256");
            return dsa_group(bits, q_bits);
        }
        if (type != KeyType::dh) throw Error(Status::invalid_argument, "only DSA and DH keys have groups");
        const auto& row = key_type_row(type);
        if (bits < row.min_bits || bits > row.max_bits) wrong_size(spec, "use 1024 to 8192 bits");
        const Botan::DL_Group group(system_random(), Botan::DL_Group::Strong, bits);
        return {numbers(group.get_p()), numbers(group.get_q()), numbers(group.get_g()), {}};
    });
}

KeyPtr generate(const KeySpec& spec, bool pairwise_test, ByteView domain) {
    return translated(Status::invalid_argument, [&] {
        if (spec.type == KeyType::none) throw Error(Status::invalid_argument, "no key type given");
        if (!key_type_row(spec.type).asymmetric) return std::make_unique<Key>(make_secret(spec));
        auto key = std::make_unique<Key>(private_state(make_private(spec, domain)));
        if (pairwise_test) {
            test_pair(*key, domain);
            key->drop_engines();
        }
        return key;
    });
}

} // namespace hsm::crypto
