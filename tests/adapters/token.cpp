// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace hsm::test {

namespace {

void set_variable(const std::string& name, const std::string& value) {
#ifdef _WIN32
    ::_putenv_s(name.c_str(), value.c_str());
#else
    if (value.empty())
        ::unsetenv(name.c_str());
    else
        ::setenv(name.c_str(), value.c_str(), 1);
#endif
}

std::filesystem::path new_directory() {
    static std::atomic<unsigned> counter{0};
    const auto stamp = std::chrono::steady_clock::now().time_since_epoch().count();
    const auto name = "libhsm-p11-" + std::to_string(stamp) + "-" + std::to_string(++counter);
#if !defined(_WIN32)
    std::error_code no;
    if (std::filesystem::is_directory("/dev/shm", no) &&
        std::filesystem::create_directory(std::filesystem::path("/dev/shm") / name, no)) {
        return std::filesystem::path("/dev/shm") / name;
    }
#endif
    const auto path = std::filesystem::temp_directory_path() / name;
    std::filesystem::create_directories(path);
    return path;
}

/// Another module under test keeps its tokens here.
void configure_softhsm(const std::filesystem::path& home) {
    if (std::getenv("HSM_PKCS11_MODULE") == nullptr) return;
    const auto file = home / "softhsm2.conf";
    if (auto* out = std::fopen(file.string().c_str(), "w"); out != nullptr) {
        std::fputs(("directories.tokendir = " + home.string() + "\nlog.level = ERROR\n").c_str(), out);
        std::fclose(out);
    }
    set_variable("SOFTHSM2_CONF", file.string());
}

} // namespace

std::string unpadded(const CK_UTF8CHAR* text, std::size_t length) {
    std::string result(text, text + length);
    result.erase(result.find_last_not_of(' ') + 1);
    return result;
}

ByteString label_of(std::string_view text) {
    auto label = bytes_of(text);
    label.resize(32, ' ');
    return label;
}

Variable::Variable(std::string name, const std::string& value) : name_(std::move(name)) { set_variable(name_, value); }

Variable::~Variable() { set_variable(name_, {}); }

EmptyHome::EmptyHome() : path_(new_directory()) {
    set_variable("LIBHSM_HOME", path_.string());
    set_variable("LIBHSM_TEST_PARAMETERS", "1");
    configure_softhsm(path_);
}

EmptyHome::~EmptyHome() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Initialised::Initialised() {
    CK_C_INITIALIZE_ARGS arguments = {};
    arguments.flags = CKF_OS_LOCKING_OK;
    HSM_REQUIRE_OK(p11().C_Initialize(&arguments));
}

Initialised::~Initialised() { (void)p11().C_Finalize(nullptr); }

void Initialised::again() {
    HSM_REQUIRE_OK(p11().C_Finalize(nullptr));
    HSM_REQUIRE_OK(p11().C_Initialize(nullptr));
}

std::vector<CK_SLOT_ID> all_slots() {
    CK_ULONG count = 0;
    HSM_REQUIRE_OK(p11().C_GetSlotList(CK_FALSE, nullptr, &count));
    std::vector<CK_SLOT_ID> slots(count);
    HSM_REQUIRE_OK(p11().C_GetSlotList(CK_FALSE, slots.data(), &count));
    slots.resize(count);
    return slots;
}

CK_SLOT_ID free_slot() {
    for (const auto slot : all_slots()) {
        CK_TOKEN_INFO info = {};
        if (p11().C_GetTokenInfo(slot, &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) == 0)
            return slot;
    }
    FAIL("there is no free slot");
    return 0;
}

CK_SLOT_ID slot_of_token(std::string_view label) {
    for (const auto slot : all_slots()) {
        CK_TOKEN_INFO info = {};
        if (p11().C_GetTokenInfo(slot, &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0 &&
            unpadded(info.label, sizeof(info.label)) == label) {
            return slot;
        }
    }
    FAIL("there is no token " << label);
    return 0;
}

CK_SLOT_ID make_token(std::string_view label) {
    const auto slot = free_slot();
    HSM_REQUIRE_OK(
        p11().C_InitToken(slot, pin_pointer(officer_pin), length_of(officer_pin), label_of(label).data()));
    Session session(slot);
    session.login(CKU_SO);
    HSM_REQUIRE_OK(p11().C_InitPIN(session, pin_pointer(user_pin), length_of(user_pin)));
    HSM_REQUIRE_OK(p11().C_Logout(session));
    return slot;
}

Session::Session(CK_SLOT_ID slot, CK_FLAGS flags) {
    HSM_REQUIRE_OK(p11().C_OpenSession(slot, flags, nullptr, nullptr, &handle_));
}

Session::~Session() {
    if (handle_ != CK_INVALID_HANDLE) (void)p11().C_CloseSession(handle_);
}

void Session::close() {
    HSM_REQUIRE_OK(p11().C_CloseSession(handle_));
    handle_ = CK_INVALID_HANDLE;
}

void Session::login(CK_USER_TYPE user) {
    const auto pin = user == CKU_SO ? officer_pin : user_pin;
    HSM_REQUIRE_OK(p11().C_Login(handle_, user, pin_pointer(pin), length_of(pin)));
}

CK_OBJECT_HANDLE Session::create(Template object) {
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    HSM_REQUIRE_OK(p11().C_CreateObject(handle_, object.data(), object.count(), &handle));
    REQUIRE(handle != CK_INVALID_HANDLE);
    return handle;
}

CK_OBJECT_HANDLE Session::generate(CK_MECHANISM_TYPE mechanism, Template key) {
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    Mechanism how(mechanism);
    HSM_REQUIRE_OK(p11().C_GenerateKey(handle_, &how, key.data(), key.count(), &handle));
    return handle;
}

std::vector<CK_OBJECT_HANDLE> Session::find(Template criteria) {
    HSM_REQUIRE_OK(p11().C_FindObjectsInit(handle_, criteria.data(), criteria.count()));
    std::vector<CK_OBJECT_HANDLE> found;
    std::array<CK_OBJECT_HANDLE, 16> some{};
    CK_ULONG count = 0;
    do {
        HSM_REQUIRE_OK(p11().C_FindObjects(handle_, some.data(), some.size(), &count));
        found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count));
    } while (count > 0);
    HSM_REQUIRE_OK(p11().C_FindObjectsFinal(handle_));
    return found;
}

ByteString Session::value(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE attribute = {type, nullptr, 0};
    HSM_REQUIRE_OK(p11().C_GetAttributeValue(handle_, object, &attribute, 1));
    ByteString bytes(attribute.ulValueLen + 1); // room to point at, even for nothing
    attribute.pValue = bytes.data();
    HSM_REQUIRE_OK(p11().C_GetAttributeValue(handle_, object, &attribute, 1));
    bytes.resize(attribute.ulValueLen);
    return bytes;
}

CK_ULONG Session::number(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    const auto bytes = value(object, type);
    CK_ULONG number = 0;
    REQUIRE(bytes.size() == sizeof(number));
    std::memcpy(&number, bytes.data(), sizeof(number));
    return number;
}

bool Session::boolean(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    const auto bytes = value(object, type);
    REQUIRE(bytes.size() == 1);
    REQUIRE(bytes[0] <= 1);
    return bytes[0] == CK_TRUE;
}

} // namespace hsm::test
