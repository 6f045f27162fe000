// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/environment.hpp>

#if defined(_WIN32)
#include <base/path_text.hpp>

#include <windows.h>
#else
#include <cstdlib>
#endif

namespace hsm::base {

#if defined(_WIN32)

// Not getenv: it has the code page's view, and that of the C library that was linked in, of what the process
// was started with.
std::optional<std::string> environment(const char* name) {
    const std::wstring wide_name(name, name + std::char_traits<char>::length(name)); // names are ASCII
    std::wstring value;
    for (DWORD size = 256;;) {
        value.resize(size);
        const DWORD length = GetEnvironmentVariableW(wide_name.c_str(), value.data(), size);
        if (length == 0) return std::nullopt;
        if (length < size) {
            value.resize(length);
            return to_utf8(Path(value));
        }
        size = length;
    }
}

#else

std::optional<std::string> environment(const char* name) {
#if defined(__GLIBC__)
    const char* const value = secure_getenv(name);
#else
    const char* const value = std::getenv(name);
#endif
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

#endif

} // namespace hsm::base
