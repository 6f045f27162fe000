// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"

#include <botan/block_cipher.h>
#include <botan/stream_cipher.h>

#include <algorithm>
#include <limits>

/// \file
/// ECB and counter mode (SP 800-38A), RC4 and ChaCha20 (RFC 8439).

namespace hsm::crypto {
namespace {

struct BlockEngine final : Engine {
    std::unique_ptr<Botan::BlockCipher> cipher;
};

struct StreamEngine final : Engine {
    std::unique_ptr<Botan::StreamCipher> cipher;
};

std::unique_ptr<BlockEngine> make_block(const KeyState& key) {
    auto engine = std::make_unique<BlockEngine>();
    engine->cipher = Botan::BlockCipher::create_or_throw(key.cipher);
    engine->cipher->set_key(key.raw.view());
    return engine;
}

BlockEngine& kept_block(EngineSlots::Claim& claim, const KeyState& key) {
    return claim.get<BlockEngine>(engine_tag(MechanismId::ecb, Action::encrypt),
                                  [&] { return make_block(key); });
}

void require_blocks(std::size_t size, std::size_t block) {
    if (size % block != 0) throw Error(Status::invalid_data, "the data is not whole blocks");
}

std::size_t block_size(const KeyState& key) { return key.spec.type == KeyType::aes ? 16 : 8; }

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// Bytes that a counter narrower than the block can encrypt before it wraps around; a whole block may wrap.
std::uint64_t counter_limit(const KeyState& key, const Mechanism& mechanism) {
    if (mechanism.id != MechanismId::ctr) return unlimited;
    const auto block = block_size(key);
    if (mechanism.length > block * 8) throw_params("the counter is wider than a block");
    if (mechanism.length == 0 || mechanism.length == block * 8) return unlimited;
    // 2^bits - counter, as far as it matters: more than 2^40 blocks are no limit.
    std::uint64_t left = 0;
    bool any = false;
    for (std::size_t i = 0; i < mechanism.length; ++i) {
        const bool bit = (mechanism.iv[block - 1 - i / 8] >> (i % 8) & 1) != 0;
        const bool inverse = any ? !bit : bit; // two's complement: the lowest one stays
        any = any || bit;
        if (inverse && i >= 40) return unlimited;
        if (inverse) left |= std::uint64_t{1} << i;
    }
    if (!any) return mechanism.length > 40 ? unlimited : (std::uint64_t{1} << mechanism.length) * block;
    return left * block;
}

[[noreturn]] void refuse_overflow() {
    throw Error(Status::invalid_data, "the data is so long that the counter would wrap around");
}

void require_stream_params(const KeyState& key, const Mechanism& mechanism) {
    const auto size = mechanism.iv.size();
    bool fits = true;
    switch (key.spec.type) {
    case KeyType::rc4: fits = size == 0; break;
    case KeyType::chacha20: fits = size == 8 || size == 12 || size == 16; break;
    case KeyType::aes: fits = size == 16; break;
    default: fits = size == 8; break;
    }
    if (!fits) throw_params("an iv of " + std::to_string(size) + " bytes is not possible here");
}

std::unique_ptr<StreamEngine> make_stream(const KeyState& key, const Mechanism& mechanism) {
    auto engine = std::make_unique<StreamEngine>();
    const auto name = mechanism.id == MechanismId::ctr
                          ? "CTR-BE(" + key.cipher + ")"
                          : key.cipher;
    engine->cipher = Botan::StreamCipher::create_or_throw(name);
    engine->cipher->set_key(key.raw.view());
    return engine;
}

/// ChaCha20 with an iv of 16 bytes: a little-endian block counter, then the nonce of 12 (as others'
/// interfaces do).
void start(StreamEngine& engine, const KeyState& key, const Mechanism& mechanism) {
    if (key.spec.type == KeyType::rc4) {
        engine.cipher->set_key(
            key.raw.view()); // RC4 has no iv: a message starts at the start of the key stream
        return;
    }
    auto iv = mechanism.iv;
    std::uint64_t block = 0;
    if (key.spec.type == KeyType::chacha20 && iv.size() == 16) {
        for (std::size_t i = 4; i-- > 0;) block = (block << 8) | iv[i];
        iv = iv.subspan(4);
    }
    engine.cipher->set_iv(iv.data(), iv.size());
    if (block != 0) engine.cipher->seek(block * 64);
}

class EcbStream final : public StreamBase {
public:
    EcbStream(const KeyState& key, bool encrypts)
        : engine_(make_block(key)), block_(engine_->cipher->block_size()), encrypts_(encrypts) {}

    void update(ByteView data, Bytes& out) override {
        pending_.insert(pending_.end(), data.begin(), data.end());
        const auto body = pending_.size() / block_ * block_;
        const auto old = out.size();
        out.resize(old + body);
        if (encrypts_) {
            engine_->cipher->encrypt_n(pending_.data(), out.data() + old, body / block_);
        } else {
            engine_->cipher->decrypt_n(pending_.data(), out.data() + old, body / block_);
        }
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(body));
    }

    void finish(Bytes&) override { require_blocks(pending_.size(), block_); }

private:
    std::unique_ptr<BlockEngine> engine_;
    std::size_t block_;
    bool encrypts_;
    Botan::secure_vector<std::uint8_t> pending_;
};

class KeyStreamStream final : public StreamBase {
public:
    KeyStreamStream(const KeyState& key, const Mechanism& mechanism)
        : engine_(make_stream(key, mechanism)), left_(counter_limit(key, mechanism)) {
        start(*engine_, key, mechanism);
    }

    void update(ByteView data, Bytes& out) override {
        if (data.size() > left_) refuse_overflow();
        if (left_ != unlimited) left_ -= data.size();
        const auto old = out.size();
        out.resize(old + data.size());
        engine_->cipher->cipher(data.data(), out.data() + old, data.size());
    }

    void finish(Bytes&) override {}

private:
    std::unique_ptr<StreamEngine> engine_;
    std::uint64_t left_;
};

} // namespace

void ecb_encrypt(const KeyState& key, const Mechanism&, ByteView in, Bytes& out) {
    EngineSlots::Claim claim(key.engines);
    auto& engine = kept_block(claim, key);
    const auto block = engine.cipher->block_size();
    require_blocks(in.size(), block);
    out.resize(in.size());
    engine.cipher->encrypt_n(in.data(), out.data(), in.size() / block);
    claim.done();
}

void ecb_decrypt(const KeyState& key, const Mechanism&, ByteView in, Bytes& out) {
    EngineSlots::Claim claim(key.engines);
    auto& engine = kept_block(claim, key);
    const auto block = engine.cipher->block_size();
    require_blocks(in.size(), block);
    out.resize(in.size());
    engine.cipher->decrypt_n(in.data(), out.data(), in.size() / block);
    claim.done();
}

std::unique_ptr<Stream> open_ecb(const KeyState* key, const Mechanism&, Action action) {
    return std::make_unique<EcbStream>(*key, action == Action::encrypt);
}

void stream_crypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    require_stream_params(key, mechanism);
    if (in.size() > counter_limit(key, mechanism)) refuse_overflow();
    EngineSlots::Claim claim(key.engines);
    auto& engine = claim.get<StreamEngine>(engine_tag(mechanism.id, Action::encrypt), [&] { return make_stream(key, mechanism); });
    start(engine, key, mechanism);
    out.resize(in.size());
    engine.cipher->cipher(in.data(), out.data(), in.size());
    claim.done();
}

std::unique_ptr<Stream> open_stream_cipher(const KeyState* key, const Mechanism& mechanism, Action) {
    require_stream_params(*key, mechanism);
    return std::make_unique<KeyStreamStream>(*key, mechanism);
}

} // namespace hsm::crypto
