// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/key_type.hpp>

#include <botan/hash.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

/// \file
/// The parameters, addresses and hash functions of SLH-DSA (FIPS 205 4.2, 4.3, 11).

namespace hsm::crypto::slh_dsa {

/// FIPS 205 table 2.
struct Row {
    ParamSet params;
    std::size_t n;
    std::uint32_t h, d;
    std::uint32_t a, k;
    std::size_t m; ///< bytes of the message digest
    bool shake;
    [[nodiscard]] std::uint32_t height() const noexcept { return h / d; }
};

const Row& row_of(ParamSet params);

enum class AddressType : std::uint8_t {
    wots_hash = 0, wots_public = 1, tree = 2, fors_tree = 3, fors_roots = 4, wots_secret = 5, fors_secret = 6,
};

/// An ADRS of 32 bytes.
class Address {
public:
    void layer(std::uint32_t v) noexcept { put(0, v); }
    void tree(std::uint64_t v) noexcept {
        put(8, static_cast<std::uint32_t>(v >> 32));
        put(12, static_cast<std::uint32_t>(v));
    }
    void key_pair(std::uint32_t v) noexcept { put(20, v); }
    void chain(std::uint32_t v) noexcept { put(24, v); }
    void tree_height(std::uint32_t v) noexcept { put(24, v); }
    void hash(std::uint32_t v) noexcept { put(28, v); }
    void tree_index(std::uint32_t v) noexcept { put(28, v); }
    /// The same layer and tree under another type; the rest is zero.
    [[nodiscard]] Address typed(AddressType type) const noexcept {
        Address out = *this;
        out.put(16, static_cast<std::uint32_t>(type));
        for (std::size_t i = 20; i < 32; i += 4) out.put(i, 0);
        return out;
    }
    /// The same with the key pair kept.
    [[nodiscard]] Address fresh(AddressType type) const noexcept {
        Address out = typed(type);
        std::copy_n(bytes_.begin() + 20, 4, out.bytes_.begin() + 20);
        return out;
    }
    [[nodiscard]] const std::array<std::uint8_t, 32>& bytes() const noexcept { return bytes_; }

private:
    void put(std::size_t at, std::uint32_t v) noexcept {
        for (std::size_t i = 4; i-- > 0; v >>= 8) bytes_[at + i] = static_cast<std::uint8_t>(v);
    }
    std::array<std::uint8_t, 32> bytes_{};
};

/// n bytes, wiped when they go: a node of a tree, or a secret that leads to one.
using Node = Botan::secure_vector<std::uint8_t>;

/// Thread-bound.
class Hashes {
public:
    Hashes(const Row& row, ByteView public_seed);

    Node f(const Address& at, ByteView in); ///< F: one node
    Node t(const Address& at, ByteView in); ///< H and T: several
    Node prf(const Address& at, ByteView secret_seed) { return f(at, secret_seed); }
    Bytes randomiser(ByteView secret_prf, ByteView randomness, ByteView prefix, ByteView message); ///< PRF_msg
    Bytes message(ByteView randomiser, ByteView root, ByteView prefix, ByteView message);          ///< H_msg

private:
    Node tweaked(Botan::HashFunction& hash, std::size_t block, const Address& at, ByteView in);

    const Row& row_;
    ByteView public_seed_;
    std::unique_ptr<Botan::HashFunction> small_; ///< of F; with SHAKE of everything
    std::unique_ptr<Botan::HashFunction> large_; ///< of H and T
};

} // namespace hsm::crypto::slh_dsa
