// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/scheme.hpp"

#include <algorithm>

/// \file
/// CBC with ciphertext stealing, CS1 of SP 800-38A's addendum, over plain CBC. The last two blocks are known at the end
/// only, and the message is collected.

namespace hsm::crypto {
namespace {

std::size_t block_size(const KeyState& key) { return key.spec.type == KeyType::aes ? 16 : 8; }

Mechanism cbc(ByteView iv) {
    Mechanism mechanism;
    mechanism.id = MechanismId::cbc;
    mechanism.iv = iv;
    return mechanism;
}

void require_a_block(const KeyState& key, ByteView in) {
    if (in.size() < block_size(key))
        throw Error(Status::invalid_data, "ciphertext stealing takes at least one block of data");
}

class CollectingCipher final : public StreamBase {
public:
    CollectingCipher(const KeyState& key, const Mechanism& mechanism, CryptFn run) : key_(key), mechanism_(mechanism), run_(run) {}

    void update(ByteView data, Bytes&) override { data_.insert(data_.end(), data.begin(), data.end()); }

    void finish(Bytes& out) override {
        Bytes result;
        run_(key_, mechanism_.get(), data_, result);
        out.insert(out.end(), result.begin(), result.end());
        wipe(result);
    }

private:
    const KeyState& key_;
    KeptMechanism mechanism_;
    CryptFn run_;
    Botan::secure_vector<std::uint8_t> data_;
};

} // namespace

void cts_encrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    require_a_block(key, in);
    const auto block = block_size(key);
    const auto rest = in.size() % block;
    if (rest == 0) return mode_encrypt(key, cbc(mechanism.iv), in, out);
    Botan::secure_vector<std::uint8_t> padded(in.begin(), in.end());
    padded.resize(in.size() + block - rest);
    mode_encrypt(key, cbc(mechanism.iv), padded, out);
    // The last block but one loses what the last block's decryption gives back.
    const auto last = out.end() - static_cast<std::ptrdiff_t>(block);
    std::copy(last, out.end(), last - static_cast<std::ptrdiff_t>(block - rest));
    out.resize(in.size());
}

void cts_decrypt(const KeyState& key, const Mechanism& mechanism, ByteView in, Bytes& out) {
    require_a_block(key, in);
    const auto block = block_size(key);
    const auto rest = in.size() % block;
    if (rest == 0) return mode_decrypt(key, cbc(mechanism.iv), in, out);
    const auto last = in.last(block);
    const Bytes zeros(block);
    Bytes stolen;
    mode_decrypt(key, cbc(zeros), last, stolen);
    auto whole = to_bytes(in.first(in.size() - block));
    whole.insert(whole.end(), stolen.begin() + static_cast<std::ptrdiff_t>(rest), stolen.end());
    whole.insert(whole.end(), last.begin(), last.end());
    mode_decrypt(key, cbc(mechanism.iv), whole, out);
    out.resize(in.size());
    wipe(stolen);
}

std::unique_ptr<Stream> open_cts(const KeyState* key, const Mechanism& mechanism, Action action) {
    if (mechanism.iv.size() != block_size(*key))
        throw_params("an iv of " + std::to_string(mechanism.iv.size()) + " bytes is not possible here");
    return collecting_cipher(*key, mechanism, action == Action::encrypt ? cts_encrypt : cts_decrypt);
}

std::unique_ptr<Stream> collecting_cipher(const KeyState& key, const Mechanism& mechanism, CryptFn run) {
    return std::make_unique<CollectingCipher>(key, mechanism, run);
}

} // namespace hsm::crypto
