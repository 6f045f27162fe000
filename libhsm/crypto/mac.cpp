// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"
#include "crypto/sha512_224.hpp"

#include <botan/mac.h>

#include <algorithm>

/// \file
/// HMAC (RFC 2104, FIPS 198-1), CMAC (SP 800-38B) and GMAC (SP 800-38D), one engine class for all.

namespace hsm::crypto {
namespace {

struct MacEngine final : Engine {
    std::unique_ptr<Botan::MessageAuthenticationCode> mac;
    std::size_t size = 0;
};

/// Longest key that Botan's HMAC takes; RFC 2104 2: longer than a block means its hash.
constexpr std::size_t longest_hmac_key = 4096;

std::string mac_name(const KeyState& key, const Mechanism& mechanism) {
    switch (mechanism.id) {
    case MechanismId::hmac:
        if (mechanism.hash == Hash::shake128 || mechanism.hash == Hash::shake256) {
            throw_params("HMAC is not defined for SHAKE");
        }
        return {}; // make_hmac
    case MechanismId::cmac: return "CMAC(" + key.cipher + ")";
    default: return "GMAC(" + key.cipher + ")";
    }
}

std::unique_ptr<MacEngine> make_mac(const KeyState& key, const Mechanism& mechanism) {
    auto engine = std::make_unique<MacEngine>();
    const auto name = mac_name(key, mechanism);
    if (mechanism.id == MechanismId::hmac) {
        engine->mac = make_hmac(mechanism.hash, key.raw.view());
    } else {
        engine->mac = Botan::MessageAuthenticationCode::create_or_throw(name);
        engine->mac->set_key(key.raw.view());
    }
    engine->size = engine->mac->output_length();
    return engine;
}

MacEngine& kept_mac(EngineSlots::Claim& claim, const KeyState& key, const Mechanism& mechanism) {
    return claim.get<MacEngine>(engine_tag(mechanism.id, Action::sign, mechanism.hash),
                                [&] { return make_mac(key, mechanism); });
}

/// Bytes of the tag that the caller asks for. SP 800-38D 5.2.1.2 allows GMAC few lengths.
std::size_t tag_size(const Mechanism& mechanism, std::size_t full) {
    const std::size_t size = mechanism.length == 0 ? full : mechanism.length;
    const bool gmac = mechanism.id == MechanismId::gmac;
    if (size > full || (gmac && size != 4 && size != 8 && size < 12)) {
        throw_params("a tag of " + std::to_string(size) + " bytes is not possible here");
    }
    return size;
}

void start(MacEngine& engine, const Mechanism& mechanism) {
    if (mechanism.id != MechanismId::gmac) return;
    if (mechanism.iv.empty()) throw_params("GMAC needs an iv");
    engine.mac->start(mechanism.iv);
}

class MacStream final : public StreamBase {
public:
    MacStream(const KeyState& key, const Mechanism& mechanism)
        : engine_(make_mac(key, mechanism)), size_(tag_size(mechanism, engine_->size)) {
        start(*engine_, mechanism);
    }

    void update(ByteView data, Bytes&) override { engine_->mac->update(data); }

    void finish(Bytes& out) override {
        const auto tag = engine_->mac->final();
        out.insert(out.end(), tag.begin(), tag.begin() + static_cast<std::ptrdiff_t>(size_));
    }

    bool finish_verify(ByteView signature) override {
        Bytes tag;
        finish(tag);
        return equal_in_constant_time(tag, signature);
    }

private:
    std::unique_ptr<MacEngine> engine_;
    std::size_t size_;
};

} // namespace

std::unique_ptr<Botan::MessageAuthenticationCode> make_hmac(Hash hash, ByteView key) {
    auto mac = hash == Hash::sha512_224
                   ? make_hmac_sha512_224()
                   : Botan::MessageAuthenticationCode::create_or_throw("HMAC(" + botan_hash(hash) + ")");
    if (key.size() > longest_hmac_key) {
        const auto hashed = hash_of(hash, {key});
        mac->set_key(hashed.view());
    } else {
        mac->set_key(key);
    }
    return mac;
}

void mac_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    EngineSlots::Claim claim(key.engines);
    auto& engine = kept_mac(claim, key, mechanism);
    const auto size = tag_size(mechanism, engine.size);
    start(engine, mechanism);
    engine.mac->update(data);
    out.resize(engine.size);
    engine.mac->final(std::span(out));
    out.resize(size);
    claim.done();
}

bool mac_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    EngineSlots::Claim claim(key.engines);
    auto& engine = kept_mac(claim, key, mechanism);
    const auto size = tag_size(mechanism, engine.size);
    start(engine, mechanism);
    engine.mac->update(data);
    std::array<std::uint8_t, 64> tag;
    engine.mac->final(std::span(tag).first(engine.size));
    claim.done();
    return equal_in_constant_time(std::span(tag).first(size), signature);
}

std::unique_ptr<Stream> open_mac(const KeyState* key, const Mechanism& mechanism, Action) {
    return std::make_unique<MacStream>(*key, mechanism);
}

std::size_t mac_bound(const KeyState&, const Mechanism& mechanism, Action, std::size_t) {
    if (mechanism.length != 0) return mechanism.length;
    if (mechanism.id == MechanismId::tls12_mac) return 12;
    return mechanism.id == MechanismId::hmac ? hash_row(mechanism.hash).size : 16;
}

} // namespace hsm::crypto
