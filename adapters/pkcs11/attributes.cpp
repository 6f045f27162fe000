// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "attributes.hpp"

#include "attribute_table.hpp"
#include "fault.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace hsm::pkcs11 {

namespace {

void put32(std::uint8_t* at, std::uint64_t value) noexcept {
    for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

std::uint32_t get32(ByteView bytes) noexcept {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value = value << 8 | bytes[i];
    return value;
}

[[noreturn]] void damaged() { throw Error(Status::record_damaged, "the attributes of an object are damaged; restore its record"); }

WipedBytes copy(const void* from, std::size_t size) {
    const auto* bytes = static_cast<const std::uint8_t*>(from);
    return size ? WipedBytes(bytes, bytes + size) : WipedBytes();
}

} // namespace

std::array<std::uint8_t, 8> number_bytes(std::uint64_t value) noexcept {
    std::array<std::uint8_t, 8> out;
    for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
    return out;
}

std::uint64_t number_of(ByteView bytes) noexcept {
    if (bytes.size() != 8) return 0;
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

const Attributes::Entry* Attributes::position(CK_ATTRIBUTE_TYPE type) const noexcept {
    const auto at = std::ranges::lower_bound(entries_, type, {}, &Entry::type);
    return at != entries_.end() && at->type == type ? &*at : nullptr;
}

std::optional<ByteView> Attributes::find(CK_ATTRIBUTE_TYPE type) const noexcept {
    const auto* entry = position(type);
    if (!entry) return std::nullopt;
    return value_of(*entry);
}

bool Attributes::flag(CK_ATTRIBUTE_TYPE type, bool otherwise) const noexcept {
    const auto value = find(type);
    return value && value->size() == 1 ? (*value)[0] != 0 : otherwise;
}

std::uint64_t Attributes::number(CK_ATTRIBUTE_TYPE type, std::uint64_t otherwise) const noexcept {
    const auto value = find(type);
    return value && value->size() == 8 ? number_of(*value) : otherwise;
}

void Attributes::set(CK_ATTRIBUTE_TYPE type, ByteView value) {
    const auto at = std::ranges::lower_bound(entries_, type, {}, &Entry::type);
    const auto size = static_cast<std::uint32_t>(value.size());
    if (at != entries_.end() && at->type == type && size <= at->size) {
        if (size) std::memmove(values_.data() + at->offset, value.data(), size); // an empty value may be nowhere
        at->size = size;
        return;
    }
    const WipedBytes kept(value.begin(), value.end()); // the value may lie in what is about to grow
    const Entry entry{type, static_cast<std::uint32_t>(values_.size()), size};
    values_.insert(values_.end(), kept.begin(), kept.end());
    if (at != entries_.end() && at->type == type) *at = entry;
    else entries_.insert(at, entry);
}

void Attributes::set_flag(CK_ATTRIBUTE_TYPE type, bool value) {
    const std::uint8_t byte = value;
    set(type, {&byte, 1});
}

void Attributes::set_number(CK_ATTRIBUTE_TYPE type, std::uint64_t value) { set(type, number_bytes(value)); }

void Attributes::erase(CK_ATTRIBUTE_TYPE type) noexcept {
    const auto at = std::ranges::lower_bound(entries_, type, {}, &Entry::type);
    if (at == entries_.end() || at->type != type) return;
    wipe({values_.data() + at->offset, at->size}); // what is taken out may be a key
    entries_.erase(at);
}

Secret Attributes::encode() const {
    std::size_t size = 0;
    for (const auto& entry : entries_) size += 8 + entry.size;
    Secret out(size);
    auto* at = out.mutable_view().data();
    for (const auto& entry : entries_) {
        put32(at, entry.type);
        put32(at + 4, entry.size);
        if (entry.size) std::memcpy(at + 8, values_.data() + entry.offset, entry.size);
        at += 8 + entry.size;
    }
    return out;
}

Attributes Attributes::decode(ByteView encoded) {
    Attributes out;
    out.values_.reserve(encoded.size());
    while (!encoded.empty()) {
        if (encoded.size() < 8) damaged();
        const CK_ATTRIBUTE_TYPE type = get32(encoded);
        const auto size = get32(encoded.subspan(4));
        if (size > encoded.size() - 8) damaged();
        if (!out.entries_.empty() && out.entries_.back().type >= type) damaged();
        const auto value = encoded.subspan(8, size);
        out.entries_.push_back({type, static_cast<std::uint32_t>(out.values_.size()), size});
        out.values_.insert(out.values_.end(), value.begin(), value.end());
        encoded = encoded.subspan(8 + size);
    }
    return out;
}

WipedBytes portable(AttributeKind kind, const CK_ATTRIBUTE& attribute, bool nested) {
    const auto size = attribute.ulValueLen;
    const auto* from = attribute.pValue;
    const auto demand = [](bool holds) { if (!holds) refuse(CKR_ATTRIBUTE_VALUE_INVALID); };
    demand(size != CK_UNAVAILABLE_INFORMATION && size <= max_attribute_size && (from != nullptr || size == 0));
    switch (kind) {
    case AttributeKind::boolean: {
        demand(size == sizeof(CK_BBOOL));
        const auto value = *static_cast<const CK_BBOOL*>(from);
        demand(value == CK_TRUE || value == CK_FALSE);
        return {value};
    }
    case AttributeKind::number: {
        demand(size == sizeof(CK_ULONG));
        CK_ULONG value;
        std::memcpy(&value, from, sizeof value);
        const auto bytes = number_bytes(value);
        return {bytes.begin(), bytes.end()};
    }
    case AttributeKind::date:
        demand(size == 0 || size == sizeof(CK_DATE));
        for (CK_ULONG i = 0; i < size; ++i) {
            const auto digit = static_cast<const std::uint8_t*>(from)[i];
            demand(digit >= '0' && digit <= '9');
        }
        return copy(from, size);
    case AttributeKind::numbers: {
        demand(size % sizeof(CK_ULONG) == 0);
        WipedBytes out;
        for (CK_ULONG i = 0; i < size / sizeof(CK_ULONG); ++i) {
            CK_ULONG value;
            std::memcpy(&value, static_cast<const std::uint8_t*>(from) + i * sizeof value, sizeof value);
            const auto bytes = number_bytes(value);
            out.insert(out.end(), bytes.begin(), bytes.end());
        }
        return out;
    }
    case AttributeKind::attributes: {
        demand(size % sizeof(CK_ATTRIBUTE) == 0 && !nested);
        const auto inner = parse_template(static_cast<const CK_ATTRIBUTE*>(from), size / sizeof(CK_ATTRIBUTE), true).encode();
        return {inner.view().begin(), inner.view().end()};
    }
    case AttributeKind::bytes: break;
    }
    return copy(from, size);
}

CK_ULONG native_size(AttributeKind kind, ByteView value) noexcept {
    switch (kind) {
    case AttributeKind::number: return sizeof(CK_ULONG);
    case AttributeKind::numbers: return static_cast<CK_ULONG>(value.size() / 8 * sizeof(CK_ULONG));
    case AttributeKind::attributes: {
        CK_ULONG count = 0;
        for (std::size_t at = 0; at + 8 <= value.size(); at += 8 + get32(value.subspan(at + 4))) ++count;
        return count * static_cast<CK_ULONG>(sizeof(CK_ATTRIBUTE));
    }
    default: return static_cast<CK_ULONG>(value.size());
    }
}

namespace {

/// The inner values of a nested template: each has its own pointer and length.
CK_RV write_nested(ByteView value, CK_ATTRIBUTE* out) noexcept {
    CK_RV result = CKR_OK;
    for (std::size_t at = 0; at + 8 <= value.size(); ++out) {
        const CK_ATTRIBUTE_TYPE type = get32(value.subspan(at));
        const auto size = get32(value.subspan(at + 4));
        out->type = type;
        const auto* row = attribute_row(type);
        if (const auto code = write_native(row ? row->kind : AttributeKind::bytes, value.subspan(at + 8, size), *out); code != CKR_OK)
            result = code;
        at += 8 + size;
    }
    return result;
}

} // namespace

CK_RV write_native(AttributeKind kind, ByteView value, CK_ATTRIBUTE& out) noexcept {
    const auto size = native_size(kind, value);
    if (!out.pValue) {
        out.ulValueLen = size;
        return CKR_OK;
    }
    if (out.ulValueLen < size) {
        out.ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    out.ulValueLen = size;
    auto* to = static_cast<std::uint8_t*>(out.pValue);
    if (kind == AttributeKind::attributes) return write_nested(value, static_cast<CK_ATTRIBUTE*>(out.pValue));
    if (kind == AttributeKind::number) {
        const auto number = static_cast<CK_ULONG>(number_of(value)); // one, whatever a record says its size is
        std::memcpy(to, &number, sizeof number);
        return CKR_OK;
    }
    if (kind == AttributeKind::numbers) {
        for (std::size_t i = 0; i + 8 <= value.size(); i += 8, to += sizeof(CK_ULONG)) {
            const auto number = static_cast<CK_ULONG>(number_of(value.subspan(i, 8)));
            std::memcpy(to, &number, sizeof number);
        }
        return CKR_OK;
    }
    if (size) std::memcpy(to, value.data(), size);
    return CKR_OK;
}

} // namespace hsm::pkcs11
