// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "mechanisms.hpp"

#include "fault.hpp"

#include <array>
#include <cstring>

// Parameters of mechanisms that sign, encrypt and wrap. Those that derive are in derive_parameters.cpp.

namespace hsm::pkcs11 {

namespace {

[[noreturn]] void bad_parameter() { refuse(CKR_MECHANISM_PARAM_INVALID); }

void demand(bool holds) {
    if (!holds) bad_parameter();
}

ByteView bytes_at(const void* at, CK_ULONG size) {
    demand(at || size == 0);
    return {static_cast<const std::uint8_t*>(at), size};
}

/// The parameter as a structure. A copy: callers' structures need not be aligned.
template <class T>
T structure(const CK_MECHANISM& mechanism) {
    demand(mechanism.pParameter && mechanism.ulParameterLen == sizeof(T));
    T value;
    std::memcpy(&value, mechanism.pParameter, sizeof value);
    return value;
}

CK_ULONG whole_bytes(CK_ULONG bits) {
    demand(bits % 8 == 0 && bits / 8 <= 0xffff);
    return bits / 8;
}

struct MgfRow {
    CK_RSA_PKCS_MGF_TYPE mgf;
    Hash hash;
};
constexpr std::array mgfs{
    MgfRow{CKG_MGF1_SHA1, Hash::sha1},         MgfRow{CKG_MGF1_SHA224, Hash::sha224},     MgfRow{CKG_MGF1_SHA256, Hash::sha256},
    MgfRow{CKG_MGF1_SHA384, Hash::sha384},     MgfRow{CKG_MGF1_SHA512, Hash::sha512},     MgfRow{CKG_MGF1_SHA3_224, Hash::sha3_224},
    MgfRow{CKG_MGF1_SHA3_256, Hash::sha3_256}, MgfRow{CKG_MGF1_SHA3_384, Hash::sha3_384}, MgfRow{CKG_MGF1_SHA3_512, Hash::sha3_512},
};

void bind_iv(const CK_MECHANISM& mechanism, CK_ULONG size, Mechanism& core) {
    demand(mechanism.pParameter && mechanism.ulParameterLen == size);
    core.iv = bytes_at(mechanism.pParameter, size);
}

void bind_ctr(const CK_MECHANISM& mechanism, BoundMechanism& out) {
    const auto given = structure<CK_AES_CTR_PARAMS>(mechanism);
    demand(given.ulCounterBits >= 1 && given.ulCounterBits <= 128);
    out.core.length = static_cast<std::uint32_t>(given.ulCounterBits);
    out.storage.assign(given.cb, given.cb + sizeof given.cb);
    out.core.iv = out.storage;
}

#ifdef _WIN32
#pragma pack(push, 1) // as the standard's own structures are there
#endif
/// CK_GCM_PARAMS of 2.20.
struct ShortGcmParameters {
    CK_BYTE_PTR pIv;
    CK_ULONG ulIvLen;
    CK_BYTE_PTR pAAD;
    CK_ULONG ulAADLen;
    CK_ULONG ulTagBits;
};
#ifdef _WIN32
#pragma pack(pop)
#endif

/// Both layouts: with ulIvBits (3.x and errata of 2.40), and without (2.20 and what many programs still use).
void bind_gcm(const CK_MECHANISM& mechanism, Mechanism& core) {
    const auto take = [&](const auto& given) {
        demand(given.ulIvLen >= 1 && given.ulIvLen <= 1u << 16);
        const auto bits = given.ulTagBits;
        demand(bits == 32 || bits == 64 || (bits >= 96 && bits <= 128 && bits % 8 == 0));
        core.iv = bytes_at(given.pIv, given.ulIvLen);
        core.aad = bytes_at(given.pAAD, given.ulAADLen);
        core.length = static_cast<std::uint32_t>(bits / 8);
    };
    if (mechanism.ulParameterLen == sizeof(ShortGcmParameters)) take(structure<ShortGcmParameters>(mechanism));
    else take(structure<CK_GCM_PARAMS>(mechanism));
}

void bind_ccm(const CK_MECHANISM& mechanism, BoundMechanism& out) {
    const auto given = structure<CK_CCM_PARAMS>(mechanism);
    demand(given.ulNonceLen >= 7 && given.ulNonceLen <= 13);
    demand(given.ulMACLen >= 4 && given.ulMACLen <= 16 && given.ulMACLen % 2 == 0);
    out.core.iv = bytes_at(given.pNonce, given.ulNonceLen);
    out.core.aad = bytes_at(given.pAAD, given.ulAADLen);
    out.core.length = static_cast<std::uint32_t>(given.ulMACLen);
    out.data_length = given.ulDataLen;
}

/// The block counter is where libhsm's stream cipher starts: 16 bytes, counter first, as RFC 8439 lays out the state.
void bind_chacha20(const CK_MECHANISM& mechanism, BoundMechanism& out) {
    const auto given = structure<CK_CHACHA20_PARAMS>(mechanism);
    const auto nonce = bytes_at(given.pNonce, whole_bytes(given.ulNonceBits));
    demand(nonce.size() == 8 || nonce.size() == 12);
    demand(given.blockCounterBits == (nonce.size() == 8 ? 64u : 32u) && given.pBlockCounter);
    for (const auto byte : bytes_at(given.pBlockCounter, given.blockCounterBits / 8)) demand(byte == 0);
    out.core.iv = nonce;
}

void bind_chacha20_poly1305(const CK_MECHANISM& mechanism, Mechanism& core) {
    const auto given = structure<CK_SALSA20_CHACHA20_POLY1305_PARAMS>(mechanism);
    demand(given.ulNonceLen == 8 || given.ulNonceLen == 12 || given.ulNonceLen == 24);
    core.iv = bytes_at(given.pNonce, given.ulNonceLen);
    core.aad = bytes_at(given.pAAD, given.ulAADLen);
}

void bind_pss(const CK_MECHANISM& mechanism, BoundMechanism& out) {
    const auto given = structure<CK_RSA_PKCS_PSS_PARAMS>(mechanism);
    const auto hash = hash_of(given.hashAlg);
    demand(hash != Hash::none && (out.row->hash == Hash::none || out.row->hash == hash));
    demand(given.sLen <= 0xffff);
    out.core.hash = hash;
    out.core.mgf_hash = hash_of_mgf(given.mgf);
    demand(out.core.mgf_hash != Hash::none);
    out.core.length = static_cast<std::uint32_t>(given.sLen);
}

void bind_oaep(const CK_RSA_PKCS_OAEP_PARAMS& given, Mechanism& core) {
    core.hash = hash_of(given.hashAlg);
    core.mgf_hash = hash_of_mgf(given.mgf);
    demand(core.hash != Hash::none && core.mgf_hash != Hash::none);
    if (given.source == 0) {
        demand(given.ulSourceDataLen == 0);
        return;
    }
    demand(given.source == CKZ_DATA_SPECIFIED);
    core.label = bytes_at(given.pSourceData, given.ulSourceDataLen);
}

void bind_rsa_aes(const CK_MECHANISM& mechanism, Mechanism& core) {
    const auto given = structure<CK_RSA_AES_KEY_WRAP_PARAMS>(mechanism);
    demand(given.pOAEPParams && (given.ulAESKeyBits == 128 || given.ulAESKeyBits == 192 || given.ulAESKeyBits == 256));
    bind_oaep(*given.pOAEPParams, core);
    core.length = static_cast<std::uint32_t>(given.ulAESKeyBits);
}

void bind_eddsa(const CK_MECHANISM& mechanism, Mechanism& core) {
    if (!mechanism.pParameter && mechanism.ulParameterLen == 0) return;
    const auto given = structure<CK_EDDSA_PARAMS>(mechanism);
    demand((given.phFlag == CK_TRUE || given.phFlag == CK_FALSE) && given.ulContextDataLen <= 255);
    core.prehashed = given.phFlag == CK_TRUE;
    core.context = bytes_at(given.pContextData, given.ulContextDataLen);
    core.empty_context = core.context.empty() && !core.prehashed;
}

Hedge hedge_of(CK_HEDGE_TYPE type) {
    switch (type) {
    case CKH_HEDGE_PREFERRED: return Hedge::preferred;
    case CKH_HEDGE_REQUIRED: return Hedge::required;
    case CKH_DETERMINISTIC_REQUIRED: return Hedge::deterministic;
    default: bad_parameter();
    }
}

void bind_context(const CK_MECHANISM& mechanism, Mechanism& core) {
    if (!mechanism.pParameter && mechanism.ulParameterLen == 0) return;
    const auto given = structure<CK_SIGN_ADDITIONAL_CONTEXT>(mechanism);
    demand(given.ulContextLen <= 255);
    core.hedge = hedge_of(given.hedgeVariant);
    core.context = bytes_at(given.pContext, given.ulContextLen);
}

void bind_hash_context(const CK_MECHANISM& mechanism, Mechanism& core) {
    const auto given = structure<CK_HASH_SIGN_ADDITIONAL_CONTEXT>(mechanism);
    demand(given.ulContextLen <= 255);
    core.hedge = hedge_of(given.hedgeVariant);
    core.context = bytes_at(given.pContext, given.ulContextLen);
    core.hash = hash_of(given.hash);
    demand(core.hash != Hash::none);
}

void bind_mac_length(const CK_MECHANISM& mechanism, Mechanism& core, bool triple_des) {
    const auto length = structure<CK_ULONG>(mechanism);
    const auto largest = core.id == MechanismId::cmac ? (triple_des ? 8u : 16u) : hash_row(core.hash).size;
    demand(length >= 1 && length <= largest);
    core.length = static_cast<std::uint32_t>(length);
}

void bind_tls_mac(const CK_MECHANISM& mechanism, BoundMechanism& out) {
    const auto given = structure<CK_TLS_MAC_PARAMS>(mechanism);
    out.core.hash = hash_of(given.prfHashMechanism);
    demand(out.core.hash != Hash::none && given.ulMacLength >= 1 && given.ulMacLength <= 64);
    demand(given.ulServerOrClient == 1 || given.ulServerOrClient == 2);
    out.core.length = static_cast<std::uint32_t>(given.ulMacLength);
    out.core.label = view(given.ulServerOrClient == 1 ? "server finished" : "client finished");
}

void bind_parameter(const CK_MECHANISM& mechanism, BoundMechanism& out) {
    auto& core = out.core;
    switch (out.row->parameter) {
    case Parameter::none:
        demand(mechanism.ulParameterLen == 0);
        return;
    case Parameter::iv16: return bind_iv(mechanism, 16, core);
    case Parameter::iv8: return bind_iv(mechanism, 8, core);
    case Parameter::iv_any:
        demand(mechanism.ulParameterLen >= 1 && mechanism.ulParameterLen <= 256);
        return bind_iv(mechanism, mechanism.ulParameterLen, core);
    case Parameter::iv_optional:
        if (mechanism.ulParameterLen == 0) return;
        return bind_iv(mechanism, core.id == MechanismId::key_wrap_pad ? 4 : 8, core);
    case Parameter::mac_length: return bind_mac_length(mechanism, core, out.row->key_type == KeyType::des3);
    case Parameter::ctr: return bind_ctr(mechanism, out);
    case Parameter::gcm: return bind_gcm(mechanism, core);
    case Parameter::ccm: return bind_ccm(mechanism, out);
    case Parameter::chacha20: return bind_chacha20(mechanism, out);
    case Parameter::chacha20_poly1305: return bind_chacha20_poly1305(mechanism, core);
    case Parameter::pss: return bind_pss(mechanism, out);
    case Parameter::oaep: return bind_oaep(structure<CK_RSA_PKCS_OAEP_PARAMS>(mechanism), core);
    case Parameter::eddsa_optional: return bind_eddsa(mechanism, core);
    case Parameter::context: return bind_context(mechanism, core);
    case Parameter::hash_context: return bind_hash_context(mechanism, core);
    case Parameter::rsa_aes: return bind_rsa_aes(mechanism, core);
    case Parameter::tls_mac: return bind_tls_mac(mechanism, out);
    case Parameter::derive: return;
    }
}

} // namespace

Hash hash_of_mgf(CK_RSA_PKCS_MGF_TYPE mgf) noexcept {
    for (const auto& row : mgfs)
        if (row.mgf == mgf) return row.hash;
    return Hash::none;
}

BoundMechanism bind_mechanism(const CK_MECHANISM& mechanism, CK_FLAGS purpose) {
    BoundMechanism out;
    out.row = mechanism_row_of(mechanism.mechanism);
    if (!out.row || !(out.row->flags & purpose)) refuse(CKR_MECHANISM_INVALID);
    out.core.id = out.row->id;
    out.core.hash = out.row->hash;
    out.core.prehashed = out.row->prehashed;
    bind_parameter(mechanism, out);
    return out;
}

void BoundMechanism::own(WipedBytes spare) {
    auto kept = std::move(spare);
    kept.clear();
    kept.reserve(core.iv.size() + core.aad.size() + core.label.size() + core.context.size() + core.segments.size());
    for (auto* part : {&core.iv, &core.aad, &core.label, &core.context, &core.segments}) {
        if (part->empty()) continue;
        const auto at = kept.size();
        kept.insert(kept.end(), part->begin(), part->end()); // the reserved memory does not move
        *part = {kept.data() + at, part->size()};
    }
    storage.swap(kept);
}

} // namespace hsm::pkcs11
