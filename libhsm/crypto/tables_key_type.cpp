// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/table_text.hpp"

#include <hsm/key_type.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

/// \file
/// The tables of key types and parameter sets. Rows only: a new curve is a row here and one in the build's
/// module list.

namespace hsm {
namespace {

constexpr std::uint32_t forbidden = std::numeric_limits<std::uint32_t>::max();

constexpr std::array<KeyTypeRow, 19> key_types{{
    // type, name, asymmetric, sized, min_bits, max_bits, level3_min_bits
    {KeyType::none, "none", false, false, 0, 0, forbidden},
    {KeyType::rsa, "RSA", true, true, 1024, 16384, 2048},
    {KeyType::dsa, "DSA", true, true, 1024, 3072, 2048},
    {KeyType::dh, "DH", true, true, 1024, 8192, 2048},
    {KeyType::ec, "EC", true, false, 192, 521, 224},
    {KeyType::ed25519, "Ed25519", true, false, 256, 256, 0},
    {KeyType::ed448, "Ed448", true, false, 456, 456, 0},
    {KeyType::x25519, "X25519", true, false, 256, 256, forbidden},
    {KeyType::x448, "X448", true, false, 448, 448, forbidden},
    {KeyType::ml_dsa, "ML-DSA", true, false, 0, 0, 0},
    {KeyType::ml_kem, "ML-KEM", true, false, 0, 0, 0},
    {KeyType::slh_dsa, "SLH-DSA", true, false, 0, 0, 0},
    {KeyType::aes, "AES", false, true, 128, 256, 128},
    {KeyType::des3, "DES3", false, true, 128, 192, 192},
    {KeyType::des, "DES", false, true, 64, 64, forbidden},
    {KeyType::rc4, "RC4", false, true, 8, 2048, forbidden},
    {KeyType::chacha20, "ChaCha20", false, true, 256, 256, forbidden},
    {KeyType::generic, "HMAC", false, true, 0, 1u << 19, 112},
    {KeyType::aes_xts, "AES-XTS", false, true, 256, 512, forbidden},
}};

constexpr std::array<ParamSetRow, 38> param_sets{{
    // params, type, name, alias, botan_name, bits, level3
    {ParamSet::p192, KeyType::ec, "P-192", "NISTP192", "secp192r1", 192, false},
    {ParamSet::p224, KeyType::ec, "P-224", "NISTP224", "secp224r1", 224, true},
    {ParamSet::p256, KeyType::ec, "P-256", "NISTP256", "secp256r1", 256, true},
    {ParamSet::p384, KeyType::ec, "P-384", "NISTP384", "secp384r1", 384, true},
    {ParamSet::p521, KeyType::ec, "P-521", "NISTP521", "secp521r1", 521, true},
    {ParamSet::secp256k1, KeyType::ec, "secp256k1", "K-256", "secp256k1", 256, false},
    {ParamSet::brainpool256, KeyType::ec, "brainpoolP256r1", "BP-256", "brainpool256r1", 256, false},
    {ParamSet::brainpool320, KeyType::ec, "brainpoolP320r1", "BP-320", "brainpool320r1", 320, false},
    {ParamSet::brainpool384, KeyType::ec, "brainpoolP384r1", "BP-384", "brainpool384r1", 384, false},
    {ParamSet::brainpool512, KeyType::ec, "brainpoolP512r1", "BP-512", "brainpool512r1", 512, false},
    {ParamSet::ml_dsa_44, KeyType::ml_dsa, "ML-DSA-44", "", "ML-DSA-4x4", 128, true},
    {ParamSet::ml_dsa_65, KeyType::ml_dsa, "ML-DSA-65", "", "ML-DSA-6x5", 192, true},
    {ParamSet::ml_dsa_87, KeyType::ml_dsa, "ML-DSA-87", "", "ML-DSA-8x7", 256, true},
    {ParamSet::ml_kem_512, KeyType::ml_kem, "ML-KEM-512", "", "ML-KEM-512", 128, true},
    {ParamSet::ml_kem_768, KeyType::ml_kem, "ML-KEM-768", "", "ML-KEM-768", 192, true},
    {ParamSet::ml_kem_1024, KeyType::ml_kem, "ML-KEM-1024", "", "ML-KEM-1024", 256, true},
    {ParamSet::slh_dsa_sha2_128s, KeyType::slh_dsa, "SLH-DSA-SHA2-128s", "", "SLH-DSA-SHA2-128s", 128, true},
    {ParamSet::slh_dsa_sha2_128f, KeyType::slh_dsa, "SLH-DSA-SHA2-128f", "", "SLH-DSA-SHA2-128f", 128, true},
    {ParamSet::slh_dsa_sha2_192s, KeyType::slh_dsa, "SLH-DSA-SHA2-192s", "", "SLH-DSA-SHA2-192s", 192, true},
    {ParamSet::slh_dsa_sha2_192f, KeyType::slh_dsa, "SLH-DSA-SHA2-192f", "", "SLH-DSA-SHA2-192f", 192, true},
    {ParamSet::slh_dsa_sha2_256s, KeyType::slh_dsa, "SLH-DSA-SHA2-256s", "", "SLH-DSA-SHA2-256s", 256, true},
    {ParamSet::slh_dsa_sha2_256f, KeyType::slh_dsa, "SLH-DSA-SHA2-256f", "", "SLH-DSA-SHA2-256f", 256, true},
    {ParamSet::slh_dsa_shake_128s, KeyType::slh_dsa, "SLH-DSA-SHAKE-128s", "", "SLH-DSA-SHAKE-128s", 128,
     true},
    {ParamSet::slh_dsa_shake_128f, KeyType::slh_dsa, "SLH-DSA-SHAKE-128f", "", "SLH-DSA-SHAKE-128f", 128,
     true},
    {ParamSet::slh_dsa_shake_192s, KeyType::slh_dsa, "SLH-DSA-SHAKE-192s", "", "SLH-DSA-SHAKE-192s", 192,
     true},
    {ParamSet::slh_dsa_shake_192f, KeyType::slh_dsa, "SLH-DSA-SHAKE-192f", "", "SLH-DSA-SHAKE-192f", 192,
     true},
    {ParamSet::slh_dsa_shake_256s, KeyType::slh_dsa, "SLH-DSA-SHAKE-256s", "", "SLH-DSA-SHAKE-256s", 256,
     true},
    {ParamSet::slh_dsa_shake_256f, KeyType::slh_dsa, "SLH-DSA-SHAKE-256f", "", "SLH-DSA-SHAKE-256f", 256,
     true},
    {ParamSet::ffdhe2048, KeyType::dh, "FFDHE-2048", "", "ffdhe/ietf/2048", 2048, true},
    {ParamSet::ffdhe3072, KeyType::dh, "FFDHE-3072", "", "ffdhe/ietf/3072", 3072, true},
    {ParamSet::ffdhe4096, KeyType::dh, "FFDHE-4096", "", "ffdhe/ietf/4096", 4096, true},
    {ParamSet::ffdhe6144, KeyType::dh, "FFDHE-6144", "", "ffdhe/ietf/6144", 6144, true},
    {ParamSet::ffdhe8192, KeyType::dh, "FFDHE-8192", "", "ffdhe/ietf/8192", 8192, true},
    {ParamSet::modp1024, KeyType::dh, "MODP-1024", "", "modp/ietf/1024", 1024, false},
    {ParamSet::modp1536, KeyType::dh, "MODP-1536", "", "modp/ietf/1536", 1536, false},
    {ParamSet::modp2048, KeyType::dh, "MODP-2048", "", "modp/ietf/2048", 2048, true},
    {ParamSet::modp3072, KeyType::dh, "MODP-3072", "", "modp/ietf/3072", 3072, true},
    {ParamSet::modp4096, KeyType::dh, "MODP-4096", "", "modp/ietf/4096", 4096, true},
}};

static_assert(table::sorted_and_unique(key_types,
                                       [](const KeyTypeRow& r) { return static_cast<int>(r.type); }));
static_assert(table::sorted_and_unique(param_sets,
                                       [](const ParamSetRow& r) { return static_cast<int>(r.params); }));
static_assert(table::names_unique(key_types) && table::names_unique(param_sets));

/// Types that take bits need a sensible range; the others need at least one parameter set or a fixed size.
constexpr bool complete() {
    for (const auto& type : key_types) {
        if (type.type == KeyType::none) continue;
        if (type.min_bits > type.max_bits) return false;
        bool has_params = false;
        for (const auto& p : param_sets) has_params = has_params || p.type == type.type;
        if (!type.sized && !has_params && type.min_bits == 0) return false;
    }
    return true;
}
static_assert(complete());

constexpr std::array<std::uint32_t, 3> aes_bits{128, 192, 256};

/// Bits after "AES-" and the like; zero when the text is not a number.
std::uint32_t number(std::string_view digits) {
    std::uint32_t value = 0;
    const auto end = digits.data() + digits.size();
    const auto [stop, failed] = std::from_chars(digits.data(), end, value);
    return failed == std::errc() && stop == end ? value : 0;
}

std::string all_names() {
    std::string names;
    for (const auto& row : key_types) {
        if (row.type == KeyType::none) continue;
        if (row.sized) {
            names += std::string(row.name) + "-<bits>, ";
        } else if (row.min_bits == row.max_bits && row.min_bits != 0) {
            names += std::string(row.name) + ", ";
        }
    }
    for (const auto& row : param_sets) names += std::string(row.name) + ", ";
    names.resize(names.size() - 2);
    return names;
}

bool size_fits(const KeyTypeRow& row, std::uint32_t bits) {
    if (bits < std::max(row.min_bits, 1u) || bits > row.max_bits) return false;
    if (row.type == KeyType::aes) return std::find(aes_bits.begin(), aes_bits.end(), bits) != aes_bits.end();
    if (row.type == KeyType::aes_xts) return bits == 256 || bits == 512;
    if (row.type == KeyType::des3) return bits == 128 || bits == 192;
    return row.asymmetric || bits % 8 == 0;
}

} // namespace

std::span<const KeyTypeRow> key_type_table() noexcept { return key_types; }
std::span<const ParamSetRow> param_set_table() noexcept { return param_sets; }

const KeyTypeRow& key_type_row(KeyType type) {
    for (const auto& row : key_types) {
        if (row.type == type) return row;
    }
    throw Error(Status::key_type_mismatch,
                "there is no key type number " + std::to_string(static_cast<int>(type)));
}

const ParamSetRow& param_set_row(ParamSet params) {
    for (const auto& row : param_sets) {
        if (row.params == params) return row;
    }
    throw Error(Status::key_type_mismatch,
                "there is no parameter set number " + std::to_string(static_cast<int>(params)));
}

KeySpec parse_key_spec(std::string_view text) {
    for (const auto& row : param_sets) {
        if (table::same_text(text, row.name) || (!row.alias.empty() && table::same_text(text, row.alias)) ||
            table::same_text(text, row.botan_name)) {
            return {row.type, 0, row.params, 0};
        }
    }
    const auto dash = text.rfind('-');
    for (const auto& row : key_types) {
        if (row.type == KeyType::none) continue;
        if (table::same_text(text, row.name) && row.min_bits == row.max_bits && row.min_bits != 0) {
            return {row.type, row.sized ? row.min_bits : 0, ParamSet::none, 0};
        }
        if (dash == std::string_view::npos || !row.sized) continue;
        const auto name = text.substr(0, dash);
        const bool generic = row.type == KeyType::generic && table::same_text(name, "generic");
        if (!generic && !table::same_text(name, row.name)) continue;
        const auto bits = number(text.substr(dash + 1));
        if (size_fits(row, bits)) return {row.type, bits, ParamSet::none, 0};
        throw Error(Status::invalid_argument,
                    std::string(row.name) + " keys have " + std::to_string(row.min_bits) + " to " +
                        std::to_string(row.max_bits) + " bits; got '" + std::string(text) + "'");
    }
    throw Error(Status::invalid_argument,
                "unknown key type '" + std::string(text) + "'; there are: " + all_names());
}

std::string to_string(const KeySpec& spec) {
    if (spec.params != ParamSet::none) return std::string(param_set_row(spec.params).name);
    const auto& row = key_type_row(spec.type);
    if (!row.sized || spec.bits == 0 || (row.min_bits == row.max_bits && row.type != KeyType::rc4)) {
        return std::string(row.name);
    }
    return std::string(row.name) + "-" + std::to_string(spec.bits);
}

} // namespace hsm
