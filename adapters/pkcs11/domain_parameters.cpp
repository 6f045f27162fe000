// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "fault.hpp"
#include "key_making.hpp"

#include <algorithm>
#include <array>
#include <cstring>

// Domain parameters of DSA and DH: CKO_DOMAIN_PARAMETERS objects (PKCS #11 3.2, 4.12, 6.2, 6.4).

namespace hsm::pkcs11 {

namespace {

struct DomainRow {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE number;
    KeyType type;
};
constexpr std::array rows{
    DomainRow{CKM_DSA_PARAMETER_GEN, CKK_DSA, KeyType::dsa},
    DomainRow{CKM_DSA_PROBABILISTIC_PARAMETER_GEN, CKK_DSA, KeyType::dsa},
    DomainRow{CKM_DH_PKCS_PARAMETER_GEN, CKK_DH, KeyType::dh},
};

/// The hash that FIPS 186-4 A.1.1.2 is run with: as long as q.
struct DsaHash {
    std::uint32_t q_bits;
    CK_MECHANISM_TYPE hash;
};
constexpr std::array dsa_hashes{DsaHash{160, CKM_SHA_1}, DsaHash{224, CKM_SHA224}, DsaHash{256, CKM_SHA256}};

std::uint32_t bits_of(const Attributes& attributes, CK_ATTRIBUTE_TYPE type, std::uint64_t otherwise) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(attributes.number(type, otherwise), UINT32_MAX));
}

/// What CKA_SUBPRIME_BITS is where nobody says so (PKCS #11 3.2, 6.2.5).
std::uint32_t default_q_bits(std::uint32_t bits) { return bits <= 1024 ? 160 : bits == 2048 ? 224 : 256; }

/// Where the seed goes that the primes were made from.
CK_DSA_PARAMETER_GEN_PARAM seed_place(const CK_MECHANISM& mechanism, std::uint32_t q_bits) {
    CK_DSA_PARAMETER_GEN_PARAM given;
    if (!mechanism.pParameter || mechanism.ulParameterLen != sizeof given) refuse(CKR_MECHANISM_PARAM_INVALID);
    std::memcpy(&given, mechanism.pParameter, sizeof given);
    const auto row = std::ranges::find(dsa_hashes, q_bits, &DsaHash::q_bits);
    if (row == dsa_hashes.end() || given.hash != row->hash) refuse(CKR_MECHANISM_PARAM_INVALID);
    if (!given.pSeed || given.ulSeedLen < q_bits / 8) refuse(CKR_MECHANISM_PARAM_INVALID);
    return given;
}

NewGroup generated(const Token& token, KeyType type, std::uint32_t bits, std::uint32_t q_bits) {
    try {
        return token.client().generate_group(type, bits, q_bits, token.module());
    } catch (const Error& error) {
        if (error.status() != Status::key_size_range) throw;
        refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

} // namespace

bool makes_domain_parameters(CK_MECHANISM_TYPE mechanism) noexcept {
    return std::ranges::find(rows, mechanism, &DomainRow::mechanism) != rows.end();
}

CK_OBJECT_HANDLE generate_domain(Session& session, const CK_MECHANISM& mechanism, Attributes given) {
    auto& token = session.token();
    (void)token.mechanism(mechanism.mechanism, CKF_GENERATE);
    (void)bind_mechanism(mechanism, CKF_GENERATE);
    const auto& row = *std::ranges::find(rows, mechanism.mechanism, &DomainRow::mechanism);
    for (const auto type : {CKA_PRIME, CKA_SUBPRIME, CKA_BASE})
        if (given.has(type)) refuse(CKR_TEMPLATE_INCONSISTENT); // it is what is to be made
    auto attributes = complete(std::move(given), CKO_DOMAIN_PARAMETERS, row.number, {way_generate, mechanism.mechanism}, session.maker());
    if (!attributes.has(CKA_PRIME_BITS)) refuse(CKR_TEMPLATE_INCOMPLETE);
    const auto bits = bits_of(attributes, CKA_PRIME_BITS, 0);
    const auto q_bits = row.type == KeyType::dsa ? bits_of(attributes, CKA_SUBPRIME_BITS, default_q_bits(bits)) : 0;
    const bool seeded = mechanism.mechanism == CKM_DSA_PROBABILISTIC_PARAMETER_GEN;
    const auto place = seeded ? seed_place(mechanism, q_bits) : CK_DSA_PARAMETER_GEN_PARAM{};
    const auto group = generated(token, row.type, bits, q_bits);
    attributes.set(CKA_PRIME, group.p);
    attributes.set(CKA_BASE, group.g);
    if (row.type == KeyType::dsa) {
        attributes.set(CKA_SUBPRIME, group.q);
        attributes.set_number(CKA_SUBPRIME_BITS, q_bits);
    }
    const auto handle = token.add(std::move(attributes), {}, session.caller());
    if (seeded) {
        std::ranges::copy(group.seed, place.pSeed);
        static_cast<CK_DSA_PARAMETER_GEN_PARAM*>(mechanism.pParameter)->ulSeedLen = static_cast<CK_ULONG>(group.seed.size());
    }
    return handle;
}

} // namespace hsm::pkcs11
