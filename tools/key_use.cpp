// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "key_use.hpp"

#include "command_line.hpp"
#include "console.hpp"
#include "encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hsm::tools {

namespace {

constexpr std::uint32_t des_block = 8, aes_block = 16;

/// How a cipher is used from the command line.
struct CipherRow {
    MechanismId id;
    std::uint32_t iv_bytes; ///< 0: none; block_bytes: a block of the cipher
    std::uint32_t tag_bytes;
};

constexpr std::uint32_t block_bytes = 0xffffffff;

constexpr auto cipher_table = std::to_array<CipherRow>({
    {MechanismId::gcm, 12, 16},
    {MechanismId::ccm, 12, 16},
    {MechanismId::chacha20_poly1305, 12, 16},
    {MechanismId::cbc, block_bytes, 0},
    {MechanismId::cbc_pad, block_bytes, 0},
    {MechanismId::ctr, block_bytes, 0},
    {MechanismId::stream, 12, 0},
});

Mechanism default_cipher(const KeySpec& spec) {
    Mechanism mechanism;
    switch (spec.type) {
    case KeyType::rsa:
        mechanism.id = MechanismId::rsa_oaep;
        mechanism.hash = Hash::sha256;
        return mechanism;
    case KeyType::aes: mechanism.id = MechanismId::gcm; return mechanism;
    case KeyType::des3:
    case KeyType::des: mechanism.id = MechanismId::cbc_pad; return mechanism;
    case KeyType::chacha20: mechanism.id = MechanismId::chacha20_poly1305; return mechanism;
    case KeyType::rc4: mechanism.id = MechanismId::stream; return mechanism;
    default: break;
    }
    throw Error(Status::key_type_mismatch,
                fmt::format("{} keys do not encrypt; use an AES or RSA key", to_string(spec)));
}

Bytes parse_hex(const std::string& text, const char* option) {
    try {
        return from_hex(text);
    } catch (const Error& error) {
        throw UsageError(fmt::format("{}: {}", option, escaped(error.what())));
    }
}

Mechanism parse_or_refuse(const std::string& name) {
    try {
        return parse_mechanism(name);
    } catch (const Error& error) {
        throw UsageError(fmt::format("--mechanism: {}", escaped(error.what())));
    }
}

} // namespace

Mechanism signature_mechanism(const std::string& name, const KeySpec& spec) {
    if (name.empty()) return default_signature(spec);
    auto mechanism = parse_or_refuse(name);
    const bool wants_hash = mechanism.id == MechanismId::rsa_pkcs1 || mechanism.id == MechanismId::ecdsa ||
                            mechanism.id == MechanismId::dsa;
    if (wants_hash && mechanism.hash == Hash::none) {
        const auto usual =
            spec.type == KeyType::ec || spec.type == KeyType::dsa ? default_signature(spec).hash : Hash::none;
        mechanism.hash = usual == Hash::none ? Hash::sha256 : usual;
    }
    return mechanism;
}

Key load_public(World& world, const KeyFacts& facts, Action action, std::uint32_t module,
                Ceremony& ceremony) {
    if (facts.half != KeyHalf::private_key || facts.public_info.empty())
        return world.load(facts.app, facts.ident, ceremony, module);
    Usage usage;
    usage.actions = bit(action);
    usage.recoverable = false;
    try {
        return world.import_session(KeyHalf::public_key, facts.spec, Secret(facts.public_info), usage,
                                    module);
    } catch (const Error& error) {
        if (error.status() != Status::needs_fips_auth) throw;
        // Level 3 wants a card even for a public key from outside. The stored one may need none.
        return world.load(facts.app, facts.ident, ceremony, module);
    }
}

std::size_t pair_bytes(const Mechanism& mechanism, const KeyFacts& facts) {
    if (mechanism.id == MechanismId::ecdsa) return (param_set_row(facts.spec.params).bits + 7) / 8;
    if (mechanism.id == MechanismId::dsa) return dsa_order_bytes(facts.public_info);
    return 0;
}

bool streams(const Mechanism& mechanism) {
    return mechanism_row(mechanism.id).multi_part && !mechanism.prehashed;
}

void declare_cipher(CommandLine& line, CipherRequest& request, Ceremony& ceremony) {
    line.value("-o,--output", "FILE", request.output, "where the result goes (-: standard output)");
    line.value("--mechanism", "NAME", request.mechanism,
               "GCM, CBC-PAD, CTR, RSA-OAEP/SHA-256, ... (what suits the key)");
    line.value("--iv", "HEX", request.iv,
               "the IV; without it a new one is made, and put in front of the ciphertext");
    line.value("--aad", "TEXT", request.aad, "data that is authenticated with the ciphertext");
    line.value("--label", "TEXT", request.label, "label of RSA-OAEP");
    declare_module(line, request.module);
    ceremony.declare(line);
    line.argument("KEY", request.key, key_help);
    line.argument("FILE", request.input, "the file (-: standard input)", Need::optional);
}

CipherMechanism::CipherMechanism(const CipherRequest& request, const KeySpec& spec) {
    mechanism = request.mechanism.empty() ? default_cipher(spec) : parse_or_refuse(request.mechanism);
    const auto* row = std::find_if(cipher_table.begin(), cipher_table.end(),
                                   [&](const auto& r) { return r.id == mechanism.id; });
    aad = to_bytes(view(request.aad));
    label = to_bytes(view(request.label));
    mechanism.aad = aad;
    mechanism.label = label;
    const bool takes_iv =
        row != cipher_table.end() && !(mechanism.id == MechanismId::stream && spec.type == KeyType::rc4);
    if (row != cipher_table.end()) {
        mechanism.length = row->tag_bytes;
        authenticated = row->tag_bytes != 0;
    }
    if (!takes_iv && !request.iv.empty()) throw UsageError("--iv: this mechanism takes none");
    if (!authenticated && !request.aad.empty())
        throw UsageError("--aad: this mechanism does not authenticate; use GCM");
    if (mechanism.id != MechanismId::rsa_oaep && !request.label.empty())
        throw UsageError("--label belongs to RSA-OAEP");
    if (!takes_iv) return;
    if (request.iv.empty()) {
        carried_iv = row->iv_bytes != block_bytes ? row->iv_bytes
                     : spec.type == KeyType::aes  ? aes_block
                                                  : des_block;
    } else {
        use_iv(parse_hex(request.iv, "--iv"));
    }
}

void CipherMechanism::use_iv(Bytes value) {
    iv = std::move(value);
    mechanism.iv = iv;
}

} // namespace hsm::tools
