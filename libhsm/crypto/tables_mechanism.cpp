// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/table_text.hpp"

#include <hsm/mechanism.hpp>

#include <array>

/// \file
/// The tables of hash functions, mechanisms and actions.

namespace hsm {
namespace {

constexpr std::array<HashRow, 15> hashes{{
    // hash, name, botan_name, size, block, level3
    {Hash::md4, "MD4", "MD4", 16, 64, false},
    {Hash::md5, "MD5", "MD5", 16, 64, false},
    {Hash::sha1, "SHA-1", "SHA-1", 20, 64, false},
    {Hash::sha224, "SHA-224", "SHA-224", 28, 64, true},
    {Hash::sha256, "SHA-256", "SHA-256", 32, 64, true},
    {Hash::sha384, "SHA-384", "SHA-384", 48, 128, true},
    {Hash::sha512, "SHA-512", "SHA-512", 64, 128, true},
    // SHA-512/224 is ours: the library lacks it, and its compositions by name (PBKDF2, KDF2) with it.
    {Hash::sha512_224, "SHA-512/224", "SHA-512-224", 28, 128, true},
    {Hash::sha512_256, "SHA-512/256", "SHA-512-256", 32, 128, true},
    {Hash::sha3_224, "SHA3-224", "SHA-3(224)", 28, 144, true},
    {Hash::sha3_256, "SHA3-256", "SHA-3(256)", 32, 136, true},
    {Hash::sha3_384, "SHA3-384", "SHA-3(384)", 48, 104, true},
    {Hash::sha3_512, "SHA3-512", "SHA-3(512)", 64, 72, true},
    {Hash::shake128, "SHAKE128", "SHAKE-128(256)", 32, 168, true},
    {Hash::shake256, "SHAKE256", "SHAKE-256(512)", 64, 136, true},
}};

constexpr std::uint32_t actions(Action a) { return bit(a); }
template <class... More>
constexpr std::uint32_t actions(Action a, More... more) {
    return bit(a) | actions(more...);
}
template <class... Types>
constexpr std::uint32_t types(Types... t) {
    return (bit(t) | ...);
}

constexpr auto signs = actions(Action::sign, Action::verify);
constexpr auto crypts = actions(Action::encrypt, Action::decrypt);
constexpr auto wraps = actions(Action::wrap, Action::unwrap);
constexpr auto derives = actions(Action::derive);
constexpr auto kems = actions(Action::encapsulate, Action::decapsulate);
constexpr auto verify_only = actions(Action::verify);
constexpr auto decrypt_only = actions(Action::decrypt, Action::unwrap);

constexpr auto rsa = types(KeyType::rsa);
constexpr auto block_ciphers = types(KeyType::aes, KeyType::des3, KeyType::des);
constexpr auto aes = types(KeyType::aes);
/// Keys whose bytes may serve as keying material.
constexpr auto secrets =
    types(KeyType::generic, KeyType::aes, KeyType::des3, KeyType::des, KeyType::rc4, KeyType::chacha20);
constexpr auto ecdh_types = types(KeyType::ec, KeyType::x25519, KeyType::x448);

constexpr std::array<MechanismRow, 56> mechanisms{{
    // id, name, actions, key_types, needs_hash, takes_iv, multi_part, level3_actions
    {MechanismId::rsa_pkcs1, "RSA-PKCS1", signs | crypts | wraps, rsa, false, false, true,
     signs | decrypt_only},
    {MechanismId::rsa_pss, "RSA-PSS", signs, rsa, true, false, true, signs},
    {MechanismId::rsa_raw, "RSA-RAW", signs | crypts | wraps, rsa, false, false, false, 0},
    {MechanismId::ecdsa, "ECDSA", signs, types(KeyType::ec), false, false, true, signs},
    {MechanismId::eddsa, "EdDSA", signs, types(KeyType::ed25519, KeyType::ed448), false, false, true, signs},
    {MechanismId::dsa, "DSA", signs, types(KeyType::dsa), false, false, true, verify_only},
    {MechanismId::ml_dsa, "ML-DSA", signs, types(KeyType::ml_dsa), false, false, true, signs},
    {MechanismId::slh_dsa, "SLH-DSA", signs, types(KeyType::slh_dsa), false, false, true, signs},
    {MechanismId::hmac, "HMAC", signs, secrets, true, false, true, signs},
    {MechanismId::cmac, "CMAC", signs, types(KeyType::aes, KeyType::des3), false, false, true, signs},
    {MechanismId::gmac, "GMAC", signs, aes, false, true, true, signs},
    {MechanismId::tls12_mac, "TLS12-MAC", signs, types(KeyType::generic), true, false, false, signs},
    {MechanismId::rsa_oaep, "RSA-OAEP", crypts | wraps, rsa, true, false, false, crypts | wraps},
    {MechanismId::ecb, "ECB", crypts | wraps, block_ciphers, false, false, true, crypts},
    {MechanismId::cbc, "CBC", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::cbc_pad, "CBC-PAD", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::ctr, "CTR", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::gcm, "GCM", crypts | wraps, aes, false, true, true, crypts | wraps},
    {MechanismId::ccm, "CCM", crypts | wraps, aes, false, true, true, crypts | wraps},
    {MechanismId::stream, "STREAM", crypts, types(KeyType::rc4, KeyType::chacha20), false, true, true, 0},
    {MechanismId::chacha20_poly1305, "ChaCha20-Poly1305", crypts | wraps, types(KeyType::chacha20), false,
     true, true, 0},
    {MechanismId::cbc_cts, "CBC-CTS", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::cfb8, "CFB8", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::cfb128, "CFB128", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::ofb, "OFB", crypts | wraps, block_ciphers, false, true, true, crypts},
    {MechanismId::xts, "XTS", crypts, types(KeyType::aes_xts), false, true, true, 0},
    {MechanismId::key_wrap, "KW", crypts | wraps, aes, false, true, false, crypts | wraps},
    {MechanismId::key_wrap_pad, "KWP", crypts | wraps, aes, false, true, false, crypts | wraps},
    {MechanismId::key_wrap_pkcs7, "KW-PKCS7", crypts | wraps, aes, false, true, false, 0},
    {MechanismId::rsa_aes_key_wrap, "RSA-AES-KEY-WRAP", wraps, rsa, true, false, false, wraps},
    {MechanismId::ecdh, "ECDH", derives, ecdh_types, false, false, false, derives},
    {MechanismId::ecdh_cofactor, "ECDH-COFACTOR", derives, types(KeyType::ec), false, false, false, derives},
    {MechanismId::dh, "DH", derives, types(KeyType::dh), false, false, false, derives},
    {MechanismId::hkdf, "HKDF", derives, secrets, true, false, false, derives},
    {MechanismId::sp800_108_counter, "SP800-108-COUNTER", derives, secrets, false, false, false, derives},
    {MechanismId::sp800_108_feedback, "SP800-108-FEEDBACK", derives, secrets, false, false, false, derives},
    {MechanismId::sp800_108_pipeline, "SP800-108-PIPELINE", derives, secrets, false, false, false, derives},
    {MechanismId::sp800_56c_one_step, "SP800-56C-ONE-STEP", derives, secrets, true, false, false, derives},
    {MechanismId::sp800_56c_two_step, "SP800-56C-TWO-STEP", derives, secrets, true, false, false, derives},
    {MechanismId::pbkdf2, "PBKDF2", derives, types(KeyType::generic), true, false, false, derives},
    {MechanismId::concatenate_keys, "CONCATENATE-KEYS", derives, secrets, false, false, false, 0, true},
    {MechanismId::concatenate_data, "CONCATENATE-DATA", derives, secrets, false, false, false, 0, true},
    {MechanismId::concatenate_to_data, "CONCATENATE-TO-DATA", derives, secrets, false, false, false, 0, true},
    {MechanismId::xor_data, "XOR-DATA", derives, secrets, false, false, false, 0, true},
    {MechanismId::extract_bits, "EXTRACT-BITS", derives, secrets, false, false, false, 0, true},
    {MechanismId::digest_key, "DIGEST-KEY", derives, secrets, true, false, false, 0},
    {MechanismId::ecb_encrypt_data, "ECB-ENCRYPT-DATA", derives, block_ciphers, false, false, false, 0},
    {MechanismId::cbc_encrypt_data, "CBC-ENCRYPT-DATA", derives, block_ciphers, false, true, false, 0},
    {MechanismId::hkdf_extract, "HKDF-EXTRACT", derives, secrets, true, false, false, derives},
    {MechanismId::hkdf_expand, "HKDF-EXPAND", derives, secrets, true, false, false, derives},
    {MechanismId::ml_kem, "ML-KEM", kems, types(KeyType::ml_kem), false, false, false, kems},
    {MechanismId::tls12_prf, "TLS12-PRF", derives, types(KeyType::generic), true, false, false, derives},
    {MechanismId::tls12_master_secret, "TLS12-MASTER-SECRET", derives, types(KeyType::generic), true, false, false, derives},
    {MechanismId::tls12_extended_master_secret, "TLS12-EXTENDED-MASTER-SECRET", derives, types(KeyType::generic), true, false, false, derives},
    {MechanismId::tls12_key_block, "TLS12-KEY-BLOCK", derives, types(KeyType::generic), true, false, false, derives},
    {MechanismId::digest, "DIGEST", 0, 0, true, false, true, 0},
}};

struct ActionRow {
    Action action;
    std::string_view name;
};

constexpr std::array<ActionRow, 17> action_names{{
    {Action::sign, "sign"},
    {Action::verify, "verify"},
    {Action::encrypt, "encrypt"},
    {Action::decrypt, "decrypt"},
    {Action::wrap, "wrap"},
    {Action::unwrap, "unwrap"},
    {Action::derive, "derive"},
    {Action::encapsulate, "encapsulate"},
    {Action::decapsulate, "decapsulate"},
    {Action::export_plain, "export-plain"},
    {Action::export_wrapped, "export-wrapped"},
    {Action::get_acl, "get-acl"},
    {Action::reduce_acl, "reduce-acl"},
    {Action::expand_acl, "expand-acl"},
    {Action::certify, "certify"},
    {Action::make_blob, "make-blob"},
    {Action::make_archive_blob, "make-archive-blob"},
}};

static_assert(table::sorted_and_unique(hashes, [](const HashRow& r) { return static_cast<int>(r.hash); }));
static_assert(table::sorted_and_unique(mechanisms,
                                       [](const MechanismRow& r) { return static_cast<int>(r.id); }));
static_assert(table::sorted_and_unique(action_names,
                                       [](const ActionRow& r) { return static_cast<int>(r.action); }));
static_assert(table::names_unique(hashes) && table::names_unique(mechanisms) &&
              table::names_unique(action_names));
static_assert(static_cast<std::size_t>(hashes.back().hash) == hashes.size(),
              "hash rows are indexed by number");
static_assert(static_cast<std::size_t>(action_names.back().action) + 1 == action_names.size());

constexpr bool level3_is_subset() {
    for (const auto& row : mechanisms) {
        if ((row.level3_actions & ~row.actions) != 0) return false;
        if (row.actions != 0 && row.key_types == 0) return false;
    }
    return true;
}
static_assert(level3_is_subset());

/// Number of a mechanism to its row + 1, so that looking one up on every operation is a load.
constexpr auto mechanism_index = [] {
    std::array<std::uint8_t, static_cast<std::size_t>(MechanismId::digest) + 1> index{};
    for (std::size_t i = 0; i < mechanisms.size(); ++i) {
        index[static_cast<std::size_t>(mechanisms[i].id)] = static_cast<std::uint8_t>(i + 1);
    }
    return index;
}();

Hash hash_of_bits(std::uint32_t bits) {
    if (bits >= 512) return Hash::sha512;
    return bits >= 384 ? Hash::sha384 : Hash::sha256;
}

} // namespace

std::span<const HashRow> hash_table() noexcept { return hashes; }
std::span<const MechanismRow> mechanism_table() noexcept { return mechanisms; }

const HashRow& hash_row(Hash hash) {
    const auto number = static_cast<std::size_t>(hash);
    if (number == 0 || number > hashes.size()) {
        throw Error(Status::mechanism_params_invalid,
                    "this mechanism needs a hash function; got number " + std::to_string(number));
    }
    return hashes[number - 1];
}

const MechanismRow& mechanism_row(MechanismId id) {
    const auto number = static_cast<std::size_t>(id);
    const auto place = number < mechanism_index.size() ? mechanism_index[number] : 0;
    if (place == 0)
        throw Error(Status::mechanism_invalid, "there is no mechanism number " + std::to_string(number));
    return mechanisms[place - 1u];
}

Hash parse_hash(std::string_view text) {
    for (const auto& row : hashes) {
        if (table::same_letters(text, row.name)) return row.hash;
    }
    std::string names;
    for (const auto& row : hashes) names += (names.empty() ? "" : ", ") + std::string(row.name);
    throw Error(Status::invalid_argument,
                "unknown hash function '" + std::string(text) + "'; there are: " + names);
}

std::string_view action_name(Action action) noexcept {
    const auto number = static_cast<std::size_t>(action);
    return number < action_names.size() ? action_names[number].name : "unknown";
}

Mechanism parse_mechanism(std::string_view text) {
    // The name may itself hold a hyphen, the hash a slash (SHA-512/256): the first slash ends the name.
    const auto slash = text.find('/');
    const auto name = text.substr(0, slash);
    const auto with_hash = [&](MechanismId id) {
        Mechanism mechanism;
        mechanism.id = id;
        if (slash != std::string_view::npos) mechanism.hash = parse_hash(text.substr(slash + 1));
        if (id == MechanismId::rsa_pss) mechanism.length = salt_is_hash;
        if (mechanism.hash == Hash::none && mechanism_row(id).needs_hash) mechanism.hash = Hash::sha256;
        return mechanism;
    };
    if (table::same_text(name, "Ed25519") || table::same_text(name, "Ed448"))
        return with_hash(MechanismId::eddsa);
    std::string names;
    for (const auto& row : mechanisms) {
        if (table::same_text(name, row.name)) return with_hash(row.id);
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
    throw Error(Status::invalid_argument,
                "unknown mechanism '" + std::string(text) + "'; there are: " + names);
}

Mechanism default_signature(const KeySpec& spec) {
    Mechanism mechanism;
    switch (spec.type) {
    case KeyType::rsa:
        mechanism.id = MechanismId::rsa_pss;
        mechanism.hash = Hash::sha256;
        mechanism.length = salt_is_hash;
        return mechanism;
    case KeyType::dsa:
        mechanism.id = MechanismId::dsa;
        mechanism.hash = Hash::sha256;
        return mechanism;
    case KeyType::ec:
        mechanism.id = MechanismId::ecdsa;
        mechanism.hash = hash_of_bits(param_set_row(spec.params).bits);
        return mechanism;
    case KeyType::ed25519:
    case KeyType::ed448: mechanism.id = MechanismId::eddsa; return mechanism;
    case KeyType::ml_dsa: mechanism.id = MechanismId::ml_dsa; return mechanism;
    case KeyType::slh_dsa: mechanism.id = MechanismId::slh_dsa; return mechanism;
    case KeyType::generic:
        mechanism.id = MechanismId::hmac;
        mechanism.hash = Hash::sha256;
        return mechanism;
    case KeyType::aes:
    case KeyType::des3: mechanism.id = MechanismId::cmac; return mechanism;
    default: break;
    }
    throw Error(Status::key_type_mismatch, to_string(spec) + " keys do not sign");
}

} // namespace hsm
