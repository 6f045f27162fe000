// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"

#include <algorithm>

/// \file
/// The forms of EdDSA that Botan's interface does not give: with a context (Ed25519ctx, Ed448), and prehashed with one
/// (RFC 8032 5.1, 5.2). Its functions inside take context and flag; they are declared here, as no header that is installed
/// does it without calling them deprecated. The tests hold them to RFC 8032's vectors.

namespace Botan {

void ed25519_sign(std::uint8_t sig[64], const std::uint8_t msg[], std::size_t msg_len, const std::uint8_t sk[64],
                  const std::uint8_t domain_sep[], std::size_t domain_sep_len);
bool ed25519_verify(const std::uint8_t msg[], std::size_t msg_len, const std::uint8_t sig[64], const std::uint8_t pk[32],
                    const std::uint8_t domain_sep[], std::size_t domain_sep_len);
std::array<std::uint8_t, 114> sign_message(std::span<const std::uint8_t, 57> sk, std::span<const std::uint8_t, 57> pk,
                                           bool f, std::span<const std::uint8_t> context,
                                           std::span<const std::uint8_t> msg);
bool verify_signature(std::span<const std::uint8_t, 57> pk, bool phflag, std::span<const std::uint8_t> context,
                      std::span<const std::uint8_t> sig, std::span<const std::uint8_t> msg);

} // namespace Botan

namespace hsm::crypto {
namespace {

constexpr std::size_t ed25519_size = 32;
constexpr std::size_t ed25519_signature = 64;
constexpr std::size_t ed448_size = 57;
constexpr std::size_t ed448_signature = 114;
constexpr std::size_t longest_context = 255;

bool is_ed448(const KeyState& key) { return key.spec.type == KeyType::ed448; }

/// RFC 8032 2: dom2(F, C).
Bytes dom2(const Mechanism& mechanism) {
    auto out = to_bytes(view("SigEd25519 no Ed25519 collisions"));
    out.push_back(mechanism.prehashed ? 1 : 0);
    out.push_back(static_cast<std::uint8_t>(mechanism.context.size()));
    out.insert(out.end(), mechanism.context.begin(), mechanism.context.end());
    return out;
}

/// The raw private key: Botan gives it inside an OCTET STRING of two octets' header.
Secret seed_of(const KeyState& key) {
    const auto der = key.private_key->private_key_bits();
    const auto size = is_ed448(key) ? ed448_size : ed25519_size;
    if (der.size() != size + 2) throw Error(Status::internal, "an EdDSA key of an unexpected form");
    return Secret(ByteView(der).last(size));
}

Bytes ed25519_signed(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView public_value) {
    const auto seed = seed_of(key);
    Secret both(2 * ed25519_size);
    std::copy(seed.view().begin(), seed.view().end(), both.mutable_view().begin());
    std::copy(public_value.begin(), public_value.end(), both.mutable_view().begin() + ed25519_size);
    const auto domain = dom2(mechanism);
    Bytes out(ed25519_signature);
    Botan::ed25519_sign(out.data(), data.data(), data.size(), both.view().data(), domain.data(), domain.size());
    return out;
}

/// Hashes the message of the prehashed forms, or collects that of the others; signs or verifies at the end.
class EddsaStream final : public StreamBase {
public:
    EddsaStream(const KeyState& key, const Mechanism& mechanism) : key_(key), mechanism_(mechanism) {
        if (mechanism.prehashed) hash_ = open_digest(nullptr, prehash(key), Action::sign);
    }

    void update(ByteView data, Bytes& out) override {
        if (hash_ != nullptr) return hash_->update(data, out);
        data_.insert(data_.end(), data.begin(), data.end());
    }

    void finish(Bytes& out) override {
        Bytes signature;
        eddsa_sign_value(key_, mechanism_.get(), value(), signature);
        out.insert(out.end(), signature.begin(), signature.end());
    }

    bool finish_verify(ByteView signature) override {
        return eddsa_verify_value(key_, mechanism_.get(), value(), signature);
    }

private:
    static Mechanism prehash(const KeyState& key) {
        Mechanism mechanism;
        mechanism.id = MechanismId::digest;
        mechanism.hash = is_ed448(key) ? Hash::shake256 : Hash::sha512;
        return mechanism;
    }
    ByteView value() {
        if (hash_ != nullptr) hash_->finish(data_);
        return data_;
    }

    const KeyState& key_;
    KeptMechanism mechanism_;
    std::unique_ptr<Stream> hash_;
    Bytes data_;
};

HashValue prehashed(const KeyState& key, ByteView data) {
    return hash_of(is_ed448(key) ? Hash::shake256 : Hash::sha512, {data});
}

} // namespace

bool eddsa_has_context(const KeyState& key, const Mechanism& mechanism) {
    if (mechanism.hash != Hash::none) throw_params("EdDSA has its hash function; leave it out");
    if (mechanism.context.size() > longest_context) throw_params("a context has at most 255 bytes");
    if (mechanism.empty_context && is_ed448(key)) throw_params("Ed448 makes no difference between no context and an empty one");
    return !mechanism.context.empty() || (mechanism.empty_context && !mechanism.prehashed);
}

void eddsa_sign_value(const KeyState& key, const Mechanism& mechanism, ByteView value, Bytes& out) {
    require_private(key);
    const auto public_value = key.public_key->raw_public_key_bits();
    if (!is_ed448(key)) {
        out = ed25519_signed(key, mechanism, value, public_value);
        return;
    }
    const auto seed = seed_of(key);
    const auto signature =
        Botan::sign_message(seed.view().first<ed448_size>(), std::span(public_value).first<ed448_size>(),
                            mechanism.prehashed, mechanism.context, value);
    out.assign(signature.begin(), signature.end());
}

bool eddsa_verify_value(const KeyState& key, const Mechanism& mechanism, ByteView value, ByteView signature) {
    if (signature.size() != (is_ed448(key) ? ed448_signature : ed25519_signature)) return false;
    const auto public_value = key.public_key->raw_public_key_bits();
    if (!is_ed448(key)) {
        const auto domain = dom2(mechanism);
        return Botan::ed25519_verify(value.data(), value.size(), signature.data(), public_value.data(), domain.data(),
                                     domain.size());
    }
    try {
        return Botan::verify_signature(std::span(public_value).first<ed448_size>(), mechanism.prehashed, mechanism.context,
                                       signature, value);
    } catch (const std::exception&) {
        return false; // a point that is none
    }
}

void eddsa_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    if (!mechanism.prehashed) return eddsa_sign_value(key, mechanism, data, out);
    eddsa_sign_value(key, mechanism, prehashed(key, data).view(), out);
}

bool eddsa_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    if (!mechanism.prehashed) return eddsa_verify_value(key, mechanism, data, signature);
    return eddsa_verify_value(key, mechanism, prehashed(key, data).view(), signature);
}

std::unique_ptr<Stream> open_eddsa(const KeyState& key, const Mechanism& mechanism) {
    return std::make_unique<EddsaStream>(key, mechanism);
}

} // namespace hsm::crypto
