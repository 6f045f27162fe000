// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"

#include <algorithm>

/// \file
/// The PRF of TLS 1.2 (RFC 5246 5) and what is made with it: master secrets (8.1, RFC 7627 4), the key block (6.3) and
/// the MAC of the Finished message (7.4.9).

namespace hsm::crypto {
namespace {

constexpr std::size_t master_secret_size = 48;
constexpr std::size_t default_mac_size = 12;

struct LabelRow {
    MechanismId id;
    std::string_view label;
    std::size_t context_size; ///< 0: any
};

constexpr std::array<LabelRow, 3> labels{{
    {MechanismId::tls12_master_secret, "master secret", 64},
    {MechanismId::tls12_extended_master_secret, "extended master secret", 0},
    {MechanismId::tls12_key_block, "key expansion", 64},
}};

ByteView label_of(const Mechanism& mechanism) {
    for (const auto& row : labels) {
        if (row.id != mechanism.id) continue;
        if (!mechanism.label.empty()) throw_params("this derivation has a label of its own");
        if (mechanism.context.empty() || (row.context_size != 0 && mechanism.context.size() != row.context_size))
            throw_params(row.context_size != 0 ? "two random values of 32 bytes are needed" : "the session hash is missing");
        return view(row.label);
    }
    return mechanism.label;
}

std::size_t size_of(const Mechanism& mechanism) {
    const bool master = mechanism.id == MechanismId::tls12_master_secret ||
                        mechanism.id == MechanismId::tls12_extended_master_secret;
    if (!master) return derived_size(mechanism);
    if (mechanism.length != 0 && mechanism.length != master_secret_size) throw_params("a master secret has 48 bytes");
    return master_secret_size;
}

std::size_t tag_size(const Mechanism& mechanism) {
    if (mechanism.label.empty()) throw_params("the label is missing");
    const std::size_t size = mechanism.length == 0 ? default_mac_size : mechanism.length;
    if (size < default_mac_size || size > 64) throw_params("a tag of " + std::to_string(size) + " bytes is not possible here");
    return size;
}

} // namespace

void tls12_prf(Hash hash, ByteView secret, std::initializer_list<ByteView> seed, std::span<std::uint8_t> out) {
    const auto hmac = make_hmac(hash, secret);
    Botan::secure_vector<std::uint8_t> block(hmac->output_length());
    const auto feed = [&] {
        for (const auto piece : seed) hmac->update(piece);
    };
    feed();
    auto a = hmac->final();
    for (std::size_t done = 0; done < out.size();) {
        hmac->update(a);
        feed();
        hmac->final(block);
        const auto part = std::min(block.size(), out.size() - done);
        std::copy_n(block.begin(), part, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += part;
        hmac->update(a);
        hmac->final(a);
    }
}

Secret derive_tls12(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const auto label = label_of(mechanism);
    Secret out(size_of(mechanism));
    tls12_prf(mechanism.hash, key.raw.view(), {label, mechanism.context}, out.mutable_view());
    return out;
}

void tls12_mac_sign(const KeyState& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    out.resize(tag_size(mechanism));
    tls12_prf(mechanism.hash, key.raw.view(), {mechanism.label, data}, out);
}

bool tls12_mac_verify(const KeyState& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    Bytes tag;
    tls12_mac_sign(key, mechanism, data, tag);
    return equal_in_constant_time(tag, signature);
}

} // namespace hsm::crypto
