// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "pkcs11.h"

#include <hsm/bytes.hpp>
#include <hsm/secret.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// \file
/// The attributes of an object, in a form that does not depend on the machine: numbers are eight bytes, most significant
/// first, truth values one byte, lists of attributes their encoding. This is what objects carry and what is stored.

namespace hsm::pkcs11 {

/// Overwrites what it gives back: a template may hold a key.
template <class T>
struct WipingAllocator {
    using value_type = T;
    WipingAllocator() noexcept = default;
    template <class U>
    WipingAllocator(const WipingAllocator<U>&) noexcept {}
    T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
    void deallocate(T* p, std::size_t n) noexcept {
        wipe({reinterpret_cast<std::uint8_t*>(p), n * sizeof(T)});
        std::allocator<T>().deallocate(p, n);
    }
    bool operator==(const WipingAllocator&) const noexcept { return true; }
};
using WipedBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// A set of attributes, each type once, sorted by type. A value; reading is reentrant.
class Attributes {
public:
    [[nodiscard]] bool has(CK_ATTRIBUTE_TYPE type) const noexcept { return position(type) != nullptr; }
    /// The value, valid until the set changes.
    [[nodiscard]] std::optional<ByteView> find(CK_ATTRIBUTE_TYPE type) const noexcept;
    [[nodiscard]] ByteView bytes(CK_ATTRIBUTE_TYPE type) const noexcept { return find(type).value_or(ByteView{}); }
    [[nodiscard]] bool flag(CK_ATTRIBUTE_TYPE type, bool otherwise = false) const noexcept;
    [[nodiscard]] std::uint64_t number(CK_ATTRIBUTE_TYPE type, std::uint64_t otherwise = 0) const noexcept;

    void set(CK_ATTRIBUTE_TYPE type, ByteView value); ///< \p value may lie in this set
    void set_flag(CK_ATTRIBUTE_TYPE type, bool value);
    void set_number(CK_ATTRIBUTE_TYPE type, std::uint64_t value);
    void erase(CK_ATTRIBUTE_TYPE type) noexcept;

    /// Only where there is none yet.
    void fill_flag(CK_ATTRIBUTE_TYPE type, bool value) { if (!has(type)) set_flag(type, value); }
    void fill_number(CK_ATTRIBUTE_TYPE type, std::uint64_t value) { if (!has(type)) set_number(type, value); }
    void fill(CK_ATTRIBUTE_TYPE type, ByteView value) { if (!has(type)) set(type, value); }

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] CK_ATTRIBUTE_TYPE type_at(std::size_t i) const noexcept { return entries_[i].type; }
    [[nodiscard]] ByteView value_at(std::size_t i) const noexcept { return value_of(entries_[i]); }

    /// A sequence of { type: 4 bytes, length: 4 bytes, value }, ascending, numbers most significant byte first.
    [[nodiscard]] Secret encode() const;
    static Attributes decode(ByteView encoded); ///< throws hsm::Error (record_damaged)

private:
    struct Entry {
        CK_ATTRIBUTE_TYPE type;
        std::uint32_t offset, size;
    };
    [[nodiscard]] const Entry* position(CK_ATTRIBUTE_TYPE type) const noexcept;
    [[nodiscard]] ByteView value_of(const Entry& entry) const noexcept { return {values_.data() + entry.offset, entry.size}; }

    std::vector<Entry> entries_;
    WipedBytes values_;
};

/// How a value looks at the C interface.
enum class AttributeKind : std::uint8_t {
    boolean,    ///< CK_BBOOL
    number,     ///< CK_ULONG
    bytes,      ///< as it is, text too
    date,       ///< CK_DATE or nothing
    numbers,    ///< array of CK_ULONG
    attributes, ///< array of CK_ATTRIBUTE
};

/// From the caller's memory. Throws Fault (CKR_ATTRIBUTE_VALUE_INVALID). \p nested: inside a template, where no further
/// template may be.
WipedBytes portable(AttributeKind kind, const CK_ATTRIBUTE& attribute, bool nested = false);
/// Bytes that \p value takes at the C interface.
CK_ULONG native_size(AttributeKind kind, ByteView value) noexcept;
/// Writes \p value as C_GetAttributeValue does: length query, short buffer (CKR_BUFFER_TOO_SMALL), nested templates.
CK_RV write_native(AttributeKind kind, ByteView value, CK_ATTRIBUTE& out) noexcept;

std::array<std::uint8_t, 8> number_bytes(std::uint64_t value) noexcept;
std::uint64_t number_of(ByteView bytes) noexcept; ///< 0 when it has not eight bytes

} // namespace hsm::pkcs11
