// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

#include <fmt/core.h>

#include <string_view>
#include <type_traits>

/// \file
/// The log of the process. It is off unless the environment asks for it, because libhsm lives in other
/// people's programs:
///
///     LIBHSM_LOG, NFLOG_SEVERITY   FATAL SEVERE ERROR WARNING NOTIFICATION DEBUG1 ... DEBUG10: this and what
///     is worse
///                                  (LIBHSM_LOG wins; WARNING when only a place is named)
///     NFLOG_FILE                   the file to append to
///     NFAST_LOGDIR                 a directory: libhsm-<process id>.log in it; otherwise standard error
///     NFLOG_DETAIL                 bits, default 7: 1 time, 2 date, 4 process, 8 thread
///
/// No secret can be formatted: hsm::Secret does not compile, and bytes have no formatter. All functions are
/// thread-safe, never throw and, when the severity is off, cost one relaxed load.

namespace hsm::base::log {

enum class Severity : unsigned char {
    off = 0,
    fatal = 1,   ///< the process cannot go on
    severe = 2,  ///< the module has failed
    error = 3,   ///< a request failed for a reason outside it
    warning = 4, ///< it went well this time
    notice = 5,  ///< an event of the module's life
    debug1 = 6,
    debug10 = 15,
};

/// True when a message of this severity would be written.
[[nodiscard]] bool enabled(Severity severity) noexcept;

/// Sets the severity, over what the environment says; for tools (--verbose) and tests.
void set_severity(Severity severity) noexcept;

/// "WARNING", "debug3", case ignored; off for anything else.
[[nodiscard]] Severity parse_severity(std::string_view text) noexcept;

/// Reads the environment again and opens the log that it asks for; the present one is closed. For tests and
/// tools.
void reopen() noexcept;

/// Writes one line. Use the functions below, which check the format at compile time.
void write(Severity severity, fmt::string_view format, fmt::format_args arguments) noexcept;

template <class T>
inline constexpr bool may_be_logged =
    !std::is_same_v<std::remove_cvref_t<T>, Secret> && !std::is_same_v<std::remove_cvref_t<T>, ByteView> &&
    !std::is_same_v<std::remove_cvref_t<T>, Bytes>;

template <class... Args>
void write_checked(Severity severity, fmt::format_string<Args...> format, Args&&... args) noexcept {
    static_assert((may_be_logged<Args> && ...), "secrets and raw bytes are never logged");
    if (enabled(severity)) write(severity, format, fmt::make_format_args(args...));
}

template <class... Args>
void fatal(fmt::format_string<Args...> format, Args&&... args) noexcept {
    write_checked<Args...>(Severity::fatal, format, std::forward<Args>(args)...);
}
template <class... Args>
void severe(fmt::format_string<Args...> format, Args&&... args) noexcept {
    write_checked<Args...>(Severity::severe, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) noexcept {
    write_checked<Args...>(Severity::error, format, std::forward<Args>(args)...);
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) noexcept {
    write_checked<Args...>(Severity::warning, format, std::forward<Args>(args)...);
}
template <class... Args>
void notice(fmt::format_string<Args...> format, Args&&... args) noexcept {
    write_checked<Args...>(Severity::notice, format, std::forward<Args>(args)...);
}
/// \p level from 1 to 10.
template <class... Args>
void debug(unsigned level, fmt::format_string<Args...> format, Args&&... args) noexcept {
    const auto severity =
        static_cast<Severity>(static_cast<unsigned>(Severity::notice) + (level < 1    ? 1
                                                                         : level > 10 ? 10
                                                                                      : level));
    write_checked<Args...>(severity, format, std::forward<Args>(args)...);
}

} // namespace hsm::base::log
