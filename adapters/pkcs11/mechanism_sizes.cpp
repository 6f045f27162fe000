// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "mechanisms.hpp"

#include "fault.hpp"

#include <algorithm>
#include <array>

// How long results are: what a length query answers without asking the module.

namespace hsm::pkcs11 {

namespace {

struct SetSize {
    ParamSet params;
    std::size_t signature;
};
// FIPS 204, table 2; FIPS 205, table 2.
constexpr std::array set_sizes{
    SetSize{ParamSet::ml_dsa_44, 2420},           SetSize{ParamSet::ml_dsa_65, 3309},
    SetSize{ParamSet::ml_dsa_87, 4627},           SetSize{ParamSet::slh_dsa_sha2_128s, 7856},
    SetSize{ParamSet::slh_dsa_sha2_128f, 17088},  SetSize{ParamSet::slh_dsa_sha2_192s, 16224},
    SetSize{ParamSet::slh_dsa_sha2_192f, 35664},  SetSize{ParamSet::slh_dsa_sha2_256s, 29792},
    SetSize{ParamSet::slh_dsa_sha2_256f, 49856},  SetSize{ParamSet::slh_dsa_shake_128s, 7856},
    SetSize{ParamSet::slh_dsa_shake_128f, 17088}, SetSize{ParamSet::slh_dsa_shake_192s, 16224},
    SetSize{ParamSet::slh_dsa_shake_192f, 35664}, SetSize{ParamSet::slh_dsa_shake_256s, 29792},
    SetSize{ParamSet::slh_dsa_shake_256f, 49856},
};

std::size_t modulus_size(const KeySpec& spec) { return (spec.bits + 7) / 8; }

std::size_t order_size(const KeySpec& spec) {
    return spec.params == ParamSet::none ? 0 : (param_set_row(spec.params).bits + 7) / 8;
}

std::size_t block_size(const KeySpec& spec) { return spec.type == KeyType::aes || spec.type == KeyType::aes_xts ? 16 : 8; }

} // namespace

std::size_t signature_size(const BoundMechanism& mechanism, const KeySpec& spec) {
    const auto& core = mechanism.core;
    switch (core.id) {
    case MechanismId::hmac: return core.length ? core.length : hash_row(core.hash).size;
    case MechanismId::cmac: return core.length ? core.length : block_size(spec);
    case MechanismId::gmac: return core.length ? core.length : 16;
    case MechanismId::tls12_mac: return core.length;
    case MechanismId::ecdsa: return 2 * order_size(spec);
    case MechanismId::eddsa: return spec.type == KeyType::ed448 ? 114 : 64;
    case MechanismId::dsa: return spec.bits <= 1024 ? 40 : 64; // q of 160 or 256 bits; 224 is corrected by the signature
    case MechanismId::ml_dsa:
    case MechanismId::slh_dsa: {
        const auto row = std::ranges::find(set_sizes, spec.params, &SetSize::params);
        return row != set_sizes.end() ? row->signature : 0;
    }
    default: return modulus_size(spec);
    }
}

std::size_t output_bound(const BoundMechanism& mechanism, const KeySpec& spec, bool encrypting, std::size_t input) {
    const auto& core = mechanism.core;
    const auto block = block_size(spec);
    const auto tag = core.length ? core.length : 16;
    switch (core.id) {
    case MechanismId::rsa_pkcs1:
    case MechanismId::rsa_oaep:
    case MechanismId::rsa_raw: return modulus_size(spec);
    case MechanismId::cbc_pad: return encrypting ? (input / block + 1) * block : input;
    case MechanismId::gcm:
    case MechanismId::ccm: return encrypting ? input + tag : input - std::min<std::size_t>(input, tag);
    case MechanismId::chacha20_poly1305: return encrypting ? input + 16 : input - std::min<std::size_t>(input, 16);
    case MechanismId::key_wrap: return encrypting ? input + 8 : input - std::min<std::size_t>(input, 8);
    case MechanismId::key_wrap_pad: return encrypting ? (input + 7) / 8 * 8 + 8 : input - std::min<std::size_t>(input, 8);
    case MechanismId::key_wrap_pkcs7: return encrypting ? (input / 8 + 1) * 8 + 8 : input - std::min<std::size_t>(input, 8);
    default: return input;
    }
}

void check_parameter_fits(const BoundMechanism& mechanism, const KeySpec& spec) {
    const auto& core = mechanism.core;
    if (core.id != MechanismId::rsa_pss) return;
    const std::size_t encoded = (spec.bits + 6) / 8; // the top bit stays clear
    if (hash_row(core.hash).size + core.length + 2 > encoded) refuse(CKR_MECHANISM_PARAM_INVALID);
}

void check_lengths(const BoundMechanism& mechanism, const KeySpec& spec, Action action, std::size_t input) {
    const auto& core = mechanism.core;
    const bool decrypts = action == Action::decrypt, encrypts = action == Action::encrypt;
    const auto demand = [&](bool holds) {
        if (!holds) refuse(decrypts ? CKR_ENCRYPTED_DATA_LEN_RANGE : CKR_DATA_LEN_RANGE);
    };
    const auto block = block_size(spec);
    const auto modulus = modulus_size(spec);
    switch (core.id) {
    case MechanismId::ecb:
    case MechanismId::cbc: return demand(input % block == 0);
    case MechanismId::cbc_pad: return demand(!decrypts || (input != 0 && input % block == 0));
    case MechanismId::cbc_cts:
    case MechanismId::xts: return demand(input >= block);
    case MechanismId::gcm:
    case MechanismId::chacha20_poly1305: return demand(!decrypts || input >= (core.length ? core.length : 16));
    case MechanismId::ccm: {
        const auto tag = core.length ? core.length : 16;
        return demand(decrypts ? input == mechanism.data_length + tag : input == mechanism.data_length);
    }
    case MechanismId::key_wrap: return demand(input % 8 == 0 && input >= (decrypts ? 24u : 16u));
    case MechanismId::key_wrap_pad: return demand(decrypts ? input % 8 == 0 && input >= 16 : input >= 1);
    case MechanismId::key_wrap_pkcs7: return demand(!decrypts || (input % 8 == 0 && input >= 24));
    case MechanismId::rsa_raw: return demand(decrypts ? input == modulus : input <= modulus);
    case MechanismId::rsa_pkcs1:
        if (decrypts) return demand(input == modulus);
        return demand(core.hash != Hash::none || input + 11 <= modulus);
    case MechanismId::rsa_oaep:
        if (decrypts) return demand(input == modulus);
        return demand(!encrypts || input + 2 * hash_row(core.hash).size + 2 <= modulus);
    case MechanismId::rsa_pss: return demand(!core.prehashed || input == hash_row(core.hash).size);
    case MechanismId::ml_dsa:
    case MechanismId::slh_dsa: return demand(!core.prehashed || input == hash_row(core.hash).size);
    default: return;
    }
}

} // namespace hsm::pkcs11
