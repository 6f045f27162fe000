// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "adapters/pkcs11/attribute_table.hpp"
#include "adapters/pkcs11/fault.hpp"
#include "memory.hpp"

// The encoding of attributes, as it is stored: what is read comes back the same, at the C interface too.

using namespace hsm;
using namespace hsm::pkcs11;

namespace {

/// Writes a value as C_GetAttributeValue does, and reads it back as a template.
void there_and_back(AttributeKind kind, CK_ATTRIBUTE_TYPE type, ByteView value) {
    if (kind == AttributeKind::attributes) return; // its inner buffers are the caller's
    fuzz::Memory memory;
    CK_ATTRIBUTE out{type, nullptr, 0};
    if (write_native(kind, value, out) != CKR_OK || out.ulValueLen > 1 << 20) return;
    const auto size = out.ulValueLen;
    if (size > 0) {
        CK_ATTRIBUTE small{type, memory.output(size - 1), size - 1};
        if (write_native(kind, value, small) != CKR_BUFFER_TOO_SMALL) std::abort();
    }
    out.pValue = memory.output(size);
    const auto code = write_native(kind, value, out);
    memory.check(code);
    if (code != CKR_OK || out.ulValueLen != size) std::abort();
    try {
        (void)portable(kind, out);
    } catch (const Fault&) {
        // a number or date that no template may have
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto read = Attributes::decode({data, size});
        const auto again = read.encode();
        if (!std::ranges::equal(again.view(), ByteView(data, size))) std::abort();
        for (std::size_t i = 0; i < read.size(); ++i)
            if (const auto* row = attribute_row(read.type_at(i)))
                there_and_back(row->kind, row->type, read.value_at(i));
    } catch (const Error& error) {
        if (error.status() != Status::record_damaged) std::abort();
    }
    return 0;
}
