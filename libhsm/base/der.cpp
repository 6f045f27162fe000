// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/der.hpp>

#include <cstring>
#include <string>

namespace hsm::base::der {

bool is_utf8(ByteView text) noexcept {
    const auto* at = text.data();
    const auto* const end = at + text.size();
    while (at != end) {
        const std::uint8_t lead = *at++;
        if (lead < 0x80) continue;
        if (lead < 0xc2 || lead > 0xf4) return false; // a continuation, an overlong form, or above U+10FFFF
        const int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if (end - at < more) return false;
        // The second octet also decides overlong forms, surrogates and the upper limit.
        const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (*at < low || *at > high) return false;
        ++at;
        for (int i = 1; i < more; ++i, ++at)
            if ((*at & 0xc0) != 0x80) return false;
    }
    return true;
}

std::uint8_t* Writer::take(std::size_t n) {
    if (n > room()) throw Error(Status::internal, "an encoding is longer than its computed size");
    return at_ -= n;
}

void Writer::header(Tag tag, std::size_t content) {
    if (content < 0x80 && tag < 0x100) { // nearly always
        auto* out = take(2);
        out[0] = static_cast<std::uint8_t>(tag);
        out[1] = static_cast<std::uint8_t>(content);
        return;
    }
    if (content < 0x80) {
        *take(1) = static_cast<std::uint8_t>(content);
    } else {
        std::uint8_t octets = 0;
        for (auto rest = content; rest != 0; rest >>= 8, ++octets) *take(1) = static_cast<std::uint8_t>(rest);
        *take(1) = static_cast<std::uint8_t>(0x80 | octets);
    }
    *take(1) = static_cast<std::uint8_t>(tag);
    if (tag > 0xff) *take(1) = static_cast<std::uint8_t>(tag >> 8);
}

void Writer::boolean(bool value) {
    auto* out = take(3);
    out[0] = tag_boolean;
    out[1] = 1;
    out[2] = value ? 0xff : 0x00;
}

void Writer::integer(std::uint64_t value) {
    const auto size = integer_content(value);
    auto* out = take(size + 2);
    out[0] = tag_integer;
    out[1] = static_cast<std::uint8_t>(size);
    for (auto i = size + 1; i > 1; --i, value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

void Writer::integer(std::int64_t value) {
    const auto size = integer_content(value);
    auto* out = take(size + 2);
    out[0] = tag_integer;
    out[1] = static_cast<std::uint8_t>(size);
    for (auto i = size + 1; i > 1; --i, value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

void Writer::octets(Tag tag, ByteView content) {
    if (!content.empty()) std::memcpy(take(content.size()), content.data(), content.size());
    header(tag, content.size());
}

void Reader::fail_at(const std::uint8_t* place, std::string_view what) const {
    throw Error(on_error_,
                "damaged encoding at byte " + std::to_string(place - start_) + ": " + std::string(what));
}

void Reader::fail(std::string_view what) const { fail_at(at_, what); }

void Reader::refuse(std::string_view what) const { fail_at(last_ == nullptr ? at_ : last_, what); }

Tag Reader::peek() const { return at_ == end_ ? Tag{0} : header().tag; }

Reader::Header Reader::header() const {
    const auto* at = at_;
    if (end_ - at < 2) fail("it ends in the middle of an element");
    Tag tag = *at++;
    if ((tag & 0x1f) == 0x1f) {
        // The long form: context tags from 31 to 127 only, in exactly one more octet.
        if (tag != 0xbf || *at < 31 || *at > 127) fail("a tag that is not used here");
        tag = static_cast<Tag>(tag << 8 | *at++);
        if (at == end_) fail("it ends in the middle of an element");
    }
    std::size_t size = *at++;
    if (size >= 0x80) {
        const auto octets = static_cast<std::ptrdiff_t>(size & 0x7f);
        if (octets == 0) fail("a length that is not definite");
        if (octets > 4) fail("a length that is too large");
        if (end_ - at < octets) fail("it ends in the middle of a length");
        size = 0;
        for (std::ptrdiff_t i = 0; i < octets; ++i) size = size << 8 | *at++;
        if (size < 0x80 || size >> (8 * (octets - 1)) == 0) fail("a length that is not in its shortest form");
    }
    if (size > static_cast<std::size_t>(end_ - at)) fail("an element is longer than what holds it");
    return {tag, at, size};
}

ByteView Reader::contents(Tag tag) {
    if (at_ == end_) fail("an element is missing");
    const auto found = header();
    if (found.tag != tag) fail("an element of another type than expected");
    last_ = at_;
    at_ = found.content + found.size;
    return {found.content, found.size};
}

ByteView Reader::octets(Tag tag) { return contents(tag); }

Reader Reader::enter(Tag tag) {
    if (depth_ >= max_depth) fail("elements are nested too deeply");
    Reader reader(contents(tag), on_error_);
    reader.start_ = start_;
    reader.depth_ = depth_ + 1;
    return reader;
}

ByteView Reader::element() {
    if (at_ == end_) fail("an element is missing");
    const auto found = header();
    last_ = at_;
    at_ = found.content + found.size;
    return {last_, at_};
}

bool Reader::boolean() {
    const auto content = contents(tag_boolean);
    if (content.size() != 1 || (content[0] != 0x00 && content[0] != 0xff))
        refuse("a boolean that is neither 00 nor FF");
    return content[0] == 0xff;
}

std::uint64_t Reader::unsigned_integer() {
    const auto content = contents(tag_integer);
    if (content.empty()) refuse("a number without octets");
    if (content[0] >= 0x80) refuse("a negative number where none can be");
    if (content.size() > 1 && content[0] == 0 && content[1] < 0x80)
        refuse("a number that is not in its shortest form");
    if (content.size() > 9 || (content.size() == 9 && content[0] != 0)) refuse("the number is out of range");
    std::uint64_t value = 0;
    for (const auto octet : content) value = value << 8 | octet;
    return value;
}

std::int64_t Reader::signed_integer() {
    const auto content = contents(tag_integer);
    if (content.empty()) refuse("a number without octets");
    if (content.size() > 1 &&
        ((content[0] == 0 && content[1] < 0x80) || (content[0] == 0xff && content[1] >= 0x80)))
        refuse("a number that is not in its shortest form");
    if (content.size() > 8) refuse("the number is out of range");
    std::uint64_t value = content[0] >= 0x80 ? ~std::uint64_t{0} : 0;
    for (const auto octet : content) value = value << 8 | octet;
    return static_cast<std::int64_t>(value);
}

void Reader::finish() const {
    if (at_ != end_) fail("something follows where nothing should");
}

} // namespace hsm::base::der
