// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/rng.hpp"
#include "crypto/scheme.hpp"

#include <botan/ecdh.h>
#include <botan/kdf.h>
#include <botan/pubkey.h>

#include <algorithm>

/// \file
/// Diffie-Hellman in its forms: ECDH (SP 800-56A 5.7.1.2), X25519 and X448 (RFC 7748), DH (SP
/// 800-56A 5.7.1.1). The cofactor form is the plain one: every curve in the table has cofactor 1. The
/// secret may go through the KDF of ANSI X9.63 (label: SharedInfo) or the one-step KDF of SP 800-56C.

namespace hsm::crypto {
namespace {

struct AgreeEngine final : Engine {
    std::unique_ptr<Botan::Private_Key>
        own; ///< EC keys are held as ECDSA keys; agreement wants the other class
    std::unique_ptr<Botan::PK_Key_Agreement> op;
};

std::unique_ptr<AgreeEngine> make_agree(const KeyState& key) {
    auto engine = std::make_unique<AgreeEngine>();
    const auto* base = key.private_key.get();
    if (key.spec.type == KeyType::ec) {
        engine->own =
            std::make_unique<Botan::ECDH_PrivateKey>(base->algorithm_identifier(), base->private_key_bits());
        base = engine->own.get();
    }
    engine->op = std::make_unique<Botan::PK_Key_Agreement>(*base, system_random(), "Raw");
    return engine;
}

/// X25519 and X448 with a peer value of small order give zero, which RFC 7748 6.1 lets us refuse. On the
/// other curves zero is a coordinate like any other, and the point at infinity is refused by the library.
bool small_order(const KeyState& key, ByteView secret) {
    if (key.spec.type == KeyType::ec || key.spec.type == KeyType::dh) return false;
    std::uint8_t any = 0;
    for (const auto b : secret) any |= b;
    return any == 0;
}

/// The raw secret, or its last Mechanism::length bytes: PKCS #11 cuts at the front.
Secret trailing(const Mechanism& mechanism, ByteView secret) {
    if (mechanism.length > secret.size()) {
        throw_params("the agreed secret has " + std::to_string(secret.size()) + " bytes, and " +
                     std::to_string(mechanism.length) + " are asked for");
    }
    return Secret(mechanism.length == 0 ? secret : secret.last(mechanism.length));
}

} // namespace

Secret agree(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    require_private(key);
    if (mechanism.context.empty()) throw_params("the peer's public value is missing");
    Botan::secure_vector<std::uint8_t> secret;
    {
        EngineSlots::Claim claim(key.engines);
        auto& engine = claim.get<AgreeEngine>(engine_tag(MechanismId::ecdh, Action::derive),
                                              [&] { return make_agree(key); });
        try {
            secret = engine.op->derive_key(0, mechanism.context).bits_of();
        } catch (const std::exception&) {
            throw_params("the peer's public value is not a valid one for " + to_string(key.spec));
        }
        if (small_order(key, secret)) {
            throw_params("the peer's public value is not a valid one for " + to_string(key.spec));
        }
        claim.done();
    }
    if (mechanism.hash == Hash::none && mechanism.kdf == AgreementKdf::none) return trailing(mechanism, secret);
    const auto* scheme = mechanism.kdf == AgreementKdf::one_step ? "SP800-56A(" : "KDF2(";
    const auto kdf = Botan::KDF::create_or_throw(scheme + botan_hash(mechanism.hash) + ")");
    Secret out(mechanism.length == 0 ? hash_row(mechanism.hash).size : derived_size(mechanism));
    kdf->derive_key(out.mutable_view(), ByteView(secret), ByteView{}, mechanism.label);
    return out;
}

} // namespace hsm::crypto
