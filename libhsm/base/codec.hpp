// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/codec_types.hpp>

/// \file
/// One codec for every struct that is stored or sent: DER, driven by the struct's list of fields
/// (hsm/fields.hpp).
///
///     bool                                   BOOLEAN
///     integers, enums, Handle                INTEGER, range-checked on decoding (EnumRange narrows an enum)
///     Bytes, ByteView, std::array<u8,N>, Secret   OCTET STRING (a decoded ByteView points into the input)
///     std::string, std::string_view          UTF8String, valid UTF-8 both ways (a decoded view points into
///     the input) struct                                 SEQUENCE of its fields std::vector<T> SEQUENCE OF
///     std::optional<T>                       [0], empty when there is none: never left out
///     std::variant<...>                      [n] around the alternative of index n
///
/// A value has exactly one encoding. All functions are reentrant.

namespace hsm::base {

/// Octets that \p value takes.
template <class T>
[[nodiscard]] std::size_t encoded_size(const T& value) {
    return codec::Codec<T>::size(value);
}

/// Writes \p value into \p out, whose size is encoded_size(value). Throws invalid_argument for text that is
/// not UTF-8.
template <class T>
void encode_into(const T& value, std::span<std::uint8_t> out) {
    der::Writer writer(out);
    codec::Codec<T>::write(value, writer);
    if (writer.room() != 0) throw Error(Status::internal, "an encoding is shorter than its computed size");
}

/// Appends the encoding of \p value.
template <class T>
void append(const T& value, Bytes& out) {
    static_assert(!carries_secret<T>,
                  "this type carries a Secret: use encode_secret, so that the encoding is wiped");
    const auto before = out.size();
    out.resize(before + encoded_size(value));
    encode_into(value, std::span(out).subspan(before));
}

template <class T>
[[nodiscard]] Bytes encode(const T& value) {
    static_assert(!carries_secret<T>,
                  "this type carries a Secret: use encode_secret, so that the encoding is wiped");
    Bytes out(encoded_size(value));
    encode_into(value, out);
    return out;
}

/// As encode, for what holds secrets.
template <class T>
[[nodiscard]] Secret encode_secret(const T& value) {
    Secret out(encoded_size(value));
    encode_into(value, out.mutable_view());
    return out;
}

/// The value whose encoding is the whole of \p input. Throws Error(\p on_error) that says at which byte the
/// input is wrong. Views in the result point into \p input.
template <class T>
[[nodiscard]] T decode(ByteView input, Status on_error = Status::record_damaged) {
    der::Reader reader(input, on_error);
    T value{};
    codec::Codec<T>::read(value, reader);
    reader.finish();
    return value;
}

} // namespace hsm::base
