// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <dlfcn.h>

namespace hsm::bench::p11 {

void must(CK_RV code, const char* what) {
    if (code == CKR_OK) return;
    std::fprintf(stderr, "p11bench: %s: CKR 0x%lx\n", what, static_cast<unsigned long>(code));
    std::exit(2);
}

void Module::load() {
    void* library = dlopen(options_.module.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        std::fprintf(stderr, "p11bench: %s\n", dlerror());
        std::exit(2);
    }
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    if (!get) must(CKR_FUNCTION_NOT_SUPPORTED, "C_GetFunctionList");
    must(get(&list_), "C_GetFunctionList");
}

void Module::initialise() {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    must(list_->C_Initialize(&arguments), "C_Initialize");
}

void Module::pick_slot() {
    CK_ULONG count = 0;
    must(list_->C_GetSlotList(CK_TRUE, nullptr, &count), "C_GetSlotList");
    std::vector<CK_SLOT_ID> slots(count);
    must(list_->C_GetSlotList(CK_TRUE, slots.data(), &count), "C_GetSlotList");
    slots.resize(count);
    for (const auto slot : slots) {
        CK_TOKEN_INFO info;
        if (list_->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
        std::string label(reinterpret_cast<const char*>(info.label), sizeof info.label);
        label.erase(label.find_last_not_of(' ') + 1);
        if (label != options_.label) continue;
        slot_ = slot;
        return;
    }
    std::fprintf(stderr, "p11bench: no token '%s'\n", options_.label.c_str());
    std::exit(2);
}

CK_SESSION_HANDLE Module::open_session() const {
    CK_SESSION_HANDLE session = 0;
    must(list_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), "C_OpenSession");
    return session;
}

void Module::login(CK_SESSION_HANDLE session) const {
    std::vector<CK_UTF8CHAR> pin(options_.pin.begin(), options_.pin.end());
    const auto code = list_->C_Login(session, CKU_USER, pin.data(), pin.size());
    if (code != CKR_USER_ALREADY_LOGGED_IN) must(code, "C_Login");
}

std::vector<CK_OBJECT_HANDLE> Module::find(CK_SESSION_HANDLE session, Template wanted) const {
    std::vector<CK_OBJECT_HANDLE> found;
    must(list_->C_FindObjectsInit(session, wanted.data(), wanted.size()), "C_FindObjectsInit");
    std::array<CK_OBJECT_HANDLE, 256> some{};
    CK_ULONG count = 0;
    while (list_->C_FindObjects(session, some.data(), some.size(), &count) == CKR_OK && count)
        found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    list_->C_FindObjectsFinal(session);
    return found;
}

namespace {

constexpr CK_BYTE p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
constexpr CK_BYTE ed25519_oid[] = {6, 3, 0x2b, 0x65, 0x70};
constexpr CK_BYTE ed25519_name[] = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};
const std::string key_label = "p11bench-key";

CK_RV make_pair(const Module& module, CK_SESSION_HANDLE session, bool stored, CK_MECHANISM_TYPE type, Template more, KeyPair& out) {
    CK_MECHANISM mechanism{type, nullptr, 0};
    const auto& token = stored ? yes : no;
    more.insert(more.end(), {attribute(CKA_TOKEN, token), attribute(CKA_VERIFY, yes), attribute(CKA_LABEL, key_label)});
    Template secret{attribute(CKA_TOKEN, token), attribute(CKA_PRIVATE, yes), attribute(CKA_SENSITIVE, yes),
                    attribute(CKA_EXTRACTABLE, no), attribute(CKA_SIGN, yes), attribute(CKA_LABEL, key_label)};
    return module.call().C_GenerateKeyPair(session, &mechanism, more.data(), more.size(), secret.data(), secret.size(), &out.open,
                                           &out.secret);
}

CK_RV make_ed25519(const Module& module, CK_SESSION_HANDLE session, bool stored, KeyPair& out) {
    const auto code = make_pair(module, session, stored, CKM_EC_EDWARDS_KEY_PAIR_GEN,
                                {attribute(CKA_EC_PARAMS, ed25519_oid, sizeof ed25519_oid)}, out);
    if (code == CKR_OK) return code;
    return make_pair(module, session, stored, CKM_EC_EDWARDS_KEY_PAIR_GEN,
                     {attribute(CKA_EC_PARAMS, ed25519_name, sizeof ed25519_name)}, out);
}

CK_RV make_ml_dsa(const Module& module, CK_SESSION_HANDLE session, bool stored, KeyPair& out) {
    const CK_ULONG set = CKP_ML_DSA_65;
    return make_pair(module, session, stored, CKM_ML_DSA_KEY_PAIR_GEN, {attribute(CKA_PARAMETER_SET, set)}, out);
}

CK_RV import_hmac(const Module& module, CK_SESSION_HANDLE session, bool stored, CK_OBJECT_HANDLE& out) {
    const CK_OBJECT_CLASS what = CKO_SECRET_KEY;
    const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
    const std::array<CK_BYTE, 32> value{7, 7, 7};
    Template all{attribute(CKA_CLASS, what), attribute(CKA_KEY_TYPE, type), attribute(CKA_TOKEN, stored ? yes : no),
                 attribute(CKA_PRIVATE, yes), attribute(CKA_VALUE, value), attribute(CKA_SIGN, yes), attribute(CKA_VERIFY, yes),
                 attribute(CKA_LABEL, key_label)};
    return module.call().C_CreateObject(session, all.data(), all.size(), &out);
}

} // namespace

CK_RV make_rsa(const Module& module, CK_SESSION_HANDLE session, bool stored, KeyPair& out) {
    const CK_ULONG bits = 2048;
    const CK_BYTE exponent[] = {1, 0, 1};
    return make_pair(module, session, stored, CKM_RSA_PKCS_KEY_PAIR_GEN,
                     {attribute(CKA_MODULUS_BITS, bits), attribute(CKA_PUBLIC_EXPONENT, exponent)}, out);
}

CK_RV make_p256(const Module& module, CK_SESSION_HANDLE session, bool stored, KeyPair& out) {
    return make_pair(module, session, stored, CKM_EC_KEY_PAIR_GEN, {attribute(CKA_EC_PARAMS, p256, sizeof p256)}, out);
}

CK_RV make_aes(const Module& module, CK_SESSION_HANDLE session, bool stored, CK_OBJECT_HANDLE& out) {
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    const CK_ULONG size = 32;
    Template all{attribute(CKA_TOKEN, stored ? yes : no), attribute(CKA_VALUE_LEN, size),  attribute(CKA_PRIVATE, yes),
                 attribute(CKA_SENSITIVE, yes),           attribute(CKA_EXTRACTABLE, no),  attribute(CKA_LABEL, key_label),
                 attribute(CKA_ENCRYPT, yes),             attribute(CKA_DECRYPT, yes)};
    return module.call().C_GenerateKey(session, &mechanism, all.data(), all.size(), &out);
}

Keys make_keys(const Module& module, CK_SESSION_HANDLE session, bool stored) {
    Keys keys;
    const auto made = [](CK_RV code, const char* what) {
        if (code != CKR_OK) std::fprintf(stderr, "p11bench: no %s key: CKR 0x%lx\n", what, static_cast<unsigned long>(code));
    };
    made(make_rsa(module, session, stored, keys.rsa), "RSA");
    made(make_p256(module, session, stored, keys.p256), "P-256");
    made(make_ed25519(module, session, stored, keys.ed25519), "Ed25519");
    made(make_ml_dsa(module, session, stored, keys.ml_dsa), "ML-DSA");
    made(make_aes(module, session, stored, keys.aes), "AES");
    made(import_hmac(module, session, stored, keys.hmac), "HMAC");
    return keys;
}

std::string label_of(std::size_t number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "p11bench-%06zu", number);
    return text.data();
}

CK_RV make_object(const Module& module, CK_SESSION_HANDLE session, std::size_t number) {
    const CK_OBJECT_CLASS what = CKO_SECRET_KEY;
    const CK_KEY_TYPE type = CKK_AES;
    std::array<CK_BYTE, 32> value{};
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<CK_BYTE>((number >> (i % 4 * 8)) ^ i);
    const auto label = label_of(number);
    Template all{attribute(CKA_CLASS, what),    attribute(CKA_KEY_TYPE, type),  attribute(CKA_TOKEN, yes),
                 attribute(CKA_PRIVATE, yes),   attribute(CKA_VALUE, value),    attribute(CKA_LABEL, label),
                 attribute(CKA_ID, value.data(), 4), attribute(CKA_ENCRYPT, yes), attribute(CKA_DECRYPT, yes),
                 attribute(CKA_SENSITIVE, yes), attribute(CKA_EXTRACTABLE, no)};
    CK_OBJECT_HANDLE object = 0;
    return module.call().C_CreateObject(session, all.data(), all.size(), &object);
}

} // namespace hsm::bench::p11
