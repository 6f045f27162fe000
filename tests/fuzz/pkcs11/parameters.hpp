// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "adapters/pkcs11/mechanisms.hpp"
#include "memory.hpp"

/// \file
/// Mechanism parameters and templates out of fuzzed bytes. Pointers are null or point to memory of the size
/// that is said: a caller's wild pointer is no fault of the module.

namespace hsm::fuzz {

/// Handles that a parameter may name.
using Handles = std::span<const CK_OBJECT_HANDLE>;

struct Parameter {
    void* at = nullptr;
    CK_ULONG size = 0;
};
/// Of the row's structure; now and then none, or one that is cut short.
Parameter parameter_of(const pkcs11::MechanismMapRow& row, Input& input, Memory& memory, Handles handles);
/// Of a message of GCM, CCM, ChaCha20-Poly1305; for what signs, as above.
Parameter message_parameter_of(CK_MECHANISM_TYPE type, Input& input, Memory& memory);

struct List {
    CK_ATTRIBUTE_PTR at = nullptr;
    CK_ULONG count = 0;
};
/// Attributes with values, behind \p first.
List template_of(Input& input, Memory& memory, std::vector<CK_ATTRIBUTE> first = {}, int depth = 0);
/// Attributes with room, for C_GetAttributeValue.
List question_of(Input& input, Memory& memory, int depth = 0);

} // namespace hsm::fuzz
