// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/rng.hpp"
#include "crypto/scheme.hpp"

#include <botan/pubkey.h>

/// \file
/// ML-KEM (FIPS 203): the shared secret is 32 bytes, without a KDF.

namespace hsm::crypto {
namespace {

constexpr std::size_t shared_size = 32;

struct EncapsulateEngine final : Engine {
    explicit EncapsulateEngine(const KeyState& key) : op(public_key_for_engine(key, own), "Raw") {}
    std::unique_ptr<Botan::Public_Key> own;
    Botan::PK_KEM_Encryptor op;
};

struct DecapsulateEngine final : Engine {
    explicit DecapsulateEngine(const KeyState& key)
        : op(private_key_for_engine(key, own), system_random(), "Raw") {}
    std::unique_ptr<Botan::Private_Key> own;
    Botan::PK_KEM_Decryptor op;
};

void require_kem(const KeyState& key, const Mechanism& mechanism) {
    if (mechanism.id != MechanismId::ml_kem) {
        throw Error(Status::mechanism_invalid,
                    std::string(mechanism_row(mechanism.id).name) + " does not encapsulate");
    }
    if (key.spec.type != KeyType::ml_kem) {
        throw Error(Status::key_type_mismatch, to_string(key.spec) + " keys do not work with ML-KEM");
    }
}

} // namespace

Encapsulated encapsulate(const Key& public_key, const Mechanism& mechanism) {
    const auto& key = public_key.state();
    require_kem(key, mechanism);
    return translated(Status::invalid_data, [&] {
        EngineSlots::Claim claim(key.engines);
        auto& engine = claim.get<EncapsulateEngine>(engine_tag(MechanismId::ml_kem, Action::encapsulate),
                                                    [&] { return std::make_unique<EncapsulateEngine>(key); });
        Encapsulated result{Bytes(engine.op.encapsulated_key_length()), Secret(shared_size)};
        engine.op.encrypt(std::span(result.ciphertext), result.shared.mutable_view(), system_random(),
                          shared_size);
        claim.done();
        return result;
    });
}

Secret decapsulate(const Key& private_key, const Mechanism& mechanism, ByteView ciphertext) {
    const auto& key = private_key.state();
    require_kem(key, mechanism);
    require_private(key);
    return translated(Status::invalid_data, [&] {
        EngineSlots::Claim claim(key.engines);
        auto& engine = claim.get<DecapsulateEngine>(engine_tag(MechanismId::ml_kem, Action::decapsulate),
                                                    [&] { return std::make_unique<DecapsulateEngine>(key); });
        if (ciphertext.size() != engine.op.encapsulated_key_length()) {
            claim.done();
            throw Error(Status::invalid_data,
                        "the ciphertext has the wrong length for " + to_string(key.spec));
        }
        Secret shared(shared_size);
        engine.op.decrypt(shared.mutable_view(), ciphertext, shared_size);
        claim.done();
        return shared;
    });
}

} // namespace hsm::crypto
