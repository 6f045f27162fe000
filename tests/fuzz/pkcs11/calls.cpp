// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "play.hpp"

// Every function of the interface with arguments from the play.

namespace hsm::fuzz {

namespace {

using Handle = CK_SESSION_HANDLE;

// Functions of one shape.
template <CK_RV (*function)(Handle)>
CK_RV plain(Play& p) {
    return function(p.session());
}
template <CK_RV (*function)(Handle, CK_BYTE_PTR, CK_ULONG)>
CK_RV in(Play& p) {
    const auto data = p.data();
    return function(p.session(), data.at, data.size);
}
template <CK_RV (*function)(Handle, CK_BYTE_PTR, CK_ULONG_PTR)>
CK_RV out(Play& p) {
    const auto result = p.output();
    return function(p.session(), result.at, result.length);
}
template <CK_RV (*function)(Handle, CK_BYTE_PTR, CK_ULONG, CK_BYTE_PTR, CK_ULONG_PTR)>
CK_RV in_out(Play& p) {
    const auto data = p.data();
    const auto result = p.output();
    return function(p.session(), data.at, data.size, result.at, result.length);
}
template <CK_RV (*function)(Handle, CK_MECHANISM_PTR, CK_OBJECT_HANDLE), CK_FLAGS purpose>
CK_RV begin(Play& p) {
    const auto& row = p.row(purpose);
    if (purpose & (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN | CKF_MESSAGE_VERIFY))
        p.message_mechanism = row.type;
    return function(p.session(), p.mechanism(row), p.key_for(row));
}

// A whole operation in one step: the input need not find the way from Init to the end by itself.
template <auto init, CK_FLAGS purpose, auto single>
CK_RV whole(Play& p) {
    const auto& row = p.row(purpose);
    const auto session = p.session();
    const auto code = init(session, p.mechanism(row), p.key_for(row));
    if (code != CKR_OK) return code;
    const auto data = p.data();
    const auto result = p.output();
    return single(session, data.at, data.size, result.at, result.length);
}

CK_RV digest_init(Play& p) { return C_DigestInit(p.session(), p.mechanism(p.row(CKF_DIGEST))); }
CK_RV digest_key(Play& p) { return C_DigestKey(p.session(), p.object()); }
CK_RV verify(Play& p) {
    const auto data = p.data(), signature = p.data();
    return C_Verify(p.session(), data.at, data.size, signature.at, signature.size);
}
CK_RV verify_signature_init(Play& p) {
    const auto& row = p.row(CKF_VERIFY);
    const auto signature = p.data();
    return C_VerifySignatureInit(p.session(), p.mechanism(row), p.key_for(row), signature.at, signature.size);
}
CK_RV set_state(Play& p) {
    const auto state = p.data();
    return C_SetOperationState(p.session(), state.at, state.size, p.input.byte() % 2 ? p.object() : 0, 0);
}
/// A state that was saved, changed a little.
CK_RV save_and_set_state(Play& p) {
    std::array<CK_BYTE, 4096> state{};
    CK_ULONG size = state.size();
    if (const auto code = C_GetOperationState(p.session(), state.data(), &size); code != CKR_OK || size == 0)
        return code;
    if (p.input.byte() % 2) state[p.input.byte() % size] ^= p.input.byte();
    if (p.input.rarely()) size = p.input.byte() % (size + 1);
    return C_SetOperationState(
        p.session(), static_cast<CK_BYTE_PTR>(p.memory.block(ByteView(state.data(), size))), size, 0, 0);
}

// ---- Messages
// -----------------------------------------------------------------------------------------------------

template <auto function>
CK_RV message(Play& p) {
    const auto parameter = message_parameter_of(p.message_mechanism, p.input, p.memory);
    const auto aad = p.data(), data = p.data();
    const auto result = p.output();
    return function(p.session(), parameter.at, parameter.size, aad.at, aad.size, data.at, data.size,
                    result.at, result.length);
}
template <auto function>
CK_RV message_begin(Play& p) {
    const auto parameter = message_parameter_of(p.message_mechanism, p.input, p.memory);
    const auto aad = p.data();
    return function(p.session(), parameter.at, parameter.size, aad.at, aad.size);
}
template <auto function>
CK_RV message_next(Play& p) {
    const auto parameter = message_parameter_of(p.message_mechanism, p.input, p.memory);
    const auto data = p.data();
    const auto result = p.output();
    return function(p.session(), parameter.at, parameter.size, data.at, data.size, result.at, result.length,
                    p.input.byte() % 2);
}
template <auto function>
CK_RV message_sign(Play& p) {
    const auto parameter = message_parameter_of(p.message_mechanism, p.input, p.memory);
    const auto data = p.data();
    const auto result = p.output();
    return function(p.session(), parameter.at, parameter.size, data.at, data.size, result.at, result.length);
}
template <auto function>
CK_RV message_verify(Play& p) {
    const auto parameter = message_parameter_of(p.message_mechanism, p.input, p.memory);
    const auto data = p.data(), signature = p.data();
    return function(p.session(), parameter.at, parameter.size, data.at, data.size, signature.at,
                    p.input.byte() % 2 ? signature.size : 0);
}
template <auto function>
CK_RV message_signed_begin(Play& p) {
    const auto parameter = message_parameter_of(p.message_mechanism, p.input, p.memory);
    return function(p.session(), parameter.at, parameter.size);
}

// ---- Objects and keys
// ---------------------------------------------------------------------------------------------

CK_ATTRIBUTE attribute(Play& p, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    return {type, p.memory.object(value), sizeof value};
}

std::vector<CK_ATTRIBUTE> likely_object(Play& p) {
    static constexpr std::array<CK_BYTE, 32> value{1, 2, 3};
    if (p.input.byte() % 3 == 0) return {};
    const CK_ULONG kind = p.input.byte() % 3;
    std::vector<CK_ATTRIBUTE> list{attribute(p, CKA_CLASS, kind == 0 ? CKO_DATA : CKO_SECRET_KEY)};
    if (kind == 0) return list;
    list.push_back(attribute(p, CKA_KEY_TYPE, kind == 1 ? CKK_AES : CKK_GENERIC_SECRET));
    list.push_back({CKA_VALUE, p.memory.block(value), value.size()});
    return list;
}
std::vector<CK_ATTRIBUTE> likely_secret(Play& p) {
    if (p.input.byte() % 4 == 0) return {};
    std::vector<CK_ATTRIBUTE> list{attribute(p, CKA_CLASS, CKO_SECRET_KEY)};
    list.push_back(attribute(p, CKA_KEY_TYPE, p.input.byte() % 2 ? CKK_AES : CKK_GENERIC_SECRET));
    if (p.input.byte() % 4)
        list.push_back(attribute(p, CKA_VALUE_LEN, p.input.byte() % 2 ? 16 : number(p.input)));
    return list;
}
std::vector<CK_ATTRIBUTE> likely_pair(Play& p, CK_MECHANISM_TYPE mechanism) {
    static constexpr std::array<CK_BYTE, 10> p256{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    switch (mechanism) {
    case CKM_RSA_PKCS_KEY_PAIR_GEN: return {attribute(p, CKA_MODULUS_BITS, 1024)};
    case CKM_EC_KEY_PAIR_GEN: return {{CKA_EC_PARAMS, p.memory.block(p256), p256.size()}};
    case CKM_ML_KEM_KEY_PAIR_GEN:
    case CKM_ML_DSA_KEY_PAIR_GEN: return {attribute(p, CKA_PARAMETER_SET, 1)};
    default: return {};
    }
}

CK_RV create(Play& p) {
    const auto list = template_of(p.input, p.memory, likely_object(p));
    return C_CreateObject(p.session(), list.at, list.count, p.new_handle());
}
CK_RV copy(Play& p) {
    const auto list = template_of(p.input, p.memory);
    return C_CopyObject(p.session(), p.object(), list.at, list.count, p.new_handle());
}
CK_RV destroy(Play& p) { return C_DestroyObject(p.session(), p.object()); }
CK_RV object_size(Play& p) { return C_GetObjectSize(p.session(), p.object(), p.memory.object<CK_ULONG>()); }
CK_RV get_attributes(Play& p) {
    const auto list = question_of(p.input, p.memory);
    return C_GetAttributeValue(p.session(), p.object(), list.at, list.count);
}
CK_RV set_attributes(Play& p) {
    const auto list = template_of(p.input, p.memory);
    return C_SetAttributeValue(p.session(), p.object(), list.at, list.count);
}
CK_RV find_init(Play& p) {
    const auto list = template_of(p.input, p.memory);
    return C_FindObjectsInit(p.session(), list.at, list.count);
}
CK_RV find(Play& p) {
    const CK_ULONG room = p.input.byte() % 24;
    auto* found = p.memory.output(room * sizeof(CK_OBJECT_HANDLE));
    auto* count = p.memory.object<CK_ULONG>(room);
    p.memory.watch(found, count);
    return C_FindObjects(p.session(), reinterpret_cast<CK_OBJECT_HANDLE_PTR>(found), room,
                         p.input.rarely(64) ? nullptr : count);
}
CK_RV generate(Play& p) {
    const auto& row = p.row(CKF_GENERATE);
    const auto list = template_of(p.input, p.memory, likely_secret(p));
    return C_GenerateKey(p.session(), p.mechanism(row), list.at, list.count, p.new_handle());
}
CK_RV generate_pair(Play& p) {
    const auto& row = p.row(CKF_GENERATE_KEY_PAIR);
    const auto open = template_of(p.input, p.memory, likely_pair(p, row.type)),
               hidden = template_of(p.input, p.memory);
    return C_GenerateKeyPair(p.session(), p.mechanism(row), open.at, open.count, hidden.at, hidden.count,
                             p.new_handle(), p.new_handle());
}
CK_RV derive(Play& p) {
    const auto& row = p.row(CKF_DERIVE);
    const auto list = template_of(p.input, p.memory, likely_secret(p));
    return C_DeriveKey(p.session(), p.mechanism(row), p.key_for(row), list.at, list.count, p.new_handle());
}
CK_RV wrap(Play& p) {
    const auto& row = p.row(CKF_WRAP);
    const auto result = p.output();
    return C_WrapKey(p.session(), p.mechanism(row), p.key_for(row), p.object(), result.at, result.length);
}
CK_RV unwrap(Play& p) {
    const auto& row = p.row(CKF_UNWRAP);
    const auto data = p.data();
    const auto list = template_of(p.input, p.memory, likely_secret(p));
    return C_UnwrapKey(p.session(), p.mechanism(row), p.key_for(row), data.at, data.size, list.at, list.count,
                       p.new_handle());
}
CK_RV wrap_authenticated(Play& p) {
    const auto& row = p.row(CKF_WRAP);
    const auto aad = p.data();
    const auto result = p.output();
    return C_WrapKeyAuthenticated(p.session(), p.mechanism(row), p.key_for(row), p.object(), aad.at, aad.size,
                                  result.at, result.length);
}
CK_RV unwrap_authenticated(Play& p) {
    const auto& row = p.row(CKF_UNWRAP);
    const auto data = p.data(), aad = p.data();
    const auto list = template_of(p.input, p.memory, likely_secret(p));
    return C_UnwrapKeyAuthenticated(p.session(), p.mechanism(row), p.key_for(row), data.at, data.size,
                                    list.at, list.count, aad.at, aad.size, p.new_handle());
}
CK_RV encapsulate(Play& p) {
    const auto& row = p.row(CKF_ENCAPSULATE);
    const auto list = template_of(p.input, p.memory, likely_secret(p));
    const auto result = p.output();
    return C_EncapsulateKey(p.session(), p.mechanism(row), p.key_for(row), list.at, list.count, result.at,
                            result.length, p.new_handle());
}
CK_RV decapsulate(Play& p) {
    const auto& row = p.row(CKF_DECAPSULATE);
    const auto list = template_of(p.input, p.memory, likely_secret(p));
    const auto data = p.data();
    return C_DecapsulateKey(p.session(), p.mechanism(row), p.key_for(row), list.at, list.count, data.at,
                            data.size, p.new_handle());
}

// ---- Slots, tokens, sessions
// --------------------------------------------------------------------------------------

CK_RV login(Play& p) {
    const CK_USER_TYPE user = p.input.byte() % 4;
    const bool wrong = p.input.rarely(64); // makes the next one wait
    const auto good = user == CKU_SO ? ByteView(officer_pin) : ByteView(user_pin);
    const auto pin =
        wrong ? p.pin()
              : Data{static_cast<CK_BYTE_PTR>(p.memory.block(good)), static_cast<CK_ULONG>(good.size())};
    const auto code = C_Login(p.session(), user, pin.at, pin.size);
    if (code == CKR_PIN_INCORRECT) (void)p.spoilt(CKR_OK);
    return code;
}
CK_RV set_pin(Play& p) {
    if (!p.input.rarely(8)) return CKR_OK;
    const auto old_pin = p.pin(), new_pin = p.pin();
    const auto code = C_SetPIN(p.session(), old_pin.at, old_pin.size, new_pin.at, new_pin.size);
    return p.spoilt(code == CKR_PIN_INCORRECT ? CKR_OK : code);
}
CK_RV init_pin(Play& p) {
    const auto pin = p.pin();
    return p.spoilt(C_InitPIN(p.session(), pin.at, pin.size));
}
CK_RV init_token(Play& p) {
    if (!p.input.rarely(8)) return CKR_OK;
    const auto pin = p.pin();
    auto label = to_bytes(p.input.take(32));
    label.resize(32);
    const auto code =
        C_InitToken(p.slot(), pin.at, pin.size, static_cast<CK_UTF8CHAR_PTR>(p.memory.block(label)));
    return p.spoilt(code == CKR_PIN_INCORRECT ? CKR_OK : code);
}
CK_RV slots(Play& p) {
    const CK_ULONG room = p.input.byte() % 4;
    auto* list = p.memory.output(room * sizeof(CK_SLOT_ID));
    return C_GetSlotList(p.input.byte() % 2,
                         p.input.byte() % 2 ? nullptr : reinterpret_cast<CK_SLOT_ID_PTR>(list),
                         p.memory.object(room));
}
CK_RV information(Play& p) {
    auto* const room = p.memory.output(sizeof(CK_TOKEN_INFO));
    switch (p.input.byte() % 6) {
    case 0: return C_GetInfo(reinterpret_cast<CK_INFO_PTR>(room));
    case 1: return C_GetSlotInfo(p.slot(), reinterpret_cast<CK_SLOT_INFO_PTR>(room));
    case 2: return C_GetTokenInfo(p.slot(), reinterpret_cast<CK_TOKEN_INFO_PTR>(room));
    case 3:
        return C_GetMechanismInfo(p.slot(), p.row(~CK_FLAGS{0}).type,
                                  reinterpret_cast<CK_MECHANISM_INFO_PTR>(room));
    case 4: return C_WaitForSlotEvent(CKF_DONT_BLOCK, p.memory.object<CK_SLOT_ID>(), nullptr);
    default: return C_GetSessionValidationFlags(p.session(), p.input.byte(), p.memory.object<CK_FLAGS>());
    }
}
CK_RV mechanisms(Play& p) {
    const CK_ULONG room = p.input.byte() * CK_ULONG{2};
    auto* list = p.memory.output(room * sizeof(CK_MECHANISM_TYPE));
    auto* count = p.memory.object(room);
    p.memory.watch(list, count);
    return C_GetMechanismList(p.slot(), reinterpret_cast<CK_MECHANISM_TYPE_PTR>(list), count);
}
CK_RV random(Play& p) {
    const CK_ULONG size = p.input.byte();
    return C_GenerateRandom(p.session(), p.memory.output(size), size);
}
CK_RV cancel(Play& p) { return C_SessionCancel(p.session(), CK_FLAGS{1} << (p.input.byte() % 32)); }
CK_RV card_login(Play& p) {
    const auto pin = p.pin();
    switch (p.input.byte() % 3) {
    case 0:
        return C_LoginBegin(p.session(), CKU_USER, p.memory.object<CK_ULONG>(), p.memory.object<CK_ULONG>());
    case 1: return C_LoginNext(p.session(), CKU_USER, pin.at, pin.size, p.memory.object<CK_ULONG>());
    default: return C_LoginEnd(p.session(), CKU_USER);
    }
}

constexpr std::array table{
    Call{6, whole<C_EncryptInit, CKF_ENCRYPT, C_Encrypt>},
    Call{6, whole<C_DecryptInit, CKF_DECRYPT, C_Decrypt>},
    Call{6, whole<C_SignInit, CKF_SIGN, C_Sign>},
    Call{4, begin<C_EncryptInit, CKF_ENCRYPT>},
    Call{2, in_out<C_Encrypt>},
    Call{4, in_out<C_EncryptUpdate>},
    Call{3, out<C_EncryptFinal>},
    Call{4, begin<C_DecryptInit, CKF_DECRYPT>},
    Call{2, in_out<C_Decrypt>},
    Call{4, in_out<C_DecryptUpdate>},
    Call{3, out<C_DecryptFinal>},
    Call{4, begin<C_SignInit, CKF_SIGN>},
    Call{2, in_out<C_Sign>},
    Call{4, in<C_SignUpdate>},
    Call{3, out<C_SignFinal>},
    Call{4, begin<C_VerifyInit, CKF_VERIFY>},
    Call{4, verify},
    Call{2, in<C_VerifyUpdate>},
    Call{2, in<C_VerifyFinal>},
    Call{2, begin<C_SignRecoverInit, CKF_SIGN_RECOVER>},
    Call{2, in_out<C_SignRecover>},
    Call{2, begin<C_VerifyRecoverInit, CKF_VERIFY_RECOVER>},
    Call{2, in_out<C_VerifyRecover>},
    Call{3, digest_init},
    Call{2, in_out<C_Digest>},
    Call{3, in<C_DigestUpdate>},
    Call{2, out<C_DigestFinal>},
    Call{2, digest_key},
    Call{2, in_out<C_DigestEncryptUpdate>},
    Call{2, in_out<C_DecryptDigestUpdate>},
    Call{2, in_out<C_SignEncryptUpdate>},
    Call{2, in_out<C_DecryptVerifyUpdate>},
    Call{2, verify_signature_init},
    Call{1, in<C_VerifySignature>},
    Call{1, in<C_VerifySignatureUpdate>},
    Call{1, plain<C_VerifySignatureFinal>},
    Call{2, out<C_GetOperationState>},
    Call{2, set_state},
    Call{3, save_and_set_state},
    Call{4, begin<C_MessageEncryptInit, CKF_MESSAGE_ENCRYPT>},
    Call{4, message<C_EncryptMessage>},
    Call{3, message_begin<C_EncryptMessageBegin>},
    Call{3, message_next<C_EncryptMessageNext>},
    Call{1, plain<C_MessageEncryptFinal>},
    Call{4, begin<C_MessageDecryptInit, CKF_MESSAGE_DECRYPT>},
    Call{4, message<C_DecryptMessage>},
    Call{3, message_begin<C_DecryptMessageBegin>},
    Call{3, message_next<C_DecryptMessageNext>},
    Call{1, plain<C_MessageDecryptFinal>},
    Call{3, begin<C_MessageSignInit, CKF_MESSAGE_SIGN>},
    Call{3, message_sign<C_SignMessage>},
    Call{2, message_signed_begin<C_SignMessageBegin>},
    Call{3, message_sign<C_SignMessageNext>},
    Call{1, plain<C_MessageSignFinal>},
    Call{3, begin<C_MessageVerifyInit, CKF_MESSAGE_VERIFY>},
    Call{3, message_verify<C_VerifyMessage>},
    Call{2, message_signed_begin<C_VerifyMessageBegin>},
    Call{3, message_verify<C_VerifyMessageNext>},
    Call{1, plain<C_MessageVerifyFinal>},
    Call{6, create},
    Call{4, copy},
    Call{3, destroy},
    Call{1, object_size},
    Call{6, get_attributes},
    Call{5, set_attributes},
    Call{3, find_init},
    Call{3, find},
    Call{2, plain<C_FindObjectsFinal>},
    Call{6, generate},
    Call{3, generate_pair},
    Call{8, derive},
    Call{5, wrap},
    Call{5, unwrap},
    Call{2, wrap_authenticated},
    Call{2, unwrap_authenticated},
    Call{3, encapsulate},
    Call{3, decapsulate},
    Call{3, login},
    Call{2, plain<C_Logout>},
    Call{1, set_pin},
    Call{1, init_pin},
    Call{1, init_token},
    Call{1, card_login},
    Call{3, [](Play& p) { return p.open_session(); }},
    Call{3, [](Play& p) { return p.close_session(); }},
    Call{1, [](Play& p) { return p.close_all(); }},
    Call{1, [](Play& p) { return p.initialise_again(); }},
    Call{1, slots},
    Call{1, information},
    Call{1, mechanisms},
    Call{1, random},
    Call{1, in<C_SeedRandom>},
    Call{2, cancel},
    Call{1, plain<C_GetFunctionStatus>},
    Call{1, plain<C_CancelFunction>},
};

} // namespace

std::span<const Call> calls() { return table; }

} // namespace hsm::fuzz
