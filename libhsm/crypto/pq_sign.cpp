// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/ml_dsa.hpp"
#include "crypto/random.hpp"
#include "crypto/scheme.hpp"
#include "crypto/slh_dsa.hpp"

/// \file
/// The outer layer of ML-DSA and SLH-DSA (FIPS 204 5, FIPS 205 10): contexts, pre-hash forms and the choice of
/// randomness. The plain form with the default randomness is Botan's, which is quicker.

namespace hsm::crypto {
namespace {

constexpr std::size_t longest_context = 255;

struct OidRow {
    Hash hash;
    std::uint8_t last; ///< 2.16.840.1.101.3.4.2.last
};

constexpr std::array<OidRow, 12> oids{{
    {Hash::sha256, 1},
    {Hash::sha384, 2},
    {Hash::sha512, 3},
    {Hash::sha224, 4},
    {Hash::sha512_224, 5},
    {Hash::sha512_256, 6},
    {Hash::sha3_224, 7},
    {Hash::sha3_256, 8},
    {Hash::sha3_384, 9},
    {Hash::sha3_512, 10},
    {Hash::shake128, 11},
    {Hash::shake256, 12},
}};

std::array<std::uint8_t, 11> oid_of(Hash hash) {
    for (const auto& row : oids)
        if (row.hash == hash) return {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, row.last};
    throw_params(std::string(hash_row(hash).name) + " is not a hash function for the pre-hash forms");
}

/// What stands before the message, or before its hash value.
Bytes prefix_of(const Mechanism& mechanism) {
    if (mechanism.context.size() > longest_context) throw_params("a context has at most 255 bytes");
    Bytes out{static_cast<std::uint8_t>(mechanism.hash == Hash::none ? 0 : 1),
              static_cast<std::uint8_t>(mechanism.context.size())};
    out.insert(out.end(), mechanism.context.begin(), mechanism.context.end());
    if (mechanism.hash != Hash::none) {
        const auto oid = oid_of(mechanism.hash);
        out.insert(out.end(), oid.begin(), oid.end());
    }
    return out;
}

/// The message, or its hash value kept in \p value.
ByteView message_of(const Mechanism& mechanism, ByteView data, HashValue& value) {
    if (mechanism.hash == Hash::none) return data;
    value = signed_hash(mechanism, data);
    return value.view();
}

Secret expanded_of(const KeyState& key) {
    if (!key.raw.empty()) return key.raw.clone();
    const auto bits = key.private_key->private_key_bits();
    if (key.spec.type == KeyType::slh_dsa) return Secret(ByteView(bits));
    return ml_dsa_expand(key.spec.params, ByteView(bits));
}

Bytes public_of(const KeyState& key) { return key.public_key->raw_public_key_bits(); }

/// Expanding a seed costs as much as a signature: the expanded key is kept.
struct ExpandedEngine final : Engine {
    explicit ExpandedEngine(Secret key) : expanded(std::move(key)) {}
    Secret expanded;
};

/// Collects the message, or hashes it, and signs or verifies at the end.
class PqStream final : public StreamBase {
public:
    PqStream(const KeyState& key, const Mechanism& mechanism) : key_(key), kept_(mechanism), at_end_(kept_.get()) {
        if (!hashes_data(mechanism)) return;
        hash_ = open_digest(nullptr, mechanism, Action::sign);
        at_end_.prehashed = true;
    }

    void update(ByteView data, Bytes& out) override {
        if (hash_ != nullptr) return hash_->update(data, out);
        data_.insert(data_.end(), data.begin(), data.end());
    }

    void finish(Bytes& out) override {
        Bytes signature;
        pq_sign(key_, at_end_, value(), signature);
        out.insert(out.end(), signature.begin(), signature.end());
    }

    bool finish_verify(ByteView signature) override { return pq_verify(key_, at_end_, value(), signature); }

private:
    ByteView value() {
        if (hash_ != nullptr) hash_->finish(data_);
        return data_;
    }

    const KeyState& key_;
    KeptMechanism kept_;
    Mechanism at_end_;
    std::unique_ptr<Stream> hash_;
    Bytes data_;
};

} // namespace

bool pq_needs_outer_layer(const KeyState& key, const Mechanism& mechanism, bool signs) {
    if (mechanism.context.empty() && mechanism.hash == Hash::none) {
        if (mechanism.prehashed) throw_params("prehashed data needs the name of its hash function");
        return signs && key.private_key == nullptr;
    }
    (void)prefix_of(mechanism); // throws for what does not exist
    return true;
}

void pq_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    require_private(key);
    const auto prefix = prefix_of(mechanism);
    HashValue value;
    const auto message = message_of(mechanism, data, value);
    const bool deterministic = mechanism.hedge == Hedge::deterministic;
    EngineSlots::Claim claim(key.engines);
    const auto& engine = claim.get<ExpandedEngine>(engine_tag(mechanism.id, Action::sign, Hash::none, 0xff),
                                                   [&] { return std::make_unique<ExpandedEngine>(expanded_of(key)); });
    const auto expanded = engine.expanded.view();
    if (key.spec.type == KeyType::slh_dsa) {
        const auto randomness = deterministic ? Bytes{} : random_bytes(slh_dsa_n(key.spec.params));
        out = slh_dsa_sign(key.spec.params, expanded, prefix, message, randomness);
    } else {
        const auto randomness = deterministic ? Bytes(32) : random_bytes(32);
        out = ml_dsa_sign_mu(key.spec.params, expanded, ml_dsa_mu(public_of(key), prefix, message), randomness);
    }
    claim.done();
}

bool pq_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    const auto prefix = prefix_of(mechanism);
    HashValue value;
    const auto message = message_of(mechanism, data, value);
    const auto public_key = public_of(key);
    if (key.spec.type == KeyType::slh_dsa)
        return slh_dsa_verify(key.spec.params, public_key, prefix, message, signature);
    return ml_dsa_verify_mu(key.spec.params, public_key, ml_dsa_mu(public_key, prefix, message), signature);
}

std::unique_ptr<Stream> open_pq(const KeyState& key, const Mechanism& mechanism) {
    return std::make_unique<PqStream>(key, mechanism);
}

} // namespace hsm::crypto
