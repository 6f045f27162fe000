// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

// A program that runs for months: what it holds after many operations is what it held after the first few.

namespace hsm::test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true; // keeps freed memory for a while, on purpose
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

/// Fewer where every step is watched; HSM_TEST_CYCLES times as many for who has the time (10: a million operations).
int cycles(int wanted) {
    static const int factor = [] {
        const char* set = std::getenv("HSM_TEST_CYCLES");
        return std::max(1, set == nullptr ? 1 : std::atoi(set));
    }();
    return sanitized ? wanted / 20 : wanted * factor;
}

struct Held {
    long descriptors = 0;
    long bytes = 0;
};

Held held() {
    Held now;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++now.descriptors;
    long total = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> total >> resident;
    now.bytes = resident * ::sysconf(_SC_PAGESIZE);
    return now;
}

/// Runs \p cycle until everything is warm, then \p count times more. \p room: what memory may grow by, far
/// less than a leak of 64 bytes in each would be.
template <class Cycle>
void check_flat(int count, long room, Cycle&& cycle) {
    if (!std::filesystem::exists("/proc/self/statm")) SKIP("this system does not say what a process holds");
    for (int i = 0; i < count / 5; ++i) cycle(i);
    const auto before = held();
    for (int i = 0; i < count; ++i) cycle(i);
    const auto after = held();
    CHECK(after.descriptors == before.descriptors);
    if (sanitized) return;
    INFO(before.bytes << " bytes before, " << after.bytes << " after");
    CHECK(after.bytes - before.bytes < room);
}

CK_RV once(CK_SLOT_ID slot, CK_OBJECT_HANDLE hmac, CK_OBJECT_HANDLE aes) {
    std::array<CK_BYTE, 64> data{}, out{};
    CK_SESSION_HANDLE session = 0;
    auto rv = p11().C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session);
    if (rv != CKR_OK) return rv;
    Mechanism sign(CKM_SHA256_HMAC), encrypt(CKM_AES_CBC, ByteString(16));
    CK_ULONG length = out.size();
    if (rv == CKR_OK) rv = p11().C_SignInit(session, &sign, hmac);
    if (rv == CKR_OK) rv = p11().C_Sign(session, data.data(), data.size(), out.data(), &length);
    length = out.size();
    if (rv == CKR_OK) rv = p11().C_EncryptInit(session, &encrypt, aes);
    if (rv == CKR_OK) rv = p11().C_Encrypt(session, data.data(), data.size(), out.data(), &length);
    Template criteria;
    criteria.text(CKA_LABEL, "kept");
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    if (rv == CKR_OK) rv = p11().C_FindObjectsInit(session, criteria.data(), criteria.count());
    if (rv == CKR_OK) rv = p11().C_FindObjects(session, &found, 1, &count);
    if (rv == CKR_OK) rv = p11().C_FindObjectsFinal(session);
    if (rv == CKR_OK && (count != 1 || found != aes)) rv = CKR_GENERAL_ERROR;
    const auto closed = p11().C_CloseSession(session);
    return rv != CKR_OK ? rv : closed;
}

Template aes_key(bool token) {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_AES).bytes(CKA_VALUE, ByteString(32, 9));
    key.boolean(CKA_TOKEN, token).text(CKA_LABEL, token ? "kept" : "session's");
    return key;
}

} // namespace

TEST_CASE("Sessions, signatures, encryptions and searches leave nothing behind", "[pkcs11][endurance]") {
    UserToken token;
    Template secret;
    secret.number(CKA_CLASS, CKO_SECRET_KEY)
        .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .bytes(CKA_VALUE, ByteString(32, 7));
    const auto hmac = token.session.create(secret), aes = token.session.create(aes_key(true));
    int wrong = 0;
    check_flat(cycles(20000), 1 << 20, [&](int) { wrong += once(token.slot, hmac, aes) != CKR_OK; });
    CHECK(wrong == 0);
}

TEST_CASE("Operations that are begun and never ended go with their session", "[pkcs11][endurance]") {
    UserToken token;
    const auto aes = token.session.create(aes_key(true));
    int wrong = 0;
    check_flat(cycles(20000), 1 << 20, [&](int) {
        CK_SESSION_HANDLE session = 0;
        wrong += p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK;
        Mechanism encrypt(CKM_AES_CBC, ByteString(16)), digest(CKM_SHA512);
        wrong += p11().C_EncryptInit(session, &encrypt, aes) != CKR_OK;
        wrong += p11().C_DigestInit(session, &digest) != CKR_OK;
        wrong += p11().C_FindObjectsInit(session, nullptr, 0) != CKR_OK;
        wrong += p11().C_CloseSession(session) != CKR_OK;
    });
    CHECK(wrong == 0);
}

TEST_CASE("Objects that were destroyed, or whose session was closed, leave nothing behind",
          "[pkcs11][endurance]") {
    UserToken token;
    int wrong = 0;
    check_flat(cycles(4000), 1 << 18, [&](int number) {
        CK_SESSION_HANDLE session = 0;
        CK_OBJECT_HANDLE kept = 0, left = 0;
        wrong += p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                     &session) != CKR_OK;
        auto object = aes_key(number % 16 == 0);
        wrong += p11().C_CreateObject(session, object.data(), object.count(), &kept) != CKR_OK;
        auto other = aes_key(false);
        wrong += p11().C_CreateObject(session, other.data(), other.count(), &left) != CKR_OK;
        wrong += p11().C_DestroyObject(session, kept) != CKR_OK;
        wrong += p11().C_CloseSession(session) != CKR_OK;
    });
    CHECK(wrong == 0);
    CHECK(token.session.find().empty());
}

TEST_CASE("Logins, what is seen through them, and logouts leave nothing behind", "[pkcs11][endurance]") {
    UserToken token;
    for (int i = 0; i < 8; ++i) (void)token.session.create(aes_key(true).boolean(CKA_PRIVATE, true));
    int wrong = 0;
    check_flat(cycles(1000), 1 << 18, [&](int number) {
        wrong += p11().C_Logout(token.session) != CKR_OK;
        if (number % 8 == 0) // and a wrong one, which the right one forgives
            wrong += p11().C_Login(token.session, CKU_USER, pin_pointer("wrong"), 5) != CKR_PIN_INCORRECT;
        wrong += p11().C_Login(token.session, CKU_USER, pin_pointer(user_pin), length_of(user_pin)) != CKR_OK;
        std::array<CK_OBJECT_HANDLE, 16> found{};
        std::array<CK_BYTE, 64> data{}, out{};
        CK_ULONG count = 0, length = out.size();
        wrong += p11().C_FindObjectsInit(token.session, nullptr, 0) != CKR_OK;
        wrong += p11().C_FindObjects(token.session, found.data(), found.size(), &count) != CKR_OK || count != 8;
        wrong += p11().C_FindObjectsFinal(token.session) != CKR_OK;
        Mechanism encrypt(CKM_AES_CBC, ByteString(16));
        wrong += p11().C_EncryptInit(token.session, &encrypt, found[0]) != CKR_OK;
        wrong += p11().C_Encrypt(token.session, data.data(), data.size(), out.data(), &length) != CKR_OK;
    });
    CHECK(wrong == 0);
}

TEST_CASE("Beginnings, logins and ends of the library leave nothing behind", "[pkcs11][endurance]") {
    const EmptyHome home;
    {
        HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
        (void)make_token();
        HSM_REQUIRE_OK(p11().C_Finalize(nullptr));
    }
    int wrong = 0;
    check_flat(cycles(400), 1 << 18, [&](int) {
        wrong += p11().C_Initialize(nullptr) != CKR_OK;
        CK_SESSION_HANDLE session = 0;
        wrong +=
            p11().C_OpenSession(slot_of_token("t"), CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK;
        wrong += p11().C_Login(session, CKU_USER, pin_pointer(user_pin), length_of(user_pin)) != CKR_OK;
        wrong += p11().C_Finalize(nullptr) != CKR_OK;
    });
    CHECK(wrong == 0);
}

} // namespace hsm::test
