// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "process.hpp"
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

// A process that ends in the middle: by a signal that it cannot see, or by exit() under its own threads. What
// it had made is whole, or not there.

#if defined(__SANITIZE_ADDRESS__)
#define HSM_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HSM_ADDRESS_SANITIZER
#endif
#endif

namespace hsm::test {

namespace {

constexpr int rounds = 10;

int make_first_token() {
    if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
    (void)make_token();
    return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 2;
}

CK_SESSION_HANDLE user_session() {
    CK_SESSION_HANDLE session = 0;
    (void)p11().C_OpenSession(slot_of_token("t"), CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                              &session);
    (void)p11().C_Login(session, CKU_USER, pin_pointer(user_pin), length_of(user_pin));
    return session;
}

CK_RV generate_pair(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE& open, CK_OBJECT_HANDLE& hidden) {
    static constexpr std::array<CK_BYTE, 10> p256{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    Template first, second;
    first.boolean(CKA_TOKEN, true).bytes(CKA_EC_PARAMS, ByteString(p256.begin(), p256.end()));
    second.boolean(CKA_TOKEN, true);
    Mechanism mechanism(CKM_EC_KEY_PAIR_GEN);
    return p11().C_GenerateKeyPair(session, &mechanism, first.data(), first.count(), second.data(),
                                   second.count(), &open, &hidden);
}

/// Starts \p work, which never ends, and kills it after a time that is another in each round. Work that is
/// slow to begin says through a pipe when it has.
void killed_in_the_middle(int round, const std::function<void(int say)>& work) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const auto process = child([&] {
        work(ends[1]);
        return 1;
    });
    ::close(ends[1]);
    char began = 0;
    CHECK(::read(ends[0], &began, 1) == 1);
    ::close(ends[0]);
    std::this_thread::sleep_for(std::chrono::microseconds(500 + 1700 * round));
    REQUIRE(::kill(process, SIGKILL) == 0);
    CHECK(outcome(process) == 200 + SIGKILL);
}

Template of_class(CK_OBJECT_CLASS object_class) {
    Template criteria;
    criteria.number(CKA_CLASS, object_class);
    return criteria;
}

/// Every private key signs, and there are as many public ones.
void check_pairs(Session& session) {
    const auto hidden = session.find(of_class(CKO_PRIVATE_KEY)),
               open = session.find(of_class(CKO_PUBLIC_KEY));
    CHECK(hidden.size() == open.size());
    int wrong = 0;
    for (const auto key : hidden) {
        std::array<CK_BYTE, 32> data{};
        std::array<CK_BYTE, 64> signature{};
        CK_ULONG length = signature.size();
        Mechanism mechanism(CKM_ECDSA);
        wrong += p11().C_SignInit(session, &mechanism, key) != CKR_OK;
        wrong += p11().C_Sign(session, data.data(), data.size(), signature.data(), &length) != CKR_OK;
    }
    for (const auto key : open) wrong += session.value(key, CKA_EC_POINT).empty();
    CHECK(wrong == 0);
}

} // namespace

TEST_CASE("kill -9 in the middle of C_GenerateKeyPair", "[pkcs11][kill]") {
    const EmptyHome home;
    REQUIRE(outcome(child(make_first_token)) == 0);
    for (int round = 0; round < rounds; ++round) {
        killed_in_the_middle(round, [](int say) {
            if (p11().C_Initialize(nullptr) != CKR_OK) return;
            const auto session = user_session();
            CK_OBJECT_HANDLE open = 0, hidden = 0;
            for (bool first = true; generate_pair(session, open, hidden) == CKR_OK; first = false)
                if (first && ::write(say, "x", 1) != 1) return;
        });
    }
    HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
    {
        Session session(slot_of_token("t"));
        session.login();
        check_pairs(session);
        CHECK(session.find(of_class(CKO_PRIVATE_KEY)).size() >=
              rounds); // each child said that it had made one
        CK_OBJECT_HANDLE open = 0, hidden = 0;
        HSM_CHECK_OK(generate_pair(session, open, hidden)); // nothing that it held is still held
    }
    HSM_CHECK_OK(p11().C_Finalize(nullptr));
}

TEST_CASE("kill -9 in the middle of C_InitToken", "[pkcs11][kill]") {
    const EmptyHome home;
    REQUIRE(outcome(child(make_first_token)) == 0);
    REQUIRE(outcome(child([] {
                if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
                CK_OBJECT_HANDLE open = 0, hidden = 0;
                return generate_pair(user_session(), open, hidden) == CKR_OK ? 0 : 2;
            })) == 0);
    for (int round = 0; round < rounds; ++round) {
        killed_in_the_middle(round, [](int say) {
            if (p11().C_Initialize(nullptr) != CKR_OK || ::write(say, "x", 1) != 1) return;
            const auto slot = make_token("again");
            auto label = label_of("again"); // from here on one token, wiped over and over
            while (p11().C_InitToken(slot, pin_pointer(officer_pin), length_of(officer_pin), label.data()) ==
                   CKR_OK) {
            }
        });
        HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
        for (const auto slot : all_slots()) {
            CK_TOKEN_INFO info = {};
            HSM_CHECK_OK(p11().C_GetTokenInfo(slot, &info));
            if ((info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
            Session session(slot); // the officer is there, whatever else is not
            session.login(unpadded(info.label, sizeof info.label) == "t" ? CKU_USER : CKU_SO);
            if (info.label[0] == 't') check_pairs(session);
        }
        HSM_CHECK_OK(p11().C_Finalize(nullptr));
    }
    HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
    {
        Session session(slot_of_token("t"));
        session.login();
        CHECK(session.find(of_class(CKO_PRIVATE_KEY)).size() == 1);
        session.close();
    }
    (void)make_token("the next one"); // nothing that was held is still held
    HSM_CHECK_OK(p11().C_Finalize(nullptr));
}

// With the address sanitizer the module registers destructors (no_exit_work.cpp), and the leak checker, which runs at exit too, waits
// for ever for a thread that is telling of what they destroyed.
#if !defined(HSM_ADDRESS_SANITIZER)
TEST_CASE("exit() without C_Finalize while threads are in calls", "[pkcs11][kill]") {
    const EmptyHome home;
    REQUIRE(outcome(child(make_first_token)) == 0);
    for (int round = 0; round < rounds; ++round) {
        CHECK(outcome(child([&] {
                  if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
                  const auto session = user_session();
                  CK_OBJECT_HANDLE open = 0, hidden = 0;
                  if (generate_pair(session, open, hidden) != CKR_OK) return 2;
                  static std::atomic<int> calls{0}; // outlives the stack of a main thread that exits
                  for (int i = 0; i < 4; ++i) {
                      std::thread([slot = slot_of_token("t"), key = hidden, i] {
                          for (;;) {
                              CK_SESSION_HANDLE own = 0;
                              std::array<CK_BYTE, 64> data{}, signature{};
                              CK_ULONG length = signature.size();
                              Mechanism mechanism(CKM_ECDSA);
                              (void)p11().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr,
                                                        nullptr, &own);
                              (void)p11().C_SignInit(own, &mechanism, key);
                              (void)p11().C_Sign(own, data.data(), 32, signature.data(), &length);
                              CK_OBJECT_HANDLE one = 0, two = 0;
                              if (i == 0) (void)generate_pair(own, one, two);
                              (void)p11().C_CloseSession(own);
                              ++calls;
                          }
                      }).detach();
                  }
                  while (calls < 20 + round) std::this_thread::yield();
                  leave();
                  return 3;
              })) == 0);
    }
    HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
    {
        Session session(slot_of_token("t"));
        session.login();
        check_pairs(session);
    }
    HSM_CHECK_OK(p11().C_Finalize(nullptr));
}
#endif

} // namespace hsm::test
