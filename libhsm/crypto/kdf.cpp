// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"
#include "crypto/sp800_108.hpp"

#include <botan/kdf.h>
#include <botan/mac.h>
#include <botan/pwdhash.h>

#include <algorithm>
#include <limits>

namespace hsm::crypto {
namespace {

constexpr std::size_t longest_output = std::size_t{1} << 20;

std::size_t output_size(const Mechanism& mechanism) {
    if (mechanism.length == 0 || mechanism.length > longest_output) {
        throw_params("the length of the derived key must be 1 to " + std::to_string(longest_output) +
                     " bytes");
    }
    return mechanism.length;
}

std::array<std::uint8_t, 4> be32(std::uint64_t n) {
    return {static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
            static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
}

/// HMAC with the hash, or CMAC when the base key is an AES or triple-DES key and no hash is given.
std::unique_ptr<Botan::MessageAuthenticationCode> make_prf(const KeyState& key, const Mechanism& mechanism) {
    if (mechanism.hash == Hash::none) {
        if (key.spec.type != KeyType::aes && key.spec.type != KeyType::des3) {
            throw_params("SP 800-108 with this type of key needs a hash function");
        }
        return Botan::MessageAuthenticationCode::create_or_throw("CMAC(" + key.cipher + ")");
    }
    return Botan::MessageAuthenticationCode::create_or_throw("HMAC(" + botan_hash(mechanism.hash) + ")");
}

} // namespace

void sp800_108(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, ByteView label, ByteView context,
               ByteView iv, std::span<std::uint8_t> out) {
    static constexpr std::uint8_t separator = 0;
    const auto length = be32(std::uint64_t{out.size()} * 8);
    const auto fixed = [&] {
        prf.update(label);
        prf.update(separator);
        prf.update(context);
        prf.update(length);
    };
    Botan::secure_vector<std::uint8_t> chain(iv.begin(), iv.end()); // K(i-1) of feedback, A(i) of pipeline
    Botan::secure_vector<std::uint8_t> block(prf.output_length());
    std::size_t done = 0;
    for (std::uint64_t i = 1; done < out.size(); ++i) {
        if (mode == Sp800108Mode::pipeline) {
            if (i == 1) {
                fixed();
            } else {
                prf.update(chain);
            }
            chain = prf.final();
        }
        if (mode != Sp800108Mode::counter) prf.update(chain);
        prf.update(be32(i));
        fixed();
        prf.final(block);
        const auto size = std::min(block.size(), out.size() - done);
        std::copy_n(block.begin(), size, out.begin() + static_cast<std::ptrdiff_t>(done));
        done += size;
        if (mode == Sp800108Mode::feedback) chain = block;
    }
}

Secret derive_sp800_108(const KeyState& key, const Mechanism& mechanism) {
    const auto prf = make_prf(key, mechanism);
    prf->set_key(key.raw.view());
    Secret out(output_size(mechanism));
    auto mode = Sp800108Mode::counter;
    if (mechanism.id == MechanismId::sp800_108_feedback) mode = Sp800108Mode::feedback;
    if (mechanism.id == MechanismId::sp800_108_pipeline) mode = Sp800108Mode::pipeline;
    if (mode != Sp800108Mode::feedback && !mechanism.iv.empty())
        throw_params("only feedback mode takes an iv");
    sp800_108(mode, *prf, mechanism.label, mechanism.context, mechanism.iv, out.mutable_view());
    return out;
}

Secret derive_hkdf(const KeyState& key, const Mechanism& mechanism) {
    const auto size = output_size(mechanism);
    if (size > 255 * std::size_t{hash_row(mechanism.hash).size}) {
        throw_params("HKDF gives at most 255 times the length of the hash");
    }
    const auto kdf = Botan::KDF::create_or_throw("HKDF(" + botan_hash(mechanism.hash) + ")");
    Secret out(size);
    kdf->derive_key(out.mutable_view(), key.raw.view(), mechanism.iv, mechanism.context);
    return out;
}

/// One step: H(counter || Z || FixedInfo), or HMAC under the salt when there is one (all zeros, a block long,
/// is the default salt of SP 800-56C 4.1). Two steps: HMAC extraction, then SP 800-108 feedback mode.
Secret derive_sp800_56c(const KeyState& key, const Mechanism& mechanism) {
    const auto size = output_size(mechanism);
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

Secret derive_pbkdf2(const KeyState& key, const Mechanism& mechanism) {
    const auto size = output_size(mechanism);
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
