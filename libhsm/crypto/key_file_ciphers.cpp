// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/key_file_ciphers.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/rc2.hpp"
#include "crypto/scheme.hpp"

#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/pwdhash.h>

#include <algorithm>

namespace hsm::crypto {

namespace {

constexpr std::uint64_t most_iterations = 10'000'000;

void check_iterations(std::uint64_t iterations) {
    if (iterations == 0 || iterations > most_iterations)
        throw Error(Status::invalid_data, "the key file has an impossible number of iterations");
}

const char* cbc_name(FileCipher cipher, std::size_t key_size) {
    if (cipher == FileCipher::des3) return "3DES/CBC/PKCS7";
    return key_size == 16 ? "AES-128/CBC/PKCS7" : key_size == 24 ? "AES-192/CBC/PKCS7" : "AES-256/CBC/PKCS7";
}

/// Repeats \p what over \p to.
void fill(std::span<std::uint8_t> to, ByteView what) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = what[i % what.size()];
}

/// Adds \p b and one to the number \p block.
void add_one_more(std::span<std::uint8_t> block, ByteView b) {
    unsigned carry = 1;
    for (auto i = block.size(); i-- > 0; carry >>= 8) {
        carry += static_cast<unsigned>(block[i]) + b[i];
        block[i] = static_cast<std::uint8_t>(carry);
    }
}

} // namespace

Secret decrypt_file(FileCipher cipher, ByteView key, ByteView iv, ByteView data) {
    const std::size_t block = cipher == FileCipher::aes ? 16 : 8;
    if (iv.size() != block || data.empty() || data.size() % block != 0) throw_undecryptable();
    if (cipher == FileCipher::rc2) return rc2_decrypt_cbc(key, iv, data);
    return translated(Status::invalid_data, [&] {
        const auto mode = Botan::Cipher_Mode::create_or_throw(cbc_name(cipher, key.size()), Botan::Cipher_Dir::Decryption);
        mode->set_key(key);
        mode->start(iv);
        Botan::secure_vector<std::uint8_t> buffer(data.begin(), data.end());
        try {
            mode->finish(buffer);
        } catch (const Botan::Exception&) {
            throw_undecryptable();
        }
        return Secret(ByteView(buffer));
    });
}

Secret file_pbkdf2(Hash hash, const Secret& passphrase, ByteView salt, std::uint64_t iterations, std::size_t size) {
    check_iterations(iterations);
    return translated(Status::invalid_data, [&] {
        const auto family = Botan::PasswordHashFamily::create_or_throw("PBKDF2(" + botan_hash(hash) + ")");
        const auto pbkdf = family->from_params(static_cast<std::size_t>(iterations));
        Secret out(size);
        pbkdf->derive_key(out.mutable_view().data(), size, reinterpret_cast<const char*>(passphrase.view().data()),
                          passphrase.size(), salt.data(), salt.size());
        return out;
    });
}

Secret pkcs12_derive(Hash hash, Pkcs12Purpose purpose, ByteView passphrase, ByteView salt, std::uint64_t iterations,
                     std::size_t size) {
    check_iterations(iterations);
    return translated(Status::invalid_data, [&] {
        const auto h = Botan::HashFunction::create_or_throw(botan_hash(hash));
        const auto v = h->hash_block_size(), u = h->output_length();
        const auto rounded = [v](std::size_t n) { return (n + v - 1) / v * v; };
        const Bytes diversifier(v, static_cast<std::uint8_t>(purpose));
        const auto salt_size = rounded(salt.size());
        Secret input(salt_size + rounded(passphrase.size()));
        const auto i = input.mutable_view();
        if (!salt.empty()) fill(i.first(salt_size), salt);
        if (!passphrase.empty()) fill(i.subspan(salt_size), passphrase);
        Secret out(size), a(u), b(v);
        for (std::size_t done = 0;;) {
            h->update(diversifier);
            h->update(input.view());
            h->final(a.mutable_view());
            for (std::uint64_t round = 1; round < iterations; ++round) {
                h->update(a.view());
                h->final(a.mutable_view());
            }
            const auto take = std::min(u, size - done);
            std::copy_n(a.view().begin(), take, out.mutable_view().begin() + static_cast<std::ptrdiff_t>(done));
            done += take;
            if (done == size) return out;
            fill(b.mutable_view(), a.view());
            for (std::size_t at = 0; at < i.size(); at += v) add_one_more(i.subspan(at, v), b.view());
        }
    });
}

Bytes file_hmac(Hash hash, ByteView key, ByteView data) {
    return translated(Status::invalid_data, [&] {
        const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(" + botan_hash(hash) + ")");
        mac->set_key(key);
        mac->update(data);
        Bytes out(mac->output_length());
        mac->final(std::span(out));
        return out;
    });
}

Secret iterated_sha256(ByteView salt, const Secret& passphrase, std::uint64_t rounds) {
    return translated(Status::invalid_data, [&] {
        const auto h = Botan::HashFunction::create_or_throw("SHA-256");
        Secret out(h->output_length());
        h->update(salt);
        h->update(passphrase.view());
        h->final(out.mutable_view());
        for (std::uint64_t round = 1; round < rounds; ++round) {
            h->update(out.view());
            h->final(out.mutable_view());
        }
        return out;
    });
}

} // namespace hsm::crypto
