// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/engines.hpp"
#include "crypto/operations.hpp"
#include "crypto/self_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>

/// \file
/// Kept engines: bounded, dropped on failure, and right when four threads use one key.

namespace hsm::crypto {
namespace {

Mechanism hmac(Hash hash) {
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = hash;
    return mechanism;
}

struct Counted final : Engine {
    explicit Counted(int& alive) : alive_(alive) { ++alive_; }
    ~Counted() override { --alive_; }
    int& alive_;
};

} // namespace

TEST_CASE("engines are kept, bounded and freed", "[crypto][engines]") {
    const auto key = import_secret(KeyType::generic, Bytes(32, 1));
    Bytes out;
    CHECK(key->kept_engines() == 0);
    sign(*key, hmac(Hash::sha256), view("x"), out);
    sign(*key, hmac(Hash::sha256), view("y"), out);
    CHECK(key->kept_engines() == 1);
    for (const auto hash :
         {Hash::md5, Hash::sha1, Hash::sha224, Hash::sha384, Hash::sha512, Hash::sha3_256}) {
        sign(*key, hmac(hash), view("x"), out);
    }
    CHECK(key->kept_engines() == EngineSlots::engines_per_slot);
    CHECK(key->drop_engines() == EngineSlots::engines_per_slot);
    CHECK(key->kept_engines() == 0);
    sign(*key, hmac(Hash::sha256), view("x"), out);
    CHECK(key->kept_engines() == 1);
}

TEST_CASE("an engine whose operation failed is not used again", "[crypto][engines]") {
    int alive = 0;
    EngineSlots slots;
    const auto make = [&] { return std::make_unique<Counted>(alive); };
    {
        EngineSlots::Claim claim(slots);
        (void)claim.get<Counted>(1, make);
    }
    CHECK(alive == 0);
    {
        EngineSlots::Claim claim(slots);
        (void)claim.get<Counted>(1, make);
        claim.done();
    }
    CHECK(alive == 1);
    {
        EngineSlots::Claim claim(slots);
        (void)claim.get<Counted>(1, make);
        CHECK(alive == 1);
        claim.done();
    }
    CHECK(slots.kept() == 1);
}

TEST_CASE("when every slot is taken an operation brings its own engine", "[crypto][engines]") {
    int alive = 0;
    EngineSlots slots;
    const auto make = [&] { return std::make_unique<Counted>(alive); };
    {
        std::vector<std::unique_ptr<EngineSlots::Claim>> claims;
        for (std::size_t i = 0; i < EngineSlots::slot_count + 3; ++i) {
            claims.push_back(std::make_unique<EngineSlots::Claim>(slots));
            (void)claims.back()->get<Counted>(1, make);
            claims.back()->done();
        }
        CHECK(alive == static_cast<int>(EngineSlots::slot_count) + 3);
        CHECK(slots.drop() == 0); // all are in use
    }
    CHECK(alive == static_cast<int>(EngineSlots::slot_count));
    CHECK(slots.kept() == EngineSlots::slot_count);
    CHECK(slots.drop() == EngineSlots::slot_count);
    CHECK(alive == 0);
}

TEST_CASE("a failed decryption leaves the key usable", "[crypto][engines]") {
    const auto key = import_secret(KeyType::aes, Bytes(32, 2));
    const Bytes iv(12, 3);
    Mechanism gcm;
    gcm.id = MechanismId::gcm;
    gcm.iv = iv;
    Bytes sealed;
    Bytes out;
    encrypt(*key, gcm, view("message"), sealed);
    for (int i = 0; i < 5; ++i) {
        auto wrong = sealed;
        wrong[static_cast<std::size_t>(i)] ^= 1;
        CHECK_THROWS_AS(decrypt(*key, gcm, wrong, out), Error);
        CHECK(out.empty());
        decrypt(*key, gcm, sealed, out);
        CHECK(text(out) == "message");
    }
}

TEST_CASE("four threads on one key", "[crypto][engines][threaded]") {
    constexpr int threads = 4;
    constexpr int rounds = 60;
    std::vector<std::pair<KeyPtr, Mechanism>> cases;
    for (const auto* name : {"RSA-1024", "P-256", "Ed25519", "ML-DSA-44", "HMAC-256", "AES-128"}) {
        auto key = generate(parse_key_spec(name), false);
        const auto mechanism = default_signature(key->spec());
        cases.emplace_back(std::move(key), mechanism);
    }
    std::atomic<int> wrong{0};
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
        pool.emplace_back([&, t] {
            Bytes signature;
            for (int i = 0; i < rounds; ++i) {
                const auto message = "message " + std::to_string(t) + " " + std::to_string(i);
                for (const auto& [key, mechanism] : cases) {
                    sign(*key, mechanism, view(message), signature);
                    if (!verify(*key, mechanism, view(message), signature)) ++wrong;
                    if (verify(*key, mechanism, view("another"), signature)) ++wrong;
                }
                if (i % 16 == 0) (void)cases[0].first->drop_engines();
                (void)cases[1].first->kept_engines();
            }
        });
    }
    for (auto& thread : pool) thread.join();
    CHECK(wrong == 0);
    for (const auto& [key, mechanism] : cases) {
        CHECK(key->kept_engines() <= EngineSlots::slot_count * EngineSlots::engines_per_slot);
    }
}

TEST_CASE("four threads encrypt, decrypt and agree on one key", "[crypto][engines][threaded]") {
    const auto aes = import_secret(KeyType::aes, Bytes(32, 5));
    const auto kem = generate(parse_key_spec("ML-KEM-512"), false);
    const auto ec = generate(parse_key_spec("P-256"), false);
    std::atomic<int> wrong{0};
    std::vector<std::thread> pool;
    for (int t = 0; t < 4; ++t) {
        pool.emplace_back([&, t] {
            Bytes iv(12, static_cast<std::uint8_t>(t));
            Mechanism gcm;
            gcm.id = MechanismId::gcm;
            gcm.iv = iv;
            Mechanism ml_kem;
            ml_kem.id = MechanismId::ml_kem;
            Bytes sealed;
            Bytes opened;
            for (int i = 0; i < 200; ++i) {
                const auto message = std::string(static_cast<std::size_t>(i), 'm');
                encrypt(*aes, gcm, view(message), sealed);
                decrypt(*aes, gcm, sealed, opened);
                if (text(opened) != message) ++wrong;
                if (i % 10 != 0) continue;
                const auto sent = encapsulate(*kem, ml_kem);
                const auto got = decapsulate(*kem, ml_kem, sent.ciphertext);
                if (!equal_in_constant_time(sent.shared.view(), got.view())) ++wrong;
                Bytes signature;
                sign(*ec, default_signature(ec->spec()), view(message), signature);
            }
        });
    }
    for (auto& thread : pool) thread.join();
    CHECK(wrong == 0);
}

TEST_CASE("the self-test passes", "[crypto][self-test]") { CHECK(self_test().empty()); }

} // namespace hsm::crypto
