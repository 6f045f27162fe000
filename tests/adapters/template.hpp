// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "adapters/pkcs11/pkcs11_vendor.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hsm::test {

using ByteString = std::vector<CK_BYTE>;

ByteString bytes_of(std::string_view text);
ByteString from_hex_text(std::string_view hex); ///< throws std::invalid_argument
std::string hex_text(const ByteString& bytes);

/// A list of attributes that owns its values. Copies keep working.
class Template {
public:
    Template() = default;

    Template& boolean(CK_ATTRIBUTE_TYPE type, bool value);
    Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
    Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value);
    Template& bytes(CK_ATTRIBUTE_TYPE type, ByteString value);
    Template& numbers(CK_ATTRIBUTE_TYPE type,
                      const std::vector<CK_ULONG>& values);          ///< CKA_ALLOWED_MECHANISMS
    Template& nested(CK_ATTRIBUTE_TYPE type, const Template& value); ///< CKA_WRAP_TEMPLATE
    /// For C_GetAttributeValue: a buffer of so many bytes.
    Template& room(CK_ATTRIBUTE_TYPE type, std::size_t size);
    /// For C_GetAttributeValue: asks for the length.
    Template& ask(CK_ATTRIBUTE_TYPE type);
    /// As it is given; what a careless caller passes.
    Template& raw(CK_ATTRIBUTE_TYPE type, void* value, CK_ULONG length);
    Template& without(CK_ATTRIBUTE_TYPE type);
    Template& append(const Template& other);

    /// Valid until the next change; what a call filled in stays until then.
    [[nodiscard]] CK_ATTRIBUTE_PTR data();
    [[nodiscard]] CK_ULONG count() const { return static_cast<CK_ULONG>(entries_.size()); }
    [[nodiscard]] const CK_ATTRIBUTE& operator[](std::size_t at) { return data()[at]; }

private:
    struct Entry {
        CK_ATTRIBUTE_TYPE type = 0;
        ByteString value;
        std::vector<Template> inner;
        bool is_raw = false;
        void* pointer = nullptr;
        CK_ULONG length = 0;
    };
    /// Points into the entries; never copied with them.
    struct List : std::vector<CK_ATTRIBUTE> {
        List() = default;
        List(const List& /*points elsewhere*/) : std::vector<CK_ATTRIBUTE>() {}
        List& operator=(const List&) {
            clear();
            return *this;
        }
    };

    Template& add(Entry entry);

    std::vector<Entry> entries_;
    List list_;
};

} // namespace hsm::test
