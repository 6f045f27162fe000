// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

// Threads check nothing with Catch2, which is for one thread: they count.

namespace hsm::test {

namespace {

constexpr int thread_count = 32;

void in_threads(const std::function<void(int)>& work, int count = thread_count) {
    std::vector<std::thread> threads;
    std::atomic<bool> go{false};
    for (int i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            while (!go) std::this_thread::yield();
            work(i);
        });
    }
    go = true;
    for (auto& thread : threads) thread.join();
}

Template hmac_key() {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY)
        .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .bytes(CKA_VALUE, ByteString(32, 7))
        .boolean(CKA_SIGN, true)
        .boolean(CKA_VERIFY, true);
    return key;
}

CK_RV sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, ByteString& signature) {
    Mechanism mechanism(CKM_SHA256_HMAC);
    auto data = bytes_of("data");
    signature.resize(64);
    auto length = static_cast<CK_ULONG>(signature.size());
    const auto rv = p11().C_SignInit(session, &mechanism, key);
    if (rv != CKR_OK) return rv;
    const auto signed_rv =
        p11().C_Sign(session, data.data(), static_cast<CK_ULONG>(data.size()), signature.data(), &length);
    signature.resize(signed_rv == CKR_OK ? length : 0);
    return signed_rv;
}

} // namespace

TEST_CASE("Many threads with a session each", "[pkcs11][threads][threaded]") {
    UserToken token;
    const auto key = token.session.create(hmac_key());
    ByteString expected;
    HSM_REQUIRE_OK(sign(token.session, key, expected));
    std::atomic<int> wrong{0}, done{0};
    in_threads([&](int) {
        CK_SESSION_HANDLE session = 0;
        if (p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK)
            ++wrong;
        for (int i = 0; i < 50; ++i) {
            ByteString signature;
            if (sign(session, key, signature) != CKR_OK || signature != expected) ++wrong;
            ++done;
        }
        if (p11().C_CloseSession(session) != CKR_OK) ++wrong;
    });
    CHECK(wrong == 0);
    CHECK(done == thread_count * 50);
}

TEST_CASE("Many threads on one session: each call is whole, and nothing breaks",
          "[pkcs11][threads][threaded]") {
    UserToken token;
    const auto key = token.session.create(hmac_key());
    std::atomic<int> surprising{0}, good{0};
    in_threads([&](int) {
        for (int i = 0; i < 50; ++i) {
            ByteString signature;
            const auto rv = sign(token.session, key, signature);
            // Another thread's C_SignInit may be active, or have been used up by it.
            if (rv == CKR_OK)
                ++good;
            else if (rv != CKR_OPERATION_ACTIVE && rv != CKR_OPERATION_NOT_INITIALIZED)
                ++surprising;
        }
    });
    CHECK(surprising == 0);
    CHECK(good > 0);
}

TEST_CASE("Threads make, find and destroy objects at once", "[pkcs11][threads][threaded]") {
    UserToken token;
    std::atomic<int> wrong{0};
    in_threads([&](int number) {
        CK_SESSION_HANDLE session = 0;
        if (p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                &session) != CKR_OK)
            ++wrong;
        for (int i = 0; i < 4; ++i) {
            Template object;
            object.number(CKA_CLASS, CKO_DATA)
                .boolean(CKA_TOKEN, i % 2 == 0)
                .text(CKA_LABEL, "object " + std::to_string(number) + "/" + std::to_string(i));
            Template criteria;
            criteria.text(CKA_LABEL, "object " + std::to_string(number) + "/" + std::to_string(i));
            CK_OBJECT_HANDLE handle = 0, found = 0;
            CK_ULONG count = 0;
            if (p11().C_CreateObject(session, object.data(), object.count(), &handle) != CKR_OK) ++wrong;
            if (p11().C_FindObjectsInit(session, criteria.data(), criteria.count()) != CKR_OK) ++wrong;
            if (p11().C_FindObjects(session, &found, 1, &count) != CKR_OK || count != 1 || found != handle)
                ++wrong;
            if (p11().C_FindObjectsFinal(session) != CKR_OK) ++wrong;
            if (p11().C_DestroyObject(session, handle) != CKR_OK) ++wrong;
        }
        (void)p11().C_CloseSession(session);
    });
    CHECK(wrong == 0);
    CHECK(token.session.find().empty());
}

TEST_CASE("Threads open and close sessions, log in and out", "[pkcs11][threads][threaded]") {
    const Initialised module;
    const auto slot = make_token();
    std::atomic<int> surprising{0};
    in_threads(
        [&](int) {
            for (int i = 0; i < 5; ++i) {
                CK_SESSION_HANDLE session = 0;
                if (p11().C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session) != CKR_OK)
                    ++surprising;
                const auto in = p11().C_Login(session, CKU_USER, pin_pointer(user_pin), length_of(user_pin));
                if (in != CKR_OK && in != CKR_USER_ALREADY_LOGGED_IN) ++surprising;
                const auto out = p11().C_Logout(session);
                if (out != CKR_OK && out != CKR_USER_NOT_LOGGED_IN) ++surprising;
                if (p11().C_CloseSession(session) != CKR_OK) ++surprising;
            }
        },
        8);
    CHECK(surprising == 0);
}

TEST_CASE("A session that another thread closes", "[pkcs11][threads][threaded]") {
    UserToken token;
    const auto key = token.session.create(hmac_key());
    std::atomic<int> surprising{0};
    for (int round = 0; round < 20; ++round) {
        CK_SESSION_HANDLE shared = 0;
        HSM_REQUIRE_OK(p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &shared));
        in_threads(
            [&](int number) {
                if (number == 0) {
                    (void)p11().C_CloseSession(shared);
                    return;
                }
                for (int i = 0; i < 20; ++i) {
                    ByteString signature;
                    const auto rv = sign(shared, key, signature);
                    if (rv != CKR_OK && rv != CKR_SESSION_HANDLE_INVALID && rv != CKR_SESSION_CLOSED &&
                        rv != CKR_OPERATION_ACTIVE && rv != CKR_OPERATION_NOT_INITIALIZED) {
                        ++surprising;
                    }
                }
            },
            4);
    }
    CHECK(surprising == 0);
}

namespace {

CK_RV login(CK_SESSION_HANDLE session, std::string_view pin) {
    return p11().C_Login(session, CKU_USER, pin_pointer(pin), length_of(pin));
}

/// A thread that waits in C_Login: so many wrong PINs came before that the next one has to.
class WaitingLogin {
public:
    explicit WaitingLogin(CK_SESSION_HANDLE session) {
        for (int i = 0; i < 7; ++i) HSM_REQUIRE_RV(login(session, "wrong"), CKR_PIN_INCORRECT);
        thread_ = std::thread([this, session] {
            waits_ = true;
            result_ = login(session, "wrong");
        });
        while (!waits_) std::this_thread::yield();
    }
    CK_RV result() {
        thread_.join();
        return result_;
    }

private:
    std::atomic<bool> waits_{false};
    CK_RV result_ = CKR_OK;
    std::thread thread_;
};

} // namespace

TEST_CASE("Wrong PINs slow logins down, and nobody else", "[pkcs11][threads][threaded]") {
    Initialised module;
    const auto slot = make_token();
    Session other(slot);
    SECTION("a session that is closed is not waited for") {
        Session session(slot);
        WaitingLogin waiting(session);
        CHECK(other.find().empty()); // meanwhile
        session.close();
        const auto rv = waiting.result();
        CHECK((rv == CKR_SESSION_CLOSED || rv == CKR_SESSION_HANDLE_INVALID));
        other.login();
    }
    SECTION("C_Finalize does not wait, and no PIN is locked") {
        WaitingLogin waiting(other);
        HSM_CHECK_OK(p11().C_Finalize(nullptr));
        const auto rv = waiting.result();
        CHECK((rv == CKR_FUNCTION_CANCELED || rv == CKR_CRYPTOKI_NOT_INITIALIZED));
        HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
    }
}

TEST_CASE("A private object that is being made when the user logs out does not outlive the login", "[pkcs11][threads][threaded]") {
    UserToken token;
    Session other(token.slot);
    Template open, hidden;
    open.number(CKA_MODULUS_BITS, 4096).boolean(CKA_PRIVATE, true);
    hidden.boolean(CKA_PRIVATE, true).boolean(CKA_SIGN, true);
    CK_RV result = CKR_OK;
    std::atomic<bool> begun{false};
    std::thread maker([&] {
        Mechanism generate(CKM_RSA_PKCS_KEY_PAIR_GEN);
        CK_OBJECT_HANDLE public_key = 0, key = 0;
        begun = true;
        result = p11().C_GenerateKeyPair(other, &generate, open.data(), open.count(), hidden.data(), hidden.count(), &public_key, &key);
    });
    while (!begun) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // it has begun, and takes longer
    HSM_CHECK_OK(p11().C_Logout(token.session));
    maker.join();
    CHECK((result == CKR_USER_NOT_LOGGED_IN || result == CKR_OK)); // OK: it was done before
    token.session.login();
    CHECK(token.session.find(Template().boolean(CKA_PRIVATE, true)).empty());
}

TEST_CASE("C_Finalize while calls run", "[pkcs11][threads][threaded]") {
    for (int round = 0; round < 5; ++round) {
        UserToken token;
        const auto key = token.session.create(hmac_key());
        std::atomic<int> surprising{0};
        in_threads(
            [&](int number) {
                if (number == 0) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(2));
                    if (p11().C_Finalize(nullptr) != CKR_OK) ++surprising;
                    return;
                }
                for (int i = 0; i < 100000; ++i) {
                    ByteString signature;
                    CK_SESSION_HANDLE own = 0;
                    const auto opened =
                        p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &own);
                    if (opened == CKR_CRYPTOKI_NOT_INITIALIZED) return;
                    const auto rv = sign(own, key, signature);
                    (void)p11().C_CloseSession(own);
                    if (rv == CKR_CRYPTOKI_NOT_INITIALIZED) return;
                    if (opened != CKR_OK || rv != CKR_OK) ++surprising;
                }
            },
            8);
        CHECK(surprising == 0);
        HSM_CHECK_RV(p11().C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
    }
}

TEST_CASE("C_Finalize wakes who waits for a slot", "[pkcs11][threads][threaded]") {
    CK_RV waited = CKR_GENERAL_ERROR;
    std::thread waiting;
    {
        const Initialised module;
        std::atomic<bool> about_to{false};
        waiting = std::thread([&] {
            CK_SLOT_ID slot = 0;
            about_to = true;
            waited = p11().C_WaitForSlotEvent(0, &slot, nullptr);
        });
        while (!about_to) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    waiting.join();
    HSM_CHECK_RV(waited, CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_CASE("Threads initialise at once: one succeeds", "[pkcs11][threads][threaded]") {
    const EmptyHome home;
    std::atomic<int> ok{0}, already{0}, surprising{0};
    in_threads([&](int) {
        const auto rv = p11().C_Initialize(nullptr);
        if (rv == CKR_OK)
            ++ok;
        else if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED)
            ++already;
        else
            ++surprising;
    });
    CHECK(ok == 1);
    CHECK(already == thread_count - 1);
    HSM_CHECK_OK(p11().C_Finalize(nullptr));
}

} // namespace hsm::test
