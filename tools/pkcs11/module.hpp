// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <adapters/pkcs11/pkcs11.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// \file
/// A PKCS #11 module as a program loads it: libhsm's own unless another one is named. What the tools make in a
/// token, they make through it, so that objects are complete whichever module it is.

namespace hsm::tools {
class CommandLine;
}

namespace hsm::tools::pkcs11 {

/// A slot and the token in it.
struct Token {
    CK_SLOT_ID slot = 0;
    std::string description; ///< of the slot
    bool present = false;    ///< is there a token? Without one, the rest is empty
    std::string label, serial, manufacturer, model;
    CK_FLAGS flags = 0;
    CK_ULONG min_pin = 0, max_pin = 0;

    [[nodiscard]] bool has(CK_FLAGS flag) const noexcept { return (flags & flag) != 0; }
    [[nodiscard]] bool initialised() const noexcept { return present && has(CKF_TOKEN_INITIALIZED); }
    /// One of libhsm's own tokens.
    [[nodiscard]] bool ours() const noexcept { return manufacturer == "libhsm"; }
};

/// The option --module.
void declare_module_file(CommandLine& line, std::optional<std::string>& path);

/// Loaded and initialised; finalised when it goes. Thread-bound. Calls throw hsm::Error.
class Module {
public:
    /// \p path: none: the environment variable LIBHSM_PKCS11_MODULE, else libhsm's own module. Throws not_found,
    /// invalid_data (it is no PKCS #11 module).
    explicit Module(const std::optional<std::string>& path);
    ~Module();
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    [[nodiscard]] const CK_FUNCTION_LIST& functions() const noexcept { return *functions_; }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] CK_INFO info() const;

    /// All slots, looked at anew.
    [[nodiscard]] std::vector<Token> tokens() const;
    [[nodiscard]] Token token(CK_SLOT_ID slot) const;

private:
    void initialise();

    std::filesystem::path path_;
    void* library_ = nullptr;
    CK_FUNCTION_LIST* functions_ = nullptr;
};

/// Text that the standard pads with blanks.
template <class Characters>
std::string unpadded(const Characters& field) {
    std::string text(reinterpret_cast<const char*>(field), sizeof field);
    text.erase(text.find_last_not_of(std::string_view(" \0", 2)) + 1);
    return text;
}

} // namespace hsm::tools::pkcs11
