// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/key_state.hpp"

#include <botan/bigint.h>
#include <botan/dl_group.h>
#include <botan/ec_group.h>
#include <botan/ecc_key.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/rsa.h>

#include <array>

namespace hsm::crypto {
namespace {

constexpr std::string_view id_domain = "libhsm key id";

struct NameRow {
    std::string_view prefix; ///< of Botan's algorithm name
    KeyType type;
};

constexpr std::array<NameRow, 13> botan_types{{
    {"RSA", KeyType::rsa},
    {"DSA", KeyType::dsa},
    {"DH", KeyType::dh},
    {"ECDSA", KeyType::ec},
    {"ECDH", KeyType::ec},
    {"Ed25519", KeyType::ed25519},
    {"Ed448", KeyType::ed448},
    {"X25519", KeyType::x25519},
    {"Curve25519", KeyType::x25519},
    {"X448", KeyType::x448},
    {"ML-DSA", KeyType::ml_dsa},
    {"ML-KEM", KeyType::ml_kem},
    {"SLH-DSA", KeyType::slh_dsa},
}};

KeyType type_of(std::string_view algorithm) {
    for (const auto& row : botan_types) {
        if (algorithm.starts_with(row.prefix)) return row.type;
    }
    throw Error(Status::not_supported, "keys of type '" + std::string(algorithm) + "' are not supported");
}

ParamSet params_named(KeyType type, std::string_view botan_name) {
    for (const auto& row : param_set_table()) {
        if (row.type == type && row.botan_name == botan_name) return row.params;
    }
    throw Error(Status::not_supported, "the parameters '" + std::string(botan_name) + "' are not supported");
}

void set_rsa(KeySpec& spec, const Botan::Public_Key& key) {
    const auto& rsa = dynamic_cast<const Botan::RSA_PublicKey&>(key);
    if (rsa.get_e().bits() > 64) {
        throw Error(Status::key_size_range, "the public exponent has more than 64 bits");
    }
    spec.bits = static_cast<std::uint32_t>(rsa.get_n().bits());
    for (std::size_t i = 8; i-- > 0;)
        spec.public_exponent = (spec.public_exponent << 8) | rsa.get_e().byte_at(i);
    if (spec.public_exponent == 65537) spec.public_exponent = 0;
}

/// A named group if p and g are one's, else the size of p. Only DH has names.
void set_group(KeySpec& spec, const Botan::Public_Key& key) {
    const auto& p = key.get_int_field("p");
    spec.bits = static_cast<std::uint32_t>(p.bits());
    for (const auto& row : param_set_table()) {
        if (row.type != spec.type || row.bits != spec.bits) continue;
        const auto group = Botan::DL_Group::from_name(row.botan_name);
        if (group.get_p() == p && group.get_g() == key.get_int_field("g")) {
            spec.params = row.params;
            spec.bits = 0;
            return;
        }
    }
}

void set_curve(KeySpec& spec, const Botan::Public_Key& key) {
    const auto& ec = dynamic_cast<const Botan::EC_PublicKey&>(key);
    if (ec.domain().used_explicit_encoding() || ec.domain().get_curve_oid().empty()) {
        throw Error(Status::not_supported,
                    "curves given by explicit parameters are not supported; name the curve");
    }
    spec.params = params_named(KeyType::ec, ec.domain().get_curve_oid().human_name_or_empty());
}

Hash256 secret_id(KeyType type, ByteView raw) {
    // An HMAC first, so that the identity of a key is not a plain hash of its bytes that other systems may
    // hold too.
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(view(id_domain));
    mac->update(raw);
    const auto tag = mac->final();
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(id_domain);
    hash->update_be(static_cast<std::uint16_t>(type));
    hash->update(tag);
    Hash256 id;
    hash->final(id.data());
    return id;
}

void require_size(const KeySpec& spec, std::size_t bits) {
    const auto& row = key_type_row(spec.type);
    const bool fits = bits >= row.min_bits && bits <= row.max_bits &&
                      (spec.type != KeyType::aes || bits == 128 || bits == 192 || bits == 256) &&
                      (spec.type != KeyType::aes_xts || bits == 256 || bits == 512) &&
                      (spec.type != KeyType::des3 || bits == 128 || bits == 192);
    if (!fits) {
        throw Error(Status::key_size_range,
                    std::string(row.name) + " keys of " + std::to_string(bits) + " bits are not supported");
    }
}

std::string cipher_name(KeyType type, std::size_t bits) {
    switch (type) {
    case KeyType::aes: return "AES-" + std::to_string(bits);
    case KeyType::aes_xts: return "AES-" + std::to_string(bits / 2);
    case KeyType::des3: return "3DES";
    case KeyType::des: return "DES";
    case KeyType::rc4: return "RC4";
    case KeyType::chacha20: return "ChaCha(20)";
    default: return {};
    }
}

} // namespace

Hash256 id_of_public(KeyType type, ByteView spki) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(id_domain);
    hash->update_be(static_cast<std::uint16_t>(type));
    hash->update(spki);
    Hash256 id;
    hash->final(id.data());
    return id;
}

KeySpec spec_of(const Botan::Public_Key& key) {
    KeySpec spec;
    spec.type = type_of(key.algo_name());
    switch (spec.type) {
    case KeyType::rsa: set_rsa(spec, key); break;
    case KeyType::dsa:
    case KeyType::dh: set_group(spec, key); break;
    case KeyType::ec: set_curve(spec, key); break;
    case KeyType::ml_dsa:
    case KeyType::ml_kem:
    case KeyType::slh_dsa:
        spec.params = params_named(spec.type, key.object_identifier().human_name_or_empty());
        break;
    default: break;
    }
    if (spec.bits != 0) require_size(spec, spec.bits);
    return spec;
}

std::unique_ptr<KeyState> private_state(std::unique_ptr<Botan::Private_Key> key) {
    auto state = std::make_unique<KeyState>();
    state->public_key = key->public_key();
    state->private_key = std::move(key);
    state->spec = spec_of(*state->public_key);
    state->half = KeyHalf::private_key;
    state->id = id_of_public(state->spec.type, encode_public(*state->public_key));
    return state;
}

std::unique_ptr<KeyState> public_state(std::unique_ptr<Botan::Public_Key> key) {
    auto state = std::make_unique<KeyState>();
    state->public_key = std::move(key);
    state->spec = spec_of(*state->public_key);
    state->half = KeyHalf::public_key;
    state->id = id_of_public(state->spec.type, encode_public(*state->public_key));
    return state;
}

std::unique_ptr<KeyState> secret_state(KeyType type, ByteView raw) {
    if (key_type_row(type).asymmetric || type == KeyType::none) {
        throw Error(Status::key_type_mismatch,
                    std::string(key_type_row(type).name) + " is not a type of secret keys");
    }
    auto state = std::make_unique<KeyState>();
    state->spec.type = type;
    require_size(state->spec, raw.size() * 8);
    state->spec.bits = static_cast<std::uint32_t>(raw.size() * 8);
    state->half = KeyHalf::secret;
    state->raw = Secret(raw);
    state->cipher = cipher_name(type, raw.size() * 8);
    state->id = secret_id(type, raw);
    return state;
}

} // namespace hsm::crypto
