/* SPDX-FileCopyrightText: 2026 The libhsm authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * PKCS #11 3.2: basic types and general structures (chapter 3). Included by pkcs11.h, which packs
 * structures on Windows. */
#ifndef HSM_PKCS11_TYPES_H
#define HSM_PKCS11_TYPES_H

/* The macros that PKCS #11 headers traditionally leave to the program; what it defined before stays. */
#ifndef CK_PTR
#define CK_PTR *
#endif
#ifndef NULL_PTR
#define NULL_PTR 0
#endif
/* Functions of the module are seen by its users with C's calling convention. */
#ifndef CK_DECLARE_FUNCTION
#define CK_DECLARE_FUNCTION(type, name) type name
#endif
#ifndef CK_DECLARE_FUNCTION_POINTER
#define CK_DECLARE_FUNCTION_POINTER(type, name) type(*name)
#endif
#ifndef CK_CALLBACK_FUNCTION
#define CK_CALLBACK_FUNCTION(type, name) type(*name)
#endif

/* The version of the standard that this header describes. */
#define CRYPTOKI_VERSION_MAJOR     3
#define CRYPTOKI_VERSION_MINOR     2
#define CRYPTOKI_VERSION_AMENDMENT 0

typedef unsigned char CK_BYTE;
typedef CK_BYTE CK_CHAR;
typedef CK_BYTE CK_UTF8CHAR;
typedef CK_BYTE CK_BBOOL;      /* CK_FALSE or CK_TRUE, always one byte */
typedef unsigned long CK_ULONG; /* 64 bits on 64-bit Unix, 32 bits on Windows: never stored as it is */
typedef long CK_LONG;
typedef void* CK_VOID_PTR;
typedef CK_VOID_PTR* CK_VOID_PTR_PTR;
typedef CK_BYTE* CK_BYTE_PTR;
typedef CK_CHAR* CK_CHAR_PTR;
typedef CK_UTF8CHAR* CK_UTF8CHAR_PTR;
typedef CK_BBOOL* CK_BBOOL_PTR;
typedef CK_ULONG* CK_ULONG_PTR;
typedef CK_LONG* CK_LONG_PTR;

/* Numbers with a meaning of their own, and pointers to them. */
#define HSM_P11_NUMBER(name) \
    typedef CK_ULONG name; \
    typedef name* name##_PTR
HSM_P11_NUMBER(CK_FLAGS);
HSM_P11_NUMBER(CK_NOTIFICATION);
HSM_P11_NUMBER(CK_SLOT_ID);
HSM_P11_NUMBER(CK_SESSION_HANDLE);
HSM_P11_NUMBER(CK_USER_TYPE);
HSM_P11_NUMBER(CK_STATE);
HSM_P11_NUMBER(CK_OBJECT_HANDLE);
HSM_P11_NUMBER(CK_OBJECT_CLASS);
HSM_P11_NUMBER(CK_PROFILE_ID);
HSM_P11_NUMBER(CK_HW_FEATURE_TYPE);
HSM_P11_NUMBER(CK_KEY_TYPE);
HSM_P11_NUMBER(CK_CERTIFICATE_TYPE);
HSM_P11_NUMBER(CK_ATTRIBUTE_TYPE);
HSM_P11_NUMBER(CK_CERTIFICATE_CATEGORY);
HSM_P11_NUMBER(CK_JAVA_MIDP_SECURITY_DOMAIN);
HSM_P11_NUMBER(CK_MECHANISM_TYPE);
HSM_P11_NUMBER(CK_RV);
HSM_P11_NUMBER(CK_RSA_PKCS_MGF_TYPE);
HSM_P11_NUMBER(CK_RSA_PKCS_OAEP_SOURCE_TYPE);
HSM_P11_NUMBER(CK_EC_KDF_TYPE);
HSM_P11_NUMBER(CK_X9_42_DH_KDF_TYPE);
HSM_P11_NUMBER(CK_RC2_PARAMS);
HSM_P11_NUMBER(CK_MAC_GENERAL_PARAMS);
HSM_P11_NUMBER(CK_GENERATOR_FUNCTION);
HSM_P11_NUMBER(CK_PRF_DATA_TYPE);
HSM_P11_NUMBER(CK_SP800_108_DKM_LENGTH_METHOD);
HSM_P11_NUMBER(CK_EXTRACT_PARAMS);
HSM_P11_NUMBER(CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE);
HSM_P11_NUMBER(CK_PKCS5_PBKDF2_SALT_SOURCE_TYPE);
HSM_P11_NUMBER(CK_OTP_PARAM_TYPE);
HSM_P11_NUMBER(CK_XEDDSA_HASH_TYPE);
HSM_P11_NUMBER(CK_X3DH_KDF_TYPE);
HSM_P11_NUMBER(CK_X2RATCHET_KDF_TYPE);
HSM_P11_NUMBER(CK_SESSION_VALIDATION_FLAGS_TYPE);
HSM_P11_NUMBER(CK_VALIDATION_TYPE);
HSM_P11_NUMBER(CK_VALIDATION_AUTHORITY_TYPE);
HSM_P11_NUMBER(CK_TRUST);
HSM_P11_NUMBER(CK_XMSSMT_PARAMETER_SET_TYPE);
HSM_P11_NUMBER(CK_XMSS_PARAMETER_SET_TYPE);
HSM_P11_NUMBER(CK_HEDGE_TYPE);
HSM_P11_NUMBER(CK_ML_DSA_PARAMETER_SET_TYPE);
HSM_P11_NUMBER(CK_SLH_DSA_PARAMETER_SET_TYPE);
HSM_P11_NUMBER(CK_ML_KEM_PARAMETER_SET_TYPE);
HSM_P11_NUMBER(CK_HSS_LEVELS);
HSM_P11_NUMBER(CK_LMS_TYPE);
HSM_P11_NUMBER(CK_LMOTS_TYPE);
#undef HSM_P11_NUMBER
typedef CK_MECHANISM_TYPE CK_SP800_108_PRF_TYPE;

/* minor counts hundredths: 2.40 is {2, 40}. */
typedef struct CK_VERSION {
    CK_BYTE major;
    CK_BYTE minor;
} CK_VERSION;
typedef CK_VERSION* CK_VERSION_PTR;

/* Strings here and below are padded with spaces and have no terminating zero. */
typedef struct CK_INFO {
    CK_VERSION cryptokiVersion;
    CK_UTF8CHAR manufacturerID[32];
    CK_FLAGS flags;
    CK_UTF8CHAR libraryDescription[32];
    CK_VERSION libraryVersion;
} CK_INFO;
typedef CK_INFO* CK_INFO_PTR;

typedef struct CK_SLOT_INFO {
    CK_UTF8CHAR slotDescription[64];
    CK_UTF8CHAR manufacturerID[32];
    CK_FLAGS flags;
    CK_VERSION hardwareVersion;
    CK_VERSION firmwareVersion;
} CK_SLOT_INFO;
typedef CK_SLOT_INFO* CK_SLOT_INFO_PTR;

typedef struct CK_TOKEN_INFO {
    CK_UTF8CHAR label[32];
    CK_UTF8CHAR manufacturerID[32];
    CK_UTF8CHAR model[16];
    CK_CHAR serialNumber[16];
    CK_FLAGS flags;
    CK_ULONG ulMaxSessionCount;
    CK_ULONG ulSessionCount;
    CK_ULONG ulMaxRwSessionCount;
    CK_ULONG ulRwSessionCount;
    CK_ULONG ulMaxPinLen;
    CK_ULONG ulMinPinLen;
    CK_ULONG ulTotalPublicMemory;
    CK_ULONG ulFreePublicMemory;
    CK_ULONG ulTotalPrivateMemory;
    CK_ULONG ulFreePrivateMemory;
    CK_VERSION hardwareVersion;
    CK_VERSION firmwareVersion;
    CK_CHAR utcTime[16];
} CK_TOKEN_INFO;
typedef CK_TOKEN_INFO* CK_TOKEN_INFO_PTR;

typedef struct CK_SESSION_INFO {
    CK_SLOT_ID slotID;
    CK_STATE state;
    CK_FLAGS flags;
    CK_ULONG ulDeviceError;
} CK_SESSION_INFO;
typedef CK_SESSION_INFO* CK_SESSION_INFO_PTR;

/* pValue NULL asks C_GetAttributeValue for the length. */
typedef struct CK_ATTRIBUTE {
    CK_ATTRIBUTE_TYPE type;
    CK_VOID_PTR pValue;
    CK_ULONG ulValueLen;
} CK_ATTRIBUTE;
typedef CK_ATTRIBUTE* CK_ATTRIBUTE_PTR;

/* Decimal digits; a date that is not set is an attribute of length 0. */
typedef struct CK_DATE {
    CK_CHAR year[4];
    CK_CHAR month[2];
    CK_CHAR day[2];
} CK_DATE;
typedef CK_DATE* CK_DATE_PTR;

typedef struct CK_MECHANISM {
    CK_MECHANISM_TYPE mechanism;
    CK_VOID_PTR pParameter;
    CK_ULONG ulParameterLen;
} CK_MECHANISM;
typedef CK_MECHANISM* CK_MECHANISM_PTR;

typedef struct CK_MECHANISM_INFO {
    CK_ULONG ulMinKeySize;
    CK_ULONG ulMaxKeySize;
    CK_FLAGS flags;
} CK_MECHANISM_INFO;
typedef CK_MECHANISM_INFO* CK_MECHANISM_INFO_PTR;

typedef struct CK_INTERFACE {
    CK_CHAR* pInterfaceName;
    CK_VOID_PTR pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;
typedef CK_INTERFACE* CK_INTERFACE_PTR;

typedef CK_INTERFACE_PTR* CK_INTERFACE_PTR_PTR;

/* Callbacks of the program. */
typedef CK_RV (*CK_NOTIFY)(CK_SESSION_HANDLE hSession, CK_NOTIFICATION event, CK_VOID_PTR pApplication);
typedef CK_RV (*CK_CREATEMUTEX)(CK_VOID_PTR_PTR ppMutex);
typedef CK_RV (*CK_DESTROYMUTEX)(CK_VOID_PTR pMutex);
typedef CK_RV (*CK_LOCKMUTEX)(CK_VOID_PTR pMutex);
typedef CK_RV (*CK_UNLOCKMUTEX)(CK_VOID_PTR pMutex);

typedef struct CK_C_INITIALIZE_ARGS {
    CK_CREATEMUTEX CreateMutex;
    CK_DESTROYMUTEX DestroyMutex;
    CK_LOCKMUTEX LockMutex;
    CK_UNLOCKMUTEX UnlockMutex;
    CK_FLAGS flags;
    CK_VOID_PTR pReserved;
} CK_C_INITIALIZE_ARGS;
typedef CK_C_INITIALIZE_ARGS* CK_C_INITIALIZE_ARGS_PTR;

/* The result of C_AsyncComplete. */
typedef struct CK_ASYNC_DATA {
    CK_ULONG ulVersion;
    CK_BYTE_PTR pValue;
    CK_ULONG ulValue;
    CK_OBJECT_HANDLE hObject;
    CK_OBJECT_HANDLE hAdditionalObject;
} CK_ASYNC_DATA;
typedef CK_ASYNC_DATA* CK_ASYNC_DATA_PTR;

typedef struct CK_DERIVED_KEY {
    CK_ATTRIBUTE_PTR pTemplate;
    CK_ULONG ulAttributeCount;
    CK_OBJECT_HANDLE_PTR phKey;
} CK_DERIVED_KEY;
typedef CK_DERIVED_KEY* CK_DERIVED_KEY_PTR;

#endif
