// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"

#include <botan/kdf.h>
#include <botan/pwdhash.h>

#include <algorithm>

namespace hsm::crypto {

constexpr std::size_t longest_output = std::size_t{1} << 20;

std::size_t derived_size(const Mechanism& mechanism) {
    if (mechanism.length == 0 || mechanism.length > longest_output) {
        throw_params("the length of the derived key must be 1 to " + std::to_string(longest_output) +
                     " bytes");
    }
    return mechanism.length;
}

namespace {

/// The salt: of the mechanism, or the bytes of a second key; RFC 5869 2.2: none means a hash's length of zeros.
Secret hkdf_salt(const Mechanism& mechanism, const KeyState* salt) {
    if (salt != nullptr) {
        if (!mechanism.iv.empty()) throw_params("the salt is either given or a key");
        return salt->raw.clone();
    }
    if (mechanism.iv.empty()) return Secret(std::size_t{hash_row(mechanism.hash).size});
    return Secret(mechanism.iv);
}

Secret expand(const Mechanism& mechanism, ByteView prk) {
    const auto size = derived_size(mechanism);
    const std::size_t block = hash_row(mechanism.hash).size;
    if (size > 255 * block) throw_params("HKDF gives at most 255 times the length of the hash");
    const auto hmac = make_hmac(mechanism.hash, prk);
    Secret out(size);
    Secret last(block);
    std::uint8_t number = 0;
    for (std::size_t done = 0; done < size;) {
        if (number != 0) hmac->update(last.view());
        hmac->update(mechanism.context);
        hmac->update(++number);
        hmac->final(last.mutable_view());
        const auto part = std::min(block, size - done);
        std::copy_n(last.view().begin(), part, out.mutable_view().begin() + static_cast<std::ptrdiff_t>(done));
        done += part;
    }
    return out;
}

} // namespace

Secret derive_hkdf_extract(const KeyState& key, const Mechanism& mechanism, const KeyState* salt) {
    const std::size_t size = hash_row(mechanism.hash).size;
    if (mechanism.length != 0 && mechanism.length != size) throw_params("HKDF extraction gives as many bytes as the hash");
    const auto hmac = make_hmac(mechanism.hash, hkdf_salt(mechanism, salt).view());
    hmac->update(key.raw.view());
    Secret out(size);
    hmac->final(out.mutable_view());
    return out;
}

Secret derive_hkdf_expand(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    return expand(mechanism, key.raw.view());
}

Secret derive_hkdf(const KeyState& key, const Mechanism& mechanism, const KeyState* salt) {
    auto extraction = mechanism;
    extraction.length = 0;
    const auto prk = derive_hkdf_extract(key, extraction, salt);
    return expand(mechanism, prk.view());
}

/// One step: H(counter || Z || FixedInfo), or HMAC under the salt when there is one (all zeros, a block long,
/// is the default salt of SP 800-56C 4.1). Two steps: HMAC extraction, then SP 800-108 feedback mode.
Secret derive_sp800_56c(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const auto size = derived_size(mechanism);
    const auto hash = botan_hash(mechanism.hash);
    const bool two_steps = mechanism.id == MechanismId::sp800_56c_two_step;
    auto name = "SP800-56A(" + hash + ")";
    if (two_steps) {
        name = "SP800-56C(HMAC(" + hash + "))";
    } else if (!mechanism.iv.empty()) {
        name = "SP800-56A(HMAC(" + hash + "))";
    }
    const auto kdf = Botan::KDF::create_or_throw(name);
    Secret out(size);
    kdf->derive_key(out.mutable_view(), key.raw.view(), mechanism.iv, mechanism.context);
    return out;
}

Secret derive_pbkdf2(const KeyState& key, const Mechanism& mechanism, const KeyState*) {
    const auto size = derived_size(mechanism);
    if (mechanism.iterations == 0 || mechanism.iterations > 100'000'000) {
        throw_params("PBKDF2 needs 1 to 100,000,000 iterations");
    }
    const auto family =
        Botan::PasswordHashFamily::create_or_throw("PBKDF2(" + botan_hash(mechanism.hash) + ")");
    const auto pbkdf = family->from_iterations(mechanism.iterations);
    Secret out(size);
    const auto passphrase = key.raw.view();
    pbkdf->derive_key(out.mutable_view().data(), size, reinterpret_cast<const char*>(passphrase.data()),
                      passphrase.size(), mechanism.iv.data(), mechanism.iv.size());
    return out;
}

} // namespace hsm::crypto
