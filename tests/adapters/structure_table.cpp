// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "structure_table.hpp"

#include "adapters/pkcs11/pkcs11.h"

#include <cstddef>

// A macro that applies another to each of its arguments; 256 of them are enough.
#define HSM_EXPAND(...) HSM_EXPAND_4(HSM_EXPAND_4(HSM_EXPAND_4(HSM_EXPAND_4(__VA_ARGS__))))
#define HSM_EXPAND_4(...) HSM_EXPAND_3(HSM_EXPAND_3(HSM_EXPAND_3(HSM_EXPAND_3(__VA_ARGS__))))
#define HSM_EXPAND_3(...) __VA_ARGS__
#define HSM_MEMBERS(type, ...) __VA_OPT__(HSM_EXPAND(HSM_MEMBER(type, __VA_ARGS__)))
#define HSM_MEMBER(type, member, ...)                                                                        \
    {#member, offsetof(type, member)}, __VA_OPT__(HSM_AGAIN HSM_PARENTHESES(type, __VA_ARGS__))
#define HSM_PARENTHESES ()
#define HSM_AGAIN() HSM_MEMBER
#define HSM_STRUCTURE(type, ...) {#type, sizeof(type), {HSM_MEMBERS(type, __VA_ARGS__)}},

namespace hsm::test {

namespace {

// clang-format off
const std::vector<Structure> table = {
    HSM_STRUCTURE(CK_VERSION, major, minor)
    HSM_STRUCTURE(CK_INFO, cryptokiVersion, manufacturerID, flags, libraryDescription,
        libraryVersion)
    HSM_STRUCTURE(CK_SLOT_INFO, slotDescription, manufacturerID, flags, hardwareVersion,
        firmwareVersion)
    HSM_STRUCTURE(CK_TOKEN_INFO, label, manufacturerID, model, serialNumber, flags,
        ulMaxSessionCount, ulSessionCount, ulMaxRwSessionCount, ulRwSessionCount, ulMaxPinLen,
        ulMinPinLen, ulTotalPublicMemory, ulFreePublicMemory, ulTotalPrivateMemory, ulFreePrivateMemory,
        hardwareVersion, firmwareVersion, utcTime)
    HSM_STRUCTURE(CK_SESSION_INFO, slotID, state, flags, ulDeviceError)
    HSM_STRUCTURE(CK_ATTRIBUTE, type, pValue, ulValueLen)
    HSM_STRUCTURE(CK_DATE, year, month, day)
    HSM_STRUCTURE(CK_MECHANISM, mechanism, pParameter, ulParameterLen)
    HSM_STRUCTURE(CK_MECHANISM_INFO, ulMinKeySize, ulMaxKeySize, flags)
    HSM_STRUCTURE(CK_INTERFACE, pInterfaceName, pFunctionList, flags)
    HSM_STRUCTURE(CK_C_INITIALIZE_ARGS, CreateMutex, DestroyMutex, LockMutex, UnlockMutex,
        flags, pReserved)
    HSM_STRUCTURE(CK_RSA_PKCS_OAEP_PARAMS, hashAlg, mgf, source, pSourceData, ulSourceDataLen)
    HSM_STRUCTURE(CK_RSA_PKCS_PSS_PARAMS, hashAlg, mgf, sLen)
    HSM_STRUCTURE(CK_ECDH1_DERIVE_PARAMS, kdf, ulSharedDataLen, pSharedData, ulPublicDataLen,
        pPublicData)
    HSM_STRUCTURE(CK_ECDH2_DERIVE_PARAMS, kdf, ulSharedDataLen, pSharedData, ulPublicDataLen,
        pPublicData, ulPrivateDataLen, hPrivateData, ulPublicDataLen2, pPublicData2)
    HSM_STRUCTURE(CK_ECMQV_DERIVE_PARAMS, kdf, ulSharedDataLen, pSharedData, ulPublicDataLen,
        pPublicData, ulPrivateDataLen, hPrivateData, ulPublicDataLen2, pPublicData2, publicKey)
    HSM_STRUCTURE(CK_X9_42_DH1_DERIVE_PARAMS, kdf, ulOtherInfoLen, pOtherInfo, ulPublicDataLen,
        pPublicData)
    HSM_STRUCTURE(CK_X9_42_DH2_DERIVE_PARAMS, kdf, ulOtherInfoLen, pOtherInfo, ulPublicDataLen,
        pPublicData, ulPrivateDataLen, hPrivateData, ulPublicDataLen2, pPublicData2)
    HSM_STRUCTURE(CK_X9_42_MQV_DERIVE_PARAMS, kdf, ulOtherInfoLen, pOtherInfo, ulPublicDataLen,
        pPublicData, ulPrivateDataLen, hPrivateData, ulPublicDataLen2, pPublicData2, publicKey)
    HSM_STRUCTURE(CK_KEA_DERIVE_PARAMS, isSender, ulRandomLen, pRandomA, pRandomB,
        ulPublicDataLen, pPublicData)
    HSM_STRUCTURE(CK_RC2_CBC_PARAMS, ulEffectiveBits, iv)
    HSM_STRUCTURE(CK_RC2_MAC_GENERAL_PARAMS, ulEffectiveBits, ulMacLength)
    HSM_STRUCTURE(CK_RC5_PARAMS, ulWordsize, ulRounds)
    HSM_STRUCTURE(CK_RC5_CBC_PARAMS, ulWordsize, ulRounds, pIv, ulIvLen)
    HSM_STRUCTURE(CK_RC5_MAC_GENERAL_PARAMS, ulWordsize, ulRounds, ulMacLength)
    HSM_STRUCTURE(CK_DES_CBC_ENCRYPT_DATA_PARAMS, iv, pData, length)
    HSM_STRUCTURE(CK_AES_CBC_ENCRYPT_DATA_PARAMS, iv, pData, length)
    HSM_STRUCTURE(CK_AES_CTR_PARAMS, ulCounterBits, cb)
    HSM_STRUCTURE(CK_CCM_PARAMS, ulDataLen, pNonce, ulNonceLen, pAAD, ulAADLen, ulMACLen)
    HSM_STRUCTURE(CK_SALSA20_CHACHA20_POLY1305_PARAMS, pNonce, ulNonceLen, pAAD, ulAADLen)
    HSM_STRUCTURE(CK_GCM_MESSAGE_PARAMS, pIv, ulIvLen, ulIvFixedBits, ivGenerator, pTag,
        ulTagBits)
    HSM_STRUCTURE(CK_CCM_MESSAGE_PARAMS, ulDataLen, pNonce, ulNonceLen, ulNonceFixedBits,
        nonceGenerator, pMAC, ulMACLen)
    HSM_STRUCTURE(CK_GCM_WRAP_PARAMS, pIv, ulIvLen, ulIvFixedBits, ivGenerator, pAAD, ulAADLen,
        ulTagBits)
    HSM_STRUCTURE(CK_CCM_WRAP_PARAMS, ulDataLen, pNonce, ulNonceLen, ulNonceFixedBits,
        nonceGenerator, pAAD, ulAADLen, ulMACLen)
    HSM_STRUCTURE(CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS, pNonce, ulNonceLen, pTag)
    HSM_STRUCTURE(CK_SKIPJACK_PRIVATE_WRAP_PARAMS, ulPasswordLen, pPassword, ulPublicDataLen,
        pPublicData, ulPAndGLen, ulQLen, ulRandomLen, pRandomA, pPrimeP, pBaseG, pSubprimeQ)
    HSM_STRUCTURE(CK_SKIPJACK_RELAYX_PARAMS, ulOldWrappedXLen, pOldWrappedX, ulOldPasswordLen,
        pOldPassword, ulOldPublicDataLen, pOldPublicData, ulOldRandomLen, pOldRandomA, ulNewPasswordLen,
        pNewPassword, ulNewPublicDataLen, pNewPublicData, ulNewRandomLen, pNewRandomA)
    HSM_STRUCTURE(CK_CAMELLIA_CTR_PARAMS, ulCounterBits, cb)
    HSM_STRUCTURE(CK_CAMELLIA_CBC_ENCRYPT_DATA_PARAMS, iv, pData, length)
    HSM_STRUCTURE(CK_ARIA_CBC_ENCRYPT_DATA_PARAMS, iv, pData, length)
    HSM_STRUCTURE(CK_SEED_CBC_ENCRYPT_DATA_PARAMS, iv, pData, length)
    HSM_STRUCTURE(CK_CHACHA20_PARAMS, pBlockCounter, blockCounterBits, pNonce, ulNonceBits)
    HSM_STRUCTURE(CK_SALSA20_PARAMS, pBlockCounter, pNonce, ulNonceBits)
    HSM_STRUCTURE(CK_PBE_PARAMS, pInitVector, pPassword, ulPasswordLen, pSalt, ulSaltLen,
        ulIteration)
    HSM_STRUCTURE(CK_KEY_WRAP_SET_OAEP_PARAMS, bBC, pX, ulXLen)
    HSM_STRUCTURE(CK_SSL3_RANDOM_DATA, pClientRandom, ulClientRandomLen, pServerRandom,
        ulServerRandomLen)
    HSM_STRUCTURE(CK_SSL3_MASTER_KEY_DERIVE_PARAMS, RandomInfo, pVersion)
    HSM_STRUCTURE(CK_SSL3_KEY_MAT_OUT, hClientMacSecret, hServerMacSecret, hClientKey,
        hServerKey, pIVClient, pIVServer)
    HSM_STRUCTURE(CK_SSL3_KEY_MAT_PARAMS, ulMacSizeInBits, ulKeySizeInBits, ulIVSizeInBits,
        bIsExport, RandomInfo, pReturnedKeyMaterial)
    HSM_STRUCTURE(CK_TLS_PRF_PARAMS, pSeed, ulSeedLen, pLabel, ulLabelLen, pOutput,
        pulOutputLen)
    HSM_STRUCTURE(CK_TLS12_MASTER_KEY_DERIVE_PARAMS, RandomInfo, pVersion, prfHashMechanism)
    HSM_STRUCTURE(CK_TLS12_KEY_MAT_PARAMS, ulMacSizeInBits, ulKeySizeInBits, ulIVSizeInBits,
        bIsExport, RandomInfo, pReturnedKeyMaterial, prfHashMechanism)
    HSM_STRUCTURE(CK_TLS_KDF_PARAMS, prfMechanism, pLabel, ulLabelLength, RandomInfo,
        pContextData, ulContextDataLength)
    HSM_STRUCTURE(CK_TLS_MAC_PARAMS, prfHashMechanism, ulMacLength, ulServerOrClient)
    HSM_STRUCTURE(CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS, prfHashMechanism, pSessionHash,
        ulSessionHashLen, pVersion)
    HSM_STRUCTURE(CK_HKDF_PARAMS, bExtract, bExpand, prfHashMechanism, ulSaltType, pSalt,
        ulSaltLen, hSaltKey, pInfo, ulInfoLen)
    HSM_STRUCTURE(CK_IKE2_PRF_PLUS_DERIVE_PARAMS, prfMechanism, bHasSeedKey, hSeedKey,
        pSeedData, ulSeedDataLen)
    HSM_STRUCTURE(CK_IKE_PRF_DERIVE_PARAMS, prfMechanism, bDataAsKey, bRekey, pNi, ulNiLen, pNr,
        ulNrLen, hNewKey)
    HSM_STRUCTURE(CK_IKE1_PRF_DERIVE_PARAMS, prfMechanism, bHasPrevKey, hKeygxy, hPrevKey,
        pCKYi, ulCKYiLen, pCKYr, ulCKYrLen, keyNumber)
    HSM_STRUCTURE(CK_IKE1_EXTENDED_DERIVE_PARAMS, prfMechanism, bHasKeygxy, hKeygxy, pExtraData,
        ulExtraDataLen)
    HSM_STRUCTURE(CK_WTLS_RANDOM_DATA, pClientRandom, ulClientRandomLen, pServerRandom,
        ulServerRandomLen)
    HSM_STRUCTURE(CK_WTLS_MASTER_KEY_DERIVE_PARAMS, DigestMechanism, RandomInfo, pVersion)
    HSM_STRUCTURE(CK_WTLS_PRF_PARAMS, DigestMechanism, pSeed, ulSeedLen, pLabel, ulLabelLen,
        pOutput, pulOutputLen)
    HSM_STRUCTURE(CK_WTLS_KEY_MAT_OUT, hMacSecret, hKey, pIV)
    HSM_STRUCTURE(CK_WTLS_KEY_MAT_PARAMS, DigestMechanism, ulMacSizeInBits, ulKeySizeInBits,
        ulIVSizeInBits, ulSequenceNumber, bIsExport, RandomInfo, pReturnedKeyMaterial)
    HSM_STRUCTURE(CK_PRF_DATA_PARAM, type, pValue, ulValueLen)
    HSM_STRUCTURE(CK_SP800_108_COUNTER_FORMAT, bLittleEndian, ulWidthInBits)
    HSM_STRUCTURE(CK_SP800_108_DKM_LENGTH_FORMAT, dkmLengthMethod, bLittleEndian, ulWidthInBits)
    HSM_STRUCTURE(CK_DERIVED_KEY, pTemplate, ulAttributeCount, phKey)
    HSM_STRUCTURE(CK_SP800_108_KDF_PARAMS, prfType, ulNumberOfDataParams, pDataParams,
        ulAdditionalDerivedKeys, pAdditionalDerivedKeys)
    HSM_STRUCTURE(CK_SP800_108_FEEDBACK_KDF_PARAMS, prfType, ulNumberOfDataParams, pDataParams,
        ulIVLen, pIV, ulAdditionalDerivedKeys, pAdditionalDerivedKeys)
    HSM_STRUCTURE(CK_CMS_SIG_PARAMS, certificateHandle, pSigningMechanism, pDigestMechanism,
        pContentType, pRequestedAttributes, ulRequestedAttributesLen, pRequiredAttributes,
        ulRequiredAttributesLen)
    HSM_STRUCTURE(CK_KEY_DERIVATION_STRING_DATA, pData, ulLen)
    HSM_STRUCTURE(CK_PKCS5_PBKD2_PARAMS, saltSource, pSaltSourceData, ulSaltSourceDataLen,
        iterations, prf, pPrfData, ulPrfDataLen, pPassword, ulPasswordLen)
    HSM_STRUCTURE(CK_PKCS5_PBKD2_PARAMS2, saltSource, pSaltSourceData, ulSaltSourceDataLen,
        iterations, prf, pPrfData, ulPrfDataLen, pPassword, ulPasswordLen)
    HSM_STRUCTURE(CK_OTP_PARAM, type, pValue, ulValueLen)
    HSM_STRUCTURE(CK_OTP_PARAMS, pParams, ulCount)
    HSM_STRUCTURE(CK_OTP_SIGNATURE_INFO, pParams, ulCount)
    HSM_STRUCTURE(CK_KIP_PARAMS, pMechanism, hKey, pSeed, ulSeedLen)
    HSM_STRUCTURE(CK_DSA_PARAMETER_GEN_PARAM, hash, pSeed, ulSeedLen, ulIndex)
    HSM_STRUCTURE(CK_ECDH_AES_KEY_WRAP_PARAMS, ulAESKeyBits, kdf, ulSharedDataLen, pSharedData)
    HSM_STRUCTURE(CK_RSA_AES_KEY_WRAP_PARAMS, ulAESKeyBits, pOAEPParams)
    HSM_STRUCTURE(CK_GOSTR3410_DERIVE_PARAMS, kdf, pPublicData, ulPublicDataLen, pUKM, ulUKMLen)
    HSM_STRUCTURE(CK_GOSTR3410_KEY_WRAP_PARAMS, pWrapOID, ulWrapOIDLen, pUKM, ulUKMLen, hKey)
    HSM_STRUCTURE(CK_EDDSA_PARAMS, phFlag, ulContextDataLen, pContextData)
    HSM_STRUCTURE(CK_XEDDSA_PARAMS, hash)
    HSM_STRUCTURE(CK_X3DH_INITIATE_PARAMS, kdf, pPeer_identity, pPeer_prekey, pPrekey_signature,
        pOnetime_key, pOwn_identity, pOwn_ephemeral)
    HSM_STRUCTURE(CK_X3DH_RESPOND_PARAMS, kdf, pIdentity_id, pPrekey_id, pOnetime_id,
        pInitiator_identity, pInitiator_ephemeral)
    HSM_STRUCTURE(CK_X2RATCHET_INITIALIZE_PARAMS, sk, peer_public_prekey, peer_public_identity,
        own_public_identity, bEncryptedHeader, eCurve, aeadMechanism, kdfMechanism)
    HSM_STRUCTURE(CK_X2RATCHET_RESPOND_PARAMS, sk, own_prekey, initiator_identity,
        own_public_identity, bEncryptedHeader, eCurve, aeadMechanism, kdfMechanism)
    HSM_STRUCTURE(CK_ASYNC_DATA, ulVersion, pValue, ulValue, hObject, hAdditionalObject)
    HSM_STRUCTURE(CK_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, pContext, ulContextLen)
    HSM_STRUCTURE(CK_HASH_SIGN_ADDITIONAL_CONTEXT, hedgeVariant, pContext, ulContextLen, hash)
    HSM_STRUCTURE(CK_GCM_PARAMS, pIv, ulIvLen, ulIvBits, pAAD, ulAADLen, ulTagBits)
};
// clang-format on

} // namespace

const std::vector<Structure>& structures() { return table; }

} // namespace hsm::test
