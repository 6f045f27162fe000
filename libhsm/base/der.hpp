// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

/// \file
/// The few primitives of DER (X.690) that libhsm's formats need, over spans: no allocation, no copy.
/// Everything is definite length. Structs go through base/codec.hpp; this file is for the codec itself and
/// for what has no struct.

namespace hsm::base::der {

/// An identifier as libhsm uses it: one octet, or 0xbf00 + n for the context tag n from 31 to 127 (two
/// octets).
using Tag = std::uint16_t;

inline constexpr Tag tag_boolean = 0x01;
inline constexpr Tag tag_integer = 0x02;
inline constexpr Tag tag_octet_string = 0x04;
inline constexpr Tag tag_utf8_string = 0x0c;
inline constexpr Tag tag_sequence = 0x30;

/// The constructed context tag [n], n up to 127.
constexpr Tag tag_context(unsigned n) noexcept { return static_cast<Tag>(n < 31 ? 0xa0 + n : 0xbf00 + n); }

/// Nesting that a Reader accepts.
inline constexpr unsigned max_depth = 32;

/// Octets of identifier, length and \p content octets of contents together. Reentrant.
constexpr std::size_t element_size(Tag tag, std::size_t content) noexcept {
    const auto length = content < 0x80 ? 1u : 1u + (static_cast<unsigned>(std::bit_width(content)) + 7) / 8;
    return (tag > 0xff ? 2u : 1u) + length + content;
}

/// Content octets of an INTEGER. Reentrant.
constexpr std::size_t integer_content(std::uint64_t value) noexcept {
    return static_cast<std::size_t>(std::bit_width(value)) / 8 + 1;
}
constexpr std::size_t integer_content(std::int64_t value) noexcept {
    return static_cast<std::size_t>(std::bit_width(static_cast<std::uint64_t>(value < 0 ? ~value : value))) /
               8 +
           1;
}

/// True when \p text is UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing above U+10FFFF.
/// Reentrant.
bool is_utf8(ByteView text) noexcept;

/// Writes from the end of the caller's span towards its front, so that every length is known when its header
/// is written: the last element first, the contents before their header. Thread-bound. Throws internal when
/// the span is too small, which a right size pass makes impossible.
class Writer {
public:
    explicit Writer(std::span<std::uint8_t> out) noexcept
        : begin_(out.data()), at_(out.data() + out.size()), end_(at_) {}

    /// Octets written so far. What was written between two marks is the contents for header().
    [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

    void header(Tag tag, std::size_t content);
    void boolean(bool value);
    void integer(std::uint64_t value);
    void integer(std::int64_t value);
    void octets(Tag tag, ByteView content);

private:
    std::uint8_t* take(std::size_t n);
    std::uint8_t* begin_;
    std::uint8_t* at_;
    std::uint8_t* end_;
};

/// Reads a span from its front. Strict: minimal lengths and integers, known tags only, booleans 00 or FF;
/// there is one encoding of a value and no other is accepted. What it returns points into the input.
/// Thread-bound (a cheap value). Throws Error(on_error) that says at which byte the input is wrong.
class Reader {
public:
    explicit Reader(ByteView input, Status on_error = Status::record_damaged) noexcept
        : start_(input.data()), at_(input.data()), end_(input.data() + input.size()), on_error_(on_error) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
    [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    /// The tag of the next element; 0 at the end.
    [[nodiscard]] Tag peek() const;

    ByteView octets(Tag tag); ///< the contents of a primitive element with this tag
    Reader enter(Tag tag);    ///< a reader over the contents of a constructed element; call finish() on it
    ByteView element(); ///< the whole next element, header and all, of any tag; only its length is checked
    bool boolean();
    std::uint64_t unsigned_integer();
    std::int64_t signed_integer();
    void finish() const; ///< throws unless everything was read

    /// Throws: \p what is wrong at the present position.
    [[noreturn]] void fail(std::string_view what) const;
    /// Throws: \p what is wrong with the element that was read last.
    [[noreturn]] void refuse(std::string_view what) const;

private:
    struct Header {
        Tag tag;
        const std::uint8_t* content;
        std::size_t size;
    };
    [[nodiscard]] Header header() const;
    ByteView contents(Tag tag);
    [[noreturn]] void fail_at(const std::uint8_t* place, std::string_view what) const;

    const std::uint8_t* start_; ///< of the outermost input, for messages
    const std::uint8_t* at_;
    const std::uint8_t* end_;
    const std::uint8_t* last_ = nullptr; ///< the element that was read last
    Status on_error_;
    unsigned depth_ = 0;
};

} // namespace hsm::base::der
