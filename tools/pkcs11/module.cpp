// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "pkcs11/module.hpp"

#include "command_line.hpp"
#include "console.hpp"
#include "files.hpp"
#include "pkcs11/faults.hpp"
#include "system.hpp"

#include <fmt/format.h>

namespace hsm::tools::pkcs11 {

namespace {

namespace fs = std::filesystem;

#if defined(_WIN32)
constexpr auto module_name = "hsmpkcs11.dll";
#else
constexpr auto module_name = "libhsm-pkcs11.so";
#endif

/// Where libhsm's own module is: beside the program in the tree that it was built in or moved to with it, or where
/// it was installed.
fs::path own_module() {
    const fs::path installed = to_path(HSM_PKCS11_MODULE);
    const auto beside = system::program_path().parent_path();
    std::error_code failure;
    for (const auto& candidate :
         {beside / module_name, beside.parent_path() / "adapters" / "pkcs11" / module_name,
          beside.parent_path() / "lib" / "pkcs11" / module_name, installed}) {
        if (fs::exists(candidate, failure)) return candidate;
    }
    throw Error(Status::not_found, "libhsm's PKCS #11 module is not installed; name one with --module");
}

fs::path chosen(const std::optional<std::string>& path) {
    if (path) return to_path(*path);
    if (const auto named = system::environment("LIBHSM_PKCS11_MODULE")) return to_path(*named);
    return own_module();
}

} // namespace

void declare_module_file(CommandLine& line, std::optional<std::string>& path) {
    line.value("--module", "FILE", path, "another PKCS #11 module than libhsm's");
}

Module::Module(const std::optional<std::string>& path) : path_(chosen(path)) {
    std::error_code failure;
    if (!fs::exists(path_, failure)) {
        throw Error(Status::not_found,
                    fmt::format("there is no file {}; --module names a PKCS #11 module", escaped(to_text(path_))));
    }
    std::string problem;
    // A name without a directory would be searched for where libraries are.
    library_ = system::load_library(fs::absolute(path_), problem);
    if (library_ == nullptr) {
        throw Error(Status::invalid_data,
                    fmt::format("{} is not a library that can be loaded ({}); --module names a PKCS #11 module",
                                escaped(to_text(path_)), escaped(problem)));
    }
    try {
        initialise();
    } catch (...) {
        system::unload_library(library_);
        throw;
    }
}

void Module::initialise() {
    const auto get_list =
        reinterpret_cast<CK_C_GetFunctionList>(system::library_symbol(library_, "C_GetFunctionList"));
    if (get_list == nullptr) {
        throw Error(Status::invalid_data, fmt::format("{} is not a PKCS #11 module; --module names one",
                                                      escaped(to_text(path_))));
    }
    check(get_list(&functions_), "use the PKCS #11 module");
    check(functions_->C_Initialize(nullptr), "initialise the PKCS #11 module");
}

// The library stays loaded until the program ends, which is soon: modules and what they are linked with have work to do
// at the end of a process, and some of them do not survive being taken out before.
Module::~Module() { (void)functions_->C_Finalize(nullptr); }

CK_INFO Module::info() const {
    CK_INFO info{};
    check(functions_->C_GetInfo(&info), "ask the PKCS #11 module what it is");
    return info;
}

Token Module::token(CK_SLOT_ID slot) const {
    Token token;
    token.slot = slot;
    CK_SLOT_INFO about_slot{};
    check(functions_->C_GetSlotInfo(slot, &about_slot), "look at the slot");
    token.description = unpadded(about_slot.slotDescription);
    CK_TOKEN_INFO about{};
    const auto code = functions_->C_GetTokenInfo(slot, &about);
    if (code == CKR_TOKEN_NOT_PRESENT) return token;
    token.present = true;
    if (code == CKR_TOKEN_NOT_RECOGNIZED) return token;
    check(code, "look at the token");
    token.label = unpadded(about.label);
    token.serial = unpadded(about.serialNumber);
    token.manufacturer = unpadded(about.manufacturerID);
    token.model = unpadded(about.model);
    token.flags = about.flags;
    token.min_pin = about.ulMinPinLen;
    token.max_pin = about.ulMaxPinLen;
    return token;
}

std::vector<Token> Module::tokens() const {
    std::vector<CK_SLOT_ID> slots;
    for (auto code = CK_RV{CKR_BUFFER_TOO_SMALL}; code == CKR_BUFFER_TOO_SMALL;) {
        CK_ULONG count = 0;
        check(functions_->C_GetSlotList(CK_FALSE, nullptr, &count), "list the slots");
        slots.resize(count);
        code = functions_->C_GetSlotList(CK_FALSE, slots.data(), &count);
        if (code != CKR_BUFFER_TOO_SMALL) check(code, "list the slots");
        slots.resize(count);
    }
    std::vector<Token> tokens;
    for (const auto slot : slots) tokens.push_back(token(slot));
    return tokens;
}

} // namespace hsm::tools::pkcs11
