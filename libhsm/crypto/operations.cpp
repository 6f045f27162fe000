// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/operations.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/scheme.hpp"
#include "crypto/table_text.hpp"

#include <algorithm>

namespace hsm::crypto {
namespace {

/// The mechanisms of this file's functions, in the order of their numbers. ML-KEM is in kem.cpp.
constexpr std::array<Scheme, 56> schemes{{
    // id, sign, verify, encrypt, decrypt, derive, open, bound
    {MechanismId::rsa_pkcs1, rsa_sign, rsa_verify, rsa_encrypt, rsa_decrypt, nullptr, open_hashed_signature,
     rsa_bound},
    {MechanismId::rsa_pss, rsa_sign, rsa_verify, nullptr, nullptr, nullptr, open_hashed_signature, rsa_bound},
    {MechanismId::rsa_raw, rsa_sign, rsa_verify, rsa_encrypt, rsa_decrypt, nullptr, nullptr, rsa_bound},
    {MechanismId::ecdsa, group_sign, group_verify, nullptr, nullptr, nullptr, open_hashed_signature,
     signature_bound},
    {MechanismId::eddsa, message_sign, message_verify, nullptr, nullptr, nullptr, open_message_signature,
     signature_bound},
    {MechanismId::dsa, group_sign, group_verify, nullptr, nullptr, nullptr, open_hashed_signature,
     signature_bound},
    {MechanismId::ml_dsa, message_sign, message_verify, nullptr, nullptr, nullptr, open_message_signature,
     signature_bound},
    {MechanismId::slh_dsa, message_sign, message_verify, nullptr, nullptr, nullptr, open_message_signature,
     signature_bound},
    {MechanismId::hmac, mac_sign, mac_verify, nullptr, nullptr, nullptr, open_mac, mac_bound},
    {MechanismId::cmac, mac_sign, mac_verify, nullptr, nullptr, nullptr, open_mac, mac_bound},
    {MechanismId::gmac, mac_sign, mac_verify, nullptr, nullptr, nullptr, open_mac, mac_bound},
    {MechanismId::tls12_mac, tls12_mac_sign, tls12_mac_verify, nullptr, nullptr, nullptr, nullptr, mac_bound},
    {MechanismId::rsa_oaep, nullptr, nullptr, rsa_encrypt, rsa_decrypt, nullptr, nullptr, rsa_bound},
    {MechanismId::ecb, nullptr, nullptr, ecb_encrypt, ecb_decrypt, nullptr, open_ecb, cipher_bound},
    {MechanismId::cbc, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::cbc_pad, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::ctr, nullptr, nullptr, stream_crypt, stream_crypt, nullptr, open_stream_cipher,
     cipher_bound},
    {MechanismId::gcm, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::ccm, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::stream, nullptr, nullptr, stream_crypt, stream_crypt, nullptr, open_stream_cipher,
     cipher_bound},
    {MechanismId::chacha20_poly1305, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode,
     cipher_bound},
    {MechanismId::cbc_cts, nullptr, nullptr, cts_encrypt, cts_decrypt, nullptr, open_cts, cipher_bound},
    {MechanismId::cfb8, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::cfb128, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::ofb, nullptr, nullptr, mode_encrypt, mode_decrypt, nullptr, open_mode, cipher_bound},
    {MechanismId::xts, nullptr, nullptr, xts_encrypt, xts_decrypt, nullptr, open_xts, cipher_bound},
    {MechanismId::key_wrap, nullptr, nullptr, key_wrap_encrypt, key_wrap_decrypt, nullptr, nullptr, key_wrap_bound},
    {MechanismId::key_wrap_pad, nullptr, nullptr, key_wrap_encrypt, key_wrap_decrypt, nullptr, nullptr, key_wrap_bound},
    {MechanismId::key_wrap_pkcs7, nullptr, nullptr, key_wrap_encrypt, key_wrap_decrypt, nullptr, nullptr, key_wrap_bound},
    {MechanismId::rsa_aes_key_wrap, nullptr, nullptr, rsa_aes_encrypt, rsa_aes_decrypt, nullptr, nullptr, key_wrap_bound},
    {MechanismId::ecdh, nullptr, nullptr, nullptr, nullptr, agree, nullptr, nullptr},
    {MechanismId::ecdh_cofactor, nullptr, nullptr, nullptr, nullptr, agree, nullptr, nullptr},
    {MechanismId::dh, nullptr, nullptr, nullptr, nullptr, agree, nullptr, nullptr},
    {MechanismId::hkdf, nullptr, nullptr, nullptr, nullptr, derive_hkdf, nullptr, nullptr},
    {MechanismId::sp800_108_counter, nullptr, nullptr, nullptr, nullptr, derive_sp800_108, nullptr, nullptr},
    {MechanismId::sp800_108_feedback, nullptr, nullptr, nullptr, nullptr, derive_sp800_108, nullptr, nullptr},
    {MechanismId::sp800_108_pipeline, nullptr, nullptr, nullptr, nullptr, derive_sp800_108, nullptr, nullptr},
    {MechanismId::sp800_56c_one_step, nullptr, nullptr, nullptr, nullptr, derive_sp800_56c, nullptr, nullptr},
    {MechanismId::sp800_56c_two_step, nullptr, nullptr, nullptr, nullptr, derive_sp800_56c, nullptr, nullptr},
    {MechanismId::pbkdf2, nullptr, nullptr, nullptr, nullptr, derive_pbkdf2, nullptr, nullptr},
    {MechanismId::concatenate_keys, nullptr, nullptr, nullptr, nullptr, derive_concatenation, nullptr, nullptr},
    {MechanismId::concatenate_data, nullptr, nullptr, nullptr, nullptr, derive_concatenation, nullptr, nullptr},
    {MechanismId::concatenate_to_data, nullptr, nullptr, nullptr, nullptr, derive_concatenation, nullptr, nullptr},
    {MechanismId::xor_data, nullptr, nullptr, nullptr, nullptr, derive_xor, nullptr, nullptr},
    {MechanismId::extract_bits, nullptr, nullptr, nullptr, nullptr, derive_bits, nullptr, nullptr},
    {MechanismId::digest_key, nullptr, nullptr, nullptr, nullptr, derive_digest, nullptr, nullptr},
    {MechanismId::ecb_encrypt_data, nullptr, nullptr, nullptr, nullptr, derive_encryption, nullptr, nullptr},
    {MechanismId::cbc_encrypt_data, nullptr, nullptr, nullptr, nullptr, derive_encryption, nullptr, nullptr},
    {MechanismId::hkdf_extract, nullptr, nullptr, nullptr, nullptr, derive_hkdf_extract, nullptr, nullptr},
    {MechanismId::hkdf_expand, nullptr, nullptr, nullptr, nullptr, derive_hkdf_expand, nullptr, nullptr},
    {MechanismId::ml_kem, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
    {MechanismId::tls12_prf, nullptr, nullptr, nullptr, nullptr, derive_tls12, nullptr, nullptr},
    {MechanismId::tls12_master_secret, nullptr, nullptr, nullptr, nullptr, derive_tls12, nullptr, nullptr},
    {MechanismId::tls12_extended_master_secret, nullptr, nullptr, nullptr, nullptr, derive_tls12, nullptr, nullptr},
    {MechanismId::tls12_key_block, nullptr, nullptr, nullptr, nullptr, derive_tls12, nullptr, nullptr},
    {MechanismId::digest, nullptr, nullptr, nullptr, nullptr, nullptr, open_digest, digest_bound},
}};
static_assert(table::sorted_and_unique(schemes, [](const Scheme& s) { return static_cast<int>(s.id); }));

/// Number of a mechanism to its scheme + 1: the hot path looks up with one load.
constexpr auto scheme_index = [] {
    std::array<std::uint8_t, static_cast<std::size_t>(MechanismId::digest) + 1> index{};
    for (std::size_t i = 0; i < schemes.size(); ++i) {
        index[static_cast<std::size_t>(schemes[i].id)] = static_cast<std::uint8_t>(i + 1);
    }
    return index;
}();

[[noreturn]] void refuse_action(const MechanismRow& row, Action action) {
    throw Error(Status::mechanism_invalid,
                std::string(row.name) + " cannot " + std::string(action_name(action)));
}

/// The scheme, once the mechanism is known to have the action, to suit the key and to have its hash.
const Scheme& scheme_for(const KeyState& key, const Mechanism& mechanism, Action action) {
    const auto& row = mechanism_row(mechanism.id); // throws for numbers that scheme_index does not hold
    if ((row.actions & bit(action)) == 0) refuse_action(row, action);
    if ((row.key_types & bit(key.spec.type)) == 0) {
        throw Error(Status::key_type_mismatch,
                    std::string(row.name) + " does not work with " + to_string(key.spec) + " keys");
    }
    if (row.needs_hash && mechanism.hash == Hash::none)
        throw_params(std::string(row.name) + " needs a hash function");
    if (mechanism.hash == Hash::none && mechanism.prehashed && mechanism.id != MechanismId::eddsa) {
        throw_params("prehashed data needs the name of its hash function");
    }
    return schemes[scheme_index[static_cast<std::size_t>(mechanism.id)] - 1u];
}

std::size_t cipher_block(const KeyState& key) { return key.spec.type == KeyType::aes ? 16 : 8; }

/// Bytes of which a wrapped key must be a multiple: only these modes leave it to the caller.
std::size_t whole_blocks(const KeyState& kek, const Mechanism& mechanism) {
    return mechanism.id == MechanismId::ecb || mechanism.id == MechanismId::cbc ? cipher_block(kek) : 1;
}

std::size_t rounded_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

} // namespace

void throw_params(std::string message) { throw Error(Status::mechanism_params_invalid, std::move(message)); }

void sign(const Key& key, const Mechanism& mechanism, ByteView data, Bytes& out) {
    const auto& scheme = scheme_for(key.state(), mechanism, Action::sign);
    translated(Status::invalid_data, [&] { scheme.sign(key.state(), mechanism, data, out); });
}

bool verify(const Key& key, const Mechanism& mechanism, ByteView data, ByteView signature) {
    const auto& scheme = scheme_for(key.state(), mechanism, Action::verify);
    return translated(Status::invalid_data,
                      [&] { return scheme.verify(key.state(), mechanism, data, signature); });
}

void encrypt(const Key& key, const Mechanism& mechanism, ByteView plaintext, Bytes& out) {
    const auto& scheme = scheme_for(key.state(), mechanism, Action::encrypt);
    translated(Status::invalid_data, [&] { scheme.encrypt(key.state(), mechanism, plaintext, out); });
}

void decrypt(const Key& key, const Mechanism& mechanism, ByteView ciphertext, Bytes& out) {
    const auto& scheme = scheme_for(key.state(), mechanism, Action::decrypt);
    translated(Status::invalid_data, [&] { scheme.decrypt(key.state(), mechanism, ciphertext, out); });
}

std::size_t output_bound(const Key& key, const Mechanism& mechanism, Action action, std::size_t input) {
    const auto& scheme = scheme_for(key.state(), mechanism, action);
    if (scheme.bound == nullptr) refuse_action(mechanism_row(mechanism.id), action);
    return scheme.bound(key.state(), mechanism, action, input);
}

Bytes wrap(const Key& kek, const Mechanism& mechanism, ByteView material, bool fill) {
    const auto& scheme = scheme_for(kek.state(), mechanism, Action::wrap);
    Secret filled;
    if (fill && material.size() % whole_blocks(kek.state(), mechanism) != 0) {
        filled = Secret(rounded_up(material.size(), whole_blocks(kek.state(), mechanism))); // zeros
        std::copy(material.begin(), material.end(), filled.mutable_view().begin());
        material = filled.view();
    }
    Bytes out;
    translated(Status::invalid_data, [&] { scheme.encrypt(kek.state(), mechanism, material, out); });
    return out;
}

Secret unwrap(const Key& kek, const Mechanism& mechanism, ByteView wrapped, std::size_t size) {
    const auto& scheme = scheme_for(kek.state(), mechanism, Action::unwrap);
    Bytes plain;
    translated(Status::invalid_data, [&] { scheme.decrypt(kek.state(), mechanism, wrapped, plain); });
    auto kept = ByteView(plain);
    if (size != 0 && size < plain.size() && rounded_up(size, whole_blocks(kek.state(), mechanism)) == plain.size()) {
        const auto rest = kept.subspan(size);
        if (std::all_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte == 0; })) kept = kept.first(size);
    }
    Secret secret{kept};
    wipe(plain);
    return secret;
}

std::size_t wrapped_size(const Key& kek, const Mechanism& mechanism, std::size_t material) {
    const auto& key = kek.state();
    (void)scheme_for(key, mechanism, Action::wrap);
    const auto modulus = (key.spec.bits + 7u) / 8;
    const auto tag = mechanism.length ? mechanism.length : 16;
    switch (mechanism.id) {
    case MechanismId::rsa_pkcs1:
    case MechanismId::rsa_oaep:
    case MechanismId::rsa_raw: return modulus;
    case MechanismId::rsa_aes_key_wrap: return modulus + rounded_up(material, 8) + 8;
    case MechanismId::cbc_pad: return rounded_up(material + 1, cipher_block(key));
    case MechanismId::gcm:
    case MechanismId::ccm: return material + tag;
    case MechanismId::chacha20_poly1305: return material + 16;
    case MechanismId::key_wrap: return material + 8;
    case MechanismId::key_wrap_pad: return rounded_up(material, 8) + 8;
    case MechanismId::key_wrap_pkcs7: return rounded_up(material + 1, 8) + 8;
    default: return rounded_up(material, whole_blocks(key, mechanism));
    }
}

Bytes check_value(const Key& key) {
    if (key.half() != KeyHalf::secret) throw Error(Status::key_type_mismatch, "only secret keys have a check value");
    Bytes value;
    switch (key.spec().type) {
    case KeyType::aes:
    case KeyType::des3:
    case KeyType::des: {
        Mechanism ecb;
        ecb.id = MechanismId::ecb;
        encrypt(key, ecb, Bytes(cipher_block(key.state())), value);
        break;
    }
    default: digest(Hash::sha1, material(key).view(), value);
    }
    value.resize(3);
    return value;
}

Secret derive(const Key& base, const Mechanism& mechanism, const Key* second) {
    const auto& scheme = scheme_for(base.state(), mechanism, Action::derive);
    if (second != nullptr) {
        const auto id = mechanism.id;
        if (id != MechanismId::concatenate_keys && id != MechanismId::hkdf && id != MechanismId::hkdf_extract)
            throw_params("this derivation takes no second key");
        if (second->half() != KeyHalf::secret)
            throw Error(Status::key_type_mismatch, "the second key of a derivation must be a secret key");
    }
    return translated(Status::mechanism_params_invalid, [&] {
        return scheme.derive(base.state(), mechanism, second == nullptr ? nullptr : &second->state());
    });
}

std::unique_ptr<Stream> open_stream(const Key* key, const Mechanism& mechanism, Action action) {
    const auto& row = mechanism_row(mechanism.id);
    if (!row.multi_part) {
        throw Error(Status::mechanism_invalid, std::string(row.name) + " takes its data in one piece");
    }
    if (mechanism.id != MechanismId::digest && key == nullptr) {
        throw Error(Status::invalid_argument, std::string(row.name) + " needs a key");
    }
    if (mechanism.id == MechanismId::digest) {
        return translated(Status::invalid_data,
                          [&] { return guarded(open_digest(nullptr, mechanism, action)); });
    }
    const auto& scheme = scheme_for(key->state(), mechanism, action);
    const bool signs = action == Action::sign || action == Action::verify;
    const bool crypts = action == Action::encrypt || action == Action::decrypt;
    if (scheme.open == nullptr || (scheme.sign != nullptr ? !signs : !crypts)) {
        throw Error(Status::mechanism_invalid, std::string(row.name) + " takes its data in one piece");
    }
    return translated(Status::invalid_data,
                      [&] { return guarded(scheme.open(&key->state(), mechanism, action)); });
}

} // namespace hsm::crypto
