// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/scheme.hpp"

#include <botan/aead.h>
#include <botan/cipher_mode.h>

#include <algorithm>

/// \file
/// CBC with and without padding, CFB and OFB (SP 800-38A), GCM (SP 800-38D), CCM (SP 800-38C), ChaCha20-Poly1305 (RFC
/// 8439).

namespace hsm::crypto {
namespace {

struct ModeEngine final : Engine {
    std::unique_ptr<Botan::Cipher_Mode> mode;
    Botan::AEAD_Mode* aead = nullptr; ///< the same object, when it authenticates
    Botan::secure_vector<std::uint8_t> tail;
};

/// What a mode accepts; the name is completed with tag and length-field sizes where it has '#' and '@'.
struct ModeRow {
    MechanismId id;
    std::string_view name; ///< follows the cipher's name; a name without '/' stands alone
    std::size_t min_iv;    ///< 0: exactly one block
    std::size_t max_iv;
    bool authenticated;
    bool whole_blocks; ///< the plaintext must be whole blocks
};

constexpr std::array<ModeRow, 8> modes{{
    {MechanismId::cbc, "/CBC/NoPadding", 0, 0, false, true},
    {MechanismId::cbc_pad, "/CBC/PKCS7", 0, 0, false, false},
    {MechanismId::cfb8, "/CFB(8)", 0, 0, false, false},
    {MechanismId::cfb128, "/CFB", 0, 0, false, false},
    {MechanismId::ofb, "/OFB", 0, 0, false, false},
    {MechanismId::gcm, "/GCM(#)", 1, std::size_t{1} << 20, true, false},
    {MechanismId::ccm, "/CCM(#,@)", 7, 13, true, false},
    {MechanismId::chacha20_poly1305, "ChaCha20Poly1305", 12, 12, true, false},
}};

const ModeRow& mode_row(MechanismId id) {
    for (const auto& row : modes) {
        if (row.id == id) return row;
    }
    throw Error(Status::internal, "not a cipher mode");
}

std::size_t block_size(const KeyState& key) { return key.spec.type == KeyType::aes ? 16 : 8; }

/// The tag's bytes, checked: GCM 4, 8, 12..16; CCM 4, 6, ..., 16; Poly1305 16.
std::size_t tag_size(const Mechanism& mechanism) {
    const std::size_t size = mechanism.length == 0 ? 16 : mechanism.length;
    bool fits = size == 16;
    if (mechanism.id == MechanismId::gcm) fits = size == 4 || size == 8 || (size >= 12 && size <= 16);
    if (mechanism.id == MechanismId::ccm) fits = size >= 4 && size <= 16 && size % 2 == 0;
    if (!fits) throw_params("a tag of " + std::to_string(size) + " bytes is not possible here");
    return size;
}

/// Botan knows no 4-byte GCM tags: they are cut from, and compared with, full ones.
constexpr bool is_short_gcm(const Mechanism& mechanism) {
    return mechanism.id == MechanismId::gcm && mechanism.length == 4;
}

void require_iv(const KeyState& key, const ModeRow& row, const Mechanism& mechanism) {
    const auto low = row.min_iv == 0 ? block_size(key) : row.min_iv;
    const auto high = row.max_iv == 0 ? block_size(key) : row.max_iv;
    if (mechanism.iv.size() < low || mechanism.iv.size() > high) {
        throw_params("an iv of " + std::to_string(mechanism.iv.size()) + " bytes is not possible here");
    }
}

std::string mode_name(const KeyState& key, const ModeRow& row, const Mechanism& mechanism) {
    std::string name;
    if (row.name.starts_with('/')) name = key.cipher;
    for (const char c : row.name) {
        if (c == '#') {
            name += std::to_string(is_short_gcm(mechanism) ? 16 : tag_size(mechanism));
        } else if (c == '@') {
            name += std::to_string(15 - mechanism.iv.size());
        } else {
            name += c;
        }
    }
    return name;
}

std::unique_ptr<ModeEngine> make_mode(const KeyState& key, const ModeRow& row, const Mechanism& mechanism,
                                      bool encrypts) {
    auto engine = std::make_unique<ModeEngine>();
    engine->mode = Botan::Cipher_Mode::create_or_throw(mode_name(key, row, mechanism),
                                                       encrypts ? Botan::Cipher_Dir::Encryption
                                                                : Botan::Cipher_Dir::Decryption);
    engine->mode->set_key(key.raw.view());
    if (row.authenticated) engine->aead = dynamic_cast<Botan::AEAD_Mode*>(engine->mode.get());
    return engine;
}

ModeEngine& kept_mode(EngineSlots::Claim& claim, const KeyState& key, const ModeRow& row,
                      const Mechanism& mechanism, bool encrypts) {
    std::uint32_t detail = 0;
    if (row.authenticated)
        detail = is_short_gcm(mechanism) ? 16 : static_cast<std::uint32_t>(tag_size(mechanism));
    if (row.id == MechanismId::ccm) detail |= static_cast<std::uint32_t>(mechanism.iv.size()) << 8;
    const auto tag = engine_tag(row.id, encrypts ? Action::encrypt : Action::decrypt, Hash::none, detail);
    return claim.get<ModeEngine>(tag, [&] { return make_mode(key, row, mechanism, encrypts); });
}

void start(ModeEngine& engine, const Mechanism& mechanism) {
    if (engine.aead != nullptr) engine.aead->set_associated_data(mechanism.aad);
    engine.mode->start(mechanism.iv);
}

/// The part of \p size bytes that process() may take: whole units, leaving enough for finish().
std::size_t body_size(const Botan::Cipher_Mode& mode, std::size_t size) {
    const auto last = mode.minimum_final_size();
    if (mode.requires_entire_message() || size < last) return 0;
    const auto unit = mode.update_granularity();
    return unit <= 1 ? size - last : (size - last) / unit * unit;
}

/// One whole message: the body in place in \p out, the rest through the engine's scratch space.
void run(ModeEngine& engine, ByteView in, Bytes& out) {
    const auto body = body_size(*engine.mode, in.size());
    out.reserve(in.size() + 32);
    out.assign(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(body));
    if (body != 0) engine.mode->process(std::span(out));
    engine.tail.assign(in.begin() + static_cast<std::ptrdiff_t>(body), in.end());
    engine.mode->finish(engine.tail);
    out.insert(out.end(), engine.tail.begin(), engine.tail.end());
    wipe(engine.tail);
}

/// A failed decryption must not leave plaintext in the caller's buffer.
struct WipeUnlessDone {
    Bytes& out;
    bool done = false;
    ~WipeUnlessDone() {
        if (done) return;
        wipe(out);
        out.clear();
    }
};

/// Encrypting the ciphertext gives the plaintext (counter mode); encrypting that gives the full tag to
/// compare with.
void short_gcm_decrypt(ModeEngine& encryptor, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const auto tag = in.last(4);
    const auto ciphertext = in.first(in.size() - 4);
    start(encryptor, mechanism);
    run(encryptor, ciphertext, out);
    out.resize(ciphertext.size());
    Bytes again;
    start(encryptor, mechanism);
    run(encryptor, out, again);
    if (!equal_in_constant_time(ByteView(again).subspan(ciphertext.size(), 4), tag)) throw_undecryptable();
}

class ModeStream final : public StreamBase {
public:
    ModeStream(const KeyState& key, const Mechanism& mechanism, bool encrypts)
        : mechanism_(mechanism), row_(mode_row(mechanism.id)), encrypts_(encrypts) {
        require_iv(key, row_, mechanism);
        engine_ = make_mode(key, row_, mechanism, encrypts || is_short_gcm(mechanism));
        block_ = block_size(key);
        if (!is_short_gcm(mechanism) || encrypts) start(*engine_, mechanism_.get());
    }

    void update(ByteView data, Bytes& out) override {
        pending_.insert(pending_.end(), data.begin(), data.end());
        total_ += data.size();
        if (!encrypts_ && row_.authenticated) return; // nothing before the tag is checked
        // Without padding every whole block is final, though Botan would keep one back for finish().
        const auto body = row_.whole_blocks ? pending_.size() / block_ * block_ : body_size(*engine_->mode, pending_.size());
        if (body == 0) return;
        engine_->mode->process(std::span(pending_).first(body));
        out.insert(out.end(), pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(body));
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(body));
    }

    void finish(Bytes& out) override {
        if (row_.whole_blocks && total_ % block_ != 0) {
            throw Error(Status::invalid_data, "the data is not whole blocks");
        }
        if (row_.whole_blocks && pending_.empty()) return;
        if (!encrypts_ && is_short_gcm(mechanism_.get())) return finish_short_gcm(out);
        if (pending_.size() < engine_->mode->minimum_final_size()) throw_undecryptable();
        engine_->mode->finish(pending_);
        auto size = pending_.size();
        if (is_short_gcm(mechanism_.get())) size -= 12;
        out.insert(out.end(), pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(size));
    }

private:
    void finish_short_gcm(Bytes& out) {
        if (pending_.size() < 4) throw_undecryptable();
        Bytes plaintext;
        short_gcm_decrypt(*engine_, mechanism_.get(), pending_, plaintext);
        out.insert(out.end(), plaintext.begin(), plaintext.end());
        wipe(plaintext);
    }

    KeptMechanism mechanism_;
    const ModeRow& row_;
    bool encrypts_;
    std::unique_ptr<ModeEngine> engine_;
    std::size_t block_ = 0;
    std::size_t total_ = 0;
    Botan::secure_vector<std::uint8_t> pending_;
};

} // namespace

void mode_encrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const auto& row = mode_row(mechanism.id);
    require_iv(key, row, mechanism);
    if (row.whole_blocks && in.size() % block_size(key) != 0) {
        throw Error(Status::invalid_data, "the data is not whole blocks");
    }
    EngineSlots::Claim claim(key.engines);
    auto& engine = kept_mode(claim, key, row, mechanism, true);
    start(engine, mechanism);
    run(engine, in, out);
    if (is_short_gcm(mechanism)) out.resize(in.size() + 4);
    claim.done();
}

void mode_decrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    const auto& row = mode_row(mechanism.id);
    require_iv(key, row, mechanism);
    if (row.whole_blocks && in.size() % block_size(key) != 0) {
        throw Error(Status::invalid_data, "the data is not whole blocks");
    }
    if (row.whole_blocks && in.empty()) return out.clear();
    WipeUnlessDone guard{out};
    EngineSlots::Claim claim(key.engines);
    auto& engine = kept_mode(claim, key, row, mechanism, is_short_gcm(mechanism));
    if (is_short_gcm(mechanism)) {
        if (in.size() < 4) throw_undecryptable();
        short_gcm_decrypt(engine, mechanism, in, out);
    } else {
        if (in.size() < engine.mode->minimum_final_size()) throw_undecryptable();
        if (row.id == MechanismId::cbc_pad && in.size() % block_size(key) != 0) throw_undecryptable();
        start(engine, mechanism);
        try {
            run(engine, in, out);
        } catch (const std::exception&) {
            throw_undecryptable(); // padding and tag alike: one sentence
        }
    }
    claim.done();
    guard.done = true;
}

std::unique_ptr<Stream> open_mode(const KeyState* key, const Mechanism& mechanism, Action action) {
    return std::make_unique<ModeStream>(*key, mechanism, action == Action::encrypt);
}

std::size_t cipher_bound(const KeyState&, const Mechanism&, Action action, std::size_t input) {
    // The largest addition is a block of padding (cbc_pad), a tag of 16 bytes, or 15 bytes of KWP.
    return action == Action::encrypt || action == Action::wrap ? input + 16 : input;
}

} // namespace hsm::crypto
