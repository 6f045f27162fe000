// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "protocol/record_codec.hpp"

namespace hsm::protocol {

void check_magic(ByteView bytes, std::string_view magic, std::uint32_t version, std::string_view what) {
    std::string_view found;
    std::uint64_t found_version = 0;
    try {
        // The outer length is checked by decode; here only the beginning matters, so that a later version is
        // recognised as one even when its fields are not known.
        base::der::Reader reader(bytes, Status::record_damaged);
        auto inside = reader.enter(base::der::tag_sequence);
        found = text(inside.octets(base::der::tag_utf8_string));
        found_version = inside.unsigned_integer();
    } catch (const Error&) {
        throw Error(Status::record_damaged, std::string(what) + " is damaged or is not such a record; restore it from a backup");
    }
    if (found != magic) throw Error(Status::record_damaged, std::string(what) + " is another kind of record");
    if (found_version > version)
        throw Error(Status::record_newer, std::string(what) + " was written by a later version of libhsm; update this one");
}

bool has_magic(ByteView bytes, std::string_view magic) noexcept {
    try {
        base::der::Reader reader(bytes, Status::record_damaged);
        return text(reader.enter(base::der::tag_sequence).octets(base::der::tag_utf8_string)) == magic;
    } catch (const Error&) {
        return false;
    }
}

} // namespace hsm::protocol
