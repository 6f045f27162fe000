// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#ifdef _WIN32
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace hsm::test {

namespace {

#ifdef _WIN32
void* load(const std::filesystem::path& path) { return ::LoadLibraryW(path.c_str()); }
void unload(void* library) { ::FreeLibrary(static_cast<HMODULE>(library)); }
void* find(void* library, const char* name) {
    return reinterpret_cast<void*>(::GetProcAddress(static_cast<HMODULE>(library), name));
}
std::string reason() { return "error " + std::to_string(::GetLastError()); }
constexpr const char* file_name = "hsmpkcs11.dll";
#else
void* load(const std::filesystem::path& path) { return ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL); }
void unload(void* library) { ::dlclose(library); }
void* find(void* library, const char* name) { return ::dlsym(library, name); }
std::string reason() {
    const char* text = ::dlerror();
    return text == nullptr ? "unknown" : text;
}
constexpr const char* file_name = "libhsm-pkcs11.so";
#endif

const void* interface_list(CK_C_GetInterface get, CK_BYTE major, CK_BYTE minor) {
    CK_VERSION version = {major, minor};
    CK_INTERFACE_PTR found = nullptr;
    CK_UTF8CHAR name[] = "PKCS 11";
    return get(name, &version, &found, 0) == CKR_OK ? found->pFunctionList : nullptr;
}

} // namespace

std::filesystem::path module_path() {
    const char* set = std::getenv("HSM_PKCS11_MODULE");
    if (set != nullptr && *set != '\0') return set;
    return std::filesystem::path(HSM_BUILD_ROOT) / "adapters" / "pkcs11" / file_name;
}

LoadedModule::LoadedModule(const std::filesystem::path& path) : library_(load(path)) {
    if (library_ == nullptr) throw std::runtime_error("cannot load " + path.string() + ": " + reason());
    const auto get = function<CK_C_GetFunctionList>("C_GetFunctionList");
    CK_FUNCTION_LIST_PTR list = nullptr;
    if (get == nullptr || get(&list) != CKR_OK || list == nullptr) {
        unload(library_);
        throw std::runtime_error(path.string() + " has no function list");
    }
    v2_40_ = list;
    if (const auto get_interface = function<CK_C_GetInterface>("C_GetInterface"); get_interface != nullptr) {
        v3_0_ = static_cast<const CK_FUNCTION_LIST_3_0*>(interface_list(get_interface, 3, 0));
        v3_2_ = static_cast<const CK_FUNCTION_LIST_3_2*>(interface_list(get_interface, 3, 2));
    }
}

LoadedModule::~LoadedModule() { unload(library_); }

void* LoadedModule::symbol(const char* name) const { return find(library_, name); }

const LoadedModule& loaded_module() {
    if (!std::filesystem::exists(module_path())) SKIP("the module is not built: " + module_path().string());
    static const auto* module = new LoadedModule; // for the life of the process, as programs do
    return *module;
}

const CK_FUNCTION_LIST_3_2& p11() {
    static const CK_FUNCTION_LIST_3_2 list = [] {
        const auto& module = loaded_module();
        if (module.has_v3()) return module.v3_2();
        CK_FUNCTION_LIST_3_2 old = {};
        std::memcpy(&old, &module.v2_40(), sizeof(CK_FUNCTION_LIST));
        return old;
    }();
    return list;
}

} // namespace hsm::test
