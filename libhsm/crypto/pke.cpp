// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/pke.hpp"

#include "crypto/operations.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "crypto/xwing.hpp"

#include <algorithm>

/// \file
/// X-Wing: ciphertext = KEM ciphertext (1120) || salt (32) || sealed; the sealing key is the KEM's secret,
/// the header is KEM ciphertext || context. RSA: the bytes of OAEP, the context being the label; keys as PKCS
/// #8 and SPKI.

namespace hsm::crypto {
namespace {

constexpr std::size_t longest_plaintext = 128;
constexpr std::string_view seal_label = "pke xwing";

[[noreturn]] void throw_not_ours() {
    throw Error(Status::invalid_signature,
                "the encrypted secret does not open: another key, or it was changed");
}

[[noreturn]] void throw_no_suite() {
    throw Error(Status::not_supported, "there is no such suite of public-key encryption");
}

Bytes header_of(ByteView kem_ciphertext, ByteView context) {
    Bytes header = to_bytes(kem_ciphertext);
    header.insert(header.end(), context.begin(), context.end());
    return header;
}

Mechanism oaep(ByteView context) {
    Mechanism mechanism;
    mechanism.id = MechanismId::rsa_oaep;
    mechanism.hash = Hash::sha256;
    mechanism.label = context;
    return mechanism;
}

Bytes xwing_seal(const XwingResult& kem, const Secret& plaintext, ByteView context) {
    const auto salt = random_salt();
    const auto sealed =
        seal(kem.shared, seal_label, salt, header_of(kem.ciphertext, context), plaintext.view());
    Bytes out = kem.ciphertext;
    out.insert(out.end(), salt.begin(), salt.end());
    out.insert(out.end(), sealed.begin(), sealed.end());
    return out;
}

Secret xwing_unseal(const Secret& private_key, ByteView ciphertext, ByteView context) {
    Salt salt;
    if (ciphertext.size() < xwing_ciphertext_size + salt.size()) throw_not_ours();
    const auto kem_ciphertext = ciphertext.first(xwing_ciphertext_size);
    std::copy_n(ciphertext.begin() + xwing_ciphertext_size, salt.size(), salt.begin());
    const auto shared = xwing_decapsulate(private_key, kem_ciphertext);
    return unseal(shared, seal_label, salt, header_of(kem_ciphertext, context),
                  ciphertext.subspan(xwing_ciphertext_size + salt.size()));
}

XwingResult encapsulate(ByteView public_key) {
    return xwing_encapsulate(public_key, random_secret(xwing_randomness_size));
}

void check_size(const Secret& plaintext) {
    if (plaintext.size() > longest_plaintext)
        throw Error(Status::invalid_argument, "at most 128 bytes can be encrypted to a recovery key");
}

} // namespace

PkeKeyPair pke_generate(PkeSuite suite) {
    if (suite == PkeSuite::xwing) {
        PkeKeyPair pair;
        pair.private_key = random_secret(xwing_seed_size);
        pair.public_key = xwing_public(pair.private_key);
        return pair;
    }
    if (suite != PkeSuite::rsa3072_oaep_sha256) throw_no_suite();
    KeySpec spec;
    spec.type = KeyType::rsa;
    spec.bits = 3072;
    const auto key = generate(spec);
    return {material(*key), public_info(*key)};
}

Bytes pke_encrypt(PkeSuite suite, ByteView public_key, const Secret& plaintext, ByteView context) {
    check_size(plaintext);
    if (suite == PkeSuite::xwing) return xwing_seal(encapsulate(public_key), plaintext, context);
    if (suite != PkeSuite::rsa3072_oaep_sha256) throw_no_suite();
    const auto key = import_public(public_key);
    Bytes out;
    encrypt(*key, oaep(context), plaintext.view(), out);
    return out;
}

std::shared_ptr<const XwingResult> PkeRecipient::encapsulation() const {
    const auto now = std::chrono::steady_clock::now();
    {
        const auto kept = kept_.lock();
        if (kept->kem && kept->uses < most_uses && now - kept->since < longest_use) {
            ++kept->uses;
            return kept->kem;
        }
    }
    auto fresh = std::make_shared<const XwingResult>(encapsulate(public_key_)); // not under the lock
    *kept_.lock() = {fresh, 1, now};
    return fresh;
}

Bytes PkeRecipient::encrypt(const Secret& plaintext, ByteView context) const {
    if (suite_ != PkeSuite::xwing) return pke_encrypt(suite_, public_key_, plaintext, context);
    check_size(plaintext);
    return xwing_seal(*encapsulation(), plaintext, context);
}

Secret pke_decrypt(PkeSuite suite, const Secret& private_key, ByteView ciphertext, ByteView context) {
    if (suite != PkeSuite::xwing && suite != PkeSuite::rsa3072_oaep_sha256) throw_no_suite();
    try {
        if (suite == PkeSuite::xwing) return xwing_unseal(private_key, ciphertext, context);
        const auto key =
            restore({KeyType::rsa, 3072, ParamSet::none, 0}, KeyHalf::private_key, private_key.view());
        return unwrap(*key, oaep(context), ciphertext);
    } catch (const Error& e) {
        // Whatever was wrong with key or bytes is the same "no" to the caller.
        if (e.status() == Status::invalid_data || e.status() == Status::mechanism_params_invalid)
            throw_not_ours();
        throw;
    }
}

} // namespace hsm::crypto
