// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/keys.hpp"

#include "crypto/key_state.hpp"

#include <botan/asn1_obj.h>
#include <botan/bigint.h>
#include <botan/der_enc.h>
#include <botan/dh.h>
#include <botan/dl_group.h>
#include <botan/dsa.h>
#include <botan/ec_group.h>
#include <botan/ec_scalar.h>
#include <botan/ecdsa.h>
#include <botan/rsa.h>

#include <array>

namespace hsm::kat {
namespace {

using Botan::BigInt;

BigInt number(const std::string& text) { return BigInt(text.empty() ? "0" : text); }

/// The key as libhsm imports it from its encoding; null if it does not take such keys.
template <class Import>
crypto::KeyPtr imported(Import&& import) {
    try {
        return import();
    } catch (const Error& e) {
        if (e.status() == Status::key_size_range || e.status() == Status::not_supported) return nullptr;
        throw;
    }
}

crypto::KeyPtr from_private(const Botan::Private_Key& key) {
    return imported(
        [&] { return crypto::import_private(crypto::encode_private(key, KeyType::none).view()); });
}

crypto::KeyPtr from_public(const Botan::Public_Key& key) {
    return imported([&] { return crypto::import_public(crypto::encode_public(key)); });
}

/// For DSA: without the check of the group, which takes half a second for every key (imports are tested
/// elsewhere).
template <class Decode>
crypto::KeyPtr unchecked(Decode&& decode) {
    return imported([&] { return std::make_unique<crypto::Key>(decode()); });
}

Botan::DL_Group group(const std::string& p, const std::string& q, const std::string& g) {
    if (q.empty()) return {number(p), number(g)};
    return {number(p), number(q), number(g)};
}

struct OidRow {
    KeyType type;
    const char* oid;
};

constexpr std::array<OidRow, 4> fixed_oids{{
    {KeyType::ed25519, "1.3.101.112"},
    {KeyType::ed448, "1.3.101.113"},
    {KeyType::x25519, "1.3.101.110"},
    {KeyType::x448, "1.3.101.111"},
}};

Botan::AlgorithmIdentifier algorithm(const KeySpec& spec) {
    for (const auto& row : fixed_oids) {
        if (row.type == spec.type) return {Botan::OID(row.oid), Botan::AlgorithmIdentifier::USE_EMPTY_PARAM};
    }
    return {Botan::OID::from_string(param_set_row(spec.params).botan_name),
            Botan::AlgorithmIdentifier::USE_EMPTY_PARAM};
}

} // namespace

std::optional<Hash> hash_named(std::string_view name) {
    for (const auto& row : hash_table()) {
        if (name == row.name || name == row.botan_name) return row.hash;
    }
    return std::nullopt;
}

std::optional<ParamSet> curve_named(std::string_view name) {
    std::string plain(name);
    if (plain.starts_with("brainpoolP")) plain = "brainpool" + plain.substr(10);
    for (const auto& row : param_set_table()) {
        if (row.type == KeyType::ec && (plain == row.botan_name || name == row.name)) return row.params;
    }
    return std::nullopt;
}

crypto::KeyPtr secret_key(KeyType type, ByteView raw) {
    return imported([&] { return crypto::import_secret(type, raw); });
}

crypto::KeyPtr cipher_key(std::string_view cipher, ByteView raw) {
    if (cipher.starts_with("AES-") || cipher == "AES") return secret_key(KeyType::aes, raw);
    if (cipher == "DES") return secret_key(KeyType::des, raw);
    if (cipher == "TripleDES" || cipher == "3DES") return secret_key(KeyType::des3, raw);
    return nullptr;
}

crypto::KeyPtr rsa_private(const std::string& p, const std::string& q, const std::string& e) {
    return from_private(Botan::RSA_PrivateKey(number(p), number(q), number(e)));
}

crypto::KeyPtr rsa_public(const std::string& n, const std::string& e) {
    return from_public(Botan::RSA_PublicKey(number(n), number(e)));
}

crypto::KeyPtr dsa_private(const std::string& p, const std::string& q, const std::string& g,
                           const std::string& x) {
    const Botan::DSA_PrivateKey key(group(p, q, g), number(x));
    return unchecked([&] { return crypto::decode_private(ByteView(key.private_key_info()), false); });
}

crypto::KeyPtr dsa_public(const std::string& p, const std::string& q, const std::string& g,
                          const std::string& y) {
    const Botan::DSA_PublicKey key(group(p, q, g), number(y));
    return unchecked([&] { return crypto::decode_public(key.subject_public_key(), false); });
}

crypto::KeyPtr dh_private(const std::string& p, const std::string& q, const std::string& g,
                          const std::string& x) {
    const Botan::DH_PrivateKey key(group(p, q, g), number(x));
    return unchecked(
        [&] { return crypto::decode_private(crypto::encode_private(key, KeyType::dh).view(), false); });
}

crypto::KeyPtr ec_private(ParamSet curve, const std::string& x) {
    const auto domain = Botan::EC_Group::from_name(param_set_row(curve).botan_name);
    return from_private(Botan::ECDSA_PrivateKey(domain, Botan::EC_Scalar::from_bigint(domain, number(x))));
}

crypto::KeyPtr ec_public(ParamSet curve, const std::string& x, const std::string& y) {
    const auto domain = Botan::EC_Group::from_name(param_set_row(curve).botan_name);
    const auto size = domain.get_p_bytes();
    if (number(x).bytes() > size || number(y).bytes() > size) return nullptr;
    std::vector<std::uint8_t> point{4};
    for (const auto& coordinate : {number(x).serialize(size), number(y).serialize(size)}) {
        point.insert(point.end(), coordinate.begin(), coordinate.end());
    }
    const Botan::AlgorithmIdentifier alg(Botan::OID::from_string("ECDSA"), domain.DER_encode());
    std::vector<std::uint8_t> spki;
    Botan::DER_Encoder(spki)
        .start_sequence()
        .encode(alg)
        .encode(point, Botan::ASN1_Type::BitString)
        .end_cons();
    return imported([&] { return crypto::import_public(spki); });
}

crypto::KeyPtr raw_private(const KeySpec& spec, ByteView raw) {
    Botan::secure_vector<std::uint8_t> bits(raw.begin(), raw.end());
    if (spec.type == KeyType::ed25519 || spec.type == KeyType::ed448 || spec.type == KeyType::x25519 ||
        spec.type == KeyType::x448) {
        bits = Botan::DER_Encoder().encode(bits, Botan::ASN1_Type::OctetString).get_contents();
    }
    const auto pkcs8 = Botan::DER_Encoder()
                           .start_sequence()
                           .encode(std::size_t{0})
                           .encode(algorithm(spec))
                           .encode(bits, Botan::ASN1_Type::OctetString)
                           .end_cons()
                           .get_contents();
    return imported([&] { return crypto::import_private(ByteView(pkcs8)); });
}

crypto::KeyPtr expanded_private(const KeySpec& spec, ByteView raw) {
    const Botan::secure_vector<std::uint8_t> bytes(raw.begin(), raw.end());
    return raw_private(spec, Botan::DER_Encoder().encode(bytes, Botan::ASN1_Type::OctetString).get_contents());
}

crypto::KeyPtr raw_public(const KeySpec& spec, ByteView raw) {
    std::vector<std::uint8_t> spki;
    Botan::DER_Encoder(spki)
        .start_sequence()
        .encode(algorithm(spec))
        .encode(to_bytes(raw), Botan::ASN1_Type::BitString)
        .end_cons();
    return imported([&] { return crypto::import_public(spki); });
}

Bytes number_bytes(const std::string& text) {
    const auto value = number(text);
    return value.serialize<Bytes>(value.bytes());
}

Bytes public_value(const crypto::Key& key) { return key.state().public_key->raw_public_key_bits(); }

} // namespace hsm::kat
