// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <thread>

// Threads that disturb each other on purpose: logins under operations, sessions closed by others, attributes
// that change while they are read. Each call ends with a code that says something, and afterwards everything
// is as good as new.

namespace hsm::test {

namespace {

/// What several threads share, and how many calls had an answer that none may have.
struct Shared {
    CK_SLOT_ID slot = 0;
    CK_OBJECT_HANDLE key = 0;
    std::atomic<int> wrong{0};

    void note(CK_RV rv) {
        if (rv == CKR_GENERAL_ERROR || rv == CKR_HOST_MEMORY || rv == CKR_DEVICE_ERROR ||
            rv == CKR_FUNCTION_FAILED)
            ++wrong;
    }
};

CK_SESSION_HANDLE open(Shared& shared, CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION) {
    CK_SESSION_HANDLE session = 0;
    shared.note(p11().C_OpenSession(shared.slot, flags, nullptr, nullptr, &session));
    return session;
}

void look_around(Shared& shared) {
    std::array<CK_SLOT_ID, 32> slots{};
    CK_ULONG count = slots.size();
    CK_TOKEN_INFO token = {};
    CK_SLOT_INFO slot = {};
    shared.note(p11().C_GetSlotList(CK_TRUE, nullptr, &count));
    count = slots.size();
    shared.note(p11().C_GetSlotList(CK_FALSE, slots.data(), &count));
    shared.note(p11().C_GetTokenInfo(shared.slot, &token));
    shared.note(p11().C_GetSlotInfo(shared.slot, &slot));
    CK_SLOT_ID changed = 0;
    shared.note(p11().C_WaitForSlotEvent(CKF_DONT_BLOCK, &changed, nullptr));
}

void log_in_and_out(Shared& shared) {
    const auto session = open(shared);
    shared.note(p11().C_Login(session, CKU_USER, pin_pointer(user_pin), length_of(user_pin)));
    shared.note(p11().C_Logout(session));
    shared.note(p11().C_CloseSession(session));
}

void make_and_destroy(Shared& shared) {
    const auto session = open(shared);
    Template key;
    key.number(CKA_VALUE_LEN, 32).boolean(CKA_PRIVATE, false);
    Mechanism generate(CKM_AES_KEY_GEN);
    CK_OBJECT_HANDLE made = 0, copied = 0;
    shared.note(p11().C_GenerateKey(session, &generate, key.data(), key.count(), &made));
    shared.note(p11().C_CopyObject(session, made, nullptr, 0, &copied));
    shared.note(p11().C_DestroyObject(session, made));
    shared.note(p11().C_CloseSession(session)); // with the copy
}

void search(Shared& shared) {
    const auto session = open(shared, CKF_SERIAL_SESSION);
    std::array<CK_OBJECT_HANDLE, 64> found{};
    CK_ULONG count = 0;
    shared.note(p11().C_FindObjectsInit(session, nullptr, 0));
    shared.note(p11().C_FindObjects(session, found.data(), found.size(), &count));
    std::array<CK_BYTE, 64> label{};
    for (CK_ULONG i = 0; i < count; ++i) {
        CK_ATTRIBUTE attribute = {CKA_LABEL, label.data(), label.size()};
        shared.note(p11().C_GetAttributeValue(session, found[i], &attribute, 1));
    }
    shared.note(p11().C_CloseSession(session));
}

void save_a_digest(Shared& shared) {
    const auto session = open(shared, CKF_SERIAL_SESSION);
    Mechanism sha256(CKM_SHA256);
    std::array<CK_BYTE, 256> state{};
    CK_ULONG size = state.size();
    shared.note(p11().C_DigestInit(session, &sha256));
    shared.note(p11().C_DigestUpdate(session, state.data(), 100));
    shared.note(p11().C_GetOperationState(session, state.data(), &size));
    shared.note(p11().C_SetOperationState(session, state.data(), size, 0, 0));
    shared.note(p11().C_CloseSession(session));
}

void sign(Shared& shared) {
    const auto session = open(shared, CKF_SERIAL_SESSION);
    std::array<CK_BYTE, 64> data{}, signature{};
    CK_ULONG length = signature.size();
    Mechanism hmac(CKM_SHA256_HMAC);
    shared.note(p11().C_SignInit(session, &hmac, shared.key));
    shared.note(p11().C_Sign(session, data.data(), data.size(), signature.data(), &length));
    shared.note(p11().C_CloseSession(session));
}

void rename(Shared& shared) {
    const auto session = open(shared);
    static std::atomic<int> number{0};
    Template label;
    label.text(CKA_LABEL, "name " + std::to_string(++number));
    const auto rv = p11().C_SetAttributeValue(session, shared.key, label.data(), label.count());
    if (rv != CKR_FUNCTION_FAILED) shared.note(rv); // another one was faster
    shared.note(p11().C_CloseSession(session));
}

void close_all(Shared& shared) {
    shared.note(p11().C_CloseAllSessions(shared.slot));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace

TEST_CASE("Threads that do everything at once", "[pkcs11][threads][threaded]") {
    const Initialised module;
    Shared shared;
    shared.slot = make_token();
    {
        Session session(shared.slot);
        Template key;
        key.number(CKA_CLASS, CKO_SECRET_KEY)
            .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
            .bytes(CKA_VALUE, ByteString(32, 7));
        key.boolean(CKA_TOKEN, true)
            .boolean(CKA_PRIVATE, false)
            .boolean(CKA_SIGN, true)
            .text(CKA_LABEL, "shared");
        shared.key = session.create(key);
    }
    constexpr std::array<void (*)(Shared&), 9> jobs{
        look_around, log_in_and_out, make_and_destroy, search, save_a_digest, sign, rename, close_all, sign};
    std::vector<std::thread> threads;
    for (auto* job : jobs)
        threads.emplace_back([&shared, job] {
            for (int i = 0; i < 20; ++i) job(shared);
        });
    for (auto& thread : threads) thread.join();
    CHECK(shared.wrong == 0);

    Session session(shared.slot);
    session.login();
    CHECK(session.find().size() == 1); // what belonged to sessions went with them
    CHECK(session.value(shared.key, CKA_LABEL).size() >= 6);
    CK_TOKEN_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetTokenInfo(shared.slot, &info));
    CHECK(info.ulSessionCount == 1);
    CHECK(info.ulRwSessionCount == 1);
}

TEST_CASE("Threads initialise tokens while others use one", "[pkcs11][threads][threaded]") {
    const Initialised module;
    const auto slot = make_token();
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < 3; ++number)
        threads.emplace_back([&, number] {
            auto label = label_of("fresh " + std::to_string(number));
            std::array<CK_SLOT_ID, 32> slots{};
            for (int i = 0; i < 3; ++i) {
                CK_ULONG count = 0; // a new free slot comes with a question for the number of slots
                if (p11().C_GetSlotList(CK_FALSE, nullptr, &count) != CKR_OK) ++wrong;
                count = slots.size();
                if (p11().C_GetSlotList(CK_FALSE, slots.data(), &count) != CKR_OK || count < 2) {
                    ++wrong;
                    continue;
                }
                // The free slot is the last one; another thread may take it first, and then this one wipes
                // its token.
                const auto rv = p11().C_InitToken(slots[count - 1], pin_pointer(officer_pin),
                                                  length_of(officer_pin), label.data());
                if (rv != CKR_OK && rv != CKR_SLOT_ID_INVALID) ++wrong;
            }
        });
    for (int number = 0; number < 3; ++number)
        threads.emplace_back([&] {
            for (int i = 0; i < 30; ++i) {
                CK_SESSION_HANDLE session = 0;
                CK_SESSION_INFO info = {};
                if (p11().C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK)
                    ++wrong;
                if (p11().C_GetSessionInfo(session, &info) != CKR_OK || info.slotID != slot) ++wrong;
                if (p11().C_CloseSession(session) != CKR_OK) ++wrong;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(slot_of_token("t") == slot);
}

} // namespace hsm::test
