// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <algorithm>
#include <base/temporary_name.hpp>
#include <cstdio>
#include <cstdlib>

namespace hsm::fuzz {

namespace {

void expect_ok(CK_RV code, const char* what) {
    if (code == CKR_OK) return;
    std::fprintf(stderr, "%s: 0x%lx\n", what, static_cast<unsigned long>(code));
    std::abort();
}

CK_BYTE_PTR writable(const CK_BYTE* at) { return const_cast<CK_BYTE_PTR>(at); }

/// Values that live as long as the call.
struct Wanted {
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG number = 0;
    std::vector<CK_BYTE> bytes;

    std::vector<CK_ATTRIBUTE> kept(bool material) {
        std::vector<CK_ATTRIBUTE> list{
            {CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &no, 1}, {CKA_DESTROYABLE, &no, 1}, {CKA_MODIFIABLE, &no, 1}};
        if (material) {
            list.push_back({CKA_SENSITIVE, &no, 1});
            list.push_back({CKA_EXTRACTABLE, &yes, 1});
        }
        return list;
    }
};

struct SecretRow {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE type;
    CK_ULONG size;
};
constexpr std::array secrets{
    SecretRow{CKM_AES_KEY_GEN, CKK_AES, 32},
    SecretRow{CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, 48},
    SecretRow{CKM_DES3_KEY_GEN, CKK_DES3, 0},
    SecretRow{CKM_CHACHA20_KEY_GEN, CKK_CHACHA20, 0},
    SecretRow{CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC, 32},
};

struct PairRow {
    CK_MECHANISM_TYPE mechanism;
    CK_KEY_TYPE type;
    CK_ATTRIBUTE_TYPE parameter;
    CK_ULONG number;
    std::vector<CK_BYTE> bytes;
};
const std::array pairs{
    PairRow{CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, CKA_MODULUS_BITS, 1024, {}},
    PairRow{CKM_EC_KEY_PAIR_GEN,
            CKK_EC,
            CKA_EC_PARAMS,
            0,
            {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}},
    PairRow{CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, CKA_EC_PARAMS, 0, {0x06, 0x03, 0x2b, 0x65, 0x70}},
    PairRow{
        CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, CKA_EC_PARAMS, 0, {0x06, 0x03, 0x2b, 0x65, 0x6e}},
    PairRow{CKM_ML_DSA_KEY_PAIR_GEN, CKK_ML_DSA, CKA_PARAMETER_SET, CKP_ML_DSA_44, {}},
    PairRow{CKM_ML_KEM_KEY_PAIR_GEN, CKK_ML_KEM, CKA_PARAMETER_SET, CKP_ML_KEM_512, {}},
};

} // namespace

Token& Token::instance() {
    static auto* token = new Token; // never destroyed: libFuzzer ends by exit()
    return *token;
}

Token::Token() {
    std::atexit([] {
        std::error_code ignored;
        std::filesystem::remove_all(instance().home_, ignored);
    });
    make();
}

void Token::make() {
    (void)C_Finalize(nullptr);
    std::error_code ignored;
    if (!home_.empty()) std::filesystem::remove_all(home_, ignored);
    const std::filesystem::path memory = "/dev/shm";
    home_ = (std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path()) /
            ("libhsm-fuzz-p11" + base::temporary_name());
    std::filesystem::create_directories(home_);
    ::setenv("LIBHSM_HOME", home_.c_str(), 1);
    ::setenv("LIBHSM_TEST_PARAMETERS", "1", 1);
    expect_ok(C_Initialize(nullptr), "C_Initialize");
    std::array<CK_SLOT_ID, 16> slots{};
    CK_ULONG count = slots.size();
    expect_ok(C_GetSlotList(CK_FALSE, slots.data(), &count), "C_GetSlotList");
    slot_ = slots[count - 1]; // the free one
    std::array<CK_BYTE, 32> label{};
    label.fill(' ');
    label[0] = 'f';
    expect_ok(C_InitToken(slot_, writable(officer_pin.data()), officer_pin.size(), label.data()),
              "C_InitToken");
    CK_SESSION_HANDLE session = 0;
    expect_ok(C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
              "C_OpenSession");
    expect_ok(C_Login(session, CKU_SO, writable(officer_pin.data()), officer_pin.size()), "C_Login");
    expect_ok(C_InitPIN(session, writable(user_pin.data()), user_pin.size()), "C_InitPIN");
    expect_ok(C_Logout(session), "C_Logout");
    make_keys(session);
    expect_ok(C_CloseSession(session), "C_CloseSession");
}

void Token::make_keys(CK_SESSION_HANDLE session) {
    keys_.clear();
    for (const auto& row : secrets) {
        Wanted wanted;
        auto list = wanted.kept(true);
        wanted.number = row.size;
        if (row.size) list.push_back({CKA_VALUE_LEN, &wanted.number, sizeof wanted.number});
        CK_MECHANISM mechanism{row.mechanism, nullptr, 0};
        CK_OBJECT_HANDLE key = 0;
        expect_ok(C_GenerateKey(session, &mechanism, list.data(), list.size(), &key), "C_GenerateKey");
        keys_.push_back({key, row.type});
    }
    for (const auto& row : pairs) {
        Wanted wanted;
        auto common = wanted.kept(false), own = wanted.kept(true);
        wanted.number = row.number;
        wanted.bytes = row.bytes;
        if (row.number)
            common.push_back({row.parameter, &wanted.number, sizeof wanted.number});
        else
            common.push_back({row.parameter, wanted.bytes.data(), wanted.bytes.size()});
        CK_MECHANISM mechanism{row.mechanism, nullptr, 0};
        CK_OBJECT_HANDLE open = 0, hidden = 0;
        expect_ok(C_GenerateKeyPair(session, &mechanism, common.data(), common.size(), own.data(), own.size(),
                                    &open, &hidden),
                  "C_GenerateKeyPair");
        keys_.push_back({open, row.type});
        keys_.push_back({hidden, row.type});
    }
    handles_.clear();
    for (const auto& key : keys_) handles_.push_back(key.handle);
    kept_ = found_in(session);
}

std::vector<CK_OBJECT_HANDLE> Token::found_in(CK_SESSION_HANDLE session) {
    std::vector<CK_OBJECT_HANDLE> found(256);
    CK_ULONG count = 0;
    auto code = C_FindObjectsInit(session, nullptr, 0);
    if (code == CKR_OK) code = C_FindObjects(session, found.data(), found.size(), &count);
    if (code == CKR_OK) code = C_FindObjectsFinal(session);
    found.resize(code == CKR_OK ? count : 0);
    return found;
}

void Token::tidy() {
    if (C_CloseAllSessions(slot_) != CKR_OK) return make();
    CK_SESSION_HANDLE session = 0;
    expect_ok(C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
              "C_OpenSession");
    bool good = C_Login(session, CKU_USER, writable(user_pin.data()), user_pin.size()) == CKR_OK;
    const auto found = found_in(session);
    good = good && std::ranges::all_of(
                       kept_, [&](auto handle) { return std::ranges::find(found, handle) != found.end(); });
    for (std::size_t i = 0; i < found.size() && good; ++i)
        if (std::ranges::find(kept_, found[i]) == kept_.end())
            good = C_DestroyObject(session, found[i]) == CKR_OK;
    if (!good) return make(); // one that may not be destroyed, or another PIN
    expect_ok(C_CloseSession(session), "C_CloseSession");
}

} // namespace hsm::fuzz
