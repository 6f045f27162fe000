// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/file_system.hpp>

#include <string>
#include <string_view>

/// \file
/// Paths as UTF-8, whatever the system's own encoding is.

namespace hsm::base {

inline Path path_from_utf8(std::string_view utf8) {
    return Path(std::u8string_view(reinterpret_cast<const char8_t*>(utf8.data()), utf8.size()));
}

inline std::string to_utf8(const Path& path) {
    const auto utf8 = path.u8string();
    return {reinterpret_cast<const char*>(utf8.data()), utf8.size()};
}

/// As to_utf8, with '/' between the parts on every system.
inline std::string to_generic_utf8(const Path& path) {
    const auto utf8 = path.generic_u8string();
    return {reinterpret_cast<const char*>(utf8.data()), utf8.size()};
}

} // namespace hsm::base
