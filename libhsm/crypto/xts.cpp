// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"

#include <botan/block_cipher.h>

#include <algorithm>

/// \file
/// XTS-AES (IEEE 1619, SP 800-38E): the message is one data unit, the iv its tweak. The last two blocks are known at the
/// end only, and the message is collected.

namespace hsm::crypto {
namespace {

constexpr std::size_t block_size = 16;
using Block = std::array<std::uint8_t, block_size>;

struct XtsEngine final : Engine {
    std::unique_ptr<Botan::BlockCipher> data;
    std::unique_ptr<Botan::BlockCipher> tweak;
};

std::unique_ptr<XtsEngine> make_xts(const KeyState& key) {
    auto engine = std::make_unique<XtsEngine>();
    const auto raw = key.raw.view();
    engine->data = Botan::BlockCipher::create_or_throw(key.cipher);
    engine->tweak = Botan::BlockCipher::create_or_throw(key.cipher);
    engine->data->set_key(raw.first(raw.size() / 2));
    engine->tweak->set_key(raw.last(raw.size() / 2));
    return engine;
}

/// Times x in GF(2^128), the lowest byte first.
void next(Block& t) {
    std::uint8_t carry = 0;
    for (auto& byte : t) {
        const auto out = static_cast<std::uint8_t>(byte >> 7);
        byte = static_cast<std::uint8_t>(byte << 1 | carry);
        carry = out;
    }
    t[0] = static_cast<std::uint8_t>(t[0] ^ (0x87 & (0 - carry)));
}

/// One data unit at work. Encryption and decryption differ in the block cipher's direction, and in which tweak the last
/// whole block takes when a part of a block follows.
class Unit {
public:
    Unit(const XtsEngine& engine, ByteView iv, bool encrypts) : engine_(engine), encrypts_(encrypts) {
        std::copy(iv.begin(), iv.end(), tweak_.begin());
        engine.tweak->encrypt(tweak_.data());
    }

    void run(ByteView in, std::uint8_t* out) {
        const auto rest = in.size() % block_size;
        const auto whole = in.size() / block_size - (rest == 0 ? 0 : 1);
        for (std::size_t i = 0; i < whole; ++i) {
            put(out + i * block_size, crypted(in.data() + i * block_size, tweak_));
            next(tweak_);
        }
        if (rest == 0) return;
        auto first = tweak_;
        auto second = tweak_;
        next(encrypts_ ? second : first);
        const auto* last = in.data() + whole * block_size;
        const auto stolen = crypted(last, first);
        Block mixed = stolen;
        std::copy_n(last + block_size, rest, mixed.begin());
        put(out + whole * block_size, crypted(mixed.data(), second));
        std::copy_n(stolen.begin(), rest, out + (whole + 1) * block_size);
    }

private:
    static void put(std::uint8_t* out, const Block& block) { std::copy(block.begin(), block.end(), out); }

    [[nodiscard]] Block crypted(const std::uint8_t* in, const Block& t) const {
        Block block;
        for (std::size_t i = 0; i < block_size; ++i) block[i] = static_cast<std::uint8_t>(in[i] ^ t[i]);
        if (encrypts_) {
            engine_.data->encrypt(block.data());
        } else {
            engine_.data->decrypt(block.data());
        }
        for (std::size_t i = 0; i < block_size; ++i) block[i] = static_cast<std::uint8_t>(block[i] ^ t[i]);
        return block;
    }

    const XtsEngine& engine_;
    bool encrypts_;
    Block tweak_{};
};

void require_iv(const Mechanism& mechanism) {
    if (mechanism.iv.size() != block_size) throw_params("XTS takes a tweak of 16 bytes as its iv");
}

void crypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out, bool encrypts) {
    require_iv(mechanism);
    if (in.size() < block_size || in.size() > block_size << 20)
        throw Error(Status::invalid_data, "a data unit of XTS has 16 bytes to 16 MiB");
    EngineSlots::Claim claim(key.engines);
    const auto& engine = claim.get<XtsEngine>(engine_tag(MechanismId::xts, Action::encrypt), [&] { return make_xts(key); });
    out.resize(in.size());
    Unit(engine, mechanism.iv, encrypts).run(in, out.data());
    claim.done();
}

} // namespace

void xts_encrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    crypt(key, mechanism, in, out, true);
}

void xts_decrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    crypt(key, mechanism, in, out, false);
}

std::unique_ptr<Stream> open_xts(const KeyState* key, const Mechanism& mechanism, Action action) {
    require_iv(mechanism);
    return collecting_cipher(*key, mechanism, action == Action::encrypt ? xts_encrypt : xts_decrypt);
}

} // namespace hsm::crypto
