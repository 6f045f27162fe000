// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/seal.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "crypto/sp800_108.hpp"

#include <botan/aead.h>
#include <botan/argon2.h>
#include <botan/kdf.h>
#include <botan/mac.h>

#include <algorithm>

namespace hsm::crypto {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t commitment_size = 32;
constexpr std::size_t tag_size = 16;
constexpr std::size_t okm_size = key_size + nonce_size + commitment_size;

/// The keying material of one sealed object, in its three parts.
class SealKeys {
public:
    SealKeys(const Secret& key, std::string_view label, const Salt& salt, ByteView header) : okm_(okm_size) {
        if (key.size() != key_size) {
            throw Error(Status::invalid_argument, "a sealing key has 32 bytes");
        }
        std::array<std::uint8_t, 64> context;
        const auto header_hash = sha256(header);
        std::copy(salt.begin(), salt.end(), context.begin());
        std::copy(header_hash.begin(), header_hash.end(), context.begin() + 32);
        const auto prf = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
        prf->set_key(key.view());
        sp800_108(Sp800108Mode::counter, *prf, view(label), context, {}, okm_.mutable_view());
    }

    [[nodiscard]] ByteView key() const { return okm_.view().first(key_size); }
    [[nodiscard]] ByteView nonce() const { return okm_.view().subspan(key_size, nonce_size); }
    [[nodiscard]] ByteView commitment() const { return okm_.view().last(commitment_size); }

private:
    Secret okm_;
};

std::unique_ptr<Botan::AEAD_Mode> make_gcm(const SealKeys& keys, ByteView header,
                                           Botan::Cipher_Dir direction) {
    auto gcm = Botan::AEAD_Mode::create_or_throw("AES-256/GCM", direction);
    gcm->set_key(keys.key());
    gcm->set_associated_data(header);
    gcm->start(keys.nonce());
    return gcm;
}

[[noreturn]] void throw_not_sealed_so() {
    throw Error(Status::invalid_signature,
                "the sealed bytes do not verify: another key, or they were changed");
}

} // namespace

Salt random_salt() {
    Salt salt;
    random(salt);
    return salt;
}

Secret derive_key(const Secret& key, std::string_view label, ByteView context, std::size_t size) {
    return translated(Status::invalid_argument, [&] {
        // info = label || 00 || context: a label never is the beginning of another label's info.
        Bytes info = to_bytes(view(label));
        info.push_back(0);
        info.insert(info.end(), context.begin(), context.end());
        const auto hkdf = Botan::KDF::create_or_throw("HKDF(SHA-256)");
        Secret out(size);
        hkdf->derive_key(out.mutable_view(), key.view(), ByteView{}, ByteView(info));
        return out;
    });
}

Bytes seal(const Secret& key, std::string_view label, const Salt& salt, ByteView header, ByteView plaintext) {
    return translated(Status::invalid_argument, [&] {
        const SealKeys keys(key, label, salt, header);
        const auto gcm = make_gcm(keys, header, Botan::Cipher_Dir::Encryption);
        Bytes sealed;
        sealed.reserve(commitment_size + plaintext.size() + tag_size);
        sealed.insert(sealed.end(), keys.commitment().begin(), keys.commitment().end());
        Botan::secure_vector<std::uint8_t> buffer(plaintext.begin(), plaintext.end());
        gcm->finish(buffer);
        sealed.insert(sealed.end(), buffer.begin(), buffer.end());
        return sealed;
    });
}

Secret unseal(const Secret& key, std::string_view label, const Salt& salt, ByteView header, ByteView sealed) {
    return translated(Status::invalid_signature, [&] {
        if (sealed.size() < commitment_size + tag_size) throw_not_sealed_so();
        const SealKeys keys(key, label, salt, header);
        if (!equal_in_constant_time(keys.commitment(), sealed.first(commitment_size))) throw_not_sealed_so();
        const auto gcm = make_gcm(keys, header, Botan::Cipher_Dir::Decryption);
        const auto body = sealed.subspan(commitment_size);
        Botan::secure_vector<std::uint8_t> buffer(body.begin(), body.end());
        try {
            gcm->finish(buffer);
        } catch (const Botan::Exception&) {
            throw_not_sealed_so();
        }
        return Secret(ByteView(buffer));
    });
}

Secret passphrase_key(const Secret& passphrase, const Salt& salt, const PassphraseCost& cost,
                      const Secret& pepper, ByteView context) {
    const auto& most = max_passphrase_cost;
    if (cost.memory_kib < 8 * cost.lanes || cost.memory_kib > most.memory_kib || cost.passes < 1 ||
        cost.passes > most.passes || cost.lanes < 1 || cost.lanes > most.lanes) {
        throw Error(Status::invalid_argument,
                    "the passphrase cost is out of range (8 KiB to 1 GiB, 1 to 16 passes, "
                    "1 lane)");
    }
    return translated(Status::invalid_argument, [&] {
        const Botan::Argon2 argon2(2, cost.memory_kib, cost.passes, cost.lanes); // 2: Argon2id
        Secret out(key_size);
        argon2.derive_key(out.mutable_view().data(), out.size(),
                          reinterpret_cast<const char*>(passphrase.view().data()), passphrase.size(),
                          salt.data(), salt.size(), context.data(), context.size(), pepper.view().data(),
                          pepper.size());
        return out;
    });
}

} // namespace hsm::crypto
