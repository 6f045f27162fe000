// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/der.hpp>

#include <hsm/bytes.hpp>
#include <hsm/fields.hpp>
#include <hsm/handle.hpp>
#include <hsm/secret.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// \file
/// The mapping of each C++ type to DER, for base/codec.hpp. Include that one.

namespace hsm::base {

/// Narrows an enum on decoding: specialise with `static constexpr bool contains(E value) noexcept`.
/// Without a specialisation every value of the underlying type is accepted.
template <class E>
struct EnumRange {
    static constexpr bool contains(E) noexcept { return true; }
};

namespace codec {

/// How a T is measured, written (from its end) and read. Undefined for types that have no encoding.
template <class T>
struct Codec;

template <class T>
concept HasFields = requires(T& value) { Fields<T>::of(value); };

// Which types carry a secret decides whether an encoding may live in plain Bytes. Outer are the structs that
// T is a part of: a struct that can hold itself is looked at once.
template <class T, class... Outer>
struct CarriesSecret {
    static consteval bool value() {
        if constexpr (std::is_class_v<T> && HasFields<T> && !(std::is_same_v<T, Outer> || ...))
            return of_fields(static_cast<decltype(Fields<T>::of(std::declval<T&>()))*>(nullptr));
        else
            return false;
    }

private:
    template <class... Field>
    static consteval bool of_fields(std::tuple<Field...>*) {
        return (CarriesSecret<std::remove_cvref_t<Field>, T, Outer...>::value() || ...);
    }
};
template <class... Outer>
struct CarriesSecret<Secret, Outer...> {
    static consteval bool value() { return true; }
};
template <class T, class... Outer>
struct CarriesSecret<std::vector<T>, Outer...> : CarriesSecret<T, Outer...> {};
template <class T, class... Outer>
struct CarriesSecret<std::optional<T>, Outer...> : CarriesSecret<T, Outer...> {};
template <class... T, class... Outer>
struct CarriesSecret<std::variant<T...>, Outer...> {
    static consteval bool value() { return (CarriesSecret<T, Outer...>::value() || ...); }
};

} // namespace codec

/// True when a T is or holds a Secret, at whatever depth: its encoding belongs into a Secret too.
template <class T>
inline constexpr bool carries_secret = codec::CarriesSecret<T>::value();

namespace codec {

template <>
struct Codec<bool> {
    static constexpr std::size_t size(bool) noexcept { return 3; }
    static void write(bool value, der::Writer& out) { out.boolean(value); }
    static void read(bool& value, der::Reader& in) { value = in.boolean(); }
};

template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
struct Codec<T> {
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    static constexpr std::size_t size(T value) noexcept {
        return 2 + der::integer_content(static_cast<Wide>(value));
    }
    static void write(T value, der::Writer& out) { out.integer(static_cast<Wide>(value)); }
    static void read(T& value, der::Reader& in) {
        Wide wide;
        if constexpr (std::is_signed_v<T>)
            wide = in.signed_integer();
        else
            wide = in.unsigned_integer();
        if (!std::in_range<T>(wide)) in.refuse("the number is out of range");
        value = static_cast<T>(wide);
    }
};

template <class T>
    requires std::is_enum_v<T>
struct Codec<T> {
    using Number = Codec<std::underlying_type_t<T>>;
    static constexpr std::size_t size(T value) noexcept {
        return Number::size(static_cast<std::underlying_type_t<T>>(value));
    }
    static void write(T value, der::Writer& out) {
        Number::write(static_cast<std::underlying_type_t<T>>(value), out);
    }
    static void read(T& value, der::Reader& in) {
        std::underlying_type_t<T> number{};
        Number::read(number, in);
        value = static_cast<T>(number);
        if (!EnumRange<T>::contains(value)) in.refuse("the value is not one that this version knows");
    }
};

template <class Tag>
struct Codec<Handle<Tag>> {
    static constexpr std::size_t size(Handle<Tag> handle) noexcept {
        return Codec<std::uint64_t>::size(handle.value);
    }
    static void write(Handle<Tag> handle, der::Writer& out) { out.integer(handle.value); }
    static void read(Handle<Tag>& handle, der::Reader& in) { handle.value = in.unsigned_integer(); }
};

template <>
struct Codec<ByteView> {
    static std::size_t size(ByteView v) noexcept {
        return der::element_size(der::tag_octet_string, v.size());
    }
    static void write(ByteView v, der::Writer& out) { out.octets(der::tag_octet_string, v); }
    static void read(ByteView& v, der::Reader& in) { v = in.octets(der::tag_octet_string); }
};

template <>
struct Codec<Bytes> : Codec<ByteView> {
    static void read(Bytes& v, der::Reader& in) { v = to_bytes(in.octets(der::tag_octet_string)); }
};

template <std::size_t N>
struct Codec<std::array<std::uint8_t, N>> : Codec<ByteView> {
    static void read(std::array<std::uint8_t, N>& v, der::Reader& in) {
        const auto content = in.octets(der::tag_octet_string);
        if (content.size() != N) in.refuse("the byte string has the wrong length");
        std::copy(content.begin(), content.end(), v.begin());
    }
};

template <>
struct Codec<Secret> {
    static std::size_t size(const Secret& v) noexcept { return Codec<ByteView>::size(v.view()); }
    static void write(const Secret& v, der::Writer& out) { out.octets(der::tag_octet_string, v.view()); }
    static void read(Secret& v, der::Reader& in) { v = Secret(in.octets(der::tag_octet_string)); }
};

template <>
struct Codec<std::string_view> {
    static std::size_t size(std::string_view v) noexcept {
        return der::element_size(der::tag_utf8_string, v.size());
    }
    static void write(std::string_view v, der::Writer& out) {
        if (!der::is_utf8(view(v)))
            throw Error(Status::invalid_argument, "a text is not valid UTF-8; give it in UTF-8");
        out.octets(der::tag_utf8_string, view(v));
    }
    static void read(std::string_view& v, der::Reader& in) {
        const auto content = in.octets(der::tag_utf8_string);
        if (!der::is_utf8(content)) in.refuse("the text is not valid UTF-8");
        v = text(content);
    }
};

template <>
struct Codec<std::string> : Codec<std::string_view> {
    static void read(std::string& v, der::Reader& in) {
        std::string_view content;
        Codec<std::string_view>::read(content, in);
        v = content;
    }
};

template <class T>
    requires(!std::same_as<T, bool>)
struct Codec<std::vector<T>> {
    static std::size_t content(const std::vector<T>& values) {
        std::size_t n = 0;
        for (const auto& value : values) n += Codec<T>::size(value);
        return n;
    }
    static std::size_t size(const std::vector<T>& values) {
        return der::element_size(der::tag_sequence, content(values));
    }
    static void write(const std::vector<T>& values, der::Writer& out) {
        const auto mark = out.written();
        for (auto value = values.rbegin(); value != values.rend(); ++value) Codec<T>::write(*value, out);
        out.header(der::tag_sequence, out.written() - mark);
    }
    static void read(std::vector<T>& values, der::Reader& in) {
        // No reserve: memory grows only with elements that were really there, each of them two octets at
        // least.
        values.clear();
        for (auto inside = in.enter(der::tag_sequence); !inside.at_end();) {
            T value{};
            Codec<T>::read(value, inside);
            values.push_back(std::move(value));
        }
    }
};

template <class T>
struct Codec<std::optional<T>> {
    static constexpr auto tag = der::tag_context(0);
    static std::size_t size(const std::optional<T>& value) {
        return der::element_size(tag, value ? Codec<T>::size(*value) : 0);
    }
    static void write(const std::optional<T>& value, der::Writer& out) {
        const auto mark = out.written();
        if (value) Codec<T>::write(*value, out);
        out.header(tag, out.written() - mark);
    }
    static void read(std::optional<T>& value, der::Reader& in) {
        auto inside = in.enter(tag);
        value.reset();
        if (inside.at_end()) return;
        Codec<T>::read(value.emplace(), inside);
        inside.finish();
    }
};

template <class... T>
struct Codec<std::variant<T...>> {
    using Value = std::variant<T...>;
    static_assert(sizeof...(T) <= 128, "a context tag goes up to 127");

    static std::size_t size(const Value& value) {
        const auto content = std::visit([]<class A>(const A& a) { return Codec<A>::size(a); }, value);
        return der::element_size(der::tag_context(static_cast<unsigned>(value.index())), content);
    }
    static void write(const Value& value, der::Writer& out) {
        const auto mark = out.written();
        std::visit([&out]<class A>(const A& a) { Codec<A>::write(a, out); }, value);
        out.header(der::tag_context(static_cast<unsigned>(value.index())), out.written() - mark);
    }
    static void read(Value& value, der::Reader& in) {
        const auto tag = in.peek();
        const bool found = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((tag == der::tag_context(I) && (read_one<I>(value, in), true)) || ...);
        }(std::index_sequence_for<T...>{});
        if (!found) in.fail("the choice is not one that this version knows");
    }

private:
    template <std::size_t I>
    static void read_one(Value& value, der::Reader& in) {
        auto inside = in.enter(der::tag_context(I));
        Codec<std::variant_alternative_t<I, Value>>::read(value.template emplace<I>(), inside);
        inside.finish();
    }
};

template <class T>
    requires std::is_class_v<T> && HasFields<T>
struct Codec<T> {
    static std::size_t size(const T& value) {
        const auto content = std::apply(
            []<class... F>(const F&... field) { return (std::size_t{0} + ... + Codec<F>::size(field)); },
            Fields<T>::of(value));
        return der::element_size(der::tag_sequence, content);
    }
    static void write(const T& value, der::Writer& out) {
        const auto mark = out.written();
        const auto fields = Fields<T>::of(value);
        constexpr auto count = std::tuple_size_v<decltype(fields)>;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (write_field(std::get<count - 1 - I>(fields), out), ...); // the last one first
        }(std::make_index_sequence<count>{});
        out.header(der::tag_sequence, out.written() - mark);
    }
    static void read(T& value, der::Reader& in) {
        auto inside = in.enter(der::tag_sequence);
        std::apply([&inside]<class... F>(F&... field) { (Codec<F>::read(field, inside), ...); },
                   Fields<T>::of(value));
        inside.finish();
        if constexpr (requires {
                          { Fields<T>::valid(value) } -> std::same_as<bool>;
                      })
            if (!Fields<T>::valid(value))
                in.refuse("the values contradict each other or are not known to this version");
    }

private:
    template <class F>
    static void write_field(const F& field, der::Writer& out) {
        Codec<F>::write(field, out);
    }
};

} // namespace codec
} // namespace hsm::base
