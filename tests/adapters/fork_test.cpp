// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "process.hpp"
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

// A fork of a process whose other threads are in a call. The sanitizers' own locks do not survive that: these cases are not
// built with them.

namespace hsm::test {

TEST_CASE("A fork in the middle of another thread's C_Initialize", "[pkcs11][process]") {
    const EmptyHome home;
    HSM_REQUIRE_OK(p11().C_Initialize(nullptr)); // whatever is made once is made before
    (void)make_token();
    HSM_REQUIRE_OK(p11().C_Finalize(nullptr));
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0}, rounds{0};
    std::thread busy([&] {
        for (; !stop; ++rounds) {
            wrong += p11().C_Initialize(nullptr) != CKR_OK;
            wrong += p11().C_Finalize(nullptr) != CKR_OK;
        }
    });
    while (rounds < 3) std::this_thread::yield();
    for (int i = 0; i < 40; ++i) {
        const auto process = child([] {
            ::alarm(20); // a lock that nobody is left to give back
            if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
            CK_SESSION_HANDLE own = 0;
            (void)p11().C_OpenSession(slot_of_token("t"), CKF_SERIAL_SESSION, nullptr, nullptr, &own);
            if (p11().C_Login(own, CKU_USER, pin_pointer(user_pin), length_of(user_pin)) != CKR_OK) return 2;
            return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 3;
        });
        const auto ended = outcome(process);
        CHECK(ended == 0);
        if (ended != 0) break;
        std::this_thread::sleep_for(std::chrono::microseconds(i * 53 % 700)); // somewhere else each time
    }
    stop = true;
    busy.join();
    CHECK(wrong == 0);
}

} // namespace hsm::test
