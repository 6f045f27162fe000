// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/key_state.hpp"
#include "crypto/ml_dsa.hpp"
#include "crypto/rsa_parts.hpp"
#include "crypto/rng.hpp"

#include <botan/asn1_obj.h>
#include <botan/ber_dec.h>
#include <botan/bigint.h>
#include <botan/der_enc.h>
#include <botan/dh.h>
#include <botan/dl_group.h>
#include <botan/kyber.h>
#include <botan/pk_algs.h>

#include <algorithm>

/// \file
/// PKCS #8 and SubjectPublicKeyInfo. The outer structures are read here, so that trailing bytes, PEM and
/// encrypted keys are refused and the several forms in which lattice keys travel all lead to the seed.

namespace hsm::crypto {
namespace {

using Botan::AlgorithmIdentifier;
using Botan::secure_vector;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Status::invalid_data, "not an acceptable key encoding: " + why);
}

/// A BER decoder would read a prefix: the first element must fill the input.
void require_whole(ByteView der) {
    if (der.size() < 2 || der[0] != 0x30) refuse("it does not start with a SEQUENCE");
    std::size_t header = 2;
    std::size_t length = der[1];
    if ((length & 0x80u) != 0) {
        const std::size_t digits = length & 0x7fu;
        if (digits == 0 || digits > 4 || der.size() < 2 + digits) refuse("bad length");
        length = 0;
        for (std::size_t i = 0; i < digits; ++i) length = (length << 8) | der[2 + i];
        header += digits;
    }
    if (der.size() - header != length) refuse("its length does not match");
}

bool is_lattice(std::string_view oid_name) {
    return oid_name.starts_with("ML-DSA-") || oid_name.starts_with("ML-KEM-");
}

/// The seed and, where present, the expanded key of RFC 9881 / RFC 9935:
/// CHOICE { seed [0], expandedKey OCTET STRING, both SEQUENCE { seed, expandedKey } }; or the bare seed.
struct LatticeKey {
    secure_vector<std::uint8_t> seed;
    secure_vector<std::uint8_t> expanded;
};

LatticeKey read_lattice(const secure_vector<std::uint8_t>& bits, std::size_t seed_size) {
    LatticeKey key;
    if (bits.size() == seed_size) {
        key.seed = bits;
        return key;
    }
    if (bits.size() == seed_size + 2 && bits[0] == 0x80 && bits[1] == seed_size) {
        key.seed.assign(bits.begin() + 2, bits.end());
        return key;
    }
    if (!bits.empty() && bits[0] == 0x04) {
        Botan::BER_Decoder(ByteView(bits)).decode(key.expanded, Botan::ASN1_Type::OctetString).verify_end();
        return key;
    }
    if (!bits.empty() && bits[0] == 0x30) {
        require_whole(bits);
        Botan::BER_Decoder(ByteView(bits))
            .start_sequence()
            .decode(key.seed, Botan::ASN1_Type::OctetString)
            .decode(key.expanded, Botan::ASN1_Type::OctetString)
            .end_cons();
        if (key.seed.size() != seed_size) refuse("the seed has the wrong length");
        return key;
    }
    refuse("neither a seed nor an expanded key");
}

const Botan::OID& pkcs3_dh() {
    static const Botan::OID oid{1, 2, 840, 113549, 1, 3, 1};
    return oid;
}

/// With q when the group is one of the named ones.
Botan::DL_Group known_group(const Botan::BigInt& p, const Botan::BigInt& g) {
    for (const auto& row : param_set_table()) {
        if (row.type != KeyType::dh || row.bits != p.bits()) continue;
        auto group = Botan::DL_Group::from_name(row.botan_name);
        if (group.get_p() == p && group.get_g() == g) return group;
    }
    return {p, g};
}

/// The parameters of PKCS #3 (what OpenSSL writes for DH) lack q; Botan's own form is X9.42.
Botan::DL_Group pkcs3_group(const AlgorithmIdentifier& alg) {
    Botan::BigInt p;
    Botan::BigInt g;
    const auto& der = alg.parameters();
    Botan::BER_Decoder(ByteView(der)).start_sequence().decode(p).decode(g).discard_remaining().end_cons();
    return known_group(p, g);
}

AlgorithmIdentifier pkcs3_algorithm(const Botan::DL_Group& group) {
    std::vector<std::uint8_t> params;
    Botan::DER_Encoder(params).start_sequence().encode(group.get_p()).encode(group.get_g()).end_cons();
    return {pkcs3_dh(), params};
}

secure_vector<std::uint8_t> private_key_info(const AlgorithmIdentifier& alg,
                                             const secure_vector<std::uint8_t>& bits) {
    return Botan::DER_Encoder()
        .start_sequence()
        .encode(std::size_t{0})
        .encode(alg)
        .encode(bits, Botan::ASN1_Type::OctetString)
        .end_cons()
        .get_contents();
}

/// PKCS #8 of RFC 9881 and RFC 9935: the seed, the expanded key, or both.
Secret lattice_key_info(const AlgorithmIdentifier& alg, ByteView seed, ByteView expanded) {
    secure_vector<std::uint8_t> choice;
    Botan::DER_Encoder encoder(choice);
    const auto octets = Botan::ASN1_Type::OctetString;
    if (expanded.empty()) {
        encoder.add_object(static_cast<Botan::ASN1_Type>(0), Botan::ASN1_Class::ContextSpecific, seed.data(), seed.size());
    } else if (seed.empty()) {
        encoder.encode(expanded.data(), expanded.size(), octets);
    } else {
        encoder.start_sequence()
            .encode(seed.data(), seed.size(), octets)
            .encode(expanded.data(), expanded.size(), octets)
            .end_cons();
    }
    return Secret(ByteView(private_key_info(alg, choice)));
}

/// dk of FIPS 203; empty if this version of the library does not give it.
secure_vector<std::uint8_t> ml_kem_expanded(const Botan::Private_Key& key) {
#if BOTAN_VERSION_CODE >= BOTAN_VERSION_CODE_FOR(3, 11, 0)
    if (const auto* kyber = dynamic_cast<const Botan::Kyber_PrivateKey*>(&key))
        return kyber->private_key_bits_with_format(Botan::MlPrivateKeyFormat::Expanded);
#else
    (void)key;
#endif
    return {};
}

/// RFC 9881 8.2: the expanded key must belong to the seed.
void check_expanded(const LatticeKey& read, const Botan::Private_Key& key, bool kem) {
    if (read.expanded.empty() || read.seed.empty()) return;
    bool same = true;
    if (!kem) {
        const auto whole = ml_dsa_expand(spec_of(*key.public_key()).params, read.seed);
        same = equal_in_constant_time(whole.view(), read.expanded);
    } else if (const auto whole = ml_kem_expanded(key); !whole.empty()) {
        same = equal_in_constant_time(whole, read.expanded);
    } else { // dk = dk_pke || ek || H(ek) || z
        const auto pub = key.raw_public_key_bits();
        const auto& e = read.expanded;
        same = e.size() >= pub.size() + 64 &&
               std::equal(pub.begin(), pub.end(), e.end() - static_cast<std::ptrdiff_t>(pub.size() + 64));
    }
    if (!same) refuse("its expanded form does not belong to its seed");
}

Botan::BigInt integer(ByteView der) {
    Botan::BigInt value;
    Botan::BER_Decoder(ByteView(der)).decode(value).verify_end();
    return value;
}

/// id-ecDH keys (RFC 5480 2.1.2) are ordinary EC keys with a hint; we keep the ordinary identifier.
AlgorithmIdentifier without_hint(AlgorithmIdentifier alg) {
    if (alg.oid().human_name_or_empty() != "ECDH") return alg;
    return {Botan::OID::from_string("ECDSA"), alg.parameters()};
}

/// An ML-DSA key without its seed: Botan has none of these.
std::unique_ptr<KeyState> expanded_state(const AlgorithmIdentifier& alg, ByteView expanded) {
    ParamSet params = ParamSet::none;
    for (const auto& row : param_set_table())
        if (row.botan_name == alg.oid().human_name_or_empty()) params = row.params;
    const auto public_key = ml_dsa_public_of(params, expanded);
    auto state = public_state(Botan::load_public_key(alg, public_key));
    state->half = KeyHalf::private_key;
    state->raw = Secret(expanded);
    return state;
}

/// RSA keys may come without what can be computed.
std::unique_ptr<Botan::Private_Key> load_rsa(const AlgorithmIdentifier& alg, ByteView bits) {
    auto complete = complete_rsa(bits);
    if (complete != nullptr) return complete;
    return Botan::load_private_key(alg, secure_vector<std::uint8_t>(bits.begin(), bits.end()));
}

std::unique_ptr<Botan::Private_Key> load_private(const AlgorithmIdentifier& alg,
                                                 const secure_vector<std::uint8_t>& bits) {
    const auto name = alg.oid().human_name_or_empty();
    if (is_lattice(name)) {
        const bool kem = name.starts_with("ML-KEM-");
        const auto read = read_lattice(bits, kem ? 64 : 32);
        auto key = Botan::load_private_key(alg, read.seed.empty() ? read.expanded : read.seed);
        check_expanded(read, *key, kem);
        return key;
    }
    if (alg.oid() == pkcs3_dh()) {
        auto group = pkcs3_group(alg);
        const auto x = integer(bits);
        if (group.has_q() && x >= group.get_q())
            group = {group.get_p(), group.get_g()}; // PKCS #3 allows x up to p
        return std::make_unique<Botan::DH_PrivateKey>(group, x);
    }
    if (name == "RSA") return load_rsa(alg, bits);
    return Botan::load_private_key(without_hint(alg), bits);
}

/// The library's checks, without testing again that the primes of a standard DH group are prime (a second
/// each).
bool consistent(const Botan::Public_Key& key) {
    if (const auto* dh = dynamic_cast<const Botan::DH_PublicKey*>(&key)) {
        if (spec_of(key).params != ParamSet::none) {
            return dh->group().verify_public_element(dh->get_int_field("y"));
        }
    }
    return key.check_key(system_random(), false);
}

} // namespace

Bytes encode_public(const Botan::Public_Key& key) {
    const auto* dh = dynamic_cast<const Botan::DH_PublicKey*>(&key);
    if (dh == nullptr || dh->group().has_q()) return key.subject_public_key();
    Bytes der;
    Botan::DER_Encoder(der)
        .start_sequence()
        .encode(pkcs3_algorithm(dh->group()))
        .encode(key.public_key_bits(), Botan::ASN1_Type::BitString)
        .end_cons();
    return der;
}

Secret encode_private(const Botan::Private_Key& key, KeyType type) {
    const auto* dh = dynamic_cast<const Botan::DH_PrivateKey*>(&key);
    if (dh != nullptr && !dh->group().has_q()) {
        return Secret(ByteView(private_key_info(pkcs3_algorithm(dh->group()), key.private_key_bits())));
    }
    if (type != KeyType::ml_dsa && type != KeyType::ml_kem) return Secret(ByteView(key.private_key_info()));
    const auto bits = key.private_key_bits();
    if (bits.size() == (type == KeyType::ml_kem ? 64 : 32))
        return lattice_key_info(key.pkcs8_algorithm_identifier(), bits, {});
    return lattice_key_info(key.pkcs8_algorithm_identifier(), {}, bits); // ML-KEM without its seed
}

Secret encode_private(const KeyState& key, bool expanded) {
    const auto type = key.spec.type;
    if (key.private_key == nullptr) return lattice_key_info(key.public_key->algorithm_identifier(), {}, key.raw.view());
    if (!expanded || (type != KeyType::ml_dsa && type != KeyType::ml_kem)) return encode_private(*key.private_key, type);
    const auto seed = key.private_key->private_key_bits();
    if (type == KeyType::ml_dsa) {
        const auto whole = ml_dsa_expand(key.spec.params, seed);
        return lattice_key_info(key.private_key->pkcs8_algorithm_identifier(), seed, whole.view());
    }
    const auto whole = ml_kem_expanded(*key.private_key);
    if (seed.size() != 64 || whole.empty()) return encode_private(*key.private_key, type);
    return lattice_key_info(key.private_key->pkcs8_algorithm_identifier(), seed, whole);
}

Botan::DL_Group group_of(KeyType type, ByteView der) {
    require_whole(der);
    Botan::BigInt p;
    Botan::BigInt q;
    Botan::BigInt g;
    Botan::BER_Decoder decoder(der);
    auto numbers = decoder.start_sequence();
    numbers.decode(p);
    if (type == KeyType::dsa) numbers.decode(q);
    numbers.decode(g).end_cons();
    if (p.bits() < 1024 || p.bits() > 8192 || g <= 1 || g >= p) refuse("the group is not one to make keys in");
    const auto group = type == KeyType::dh ? known_group(p, g) : Botan::DL_Group(p, q, g);
    const bool named = type == KeyType::dh && group.has_q();
    if (!named && !group.verify_group(system_random(), false)) refuse("the group is not one to make keys in");
    return group;
}

std::unique_ptr<KeyState> decode_private(ByteView pkcs8, bool check) {
    require_whole(pkcs8);
    std::size_t version = 0;
    AlgorithmIdentifier alg;
    secure_vector<std::uint8_t> bits;
    Botan::BER_Decoder(pkcs8)
        .start_sequence()
        .decode(version)
        .decode(alg)
        .decode(bits, Botan::ASN1_Type::OctetString)
        .discard_remaining() // attributes and the public key of RFC 5958
        .end_cons();
    if (version > 1) refuse("unknown version of PKCS #8");
    if (alg.oid().human_name_or_empty().starts_with("ML-DSA-")) {
        const auto read = read_lattice(bits, 32);
        if (read.seed.empty()) return expanded_state(alg, read.expanded);
    }
    auto key = load_private(alg, bits);
    if (check && !consistent(*key)) refuse("the parts of the key contradict each other");
    return private_state(std::move(key));
}

std::unique_ptr<KeyState> decode_public(ByteView spki, bool check) {
    require_whole(spki);
    AlgorithmIdentifier alg;
    std::vector<std::uint8_t> bits;
    Botan::BER_Decoder(spki)
        .start_sequence()
        .decode(alg)
        .decode(bits, Botan::ASN1_Type::BitString)
        .end_cons();
    std::unique_ptr<Botan::Public_Key> key;
    if (alg.oid() == pkcs3_dh()) {
        key = std::make_unique<Botan::DH_PublicKey>(pkcs3_group(alg), integer(bits));
    } else {
        key = Botan::load_public_key(without_hint(alg), bits);
    }
    if (check && !consistent(*key)) refuse("the public value is not a valid one");
    return public_state(std::move(key));
}

} // namespace hsm::crypto
