// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "process.hpp"
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

// Children end with _exit, or with exit where that is what is tested; they say how far they came by their
// status. None of these cases is [threaded]: the thread sanitizer does not follow a fork of a process that has threads.

namespace hsm::test {

namespace {

bool is_mapped(const std::string& path) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.find(path) != std::string::npos) return true;
    return false;
}

Template data_object(const std::string& label) {
    Template object;
    object.number(CKA_CLASS, CKO_DATA).boolean(CKA_TOKEN, true).text(CKA_LABEL, label);
    return object;
}

CK_SESSION_HANDLE opened(CK_SLOT_ID slot) {
    CK_SESSION_HANDLE session = 0;
    (void)p11().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
    return session;
}

CK_RV user_login(CK_SESSION_HANDLE session) {
    return p11().C_Login(session, CKU_USER, pin_pointer(user_pin), length_of(user_pin));
}

/// How many objects there are; ~0 when finding fails.
CK_ULONG count_objects(CK_SESSION_HANDLE session, Template criteria) {
    std::array<CK_OBJECT_HANDLE, 512> found{};
    CK_ULONG count = 0;
    if (p11().C_FindObjectsInit(session, criteria.data(), criteria.count()) != CKR_OK) return ~CK_ULONG{0};
    const auto rv = p11().C_FindObjects(session, found.data(), found.size(), &count);
    (void)p11().C_FindObjectsFinal(session);
    return rv == CKR_OK ? count : ~CK_ULONG{0};
}

} // namespace

TEST_CASE("A child of fork begins uninitialised, and the parent does not notice", "[pkcs11][process]") {
    UserToken token;
    const auto object = token.session.create(data_object("parent's"));
    const CK_SESSION_HANDLE session = token.session;
    const auto slot = token.slot;
    const auto status = outcome(child([&] {
        CK_SESSION_INFO info = {};
        CK_INFO about = {};
        if (p11().C_GetSessionInfo(session, &info) != CKR_CRYPTOKI_NOT_INITIALIZED) return 1;
        if (p11().C_GetInfo(&about) != CKR_CRYPTOKI_NOT_INITIALIZED) return 2;
        if (p11().C_Finalize(nullptr) != CKR_CRYPTOKI_NOT_INITIALIZED) return 3;
        if (p11().C_Initialize(nullptr) != CKR_OK) return 4;
        if (p11().C_GetSessionInfo(session, &info) != CKR_SESSION_HANDLE_INVALID) return 5;
        const auto own = opened(slot_of_token("t"));
        if (user_login(own) != CKR_OK) return 6; // not logged in by inheritance
        if (count_objects(own, data_object("parent's")) != 1) return 7;
        if (p11().C_Finalize(nullptr) != CKR_OK) return 8;
        return 0;
    }));
    CHECK(status == 0);
    CK_SESSION_INFO info = {};
    HSM_CHECK_OK(p11().C_GetSessionInfo(session, &info));
    CHECK(info.state == CKS_RW_USER_FUNCTIONS);
    CHECK(token.session.value(object, CKA_LABEL) == bytes_of("parent's"));
    CHECK(slot == slot_of_token("t"));
}

TEST_CASE("A fork before C_Initialize, and a fork in the middle of operations", "[pkcs11][process]") {
    {
        const EmptyHome home;
        CHECK(outcome(child([] {
                  if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
                  return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 2;
              })) == 0);
        HSM_CHECK_RV(p11().C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
    }
    UserToken token;
    Mechanism sha256(CKM_SHA256);
    auto data = bytes_of("abc");
    HSM_REQUIRE_OK(p11().C_DigestInit(token.session, &sha256));
    CHECK(outcome(child([] { return 0; })) == 0);
    CHECK(outcome(child([&] {
              // What a child that knows nothing of the module does: it ends with exit().
              leave();
              return 1;
          })) == 0);
    ByteString digest(32);
    CK_ULONG length = 32;
    HSM_CHECK_OK(p11().C_Digest(token.session, data.data(), 3, digest.data(), &length));
    CHECK(hex_text(digest).starts_with("ba7816bf"));
}

TEST_CASE("Random numbers differ in parent and child", "[pkcs11][process]") {
    UserToken token;
    ByteString warm(32);
    HSM_REQUIRE_OK(p11().C_GenerateRandom(token.session, warm.data(), 32));
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const auto process = child([&] {
        ByteString random(32);
        if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
        if (p11().C_GenerateRandom(opened(slot_of_token("t")), random.data(), 32) != CKR_OK) return 2;
        return ::write(ends[1], random.data(), 32) == 32 ? 0 : 3;
    });
    CHECK(outcome(process) == 0);
    ByteString theirs(32), ours(32);
    REQUIRE(::read(ends[0], theirs.data(), 32) == 32);
    HSM_REQUIRE_OK(p11().C_GenerateRandom(token.session, ours.data(), 32));
    CHECK(theirs != ours);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_CASE("Exit without C_Finalize, and after it, is quiet", "[pkcs11][process]") {
    const EmptyHome home;
    CHECK(outcome(child([] {
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              (void)make_token();
              leave();
              return 2;
          })) == 0);
    CHECK(outcome(child([] {
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              (void)opened(slot_of_token("t"));
              (void)p11().C_Finalize(nullptr);
              leave();
              return 2;
          })) == 0);
}

TEST_CASE("Calls from atexit neither crash nor hang", "[pkcs11][process]") {
    const EmptyHome home;
    CHECK(outcome(child([] {
              std::atexit([] { (void)p11().C_Finalize(nullptr); });
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              leave();
              return 2;
          })) == 0);
}

TEST_CASE("Another process's objects are seen at the next search", "[pkcs11][process]") {
    UserToken token;
    CHECK(token.session.find(data_object("theirs")).empty());
    CHECK(outcome(child([&] {
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              const auto own = opened(slot_of_token("t"));
              if (user_login(own) != CKR_OK) return 2;
              auto object = data_object("theirs");
              CK_OBJECT_HANDLE handle = 0;
              if (p11().C_CreateObject(own, object.data(), object.count(), &handle) != CKR_OK) return 3;
              return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 4;
          })) == 0);
    const auto found = token.session.find(data_object("theirs"));
    REQUIRE(found.size() == 1);
    CHECK(outcome(child([&] {
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              const auto own = opened(slot_of_token("t"));
              if (user_login(own) != CKR_OK) return 2;
              auto criteria = data_object("theirs");
              CK_OBJECT_HANDLE handle = 0;
              CK_ULONG count = 0;
              if (p11().C_FindObjectsInit(own, criteria.data(), criteria.count()) != CKR_OK) return 3;
              if (p11().C_FindObjects(own, &handle, 1, &count) != CKR_OK || count != 1) return 4;
              (void)p11().C_FindObjectsFinal(own);
              if (p11().C_DestroyObject(own, handle) != CKR_OK) return 5;
              return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 6;
          })) == 0);
    CK_ULONG size = 0;
    HSM_CHECK_RV(p11().C_GetObjectSize(token.session, found[0], &size), CKR_OBJECT_HANDLE_INVALID);
    CHECK(token.session.find(data_object("theirs")).empty());
}

TEST_CASE("Wiping a token in one process ends the sessions of another", "[pkcs11][process]") {
    UserToken token;
    (void)token.session.create(data_object("lost"));
    CHECK(outcome(child([&] {
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              auto label = label_of("wiped");
              if (p11().C_InitToken(slot_of_token("t"), pin_pointer(officer_pin), length_of(officer_pin),
                                    label.data()) != CKR_OK) {
                  return 2;
              }
              return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 3;
          })) == 0);
    CK_SESSION_HANDLE session = 0;
    CK_SESSION_INFO info = {};
    HSM_CHECK_RV(p11().C_GetSessionInfo(token.session, &info), CKR_SESSION_HANDLE_INVALID);
    HSM_REQUIRE_OK(p11().C_OpenSession(token.slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session));
    CHECK(count_objects(session, {}) == 0);
}

TEST_CASE("Eight processes make, find and destroy objects of one token", "[pkcs11][process]") {
    UserToken token;
    std::vector<pid_t> processes;
    constexpr int process_count = 8, rounds = 12;
    for (int number = 0; number < process_count; ++number) {
        processes.push_back(child([&, number] {
            if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
            const auto own = opened(slot_of_token("t"));
            if (user_login(own) != CKR_OK) return 2;
            for (int i = 0; i < rounds; ++i) {
                const auto label = std::to_string(number) + "/" + std::to_string(i);
                auto object = data_object(label);
                CK_OBJECT_HANDLE handle = 0;
                if (p11().C_CreateObject(own, object.data(), object.count(), &handle) != CKR_OK) return 3;
                if (count_objects(own, data_object(label)) != 1) return 4;
                if (count_objects(own, {}) == ~CK_ULONG{0}) return 5; // whatever the others are doing
                if (i % 2 == 0 && p11().C_DestroyObject(own, handle) != CKR_OK) return 6;
            }
            return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 7;
        }));
    }
    for (const auto process : processes) CHECK(outcome(process) == 0);
    CHECK(token.session.find().size() == process_count * rounds / 2);
}

TEST_CASE("Processes that initialise at once make one world and a token each", "[pkcs11][process]") {
    const EmptyHome home;
    std::vector<pid_t> processes;
    for (int number = 0; number < 4; ++number) {
        processes.push_back(child([number] {
            if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
            (void)make_token("token " + std::to_string(number));
            return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 3;
        }));
    }
    for (const auto process : processes) CHECK(outcome(process) == 0);
    HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
    for (int number = 0; number < 4; ++number) (void)slot_of_token("token " + std::to_string(number));
    CHECK(all_slots().size() == 5);
    HSM_CHECK_OK(p11().C_Finalize(nullptr));
}

TEST_CASE("dlclose unloads the module, and it can be loaded again", "[pkcs11][process]") {
    if (!std::filesystem::exists(module_path())) SKIP("the module is not built");
    const EmptyHome home;
    // In a child: this process keeps the module loaded.
    CHECK(outcome(child([] {
              const auto copy = std::filesystem::temp_directory_path() /
                                ("hsm-dlclose-" + std::to_string(::getpid()) + ".so");
              std::filesystem::copy_file(module_path(), copy,
                                         std::filesystem::copy_options::overwrite_existing);
              int result = 0;
              for (int round = 0; round < 3 && result == 0; ++round) {
                  LoadedModule module(copy);
                  if (module.v2_40().C_Initialize(nullptr) != CKR_OK) result = 1;
                  CK_ULONG count = 0;
                  if (module.v2_40().C_GetSlotList(CK_FALSE, nullptr, &count) != CKR_OK) result = 2;
                  if (module.v2_40().C_Finalize(nullptr) != CKR_OK) result = 3;
              }
              if (result == 0 && is_mapped(copy.filename().string())) result = 4;
              std::filesystem::remove(copy);
              if (const auto forked = ::fork(); forked == 0) // a fork handler must have gone with it
                  ::_exit(0);
              else if (result == 0)
                  result = outcome(forked);
              return result;
          })) == 0);
}

TEST_CASE("Two copies of the module in one process do not disturb each other", "[pkcs11][process]") {
    if (!std::filesystem::exists(module_path())) SKIP("the module is not built");
    const EmptyHome home;
    CHECK(outcome(child([] {
              const auto copy = std::filesystem::temp_directory_path() /
                                ("hsm-twice-" + std::to_string(::getpid()) + ".so");
              std::filesystem::copy_file(module_path(), copy,
                                         std::filesystem::copy_options::overwrite_existing);
              LoadedModule second(copy);
              std::filesystem::remove(copy);
              if (p11().C_Initialize(nullptr) != CKR_OK) return 1;
              if (second.v2_40().C_Initialize(nullptr) != CKR_OK) return 2;
              const auto slot = make_token();
              const auto session = opened(slot);
              if (user_login(session) != CKR_OK) return 3;
              CK_ULONG count = 0;
              if (second.v2_40().C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK || count != 2) return 4;
              if (second.v2_40().C_Finalize(nullptr) != CKR_OK) return 5;
              CK_SESSION_INFO info = {};
              if (p11().C_GetSessionInfo(session, &info) != CKR_OK) return 6;
              return p11().C_Finalize(nullptr) == CKR_OK ? 0 : 7;
          })) == 0);
}

} // namespace hsm::test
