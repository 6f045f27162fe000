// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "derivation.hpp"
#include "fault.hpp"
#include "key_types.hpp"

#include <hsm/encoding.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace hsm::pkcs11 {

namespace {

void demand(bool holds) {
    if (!holds) refuse(CKR_MECHANISM_PARAM_INVALID);
}

ByteView bytes_at(const void* at, CK_ULONG size) {
    demand(at || size == 0);
    return {static_cast<const std::uint8_t*>(at), size};
}

template <class T>
T structure(const void* at, CK_ULONG size) {
    demand(at && size == sizeof(T));
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}
template <class T>
T structure(const CK_MECHANISM& mechanism) {
    return structure<T>(mechanism.pParameter, mechanism.ulParameterLen);
}

Hash demanded_hash(CK_MECHANISM_TYPE type) {
    const auto hash = hash_of(type);
    demand(hash != Hash::none);
    return hash;
}

struct KdfRow {
    CK_EC_KDF_TYPE type;
    AgreementKdf kdf;
    Hash hash;
};
constexpr std::array kdfs{
    KdfRow{CKD_NULL, AgreementKdf::none, Hash::none},
    KdfRow{CKD_SHA1_KDF, AgreementKdf::x963, Hash::sha1},
    KdfRow{CKD_SHA224_KDF, AgreementKdf::x963, Hash::sha224},
    KdfRow{CKD_SHA256_KDF, AgreementKdf::x963, Hash::sha256},
    KdfRow{CKD_SHA384_KDF, AgreementKdf::x963, Hash::sha384},
    KdfRow{CKD_SHA512_KDF, AgreementKdf::x963, Hash::sha512},
    KdfRow{CKD_SHA3_224_KDF, AgreementKdf::x963, Hash::sha3_224},
    KdfRow{CKD_SHA3_256_KDF, AgreementKdf::x963, Hash::sha3_256},
    KdfRow{CKD_SHA3_384_KDF, AgreementKdf::x963, Hash::sha3_384},
    KdfRow{CKD_SHA3_512_KDF, AgreementKdf::x963, Hash::sha3_512},
    KdfRow{CKD_SHA1_KDF_SP800, AgreementKdf::one_step, Hash::sha1},
    KdfRow{CKD_SHA224_KDF_SP800, AgreementKdf::one_step, Hash::sha224},
    KdfRow{CKD_SHA256_KDF_SP800, AgreementKdf::one_step, Hash::sha256},
    KdfRow{CKD_SHA384_KDF_SP800, AgreementKdf::one_step, Hash::sha384},
    KdfRow{CKD_SHA512_KDF_SP800, AgreementKdf::one_step, Hash::sha512},
    KdfRow{CKD_SHA3_224_KDF_SP800, AgreementKdf::one_step, Hash::sha3_224},
    KdfRow{CKD_SHA3_256_KDF_SP800, AgreementKdf::one_step, Hash::sha3_256},
    KdfRow{CKD_SHA3_384_KDF_SP800, AgreementKdf::one_step, Hash::sha3_384},
    KdfRow{CKD_SHA3_512_KDF_SP800, AgreementKdf::one_step, Hash::sha3_512},
};

/// Bytes of a coordinate, or of a Montgomery value.
std::size_t field_size(const KeySpec& spec) {
    if (spec.type == KeyType::x25519) return 32;
    if (spec.type == KeyType::x448) return 56;
    return (param_set_row(spec.params).bits + 7) / 8;
}

/// The peer's public value, raw or in an OCTET STRING. Both may begin with 04: the length tells.
ByteView peer_value(ByteView given, const KeySpec& spec) {
    const auto field = field_size(spec);
    const auto has_size = [&](ByteView value) {
        return spec.type == KeyType::ec ? value.size() == 2 * field + 1 || value.size() == field + 1 : value.size() == field;
    };
    if (has_size(given)) return given;
    try {
        const auto content = octet_string_content(given);
        if (has_size(content)) return content;
    } catch (const Error&) {
        // neither: refused below
    }
    refuse(CKR_MECHANISM_PARAM_INVALID);
}

void bind_ecdh(const CK_MECHANISM& mechanism, const Object& base, Derivation& out) {
    const auto given = structure<CK_ECDH1_DERIVE_PARAMS>(mechanism);
    const auto kdf = std::ranges::find(kdfs, given.kdf, &KdfRow::type);
    demand(kdf != kdfs.end());
    const auto spec = spec_of_ec_parameters(base.attributes().bytes(CKA_EC_PARAMS));
    auto& core = out.mechanism.core;
    core.kdf = kdf->kdf;
    core.hash = kdf->hash;
    core.label = bytes_at(given.pSharedData, given.ulSharedDataLen);
    demand(kdf->kdf != AgreementKdf::none || core.label.empty());
    core.context = peer_value(bytes_at(given.pPublicData, given.ulPublicDataLen), spec);
    out.natural_size = kdf->kdf == AgreementKdf::none ? field_size(spec) : hash_row(kdf->hash).size;
}

void check_whole_blocks(const Derivation& out) {
    const auto size = out.mechanism.core.context.size();
    demand(size != 0 && size % (out.mechanism.row->key_type == KeyType::aes ? 16 : 8) == 0);
}

void bind_string(const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<CK_KEY_DERIVATION_STRING_DATA>(mechanism);
    out.mechanism.core.context = bytes_at(given.pData, given.ulLen);
}

template <class Params>
void bind_cbc_data(const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<Params>(mechanism);
    out.mechanism.storage.assign(given.iv, given.iv + sizeof given.iv);
    out.mechanism.core.iv = out.mechanism.storage;
    out.mechanism.core.context = bytes_at(given.pData, given.length);
    out.natural_size = given.length;
}

/// A further key takes part.
void bind_second(Token& token, CK_OBJECT_HANDLE handle, Derivation& out) {
    const auto object = key_object(token, handle, CKR_KEY_HANDLE_INVALID);
    if (!object->attributes().flag(CKA_DERIVE)) refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
    out.mechanism.core.second = token.key_of(*object).handle();
    out.more.push_back(object);
}

void bind_hkdf(Token& token, const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<CK_HKDF_PARAMS>(mechanism);
    auto& core = out.mechanism.core;
    demand(given.bExtract || given.bExpand);
    core.id = !given.bExpand ? MechanismId::hkdf_extract : !given.bExtract ? MechanismId::hkdf_expand : MechanismId::hkdf;
    core.hash = demanded_hash(given.prfHashMechanism);
    if (given.bExtract && given.ulSaltType == CKF_HKDF_SALT_DATA) core.iv = bytes_at(given.pSalt, given.ulSaltLen);
    else if (given.bExtract && given.ulSaltType == CKF_HKDF_SALT_KEY) bind_second(token, given.hSaltKey, out);
    else demand(!given.bExtract || given.ulSaltType == CKF_HKDF_SALT_NULL);
    if (given.bExpand) core.context = bytes_at(given.pInfo, given.ulInfoLen);
    if (!given.bExpand) out.natural_size = hash_row(core.hash).size;
}

std::uint8_t counter_width(CK_ULONG bits) {
    demand(bits >= 8 && bits <= 64 && bits % 8 == 0);
    return static_cast<std::uint8_t>(bits);
}

KdfSegment segment_of(const CK_PRF_DATA_PARAM& field, bool counter_mode) {
    KdfSegment segment;
    switch (field.type) {
    case CK_SP800_108_ITERATION_VARIABLE:
        segment.kind = KdfSegment::Kind::iteration;
        if (!counter_mode) {
            demand(!field.pValue && field.ulValueLen == 0);
            return segment;
        }
        break;
    case CK_SP800_108_OPTIONAL_COUNTER:
        demand(!counter_mode);
        segment.kind = KdfSegment::Kind::counter;
        break;
    case CK_SP800_108_DKM_LENGTH: {
        const auto format = structure<CK_SP800_108_DKM_LENGTH_FORMAT>(field.pValue, field.ulValueLen);
        segment.kind = KdfSegment::Kind::length;
        segment.width = counter_width(format.ulWidthInBits);
        segment.little_endian = format.bLittleEndian;
        demand(format.dkmLengthMethod == CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS ||
               format.dkmLengthMethod == CK_SP800_108_DKM_LENGTH_SUM_OF_SEGMENTS);
        segment.sum = format.dkmLengthMethod == CK_SP800_108_DKM_LENGTH_SUM_OF_KEYS ? KdfSegment::Sum::keys : KdfSegment::Sum::blocks;
        return segment;
    }
    case CK_SP800_108_BYTE_ARRAY:
        segment.bytes = bytes_at(field.pValue, field.ulValueLen);
        return segment;
    default: refuse(CKR_MECHANISM_PARAM_INVALID);
    }
    const auto format = structure<CK_SP800_108_COUNTER_FORMAT>(field.pValue, field.ulValueLen);
    segment.width = counter_width(format.ulWidthInBits);
    segment.little_endian = format.bLittleEndian;
    return segment;
}

/// The PRF is an HMAC or the CMAC of the base key's cipher.
Hash prf_hash(CK_SP800_108_PRF_TYPE prf) {
    if (prf == CKM_AES_CMAC || prf == CKM_DES3_CMAC) return Hash::none;
    const auto* row = mechanism_row_of(prf);
    demand(row && row->id == MechanismId::hmac && row->parameter == Parameter::none);
    return row->hash;
}

void bind_sp800_108(const CK_MECHANISM& mechanism, Derivation& out) {
    auto& core = out.mechanism.core;
    const bool feedback = core.id == MechanismId::sp800_108_feedback;
    CK_SP800_108_FEEDBACK_KDF_PARAMS given{};
    if (feedback) given = structure<CK_SP800_108_FEEDBACK_KDF_PARAMS>(mechanism);
    else {
        const auto shorter = structure<CK_SP800_108_KDF_PARAMS>(mechanism);
        given.prfType = shorter.prfType;
        given.ulNumberOfDataParams = shorter.ulNumberOfDataParams;
        given.pDataParams = shorter.pDataParams;
        given.ulAdditionalDerivedKeys = shorter.ulAdditionalDerivedKeys;
        given.pAdditionalDerivedKeys = shorter.pAdditionalDerivedKeys;
    }
    core.hash = prf_hash(given.prfType);
    demand((given.pDataParams || given.ulNumberOfDataParams == 0) && given.ulNumberOfDataParams <= 64);
    std::vector<KdfSegment> segments;
    for (CK_ULONG i = 0; i < given.ulNumberOfDataParams; ++i)
        segments.push_back(segment_of(given.pDataParams[i], core.id == MechanismId::sp800_108_counter));
    const auto iterations = std::ranges::count(segments, KdfSegment::Kind::iteration, &KdfSegment::kind);
    demand(iterations == 1);
    const auto encoded = encode_segments(segments);
    out.mechanism.storage.assign(encoded.begin(), encoded.end());
    core.segments = out.mechanism.storage;
    if (feedback) core.iv = bytes_at(given.pIV, given.ulIVLen);
    demand(given.pAdditionalDerivedKeys || given.ulAdditionalDerivedKeys == 0);
    demand(given.ulAdditionalDerivedKeys <= 32);
    out.additional = given.pAdditionalDerivedKeys;
    out.additional_count = given.ulAdditionalDerivedKeys;
}

/// Two randoms, in the order that the derivation wants them.
void bind_randoms(const CK_SSL3_RANDOM_DATA& randoms, bool server_first, Derivation& out, ByteView behind = {}) {
    const auto client = bytes_at(randoms.pClientRandom, randoms.ulClientRandomLen);
    const auto server = bytes_at(randoms.pServerRandom, randoms.ulServerRandomLen);
    auto& storage = out.mechanism.storage;
    for (const auto part : {server_first ? server : client, server_first ? client : server, behind})
        storage.insert(storage.end(), part.begin(), part.end());
    out.mechanism.core.context = storage;
}

void bind_tls_master(const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<CK_TLS12_MASTER_KEY_DERIVE_PARAMS>(mechanism);
    out.mechanism.core.hash = demanded_hash(given.prfHashMechanism);
    bind_randoms(given.RandomInfo, false, out);
    out.version = given.pVersion;
    out.natural_size = 48;
}

void bind_tls_extended_master(const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS>(mechanism);
    out.mechanism.core.hash = demanded_hash(given.prfHashMechanism);
    out.mechanism.core.context = bytes_at(given.pSessionHash, given.ulSessionHashLen);
    out.version = given.pVersion;
    out.natural_size = 48;
}

void bind_tls_key_block(const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<CK_TLS12_KEY_MAT_PARAMS>(mechanism);
    demand(given.pReturnedKeyMaterial && !given.bIsExport);
    for (const auto bits : {given.ulMacSizeInBits, given.ulKeySizeInBits, given.ulIVSizeInBits}) demand(bits % 8 == 0 && bits <= 4096);
    out.mechanism.core.hash = demanded_hash(given.prfHashMechanism);
    bind_randoms(given.RandomInfo, true, out);
    out.key_material = given.pReturnedKeyMaterial;
    out.mac_size = given.ulMacSizeInBits / 8;
    out.key_size = given.ulKeySizeInBits / 8;
    out.iv_size = given.ulIVSizeInBits / 8;
}

void bind_tls_kdf(const CK_MECHANISM& mechanism, Derivation& out) {
    const auto given = structure<CK_TLS_KDF_PARAMS>(mechanism);
    out.mechanism.core.hash = demanded_hash(given.prfMechanism);
    out.mechanism.core.label = bytes_at(given.pLabel, given.ulLabelLength);
    // RFC 5705 4: the context goes with its length in front, when there is one.
    WipedBytes context;
    if (given.pContextData) {
        demand(given.ulContextDataLength <= 0xffff);
        context = {static_cast<std::uint8_t>(given.ulContextDataLength >> 8), static_cast<std::uint8_t>(given.ulContextDataLength)};
        context.insert(context.end(), given.pContextData, given.pContextData + given.ulContextDataLength);
    }
    bind_randoms(given.RandomInfo, false, out, context);
}

} // namespace

Derivation bind_derivation(Token& token, const CK_MECHANISM& mechanism, const Object& base) {
    Derivation out;
    out.mechanism = bind_mechanism(mechanism, CKF_DERIVE);
    auto& core = out.mechanism.core;
    switch (core.id) {
    case MechanismId::ecdh:
    case MechanismId::ecdh_cofactor: bind_ecdh(mechanism, base, out); break;
    case MechanismId::dh:
        core.context = bytes_at(mechanism.pParameter, mechanism.ulParameterLen);
        out.natural_size = base.attributes().bytes(CKA_PRIME).size();
        break;
    case MechanismId::concatenate_data:
    case MechanismId::concatenate_to_data:
        bind_string(mechanism, out);
        out.natural_size = base.attributes().number(CKA_VALUE_LEN) + core.context.size();
        break;
    case MechanismId::xor_data:
        bind_string(mechanism, out);
        out.natural_size = std::min<std::size_t>(base.attributes().number(CKA_VALUE_LEN), core.context.size());
        break;
    case MechanismId::concatenate_keys:
        bind_second(token, structure<CK_OBJECT_HANDLE>(mechanism), out);
        out.natural_size = base.attributes().number(CKA_VALUE_LEN) + out.more.back()->attributes().number(CKA_VALUE_LEN);
        break;
    case MechanismId::extract_bits:
        core.offset = static_cast<std::uint32_t>(structure<CK_EXTRACT_PARAMS>(mechanism));
        demand(core.offset < base.attributes().number(CKA_VALUE_LEN) * 8);
        break;
    case MechanismId::digest_key: out.natural_size = hash_row(core.hash).size; break;
    case MechanismId::ecb_encrypt_data:
        bind_string(mechanism, out);
        check_whole_blocks(out);
        out.natural_size = core.context.size();
        break;
    case MechanismId::cbc_encrypt_data:
        if (out.mechanism.row->type == CKM_AES_CBC_ENCRYPT_DATA) bind_cbc_data<CK_AES_CBC_ENCRYPT_DATA_PARAMS>(mechanism, out);
        else bind_cbc_data<CK_DES_CBC_ENCRYPT_DATA_PARAMS>(mechanism, out);
        check_whole_blocks(out);
        break;
    case MechanismId::hkdf: bind_hkdf(token, mechanism, out); break;
    case MechanismId::sp800_108_counter:
    case MechanismId::sp800_108_feedback:
    case MechanismId::sp800_108_pipeline: bind_sp800_108(mechanism, out); break;
    case MechanismId::tls12_master_secret: bind_tls_master(mechanism, out); break;
    case MechanismId::tls12_extended_master_secret: bind_tls_extended_master(mechanism, out); break;
    case MechanismId::tls12_key_block: bind_tls_key_block(mechanism, out); break;
    case MechanismId::tls12_prf: bind_tls_kdf(mechanism, out); break;
    default: refuse(CKR_MECHANISM_INVALID);
    }
    return out;
}

PasswordDerivation bind_password_derivation(const CK_MECHANISM& mechanism) {
    struct PrfRow {
        CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf;
        Hash hash;
    };
    static constexpr std::array prfs{
        PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA1, Hash::sha1},     PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA224, Hash::sha224},
        PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA256, Hash::sha256}, PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA384, Hash::sha384},
        PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA512, Hash::sha512}, PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA512_224, Hash::sha512_224},
        PrfRow{CKP_PKCS5_PBKD2_HMAC_SHA512_256, Hash::sha512_256},
    };
    PasswordDerivation out;
    out.mechanism = bind_mechanism(mechanism, CKF_GENERATE);
    // The older structure has a pointer in the place of the length. Where that makes it longer, its size tells; else: no password
    // is as long as an address is high.
    CK_PKCS5_PBKD2_PARAMS2 given{};
    constexpr bool size_tells = sizeof(CK_PKCS5_PBKD2_PARAMS) != sizeof(CK_PKCS5_PBKD2_PARAMS2);
    bool is_older = size_tells && mechanism.ulParameterLen == sizeof(CK_PKCS5_PBKD2_PARAMS);
    if (!is_older) given = structure<CK_PKCS5_PBKD2_PARAMS2>(mechanism);
    if (!size_tells) is_older = given.ulPasswordLen > 0xfffff && given.ulPasswordLen % alignof(CK_ULONG) == 0;
    if (is_older) {
        const auto older = structure<CK_PKCS5_PBKD2_PARAMS>(mechanism);
        demand(older.ulPasswordLen != nullptr);
        given = {older.saltSource, older.pSaltSourceData, older.ulSaltSourceDataLen, older.iterations, older.prf,
                 older.pPrfData,   older.ulPrfDataLen,    older.pPassword,           *older.ulPasswordLen};
    }
    const auto prf = std::ranges::find(prfs, given.prf, &PrfRow::prf);
    demand(prf != prfs.end() && given.saltSource == CKZ_SALT_SPECIFIED && given.iterations >= 1 && given.iterations <= 0xffffffff);
    demand(given.ulPrfDataLen == 0 && given.ulPasswordLen <= 0xffff);
    auto& core = out.mechanism.core;
    core.hash = prf->hash;
    core.iv = bytes_at(given.pSaltSourceData, given.ulSaltSourceDataLen);
    core.iterations = static_cast<std::uint32_t>(given.iterations);
    out.password = Secret(bytes_at(given.pPassword, given.ulPasswordLen));
    return out;
}

} // namespace hsm::pkcs11
