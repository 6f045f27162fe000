// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/botan_errors.hpp"
#include "crypto/scheme.hpp"
#include "crypto/sha512_224.hpp"

#include <botan/hash.h>

#include <algorithm>

namespace hsm::crypto {
namespace {

struct HashEngine final : Engine {
    std::unique_ptr<Botan::HashFunction> hash;
};

/// Hash objects belong to no key. Never destroyed: a global destructor would run after dlclose's callers are
/// gone.
EngineSlots& hash_slots() {
    static auto& slots = *new EngineSlots;
    return slots;
}

std::unique_ptr<HashEngine> make_hash(Hash hash) {
    auto engine = std::make_unique<HashEngine>();
    engine->hash = new_hash(hash);
    return engine;
}

class DigestStream final : public StreamBase {
public:
    explicit DigestStream(std::unique_ptr<Botan::HashFunction> hash) : hash_(std::move(hash)) {}

    void update(ByteView data, Bytes&) override { hash_->update(data); }

    void finish(Bytes& out) override {
        const auto old = out.size();
        out.resize(old + hash_->output_length());
        hash_->final(std::span(out).subspan(old));
    }

    [[nodiscard]] std::unique_ptr<Stream> clone() const override {
        return std::make_unique<DigestStream>(hash_->copy_state());
    }

private:
    std::unique_ptr<Botan::HashFunction> hash_;
};

} // namespace

std::unique_ptr<Botan::HashFunction> new_hash(Hash hash) {
    if (hash == Hash::sha512_224) return make_sha512_224();
    return Botan::HashFunction::create_or_throw(botan_hash(hash));
}

std::string botan_hash(Hash hash) {
    const auto& row = hash_row(hash);
    if (row.botan_name.empty()) {
        throw Error(Status::not_supported, std::string(row.name) + " is not available in this build");
    }
    return std::string(row.botan_name);
}

HashValue hash_of(Hash hash, std::initializer_list<ByteView> pieces) {
    EngineSlots::Claim claim(hash_slots());
    auto& engine = claim.get<HashEngine>(engine_tag(MechanismId::digest, Action::sign, hash),
                                         [&] { return make_hash(hash); });
    for (const auto piece : pieces) engine.hash->update(piece);
    HashValue value;
    value.size = hash_row(hash).size;
    engine.hash->final(std::span(value.bytes).first(value.size));
    claim.done();
    return value;
}

HashValue signed_hash(const Mechanism& mechanism, ByteView data) {
    if (hashes_data(mechanism)) return hash_of(mechanism.hash, {data});
    HashValue value;
    const auto expected = mechanism.hash == Hash::none ? data.size() : hash_row(mechanism.hash).size;
    if (data.size() != expected || data.size() > value.bytes.size()) {
        throw Error(Status::invalid_data, "the data is " + std::to_string(data.size()) +
                                              " bytes, which is not the length of the hash value to sign");
    }
    std::copy(data.begin(), data.end(), value.bytes.begin());
    value.size = data.size();
    return value;
}

void digest(Hash hash, ByteView data, Bytes& out) {
    translated(Status::invalid_data, [&] {
        const auto value = hash_of(hash, {data});
        out.assign(value.bytes.begin(), value.bytes.begin() + static_cast<std::ptrdiff_t>(value.size));
    });
}

Hash256 sha256(ByteView data) {
    return translated(Status::invalid_data, [&] {
        const auto value = hash_of(Hash::sha256, {data});
        Hash256 out;
        std::copy_n(value.bytes.begin(), out.size(), out.begin());
        return out;
    });
}

std::unique_ptr<Stream> open_digest(const KeyState*, const Mechanism& mechanism, Action) {
    return std::make_unique<DigestStream>(new_hash(mechanism.hash));
}

std::size_t digest_bound(const KeyState&, const Mechanism& mechanism, Action, std::size_t) {
    return hash_row(mechanism.hash).size;
}

} // namespace hsm::crypto
