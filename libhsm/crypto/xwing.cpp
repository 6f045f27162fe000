// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/xwing.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/rng.hpp"

#include <botan/hash.h>
#include <botan/ml_kem.h>
#include <botan/pubkey.h>
#include <botan/x25519.h>

#include <algorithm>

namespace hsm::crypto {
namespace {

using Botan::secure_vector;

constexpr std::size_t kem_public_size = 1184;
constexpr std::size_t kem_ciphertext_size = 1088;
constexpr std::size_t point_size = 32;
constexpr std::string_view label = "\\.//^\\"; // 5c2e2f2f5e5c

/// Gives the bytes it was made with, once: how the randomness of the derandomised form reaches Botan.
class FixedBytes final : public Botan::RandomNumberGenerator {
public:
    explicit FixedBytes(ByteView bytes) : bytes_(bytes) {}
    [[nodiscard]] bool is_seeded() const override { return true; }
    [[nodiscard]] bool accepts_input() const override { return false; }
    void clear() override { bytes_ = {}; }
    [[nodiscard]] std::string name() const override { return "fixed bytes"; }

private:
    void fill_bytes_with_input(std::span<std::uint8_t> out, std::span<const std::uint8_t>) override {
        if (out.size() > bytes_.size())
            throw Error(Status::internal, "more randomness was asked for than there is");
        std::copy_n(bytes_.begin(), out.size(), out.begin());
        bytes_ = bytes_.subspan(out.size());
    }
    ByteView bytes_;
};

struct Expanded {
    std::unique_ptr<Botan::ML_KEM_PrivateKey> kem;
    std::unique_ptr<Botan::X25519_PrivateKey> point;
    std::vector<std::uint8_t> point_public;
};

/// 5.2: SHAKE-256 of the seed gives d || z of ML-KEM and the scalar of X25519.
Expanded expand(const Secret& seed) {
    if (seed.size() != xwing_seed_size)
        throw Error(Status::invalid_data, "an X-Wing private key has 32 bytes");
    const auto shake = Botan::HashFunction::create_or_throw("SHAKE-256(768)");
    shake->update(seed.view());
    const auto bytes = shake->final();
    const std::span<const std::uint8_t> all(bytes);
    Expanded keys;
    keys.kem = std::make_unique<Botan::ML_KEM_PrivateKey>(all.first(64), Botan::ML_KEM_Mode::ML_KEM_768);
    keys.point = std::make_unique<Botan::X25519_PrivateKey>(
        secure_vector<std::uint8_t>(bytes.begin() + 64, bytes.end()));
    keys.point_public = keys.point->public_value();
    return keys;
}

secure_vector<std::uint8_t> x25519(const Botan::X25519_PrivateKey& key, ByteView peer) {
    const Botan::PK_Key_Agreement agreement(key, system_random(), "Raw");
    return agreement.derive_key(0, peer).bits_of();
}

/// 5.3
Secret combine(ByteView kem_shared, ByteView point_shared, ByteView point_ciphertext, ByteView point_public) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-3(256)");
    hash->update(kem_shared);
    hash->update(point_shared);
    hash->update(point_ciphertext);
    hash->update(point_public);
    hash->update(label);
    Secret shared(32);
    hash->final(shared.mutable_view());
    return shared;
}

} // namespace

Bytes xwing_public(const Secret& seed) {
    return translated(Status::invalid_data, [&] {
        const auto keys = expand(seed);
        Bytes out = keys.kem->raw_public_key_bits();
        out.insert(out.end(), keys.point_public.begin(), keys.point_public.end());
        return out;
    });
}

XwingResult xwing_encapsulate(ByteView public_key, const Secret& randomness) {
    return translated(Status::invalid_data, [&] {
        if (public_key.size() != xwing_public_size || randomness.size() != xwing_randomness_size) {
            throw Error(Status::invalid_data, "an X-Wing public key has 1216 bytes");
        }
        const auto kem_public = public_key.first(kem_public_size);
        const auto point_public = public_key.last(point_size);
        const Botan::ML_KEM_PublicKey kem(kem_public, Botan::ML_KEM_Mode::ML_KEM_768);
        Botan::PK_KEM_Encryptor encryptor(kem, "Raw");
        FixedBytes m(randomness.view().first(32));
        const auto encapsulated = encryptor.encrypt(m, 32);

        const auto scalar = randomness.view().last(32);
        const Botan::X25519_PrivateKey ephemeral(secure_vector<std::uint8_t>(scalar.begin(), scalar.end()));
        const auto point_ciphertext = ephemeral.public_value();
        const auto point_shared = x25519(ephemeral, point_public);

        XwingResult result;
        result.ciphertext = encapsulated.encapsulated_shared_key();
        result.ciphertext.insert(result.ciphertext.end(), point_ciphertext.begin(), point_ciphertext.end());
        result.shared = combine(ByteView(encapsulated.shared_key()), ByteView(point_shared), point_ciphertext,
                                point_public);
        return result;
    });
}

Secret xwing_decapsulate(const Secret& seed, ByteView ciphertext) {
    return translated(Status::invalid_data, [&] {
        if (ciphertext.size() != xwing_ciphertext_size) {
            throw Error(Status::invalid_data, "an X-Wing ciphertext has 1120 bytes");
        }
        const auto keys = expand(seed);
        Botan::PK_KEM_Decryptor decryptor(*keys.kem, system_random(), "Raw");
        const auto kem_shared = decryptor.decrypt(ciphertext.first(kem_ciphertext_size), 32);
        const auto point_ciphertext = ciphertext.last(point_size);
        const auto point_shared = x25519(*keys.point, point_ciphertext);
        return combine(ByteView(kem_shared), ByteView(point_shared), point_ciphertext, keys.point_public);
    });
}

} // namespace hsm::crypto
