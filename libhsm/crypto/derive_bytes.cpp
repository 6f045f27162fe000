// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"

#include <botan/hash.h>

#include <algorithm>

/// \file
/// Keys put together, cut, hashed and encrypted into keys, as PKCS #11 has it. What they reveal is the module's business.

namespace hsm::crypto {
namespace {

/// The first Mechanism::length bytes of \p whole; 0 means all of it.
Secret cut(const Mechanism& mechanism, Secret whole) {
    if (mechanism.length == 0 || mechanism.length == whole.size()) return whole;
    if (mechanism.length > whole.size()) {
        throw_params("this derivation gives " + std::to_string(whole.size()) + " bytes, and " +
                     std::to_string(mechanism.length) + " are asked for");
    }
    return Secret(whole.view().first(mechanism.length));
}

Secret concatenated(ByteView one, ByteView two) {
    Secret out(one.size() + two.size());
    std::copy(one.begin(), one.end(), out.mutable_view().begin());
    std::copy(two.begin(), two.end(), out.mutable_view().begin() + static_cast<std::ptrdiff_t>(one.size()));
    return out;
}

std::unique_ptr<Botan::HashFunction> hash_for(const Mechanism& mechanism, std::size_t size) {
    const auto shake = [size](const char* name) {
        return Botan::HashFunction::create_or_throw(name + std::to_string(size * 8) + ")");
    };
    if (mechanism.hash == Hash::shake128) return shake("SHAKE-128(");
    if (mechanism.hash == Hash::shake256) return shake("SHAKE-256(");
    return new_hash(mechanism.hash);
}

} // namespace

Secret derive_concatenation(const KeyState& key, const Mechanism& mechanism, const KeyState* second) {
    const auto base = key.raw.view();
    switch (mechanism.id) {
    case MechanismId::concatenate_data: return cut(mechanism, concatenated(base, mechanism.context));
    case MechanismId::concatenate_to_data: return cut(mechanism, concatenated(mechanism.context, base));
    default: break;
    }
    if (second == nullptr) throw_params("the second key is missing");
    return cut(mechanism, concatenated(base, second->raw.view()));
}

Secret derive_xor(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const auto base = key.raw.view();
    Secret out(std::min(base.size(), mechanism.context.size()));
    if (out.empty()) throw_params("there is no data to combine the key with");
    const auto bytes = out.mutable_view();
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(base[i] ^ mechanism.context[i]);
    return cut(mechanism, std::move(out));
}

Secret derive_bits(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const auto base = key.raw.view();
    const std::size_t size = derived_size(mechanism);
    const std::size_t bits = base.size() * 8;
    if (size > base.size()) throw_params("the key has fewer bytes than are to be taken from it");
    if (mechanism.offset >= bits) throw_params("the first bit to take is not one of the key's");
    Secret out(size);
    const auto shift = mechanism.offset % 8;
    for (std::size_t i = 0; i < size; ++i) {
        const auto at = mechanism.offset / 8 + i;
        const auto pair = static_cast<unsigned>(base[at % base.size()] << 8 | base[(at + 1) % base.size()]);
        out.mutable_view()[i] = static_cast<std::uint8_t>(pair >> (8 - shift));
    }
    return out;
}

Secret derive_digest(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const bool any_length = mechanism.hash == Hash::shake128 || mechanism.hash == Hash::shake256;
    const std::size_t full = hash_row(mechanism.hash).size;
    const std::size_t size = any_length && mechanism.length != 0 ? derived_size(mechanism) : full;
    const auto hash = hash_for(mechanism, size);
    hash->update(key.raw.view());
    Secret out(size);
    hash->final(out.mutable_view());
    return cut(mechanism, std::move(out));
}

Secret derive_encryption(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    Mechanism cipher;
    cipher.iv = mechanism.iv;
    cipher.id = mechanism.id == MechanismId::ecb_encrypt_data ? MechanismId::ecb : MechanismId::cbc;
    if (mechanism.context.empty()) throw_params("there is no data to encrypt");
    Bytes out;
    (cipher.id == MechanismId::ecb ? ecb_encrypt : mode_encrypt)(key, cipher, mechanism.context, out);
    Secret secret{ByteView(out)};
    wipe(out);
    return cut(mechanism, std::move(secret));
}

} // namespace hsm::crypto
