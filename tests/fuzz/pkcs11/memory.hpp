// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "adapters/pkcs11/pkcs11_vendor.h"

#include <hsm/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

/// \file
/// What a fuzzed call is made of: bytes of the input, and memory of exactly the size that the call is told.

namespace hsm::fuzz {

/// The input, read from its beginning; zeros when it is used up.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : left_(data, size) {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    std::uint8_t byte() { return take(1).empty() ? std::uint8_t{0} : last_[0]; }
    /// Holds once in \p n.
    bool rarely(unsigned n = 16) { return byte() % n == n - 1; }
    template <class List>
    decltype(auto) one_of(const List& list) {
        const auto count = std::size(list);
        return list[(count > 255 ? static_cast<std::size_t>(byte()) << 8 | byte() : byte()) % count];
    }
    /// At most \p size bytes.
    ByteView take(std::size_t size) {
        last_ = left_.first(std::min(size, left_.size()));
        left_ = left_.subspan(last_.size());
        return last_;
    }

private:
    ByteView left_, last_;
};

/// A number as programs pass it: small, a size that means something, or out of all bounds.
inline CK_ULONG number(Input& input) {
    static constexpr std::array<CK_ULONG, 28> sizes{
        0,  1,  2,  4,  7,  8,   12,  13,  15,  16,  17,  20,     24,         28,
        31, 32, 48, 64, 96, 104, 112, 128, 192, 256, 257, 0xffff, 0xffffffff, ~CK_ULONG{0}};
    const auto first = input.byte();
    return first < 224 ? sizes[first % sizes.size()] : input.byte();
}

/// Memory of one call. Blocks are of the exact size, so that the address sanitizer sees a step beyond; behind
/// an output lies a mark for what is not compiled with it.
class Memory {
public:
    /// A copy of \p bytes.
    void* block(ByteView bytes) {
        auto* at = block(bytes.size());
        std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(at));
        return at;
    }
    void* block(std::size_t size) {
        return blocks_.emplace_back(std::make_unique<std::uint8_t[]>(size)).get();
    }
    template <class T>
    T* object(const T& value = {}) {
        return static_cast<T*>(block(ByteView(reinterpret_cast<const std::uint8_t*>(&value), sizeof value)));
    }
    template <class T>
    T* array(const std::vector<T>& values) {
        return static_cast<T*>(
            block(ByteView(reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(T))));
    }
    CK_BYTE_PTR output(std::size_t size) {
        auto* at = static_cast<std::uint8_t*>(block(size + mark.size()));
        std::copy(mark.begin(), mark.end(), at + size);
        outputs_.push_back(at + size);
        return at;
    }
    /// An output whose length goes out in \p length: what is said must fit what was given.
    void watch(const CK_BYTE* at, const CK_ULONG* length) {
        watched_.push_back({at, length, length ? *length : 0});
    }

    void check(CK_RV code) const {
        for (const auto* end : outputs_)
            if (!std::equal(mark.begin(), mark.end(), end)) std::abort(); // written beyond the length
        if (code != CKR_OK) return;
        for (const auto& one : watched_)
            if (one.at && one.length && *one.length > one.given) std::abort(); // says more than there is
    }

private:
    struct Watched {
        const CK_BYTE* at;
        const CK_ULONG* length;
        CK_ULONG given;
    };
    static constexpr std::array<std::uint8_t, 16> mark{0xa5, 0x5a, 0xc3, 0x3c, 0x96, 0x69, 0xe1, 0x1e,
                                                       0xd2, 0x2d, 0xb4, 0x4b, 0x87, 0x78, 0xf0, 0x0f};
    std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
    std::vector<std::uint8_t*> outputs_;
    std::vector<Watched> watched_;
};

} // namespace hsm::fuzz
