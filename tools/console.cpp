// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "console.hpp"

#include "files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

namespace hsm::tools {

namespace {

constexpr std::size_t piece = 64 * 1024;

std::string program_name = "hsm";
std::string collected;
bool reader_gone = false;

/// Length of the UTF-8 sequence at the front of \p text that may be printed as it is, or 0.
std::size_t printable_prefix(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || first > 0xf4 || text.size() < length) return 0;
    std::uint32_t code = first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return 0;
        code = code << 6 | (next & 0x3f);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    const bool control = code < 0xa0; // C1: some terminals obey them
    const bool direction =
        code == 0x061c || (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
        (code >= 0x2066 && code <= 0x2069); // would show a name in another order than it has
    return overlong || surrogate || control || direction || code > 0x10ffff ? 0 : length;
}

} // namespace

void set_program(std::string name) { program_name = std::move(name); }
const std::string& program() { return program_name; }

void print_text(fmt::string_view format, fmt::format_args arguments) {
    collected += fmt::vformat(format, arguments);
    if (collected.size() >= piece) flush();
}

void remark_text(fmt::string_view format, fmt::format_args arguments) {
    flush();
    const auto line = program_name + ": " + fmt::vformat(format, arguments) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fflush(stderr);
}

void write_data(ByteView data) {
    flush();
    if (std::fwrite(data.data(), 1, data.size(), stdout) == data.size() && std::fflush(stdout) == 0) return;
    if (errno == EPIPE) throw BrokenPipe{};
    throw_system_error(errno, "write to", "standard output");
}

void flush() {
    std::string text;
    text.swap(collected); // also when writing throws: the rest of a report is of no use then
    if (text.empty() || reader_gone) return;
    try {
        write_data(view(text));
    } catch (const BrokenPipe&) {
        reader_gone = true;
    }
}

std::string escaped(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        auto length = printable_prefix(text);
        if (length != 0) {
            safe += text.substr(0, length);
        } else {
            length = 1;
            safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
        }
        text.remove_prefix(length);
    }
    return safe;
}

std::string date_text(std::int64_t seconds) {
    if (seconds <= 0) return "unspecified";
    // Days to a date of the Gregorian calendar; eras of 400 years, years that start in March.
    const std::int64_t day = seconds / 86400 + 719468, rest = seconds % 86400;
    const std::int64_t era = day / 146097, in_era = day % 146097;
    const std::int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const std::int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    const std::int64_t month = (5 * in_year + 2) / 153;
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", era * 400 + year + (month < 10 ? 0 : 1),
                       month < 10 ? month + 3 : month - 9, in_year - (153 * month + 2) / 5 + 1, rest / 3600,
                       rest / 60 % 60, rest % 60);
}

std::string short_hash(const Hash256& hash) { return to_hex(ByteView(hash).first(20)); }

} // namespace hsm::tools
