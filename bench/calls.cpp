// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "bench.hpp"

#include <botan/aead.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/mac.h>
#include <botan/ml_dsa.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/system_rng.h>

#include <hsm/hsm.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

// A call through the whole library against the same Botan operation with a kept object.

namespace hsm::bench {

namespace {

constexpr std::size_t small = 64;

struct Fixture {
    Client client;
    World world;
};

Fixture open(const std::string& home) {
    OpenOptions options;
    options.locations.home = home;
    auto client = Client::open(options);
    auto world = client.world();
    return {std::move(client), std::move(world)};
}

Usage exportable() {
    Usage usage;
    usage.actions = bit(Action::sign) | bit(Action::encrypt) | bit(Action::export_plain);
    return usage;
}

Pair hmac_pair(const Key& key, const Bytes& data) {
    auto mac = std::shared_ptr<Botan::MessageAuthenticationCode>(
        Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)"));
    const auto material = key.export_plain();
    mac->set_key(material.view());
    Mechanism mechanism;
    mechanism.id = MechanismId::hmac;
    mechanism.hash = Hash::sha256;
    Pair pair;
    pair.n = 100'000;
    pair.ours = [=, out = std::make_shared<Bytes>()](std::size_t n) {
        while (n--) key.sign_into(mechanism, data, *out);
    };
    pair.bare = [=, out = std::make_shared<Bytes>(32)](std::size_t n) {
        while (n--) {
            mac->update(data);
            mac->final(*out);
        }
    };
    return pair;
}

Pair gcm_pair(const Key& key, const Bytes& data) {
    auto mode = std::shared_ptr<Botan::AEAD_Mode>(Botan::AEAD_Mode::create_or_throw("AES-256/GCM", Botan::Cipher_Dir::Encryption));
    mode->set_key(key.export_plain().view());
    const auto iv = std::make_shared<Bytes>(12);
    Mechanism mechanism;
    mechanism.id = MechanismId::gcm;
    mechanism.iv = *iv;
    Pair pair;
    pair.n = 100'000;
    pair.ours = [=, out = std::make_shared<Bytes>()](std::size_t n) {
        while (n--) key.encrypt_into(mechanism, data, *out), ++(*iv)[0];
    };
    pair.bare = [=, buffer = std::make_shared<Botan::secure_vector<std::uint8_t>>()](std::size_t n) {
        while (n--) {
            mode->start(*iv);
            buffer->assign(data.begin(), data.end());
            mode->finish(*buffer);
            ++(*iv)[0];
        }
    };
    return pair;
}

Pair sign_pair(const Key& key, const Mechanism& mechanism, const std::string& padding, std::size_t n) {
    // ML-DSA: a key of its own, since Botan reads another PKCS #8 form of it than the standard's.
    const std::shared_ptr<Botan::Private_Key> bare =
        key.spec().type == KeyType::ml_dsa
            ? std::make_unique<Botan::ML_DSA_PrivateKey>(Botan::system_rng(), Botan::ML_DSA_Mode(Botan::ML_DSA_Mode::ML_DSA_6x5))
            : Botan::PKCS8::load_key(key.export_plain().view());
    auto signer = std::make_shared<Botan::PK_Signer>(*bare, Botan::system_rng(), padding);
    Pair pair;
    pair.n = n;
    // The message changes: the time of an ML-DSA signature depends on it.
    pair.ours = [=, data = std::make_shared<Bytes>(small), out = std::make_shared<Bytes>()](std::size_t count) {
        while (count--) key.sign_into(mechanism, *data, *out), ++(*data)[0];
    };
    pair.bare = [=, data = std::make_shared<Bytes>(small)](std::size_t count) {
        while (count--) {
            (void)bare;
            (void)signer->sign_message(*data, Botan::system_rng());
            ++(*data)[0];
        }
    };
    return pair;
}

/// Operations a second of `threads` threads, each doing n.
double rate(const std::vector<std::function<void(std::size_t)>>& work, std::size_t n) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (const auto& each : work) threads.emplace_back([&each, n] { each(n); });
    for (auto& thread : threads) thread.join();
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return static_cast<double>(n * work.size()) / seconds;
}

/// Scaling from one to two threads: ours on one key, bare on one object each; judged against each other.
Figure scaling(const std::string& name, const std::function<Pair()>& make, std::size_t n) {
    const auto a = make(), b = make();
    Figure f;
    std::vector<double> ours, bare, values;
    for (int round = 0; round < 9; ++round) {
        const auto ours_1 = rate({a.ours}, n), ours_2 = rate({a.ours, b.ours}, n);
        const auto bare_1 = rate({a.bare}, n), bare_2 = rate({a.bare, b.bare}, n);
        ours.push_back(ours_2 / ours_1);
        bare.push_back(bare_2 / bare_1);
        values.push_back(ours.back() / bare.back());
    }
    f.name = name;
    f.ours = median(ours);
    f.bare = median(bare);
    f.value = median(values);
    f.low = percentile(values, 0.1);
    f.high = percentile(values, 0.9);
    f.unit = "x";
    f.goal = ">= 0.95 x";
    f.reached = f.value >= 0.95;
    return f;
}

} // namespace

void make_home(const std::string& home) {
    std::filesystem::create_directories(home);
    OpenOptions options;
    options.locations.home = home;
    auto client = Client::open(options);
    const auto module = client.create_module();
    client.create_card(home + "/admin.card");
    client.insert_card(module, 0, home + "/admin.card");
    WorldOptions world;
    world.test_parameters = true;
    (void)client.create_world(module, world, silent());
}

std::vector<Figure> call_figures(const std::string& home) {
    auto [client, world] = open(home);
    const Bytes data(small, 0x5a);
    std::vector<Figure> figures;
    const auto session = [&world](const char* spec) { return world.generate_session(parse_key_spec(spec), exportable()); };

    const auto hmac_key = world.generate_session({KeyType::generic, 256, ParamSet::none, 0}, exportable());
    figures.push_back(difference("HMAC-SHA256, 64 bytes", run_pair(hmac_pair(hmac_key, data)), 0.15));
    const auto aes = session("AES-256");
    figures.push_back(difference("AES-256-GCM, 64 bytes", run_pair(gcm_pair(aes, data)), 0.15));

    const auto signing = [&](const char* name, const char* spec, const char* padding, std::size_t n) {
        const auto key = session(spec);
        auto mechanism = default_signature(key.spec());
        if (key.spec().type == KeyType::rsa) {
            mechanism = {};
            mechanism.id = MechanismId::rsa_pkcs1;
            mechanism.hash = Hash::sha256;
        }
        auto pair = sign_pair(key, mechanism, padding, n);
        pair.rounds = 25;
        figures.push_back(ratio(name, run_pair(pair), 1.03));
    };
    signing("sign RSA-2048", "RSA-2048", "PKCS1v15(SHA-256)", 30);
    signing("sign P-256", "P-256", "SHA-256", 500);
    signing("sign P-384", "P-384", "SHA-384", 300);
    signing("sign Ed25519", "Ed25519", "Pure", 800);
    signing("sign ML-DSA-65", "ML-DSA-65", "", 512);

    figures.push_back(scaling("2 threads, one key: HMAC-SHA256, 16 bytes",
                              [&] { return hmac_pair(hmac_key, Bytes(16, 1)); }, 300'000));
    figures.push_back(scaling("2 threads, one key: AES-256-GCM, 64 bytes", [&] { return gcm_pair(aes, data); }, 200'000));
    const auto p256 = session("P-256");
    figures.push_back(scaling("2 threads, one key: sign P-256",
                              [&] { return sign_pair(p256, default_signature(p256.spec()), "SHA-256", 1); }, 2'000));
    return figures;
}

} // namespace hsm::bench
