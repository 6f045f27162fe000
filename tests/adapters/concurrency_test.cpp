// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

// What one thread's call must not do to another's: tables that are walked while others change them, rules
// that two calls could break together, and waits that are the caller's own. Threads count; Catch2 is for one.

namespace hsm::test {

namespace {

CK_SESSION_HANDLE open(CK_SLOT_ID slot, CK_FLAGS flags) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    (void)p11().C_OpenSession(slot, CKF_SERIAL_SESSION | flags, nullptr, nullptr, &session);
    return session;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, std::string_view pin) {
    return p11().C_Login(session, user, pin_pointer(pin), length_of(pin));
}

CK_OBJECT_HANDLE data_object(CK_SESSION_HANDLE session) {
    Template object;
    object.number(CKA_CLASS, CKO_DATA).boolean(CKA_PRIVATE, false);
    CK_OBJECT_HANDLE handle = 0;
    return p11().C_CreateObject(session, object.data(), object.count(), &handle) == CKR_OK
               ? handle
               : CK_INVALID_HANDLE;
}

/// Runs \p slow in a thread, and \p quick here once it has begun. Whether \p quick was done first; a machine
/// that is busy gets more than one chance.
bool overtakes(const std::function<void()>& slow, const std::function<void()>& quick) {
    for (int chance = 0; chance < 5; ++chance) {
        std::atomic<bool> begun{false}, done{false};
        std::thread waiting([&] {
            begun = true;
            slow();
            done = true;
        });
        while (!begun) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        quick();
        const bool first = !done;
        waiting.join();
        if (first) return true;
    }
    return false;
}

} // namespace

TEST_CASE("All sessions and objects are walked while others come and go", "[pkcs11][threads][threaded]") {
    UserToken token;
    std::vector<CK_SESSION_HANDLE> many; // so that a walk takes its time
    for (int i = 0; i < 2000; ++i) many.push_back(open(token.slot, 0));
    for (const auto session : many) (void)data_object(session);
    std::atomic<int> wrong{0}, walks{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int number = 0; number < 3; ++number)
        threads.emplace_back([&] {
            while (!stop) {
                std::array<CK_SESSION_HANDLE, 64> some{};
                for (auto& session : some) session = open(token.slot, 0);
                for (const auto session : some) wrong += data_object(session) == CK_INVALID_HANDLE;
                for (const auto session : some) wrong += p11().C_CloseSession(session) != CKR_OK;
            }
        });
    threads.emplace_back([&] {
        const auto session = open(token.slot, CKF_RW_SESSION);
        for (int i = 0; i < 50; ++i) {
            // Who destroys an object, and who logs out, makes all sessions let go.
            for (int walk = 0; walk < 100; ++walk)
                wrong += p11().C_DestroyObject(session, data_object(session)) != CKR_OK;
            wrong += p11().C_Logout(session) != CKR_OK;
            wrong += login(session, CKU_USER, user_pin) != CKR_OK;
            ++walks;
        }
        stop = true;
    });
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
    CHECK(walks == 50);
    CK_TOKEN_INFO info = {};
    HSM_REQUIRE_OK(p11().C_GetTokenInfo(token.slot, &info));
    CHECK(info.ulSessionCount == many.size() + 2);
}

TEST_CASE("The officer never logs in beside a session that only reads", "[pkcs11][threads][threaded]") {
    const Initialised module;
    const auto slot = make_token();
    Session writing(slot);
    std::atomic<int> wrong{0}, opened{0};
    std::atomic<bool> stop{false};
    std::thread reading([&] {
        while (!stop) { // there for two thirds of the time; a login may begin when it is not
            const auto session = open(slot, 0);
            opened += session != CK_INVALID_HANDLE;
            std::this_thread::sleep_for(std::chrono::microseconds(600));
            if (session != CK_INVALID_HANDLE) (void)p11().C_CloseSession(session);
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
    });
    int officers = 0;
    for (int i = 0; i < 5000 && (i < 1000 || officers < 20 || opened < 20); ++i) {
        const auto rv = login(writing, CKU_SO, officer_pin);
        if (rv != CKR_OK) {
            wrong += rv != CKR_SESSION_READ_ONLY_EXISTS;
            continue;
        }
        ++officers;
        CK_TOKEN_INFO info = {};
        HSM_REQUIRE_OK(p11().C_GetTokenInfo(slot, &info));
        wrong += info.ulSessionCount != info.ulRwSessionCount;
        wrong += p11().C_Logout(writing) != CKR_OK;
    }
    stop = true;
    reading.join();
    CHECK(wrong == 0);
    CHECK(officers > 0);
    CHECK(opened > 0);
}

TEST_CASE("The delay after wrong PINs keeps nobody else waiting", "[pkcs11][threads][threaded]") {
    const Initialised module;
    const auto slot = make_token();
    Session first(slot), second(slot);
    for (int i = 0; i < 6; ++i) HSM_CHECK_RV(login(first, CKU_USER, "wrong"), CKR_PIN_INCORRECT);
    SECTION("C_Login") {
        CHECK(overtakes([&] { (void)login(first, CKU_USER, "wrong"); },
                        [&] { HSM_CHECK_RV(p11().C_Logout(second), CKR_USER_NOT_LOGGED_IN); }));
    }
    SECTION("C_SetPIN") {
        CHECK(
            overtakes([&] { (void)p11().C_SetPIN(first, pin_pointer("wrong"), 5, pin_pointer("fresh"), 5); },
                      [&] { HSM_CHECK_RV(p11().C_Logout(second), CKR_USER_NOT_LOGGED_IN); }));
    }
    HSM_CHECK_OK(login(second, CKU_USER, user_pin));
}

TEST_CASE("The delay of a token's initialisation keeps no other slot waiting",
          "[pkcs11][threads][threaded]") {
    const Initialised module;
    const auto slot = make_token();
    auto label = label_of("again");
    const auto initialise = [&] {
        return p11().C_InitToken(slot, pin_pointer("wrong pin"), 9, label.data());
    };
    for (int i = 0; i < 6; ++i) HSM_CHECK_RV(initialise(), CKR_PIN_INCORRECT);
    const auto other = free_slot();
    CHECK(overtakes([&] { (void)initialise(); },
                    [&] {
                        CK_SLOT_INFO info = {};
                        CK_ULONG count = 0;
                        HSM_CHECK_OK(p11().C_GetSlotInfo(other, &info));
                        HSM_CHECK_OK(p11().C_GetSlotList(CK_FALSE, nullptr, &count));
                    }));
}

} // namespace hsm::test
