// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/random.hpp"
#include "crypto/scheme.hpp"

#include <botan/block_cipher.h>

#include <algorithm>

/// \file
/// Key wrap (SP 800-38F, RFC 3394, RFC 5649), also with another initial value and with PKCS #7 padding, and RSA with AES
/// key wrap. Botan's function takes no initial value.

namespace hsm::crypto {
namespace {

constexpr std::size_t half = 8;
constexpr unsigned rounds = 6;

using Buffer = Botan::secure_vector<std::uint8_t>;

struct WrapEngine final : Engine {
    std::unique_ptr<Botan::BlockCipher> cipher;
};

std::unique_ptr<Botan::BlockCipher> make_cipher(std::string_view name, ByteView key) {
    auto cipher = Botan::BlockCipher::create_or_throw(name);
    cipher->set_key(key);
    return cipher;
}

WrapEngine& kept_cipher(EngineSlots::Claim& claim, const KeyState& key) {
    return claim.get<WrapEngine>(engine_tag(MechanismId::key_wrap, Action::wrap), [&] {
        auto engine = std::make_unique<WrapEngine>();
        engine->cipher = make_cipher(key.cipher, key.raw.view());
        return engine;
    });
}

void add_step(std::span<std::uint8_t> a, std::uint64_t step) {
    for (std::size_t i = half; i-- > 0; step >>= 8) a[i] = static_cast<std::uint8_t>(a[i] ^ step);
}

/// W of SP 800-38F 6.1 over \p s = A || R(1) || ... in place; one R means the single block of RFC 5649 4.1.
void wrap_in_place(const Botan::BlockCipher& cipher, std::span<std::uint8_t> s) {
    if (s.size() == 2 * half) return cipher.encrypt(s.data());
    const auto n = s.size() / half - 1;
    std::array<std::uint8_t, 2 * half> block;
    std::copy_n(s.begin(), half, block.begin());
    for (unsigned j = 0; j < rounds; ++j) {
        for (std::size_t i = 1; i <= n; ++i) {
            const auto r = s.subspan(i * half, half);
            std::copy(r.begin(), r.end(), block.begin() + half);
            cipher.encrypt(block.data());
            add_step(std::span(block).first(half), n * j + i);
            std::copy_n(block.begin() + half, half, r.begin());
        }
    }
    std::copy_n(block.begin(), half, s.begin());
    wipe(block);
}

void unwrap_in_place(const Botan::BlockCipher& cipher, std::span<std::uint8_t> s) {
    if (s.size() == 2 * half) return cipher.decrypt(s.data());
    const auto n = s.size() / half - 1;
    std::array<std::uint8_t, 2 * half> block;
    std::copy_n(s.begin(), half, block.begin());
    for (unsigned j = rounds; j-- > 0;) {
        for (std::size_t i = n; i >= 1; --i) {
            const auto r = s.subspan(i * half, half);
            add_step(std::span(block).first(half), n * j + i);
            std::copy(r.begin(), r.end(), block.begin() + half);
            cipher.decrypt(block.data());
            std::copy_n(block.begin() + half, half, r.begin());
        }
    }
    std::copy_n(block.begin(), half, s.begin());
    wipe(block);
}

/// The initial value: the standard's, or the caller's. Of KWP the first half; the length follows.
Bytes initial_value(const Mechanism& mechanism) {
    const bool kwp = mechanism.id == MechanismId::key_wrap_pad;
    const std::size_t size = kwp ? 4 : half;
    if (!mechanism.iv.empty()) {
        if (mechanism.iv.size() != size) throw_params("the initial value must have " + std::to_string(size) + " bytes");
        return to_bytes(mechanism.iv);
    }
    if (kwp) return {0xa6, 0x59, 0x59, 0xa6};
    return Bytes(size, 0xa6);
}

void append_length(Buffer& s, std::size_t size) {
    for (int shift = 24; shift >= 0; shift -= 8) s.push_back(static_cast<std::uint8_t>(size >> shift));
}

void wrap_with(const Botan::BlockCipher& cipher, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const auto iv = initial_value(mechanism);
    Buffer s(iv.begin(), iv.end());
    if (mechanism.id == MechanismId::key_wrap_pad) {
        if (in.empty() || in.size() > 0xffffffffu) throw Error(Status::invalid_data, "there is nothing to wrap");
        append_length(s, in.size());
    } else if (mechanism.id == MechanismId::key_wrap && (in.size() < 2 * half || in.size() % half != 0)) {
        throw Error(Status::invalid_data, "key wrap without padding takes 16, 24, 32, ... bytes");
    } else if (in.size() < half) {
        throw Error(Status::invalid_data, "key wrap takes 8 bytes or more");
    }
    s.insert(s.end(), in.begin(), in.end());
    if (mechanism.id == MechanismId::key_wrap_pkcs7) {
        const auto filler = half - in.size() % half;
        s.insert(s.end(), filler, static_cast<std::uint8_t>(filler));
    } else {
        s.resize((s.size() + half - 1) / half * half);
    }
    wrap_in_place(cipher, s);
    out.assign(s.begin(), s.end());
}

/// The bytes of the material in \p s = A || P, or nothing when it is not what a wrap gives.
std::size_t material_size(const Mechanism& mechanism, ByteView s) {
    const auto iv = initial_value(mechanism);
    bool good = equal_in_constant_time(s.first(iv.size()), iv);
    const auto body = s.subspan(half);
    auto size = body.size();
    if (mechanism.id == MechanismId::key_wrap_pkcs7) {
        const std::size_t filler = body.back();
        good = good && filler >= 1 && filler <= half;
        size -= good ? filler : 0;
        for (std::size_t i = size; i < body.size(); ++i) good = good && body[i] == filler;
    } else if (mechanism.id == MechanismId::key_wrap_pad) {
        std::size_t length = 0;
        for (std::size_t i = 4; i < half; ++i) length = length << 8 | s[i];
        good = good && length <= size && length + half > size;
        for (std::size_t i = good ? length : size; i < size; ++i) good = good && body[i] == 0;
        size = length;
    }
    return good ? size : 0;
}

void unwrap_with(const Botan::BlockCipher& cipher, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const std::size_t least = mechanism.id == MechanismId::key_wrap_pad ? 2 * half : 3 * half;
    if (in.size() < least || in.size() % half != 0) throw_undecryptable();
    Buffer s(in.begin(), in.end());
    unwrap_in_place(cipher, s);
    const auto size = material_size(mechanism, s);
    if (size == 0) throw_undecryptable();
    out.assign(s.begin() + half, s.begin() + static_cast<std::ptrdiff_t>(half + size));
}

// ---- RSA and AES ---------------------------------------------------------------------------------------------------

Mechanism oaep_of(const Mechanism& mechanism) {
    auto oaep = mechanism;
    oaep.id = MechanismId::rsa_oaep;
    oaep.length = 0;
    return oaep;
}

Mechanism kwp() {
    Mechanism mechanism;
    mechanism.id = MechanismId::key_wrap_pad;
    return mechanism;
}

std::string aes_name(std::size_t bytes) { return "AES-" + std::to_string(bytes * 8); }

} // namespace

void key_wrap_encrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    EngineSlots::Claim claim(key.engines);
    wrap_with(*kept_cipher(claim, key).cipher, mechanism, in, out);
    claim.done();
}

void key_wrap_decrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    EngineSlots::Claim claim(key.engines);
    unwrap_with(*kept_cipher(claim, key).cipher, mechanism, in, out);
    claim.done();
}

void rsa_aes_encrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const std::size_t bits = mechanism.length == 0 ? 256 : mechanism.length;
    if (bits != 128 && bits != 192 && bits != 256) throw_params("AES keys have 128, 192 or 256 bits");
    const auto aes = random_secret(bits / 8);
    rsa_encrypt(key, oaep_of(mechanism), aes.view(), out);
    Bytes wrapped;
    wrap_with(*make_cipher(aes_name(aes.size()), aes.view()), kwp(), in, wrapped);
    out.insert(out.end(), wrapped.begin(), wrapped.end());
}

void rsa_aes_decrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const std::size_t modulus = (key.spec.bits + 7) / 8;
    if (in.size() <= modulus) throw_undecryptable();
    Bytes plain;
    rsa_decrypt(key, oaep_of(mechanism), in.first(modulus), plain);
    const Secret aes{ByteView(plain)};
    wipe(plain);
    if (aes.size() != 16 && aes.size() != 24 && aes.size() != 32) throw_undecryptable();
    unwrap_with(*make_cipher(aes_name(aes.size()), aes.view()), kwp(), in.subspan(modulus), out);
}

std::size_t key_wrap_bound(const KeyState& key, const Mechanism& mechanism, Action action, std::size_t input) {
    if (action == Action::decrypt || action == Action::unwrap) return input;
    const auto modulus = mechanism.id == MechanismId::rsa_aes_key_wrap ? (key.spec.bits + 7) / 8 : 0;
    return modulus + input + 16;
}

} // namespace hsm::crypto
