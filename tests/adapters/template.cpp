// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "template.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace hsm::test {

namespace {

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw std::invalid_argument(std::string("not hexadecimal: ") + c);
}

template <class T>
ByteString memory_of(const T* first, std::size_t count) {
    ByteString bytes(count * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), first, bytes.size());
    return bytes;
}

} // namespace

ByteString bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

ByteString from_hex_text(std::string_view hex) {
    if (hex.size() % 2 != 0) throw std::invalid_argument("an odd number of digits");
    ByteString bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(static_cast<CK_BYTE>(nibble(hex[i]) * 16 + nibble(hex[i + 1])));
    return bytes;
}

std::string hex_text(const ByteString& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

Template& Template::boolean(CK_ATTRIBUTE_TYPE type, bool value) {
    return bytes(type, {static_cast<CK_BYTE>(value ? CK_TRUE : CK_FALSE)});
}

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    return bytes(type, memory_of(&value, 1));
}

Template& Template::text(CK_ATTRIBUTE_TYPE type, std::string_view value) {
    return bytes(type, bytes_of(value));
}

Template& Template::add(Entry entry) {
    list_.clear();
    entries_.push_back(std::move(entry));
    return *this;
}

Template& Template::bytes(CK_ATTRIBUTE_TYPE type, ByteString value) {
    return add({.type = type, .value = std::move(value), .inner = {}});
}

Template& Template::numbers(CK_ATTRIBUTE_TYPE type, const std::vector<CK_ULONG>& values) {
    return bytes(type, memory_of(values.data(), values.size()));
}

Template& Template::nested(CK_ATTRIBUTE_TYPE type, const Template& value) {
    return add({.type = type, .value = {}, .inner = {value}});
}

Template& Template::room(CK_ATTRIBUTE_TYPE type, std::size_t size) { return bytes(type, ByteString(size)); }

Template& Template::ask(CK_ATTRIBUTE_TYPE type) { return raw(type, nullptr, 0); }

Template& Template::raw(CK_ATTRIBUTE_TYPE type, void* value, CK_ULONG length) {
    return add({.type = type, .value = {}, .inner = {}, .is_raw = true, .pointer = value, .length = length});
}

Template& Template::without(CK_ATTRIBUTE_TYPE type) {
    list_.clear();
    std::erase_if(entries_, [type](const Entry& entry) { return entry.type == type; });
    return *this;
}

Template& Template::append(const Template& other) {
    list_.clear();
    entries_.insert(entries_.end(), other.entries_.begin(), other.entries_.end());
    return *this;
}

CK_ATTRIBUTE_PTR Template::data() {
    if (list_.size() == entries_.size() && !list_.empty()) return list_.data();
    list_.clear();
    for (auto& entry : entries_) {
        CK_ATTRIBUTE attribute = {entry.type, entry.pointer, entry.length};
        if (!entry.inner.empty()) {
            attribute.pValue = entry.inner.front().data();
            attribute.ulValueLen = static_cast<CK_ULONG>(entry.inner.front().count() * sizeof(CK_ATTRIBUTE));
        } else if (!entry.is_raw) {
            attribute.pValue = entry.value.data();
            attribute.ulValueLen = static_cast<CK_ULONG>(entry.value.size());
        }
        list_.push_back(attribute);
    }
    return list_.data();
}

} // namespace hsm::test
