// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/slh_dsa_hashes.hpp"

#include <hsm/error.hpp>

#include <botan/mac.h>

#include <algorithm>

namespace hsm::crypto::slh_dsa {
namespace {

constexpr std::array<Row, 12> rows{{
    // params, n, h, d, a, k, m, shake
    {ParamSet::slh_dsa_sha2_128s, 16, 63, 7, 12, 14, 30, false},
    {ParamSet::slh_dsa_sha2_128f, 16, 66, 22, 6, 33, 34, false},
    {ParamSet::slh_dsa_sha2_192s, 24, 63, 7, 14, 17, 39, false},
    {ParamSet::slh_dsa_sha2_192f, 24, 66, 22, 8, 33, 42, false},
    {ParamSet::slh_dsa_sha2_256s, 32, 64, 8, 14, 22, 47, false},
    {ParamSet::slh_dsa_sha2_256f, 32, 68, 17, 9, 35, 49, false},
    {ParamSet::slh_dsa_shake_128s, 16, 63, 7, 12, 14, 30, true},
    {ParamSet::slh_dsa_shake_128f, 16, 66, 22, 6, 33, 34, true},
    {ParamSet::slh_dsa_shake_192s, 24, 63, 7, 14, 17, 39, true},
    {ParamSet::slh_dsa_shake_192f, 24, 66, 22, 8, 33, 42, true},
    {ParamSet::slh_dsa_shake_256s, 32, 64, 8, 14, 22, 47, true},
    {ParamSet::slh_dsa_shake_256f, 32, 68, 17, 9, 35, 49, true},
}};

constexpr std::size_t sha256_block = 64;
constexpr std::size_t sha512_block = 128;

Bytes shake256(std::size_t size, std::initializer_list<ByteView> pieces) {
    const auto hash = Botan::HashFunction::create_or_throw("SHAKE-256(" + std::to_string(size * 8) + ")");
    for (const auto piece : pieces) hash->update(piece);
    Bytes out(size);
    hash->final(std::span(out));
    return out;
}

Bytes mgf1(Botan::HashFunction& hash, ByteView seed, std::size_t size) {
    Bytes out;
    for (std::uint8_t i = 0; out.size() < size; ++i) {
        hash.update(seed);
        hash.update(std::array<std::uint8_t, 4>{0, 0, 0, i});
        const auto block = hash.final_stdvec();
        out.insert(out.end(), block.begin(), block.end());
    }
    out.resize(size);
    return out;
}

std::unique_ptr<Botan::HashFunction> hash_named(const char* name) { return Botan::HashFunction::create_or_throw(name); }

} // namespace

const Row& row_of(ParamSet params) {
    for (const auto& row : rows)
        if (row.params == params) return row;
    throw Error(Status::internal, "not a parameter set of SLH-DSA");
}

Hashes::Hashes(const Row& row, ByteView public_seed) : row_(row), public_seed_(public_seed) {
    if (row.shake) {
        small_ = Botan::HashFunction::create_or_throw("SHAKE-256(" + std::to_string(row.n * 8) + ")");
        return;
    }
    small_ = hash_named("SHA-256");
    large_ = hash_named(row.n == 16 ? "SHA-256" : "SHA-512");
}

Node Hashes::tweaked(Botan::HashFunction& hash, std::size_t block, const Address& at, ByteView in) {
    const auto& full = at.bytes();
    hash.update(public_seed_);
    if (row_.shake) {
        hash.update(full);
    } else {
        // The seed fills a block; the address is compressed to 22 bytes.
        static constexpr std::array<std::uint8_t, sha512_block> zeros{};
        hash.update(ByteView(zeros).first(block - row_.n));
        hash.update(full[3]);
        hash.update(ByteView(full).subspan(8, 8));
        hash.update(full[19]);
        hash.update(ByteView(full).subspan(20, 12));
    }
    hash.update(in);
    Node out(hash.output_length());
    hash.final(std::span(out));
    out.resize(row_.n);
    return out;
}

Node Hashes::f(const Address& at, ByteView in) { return tweaked(*small_, sha256_block, at, in); }

Node Hashes::t(const Address& at, ByteView in) {
    if (row_.shake) return tweaked(*small_, 0, at, in);
    return tweaked(*large_, row_.n == 16 ? sha256_block : sha512_block, at, in);
}

Bytes Hashes::randomiser(ByteView secret_prf, ByteView randomness, ByteView prefix, ByteView message) {
    if (row_.shake) return shake256(row_.n, {secret_prf, randomness, prefix, message});
    const auto mac =
        Botan::MessageAuthenticationCode::create_or_throw(row_.n == 16 ? "HMAC(SHA-256)" : "HMAC(SHA-512)");
    mac->set_key(secret_prf);
    mac->update(randomness);
    mac->update(prefix);
    mac->update(message);
    auto out = mac->final_stdvec();
    out.resize(row_.n);
    return out;
}

Bytes Hashes::message(ByteView randomiser, ByteView root, ByteView prefix, ByteView message) {
    if (row_.shake) return shake256(row_.m, {randomiser, public_seed_, root, prefix, message});
    large_->update(randomiser);
    large_->update(public_seed_);
    large_->update(root);
    large_->update(prefix);
    large_->update(message);
    const auto inner = large_->final_stdvec();
    auto seed = to_bytes(randomiser);
    seed.insert(seed.end(), public_seed_.begin(), public_seed_.end());
    seed.insert(seed.end(), inner.begin(), inner.end());
    return mgf1(*large_, seed, row_.m);
}

} // namespace hsm::crypto::slh_dsa
