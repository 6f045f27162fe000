// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstring>
#include <set>

namespace hsm::test {

namespace {

/// A text is padded with spaces, has no zero, and is valid UTF-8 as far as its lead bytes say.
void check_padded(const CK_UTF8CHAR* text, std::size_t length) {
    CHECK(std::find(text, text + length, 0) == text + length);
    for (std::size_t i = 0; i < length;) {
        const auto lead = text[i];
        const std::size_t wide = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        REQUIRE(i + wide <= length);
        i += wide;
    }
}

template <class List>
std::size_t missing_functions(const List& list) {
    // After the version come pointers to functions, and nothing else.
    constexpr auto first = offsetof(List, C_Initialize);
    std::size_t missing = 0;
    for (std::size_t at = first; at < sizeof(List); at += sizeof(void*)) {
        void* function = nullptr;
        std::memcpy(&function, reinterpret_cast<const char*>(&list) + at, sizeof(function));
        if (function == nullptr) ++missing;
    }
    return missing;
}

CK_INTERFACE* interface_of(CK_BYTE major, CK_BYTE minor) {
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_VERSION version = {major, minor};
    CK_INTERFACE_PTR found = nullptr;
    HSM_REQUIRE_OK(p11().C_GetInterface(name, &version, &found, 0));
    return found;
}

} // namespace

TEST_CASE("Every function of the standard is exported, and ours", "[pkcs11][general]") {
    const auto& module = loaded_module();
#define HSM_EXPORTED(name, arguments)                                                                        \
    if (module.symbol(#name) == nullptr) FAIL_CHECK(#name " is not exported");
    HSM_P11_FUNCTIONS(HSM_EXPORTED)
    HSM_P11_FUNCTIONS_VENDOR(HSM_EXPORTED)
#undef HSM_EXPORTED
    SUCCEED();
}

TEST_CASE("No pointer of a function list is null, and each list says which it is", "[pkcs11][general]") {
    const auto& module = loaded_module();
    CHECK(missing_functions(module.v2_40()) == 0);
    REQUIRE(module.has_v3());
    CHECK(missing_functions(module.v3_0()) == 0);
    CHECK(missing_functions(module.v3_2()) == 0);
    CHECK(module.v2_40().version.major == 2);
    CHECK(module.v2_40().version.minor == 40);
    for (const auto& [major, minor] : {std::pair{2, 40}, std::pair{3, 0}, std::pair{3, 1}, std::pair{3, 2}}) {
        auto* found = interface_of(static_cast<CK_BYTE>(major), static_cast<CK_BYTE>(minor));
        CHECK(std::strcmp(reinterpret_cast<const char*>(found->pInterfaceName), "PKCS 11") == 0);
        CHECK((found->flags & CKF_INTERFACE_FORK_SAFE) == 0);
        const auto* version = static_cast<const CK_VERSION*>(found->pFunctionList);
        CHECK(version->major == major);
        CHECK(version->minor == minor);
    }
}

TEST_CASE("C_GetFunctionList gives the same list each time, from every list", "[pkcs11][general]") {
    CK_FUNCTION_LIST_PTR one = nullptr, two = nullptr, three = nullptr;
    HSM_CHECK_OK(p11().C_GetFunctionList(&one));
    HSM_CHECK_OK(loaded_module().v2_40().C_GetFunctionList(&two));
    const auto exported = loaded_module().function<CK_C_GetFunctionList>("C_GetFunctionList");
    HSM_CHECK_OK(exported(&three));
    CHECK(one == two);
    CHECK(one == three);
    CHECK(interface_of(2, 40)->pFunctionList == one);
}

TEST_CASE("The default interface is 3.2, and the list of interfaces begins with it", "[pkcs11][general]") {
    CK_INTERFACE_PTR first = nullptr;
    HSM_REQUIRE_OK(p11().C_GetInterface(nullptr, nullptr, &first, 0));
    const auto* version = static_cast<const CK_VERSION*>(first->pFunctionList);
    CHECK(version->major == 3);
    CHECK(version->minor == 2);
    CK_ULONG count = 0;
    HSM_REQUIRE_OK(p11().C_GetInterfaceList(nullptr, &count));
    std::vector<CK_INTERFACE> all(count);
    HSM_REQUIRE_OK(p11().C_GetInterfaceList(all.data(), &count));
    std::set<std::pair<std::string, int>> seen;
    for (const auto& one : all) {
        const auto* its = static_cast<const CK_VERSION*>(one.pFunctionList);
        seen.emplace(reinterpret_cast<const char*>(one.pInterfaceName), its->major * 100 + its->minor);
    }
    for (const int number : {240, 300, 301, 302}) CHECK(seen.contains({"PKCS 11", number}));
    CHECK(seen.contains({HSM_P11_VENDOR_INTERFACE, 100}));
}

TEST_CASE("C_GetInfo names the version of the list it is called from", "[pkcs11][general]") {
    const Initialised module;
    CK_INFO now = {}, old = {};
    HSM_REQUIRE_OK(p11().C_GetInfo(&now));
    HSM_REQUIRE_OK(loaded_module().v2_40().C_GetInfo(&old));
    CHECK(now.cryptokiVersion.major == 3);
    CHECK(now.cryptokiVersion.minor == 2);
    CHECK(old.cryptokiVersion.major == 2);
    CHECK(old.cryptokiVersion.minor == 40);
    CHECK(now.flags == 0);
    check_padded(now.manufacturerID, sizeof(now.manufacturerID));
    check_padded(now.libraryDescription, sizeof(now.libraryDescription));
}

TEST_CASE("C_Initialize and looking around write nothing", "[pkcs11][general]") {
    const Initialised module;
    (void)all_slots();
    CK_TOKEN_INFO info = {};
    HSM_CHECK_OK(p11().C_GetTokenInfo(free_slot(), &info));
    std::size_t entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(module.home().path()))
        if (entry.path().filename() != "softhsm2.conf") ++entries;
    CHECK(entries == 0);
}

TEST_CASE("What a slot and a token say about themselves", "[pkcs11][general]") {
    Initialised module;
    const auto slot = make_token("with \xc3\xa4");
    for (const auto one : all_slots()) {
        CK_SLOT_INFO slot_info = {};
        CK_TOKEN_INFO token = {};
        HSM_REQUIRE_OK(p11().C_GetSlotInfo(one, &slot_info));
        HSM_REQUIRE_OK(p11().C_GetTokenInfo(one, &token));
        CHECK(one < 0x80000000UL);
        check_padded(slot_info.slotDescription, sizeof(slot_info.slotDescription));
        check_padded(slot_info.manufacturerID, sizeof(slot_info.manufacturerID));
        check_padded(token.label, sizeof(token.label));
        check_padded(token.manufacturerID, sizeof(token.manufacturerID));
        check_padded(token.model, sizeof(token.model));
        check_padded(token.serialNumber, sizeof(token.serialNumber));
        CHECK((slot_info.flags & ~(CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE | CKF_HW_SLOT)) == 0);
        CHECK((slot_info.flags & CKF_TOKEN_PRESENT) != 0);
        CHECK((token.flags & CKF_RNG) != 0);
        CHECK((token.flags & CKF_LOGIN_REQUIRED) != 0);
        CHECK((token.flags & CKF_WRITE_PROTECTED) == 0);
        const bool made = one == slot;
        CHECK(((token.flags & CKF_TOKEN_INITIALIZED) != 0) == made);
        CHECK(((token.flags & CKF_USER_PIN_INITIALIZED) != 0) == made);
        if (made) {
            CHECK(unpadded(token.label, sizeof(token.label)) == "with \xc3\xa4");
            CHECK((token.flags & CKF_DUAL_CRYPTO_OPERATIONS) != 0);
            CHECK((token.flags & CKF_CLOCK_ON_TOKEN) == 0);
            CHECK(token.ulMinPinLen >= 1);
            CHECK(token.ulMaxPinLen >= 255);
        }
    }
    CHECK(all_slots().size() == 2);
}

TEST_CASE("A token keeps its serial number, and after C_Finalize its slot", "[pkcs11][general]") {
    Initialised module;
    const auto first = make_token("one");
    const auto second = make_token("two");
    CHECK(first != second);
    const auto serial = [](CK_SLOT_ID slot) {
        CK_TOKEN_INFO info = {};
        HSM_REQUIRE_OK(p11().C_GetTokenInfo(slot, &info));
        return std::string(info.serialNumber, info.serialNumber + sizeof(info.serialNumber));
    };
    const auto serial_one = serial(first), serial_two = serial(second);
    CHECK(serial_one != serial_two);
    module.again();
    const auto slots = all_slots();
    REQUIRE(slots.size() == 3);
    CHECK(serial(slot_of_token("one")) == serial_one);
    CHECK(serial(slot_of_token("two")) == serial_two);
    const auto one = slot_of_token("one"), two = slot_of_token("two");
    CHECK(slots[0] == one); // by age
    CHECK(slots[1] == two);
    module.again();
    CHECK(slot_of_token("one") == one);
    CHECK(slot_of_token("two") == two);
    CHECK(free_slot() == all_slots().back());
    HSM_REQUIRE_OK(
        p11().C_InitToken(one, pin_pointer(officer_pin), length_of(officer_pin), label_of("new").data()));
    CHECK(serial(one) == serial_one);
}

TEST_CASE("The flags of a session follow the login", "[pkcs11][general]") {
    const Initialised module;
    const auto slot = make_token();
    const auto state = [](CK_SESSION_HANDLE session) {
        CK_SESSION_INFO info = {};
        HSM_REQUIRE_OK(p11().C_GetSessionInfo(session, &info));
        CHECK((info.flags & CKF_SERIAL_SESSION) != 0);
        return info.state;
    };
    {
        Session writing(slot), reading(slot, CKF_SERIAL_SESSION);
        CHECK(state(writing) == CKS_RW_PUBLIC_SESSION);
        CHECK(state(reading) == CKS_RO_PUBLIC_SESSION);
        writing.login();
        CHECK(state(writing) == CKS_RW_USER_FUNCTIONS);
        CHECK(state(reading) == CKS_RO_USER_FUNCTIONS);
        HSM_CHECK_OK(p11().C_Logout(reading));
        CHECK(state(writing) == CKS_RW_PUBLIC_SESSION);
    }
    Session officer(slot);
    officer.login(CKU_SO);
    CHECK(state(officer) == CKS_RW_SO_FUNCTIONS);
    CK_SESSION_INFO info = {};
    HSM_CHECK_OK(p11().C_GetSessionInfo(officer, &info));
    CHECK(info.slotID == slot);
    CHECK((info.flags & CKF_RW_SESSION) != 0);
    CHECK(info.ulDeviceError == 0);
}

TEST_CASE("Every mechanism of the list has information that holds together", "[pkcs11][general]") {
    const Initialised module;
    const auto slot = make_token();
    CK_ULONG count = 0;
    HSM_REQUIRE_OK(p11().C_GetMechanismList(slot, nullptr, &count));
    std::vector<CK_MECHANISM_TYPE> list(count);
    HSM_REQUIRE_OK(p11().C_GetMechanismList(slot, list.data(), &count));
    CHECK(std::set<CK_MECHANISM_TYPE>(list.begin(), list.end()).size() == list.size());
    CHECK(count > 100);
    constexpr CK_FLAGS new_flags = CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT | CKF_MESSAGE_SIGN |
                                   CKF_MESSAGE_VERIFY | CKF_MULTI_MESSAGE | CKF_FIND_OBJECTS |
                                   CKF_ENCAPSULATE | CKF_DECAPSULATE | CKF_EC_CURVENAME;
    for (const auto type : list) {
        INFO(mechanism_name(type));
        CK_MECHANISM_INFO info = {}, old = {};
        HSM_CHECK_OK(p11().C_GetMechanismInfo(slot, type, &info));
        HSM_CHECK_OK(loaded_module().v2_40().C_GetMechanismInfo(slot, type, &old));
        CHECK(info.ulMinKeySize <= info.ulMaxKeySize);
        CHECK((info.flags & ~CKF_HW) != 0);
        CHECK((old.flags & new_flags) == 0);
        CHECK((info.flags & ~new_flags) == old.flags);
    }
}

} // namespace hsm::test
