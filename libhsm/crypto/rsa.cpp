// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/random.hpp"
#include "crypto/rng.hpp"
#include "crypto/rsa_padding.hpp"
#include "crypto/scheme.hpp"

#include <botan/bigint.h>
#include <botan/numthry.h>
#include <botan/pubkey.h>

#include <algorithm>

/// \file
/// RSA (RFC 8017): every scheme is an encoding around the two raw operations. The private one is blinded and
/// its result checked with the public exponent by Botan (against CRT faults); setting it up costs more than a
/// signature, so the engine is kept and serves every hash and padding.

namespace hsm::crypto {
namespace {

struct PrivateEngine final : Engine {
    explicit PrivateEngine(const KeyState& key) : op(*key.private_key, system_random(), "Raw") {}
    Botan::PK_Signer op;
};

struct PublicEngine final : Engine {
    explicit PublicEngine(const KeyState& key) : op(*key.public_key, system_random(), "Raw") {}
    Botan::PK_Encryptor_EME op;
};

std::size_t modulus_size(const KeyState& key) { return (key.spec.bits + 7) / 8; }

/// m^d mod n, as long as the modulus. Throws invalid_data when the input is not below the modulus.
Bytes private_operation(const KeyState& key, ByteView in) {
    require_private(key);
    EngineSlots::Claim claim(key.engines);
    auto& engine = claim.get<PrivateEngine>(engine_tag(MechanismId::rsa_raw, Action::sign),
                                            [&] { return std::make_unique<PrivateEngine>(key); });
    engine.op.update(in.data(), in.size());
    auto out = engine.op.signature(system_random());
    claim.done();
    return out;
}

/// s^e mod n, likewise. With 8n + 1 modulus bits Botan's operation takes a byte too few: then by its
/// arithmetic.
Bytes public_operation(const KeyState& key, ByteView in) {
    if (key.spec.bits % 8 == 1) {
        const auto& n = key.public_key->get_int_field("n");
        const Botan::BigInt s(in);
        if (s >= n) throw Botan::Decoding_Error("not below the modulus");
        return Botan::power_mod(s, key.public_key->get_int_field("e"), n).serialize<Bytes>(modulus_size(key));
    }
    EngineSlots::Claim claim(key.engines);
    auto& engine = claim.get<PublicEngine>(engine_tag(MechanismId::rsa_raw, Action::verify),
                                           [&] { return std::make_unique<PublicEngine>(key); });
    auto out = engine.op.encrypt(in.data(), in.size(), system_random());
    claim.done();
    return out;
}

Hash mgf_of(const Mechanism& mechanism) {
    return mechanism.mgf_hash == Hash::none ? mechanism.hash : mechanism.mgf_hash;
}

std::size_t salt_size(const Mechanism& mechanism) {
    return mechanism.length == salt_is_hash ? hash_row(mechanism.hash).size : mechanism.length;
}

/// Data of the raw scheme, with zeros in front.
Bytes padded(const KeyState& key, ByteView data) {
    const auto size = modulus_size(key);
    if (data.size() > size) throw Error(Status::invalid_data, "the data is longer than the modulus");
    Bytes whole(size);
    std::copy(data.begin(), data.end(), whole.end() - static_cast<std::ptrdiff_t>(data.size()));
    return whole;
}

/// The bytes that PKCS #1 v1.5 signs: a hash value, or the caller's DigestInfo when there is no hash.
Bytes encoded_pkcs1(const KeyState& key, const Mechanism& mechanism, ByteView data) {
    if (!hashes_data(mechanism)) return encode_pkcs1_signature(mechanism.hash, data, modulus_size(key));
    return encode_pkcs1_signature(mechanism.hash, hash_of(mechanism.hash, {data}).view(), modulus_size(key));
}

void require_ciphertext(const KeyState& key, ByteView in) {
    if (in.size() != modulus_size(key)) throw_undecryptable();
}

} // namespace

void rsa_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    switch (mechanism.id) {
    case MechanismId::rsa_pkcs1: out = private_operation(key, encoded_pkcs1(key, mechanism, data)); return;
    case MechanismId::rsa_pss: {
        const auto size = salt_size(mechanism);
        if (size > modulus_size(key)) throw_params("the salt is longer than the modulus");
        const auto salt = random_bytes(size);
        const auto value = signed_hash(mechanism, data);
        out = private_operation(
            key, encode_pss(mechanism.hash, mgf_of(mechanism), value.view(), salt, key.spec.bits));
        return;
    }
    default: out = private_operation(key, padded(key, data)); return;
    }
}

bool rsa_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    if (signature.size() != modulus_size(key)) return false;
    Bytes recovered;
    try {
        recovered = public_operation(key, signature);
    } catch (const Error&) {
        throw;
    } catch (const std::exception&) {
        return false; // not below the modulus
    }
    switch (mechanism.id) {
    case MechanismId::rsa_pkcs1:
        return equal_in_constant_time(recovered, encoded_pkcs1(key, mechanism, data));
    case MechanismId::rsa_pss: {
        const auto value = signed_hash(mechanism, data);
        return verify_pss(mechanism.hash, mgf_of(mechanism), value.view(), salt_size(mechanism), recovered,
                          key.spec.bits);
    }
    default: return equal_in_constant_time(recovered, padded(key, data));
    }
}

void rsa_encrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const auto size = modulus_size(key);
    switch (mechanism.id) {
    case MechanismId::rsa_pkcs1: out = public_operation(key, encode_pkcs1_encryption(in, size)); return;
    case MechanismId::rsa_oaep:
        out =
            public_operation(key, encode_oaep(mechanism.hash, mgf_of(mechanism), mechanism.label, in, size));
        return;
    default: out = public_operation(key, padded(key, in)); return;
    }
}

void rsa_decrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    require_private(key);
    if (mechanism.id == MechanismId::rsa_raw) {
        out = private_operation(key, padded(key, in));
        return;
    }
    require_ciphertext(key, in);
    Bytes encoded;
    try {
        encoded = private_operation(key, in);
    } catch (const Error&) {
        throw;
    } catch (const std::exception&) {
        throw_undecryptable();
    }
    struct Wiped {
        Bytes& bytes;
        ~Wiped() { wipe(bytes); }
    } wiped{encoded};
    if (mechanism.id == MechanismId::rsa_pkcs1) {
        decode_pkcs1_encryption(encoded, out);
    } else {
        decode_oaep(mechanism.hash, mgf_of(mechanism), mechanism.label, encoded, out);
    }
}

std::size_t rsa_bound(const KeyState& key, const Mechanism&, Action, std::size_t) {
    return modulus_size(key);
}

} // namespace hsm::crypto
