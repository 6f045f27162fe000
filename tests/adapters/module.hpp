// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "adapters/pkcs11/pkcs11_vendor.h"

#include <filesystem>
#include <string>

/// \file
/// The built PKCS #11 module, loaded by its path as any program loads it. Nothing of libhsm but its C
/// interface is used by these tests: the same tests run on another module when HSM_PKCS11_MODULE names it.

namespace hsm::test {

/// $HSM_PKCS11_MODULE, else the module of this build.
std::filesystem::path module_path();

/// A shared library; unloaded with this object.
class LoadedModule {
public:
    /// Throws std::runtime_error when it cannot be loaded or has no C_GetFunctionList.
    explicit LoadedModule(const std::filesystem::path& path = module_path());
    ~LoadedModule();
    LoadedModule(const LoadedModule&) = delete;
    LoadedModule& operator=(const LoadedModule&) = delete;

    [[nodiscard]] void* symbol(const char* name) const; ///< null if it is not exported
    template <class Function>
    [[nodiscard]] Function function(const char* name) const {
        return reinterpret_cast<Function>(symbol(name));
    }

    [[nodiscard]] const CK_FUNCTION_LIST& v2_40() const { return *v2_40_; }
    [[nodiscard]] const CK_FUNCTION_LIST_3_0& v3_0() const { return *v3_0_; }
    [[nodiscard]] const CK_FUNCTION_LIST_3_2& v3_2() const { return *v3_2_; }
    [[nodiscard]] bool has_v3() const { return v3_2_ != nullptr; }

private:
    void* library_ = nullptr;
    const CK_FUNCTION_LIST* v2_40_ = nullptr;
    const CK_FUNCTION_LIST_3_0* v3_0_ = nullptr;
    const CK_FUNCTION_LIST_3_2* v3_2_ = nullptr;
};

/// The module that most tests share; stays loaded. Skips the test if it is not built.
const LoadedModule& loaded_module();
/// Its 3.2 functions. A module that has only 2.40 gets null for what is newer.
const CK_FUNCTION_LIST_3_2& p11();

} // namespace hsm::test
