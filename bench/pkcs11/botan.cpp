// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "target.hpp"

#include <botan/aead.h>
#include <botan/cipher_mode.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/ml_dsa.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/system_rng.h>

#include <mutex>

// The same operations with nothing around them: kept objects, one set a thread.

namespace hsm::bench::p11 {

namespace {

using Bytes = std::vector<std::uint8_t>;

Operation hmac(std::size_t size) {
    const std::shared_ptr<Botan::MessageAuthenticationCode> mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(Bytes(32, 7));
    return [mac, data = Bytes(size, 0x5a), out = Bytes(32)]() mutable {
        mac->update(data);
        mac->final(out);
        return CKR_OK;
    };
}

Operation digest(std::size_t size) {
    const std::shared_ptr<Botan::HashFunction> hash = Botan::HashFunction::create_or_throw("SHA-256");
    return [hash, data = Bytes(size, 0x5a), out = Bytes(32)]() mutable {
        hash->update(data);
        hash->final(out);
        return CKR_OK;
    };
}

Operation cipher(const char* name, std::size_t iv_size, std::size_t size) {
    const std::shared_ptr<Botan::Cipher_Mode> mode = Botan::Cipher_Mode::create_or_throw(name, Botan::Cipher_Dir::Encryption);
    mode->set_key(Bytes(32, 7));
    return [mode, iv = Bytes(iv_size), data = Bytes(size, 0x5a), buffer = Botan::secure_vector<std::uint8_t>()]() mutable {
        ++iv[0];
        mode->start(iv);
        buffer.assign(data.begin(), data.end());
        mode->finish(buffer);
        return CKR_OK;
    };
}

/// A key that all threads use.
template <class Key, class... Arguments>
std::shared_ptr<Botan::Private_Key> shared_key(Arguments&&... arguments) {
    static std::mutex making;
    static std::shared_ptr<Botan::Private_Key> key;
    const std::lock_guard lock(making);
    if (!key) {
        key = std::make_shared<Key>(Botan::system_rng(), std::forward<Arguments>(arguments)...);
    }
    return key;
}

std::shared_ptr<Botan::Private_Key> rsa() { return shared_key<Botan::RSA_PrivateKey>(2048); }
std::shared_ptr<Botan::Private_Key> p256() { return shared_key<Botan::ECDSA_PrivateKey>(Botan::EC_Group::from_name("secp256r1")); }

Operation sign(const std::shared_ptr<Botan::Private_Key>& key, const char* padding) {
    const auto signer = std::make_shared<Botan::PK_Signer>(*key, Botan::system_rng(), padding);
    return [key, signer, data = Bytes(32, 0x5a)]() mutable {
        ++data[0]; // the time of an ML-DSA signature depends on the message
        (void)signer->sign_message(data, Botan::system_rng());
        return CKR_OK;
    };
}

Operation verify(const std::shared_ptr<Botan::Private_Key>& key, const char* padding) {
    const Bytes data(32, 0x5a);
    Botan::PK_Signer signer(*key, Botan::system_rng(), padding);
    const std::shared_ptr<Botan::Public_Key> open = key->public_key();
    const auto verifier = std::make_shared<Botan::PK_Verifier>(*open, padding);
    return [open, verifier, data, signature = signer.sign_message(data, Botan::system_rng())] {
        return verifier->verify_message(data, signature) ? CKR_OK : CKR_SIGNATURE_INVALID;
    };
}

struct Row {
    std::string_view name;
    Operation (*make)();
};
constexpr Row rows[] = {
    {"rsa2048_sign", [] { return sign(rsa(), "PKCS1v15(SHA-256)"); }},
    {"rsa2048_sign_pss", [] { return sign(rsa(), "PSS(SHA-256,MGF1,32)"); }},
    {"rsa2048_verify", [] { return verify(rsa(), "PKCS1v15(SHA-256)"); }},
    {"p256_sign", [] { return sign(p256(), "Raw"); }},
    {"p256_verify", [] { return verify(p256(), "Raw"); }},
    {"ed25519_sign", [] { return sign(shared_key<Botan::Ed25519_PrivateKey>(), "Pure"); }},
    {"mldsa65_sign", [] { return sign(shared_key<Botan::ML_DSA_PrivateKey>(Botan::ML_DSA_Mode(Botan::ML_DSA_Mode::ML_DSA_6x5)), ""); }},
    {"hmac_sha256_16", [] { return hmac(16); }},
    {"hmac_sha256_1k", [] { return hmac(1024); }},
    {"aes256_gcm_16", [] { return cipher("AES-256/GCM", 12, 16); }},
    {"aes256_gcm_1k", [] { return cipher("AES-256/GCM", 12, 1024); }},
    {"aes256_gcm_16k", [] { return cipher("AES-256/GCM", 12, 16384); }},
    {"aes256_cbc_16", [] { return cipher("AES-256/CBC/NoPadding", 16, 16); }},
    {"aes256_cbc_1k", [] { return cipher("AES-256/CBC/NoPadding", 16, 1024); }},
    {"sha256_16", [] { return digest(16); }},
    {"sha256_1k", [] { return digest(1024); }},
};

class BotanTarget final : public Target {
public:
    Operation operation(std::string_view name) override {
        for (const auto& row : rows)
            if (row.name == name) return row.make();
        return {};
    }
};

} // namespace

std::unique_ptr<Target> open_botan() { return std::make_unique<BotanTarget>(); }

} // namespace hsm::bench::p11
