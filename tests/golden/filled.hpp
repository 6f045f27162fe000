// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"

#include <array>
#include <concepts>
#include <deque>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

/// \file
/// Values for golden files: every field of a struct gets a value of its own, so that two fields that change places
/// change the encoding. The values depend on the list of fields alone and stay the same from one run, and one version,
/// to the next.

namespace hsm::golden {

/// Fills structs. What views point to lives in it. Thread-bound.
class Filler {
public:
    void fill(bool& v) { v = ++count_ % 2 == 0; } // neighbours differ
    template <std::integral T>
    void fill(T& v) {
        v = static_cast<T>(++count_ % 100);
    }
    /// The first or the second value that a decoder accepts: later additions to the enum do not change the choice.
    template <class E>
        requires std::is_enum_v<E>
    void fill(E& v) {
        unsigned skip = ++count_ % 2;
        for (unsigned number = 0; number < 256; ++number) {
            v = static_cast<E>(number);
            if (base::EnumRange<E>::contains(v) && skip-- == 0) return;
        }
    }
    template <class Tag>
    void fill(Handle<Tag>& v) {
        fill(v.value);
    }
    void fill(Bytes& v) {
        v.resize(3);
        fill_bytes(v);
    }
    template <std::size_t N>
    void fill(std::array<std::uint8_t, N>& v) {
        fill_bytes(v);
    }
    void fill(Secret& v) {
        v = Secret(5);
        fill_bytes(v.mutable_view());
    }
    void fill(std::string& v) { v = "text " + std::to_string(++count_); }
    void fill(ByteView& v) {
        fill(held_.emplace_back());
        v = held_.back();
    }
    void fill(std::string_view& v) {
        fill(held_text_.emplace_back());
        v = held_text_.back();
    }
    template <class T>
    void fill(std::vector<T>& v) {
        v.clear();
        for (int i = 0; i < 2; ++i) fill(v.emplace_back());
    }
    template <class T>
    void fill(std::optional<T>& v) {
        fill(v.emplace());
    }
    template <class T>
        requires std::is_class_v<T> && base::codec::HasFields<T>
    void fill(T& v) {
        std::apply([&](auto&... field) { (fill(field), ...); }, Fields<T>::of(v));
        const T fresh{};
        if constexpr (requires { v.magic; }) v.magic = fresh.magic;
        if constexpr (requires { { v.version } -> std::same_as<std::uint32_t&>; }) v.version = fresh.version;
    }

private:
    void fill_bytes(std::span<std::uint8_t> v) {
        for (auto& byte : v) byte = static_cast<std::uint8_t>(count_++);
    }

    std::uint64_t count_ = 0;
    std::deque<Bytes> held_;
    std::deque<std::string> held_text_;
};

/// The golden value of a type.
template <class T>
T filled(Filler& filler) {
    T value{};
    filler.fill(value);
    return value;
}

} // namespace hsm::golden
