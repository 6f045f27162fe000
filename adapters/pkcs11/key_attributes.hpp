// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "object.hpp"

#include <hsm/key.hpp>

/// \file
/// Keys as attributes, and attributes as keys.

namespace hsm::pkcs11 {

class Token;

/// What the usage attributes of a key say, as the core has it: the module refuses, not this front end.
Usage usage_of(const Attributes& attributes, const Token& token);

/// What to generate: from the attributes of a secret key, or of the public half of a pair. Throws Fault
/// (CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_DOMAIN_PARAMS_INVALID, CKR_CURVE_NOT_SUPPORTED).
KeySpec spec_to_generate(const Attributes& attributes, KeyType type);

/// Adds what the public value of a key says (CKA_MODULUS, CKA_EC_POINT, CKA_PUBLIC_KEY_INFO, ...), by the class.
void describe_public(Attributes& attributes, ByteView public_info, bool raw_edwards_points);

/// Bits of a number.
std::uint32_t bits_of(ByteView number);

/// Whether two values of an attribute mean the same: a curve by its OBJECT IDENTIFIER and by its name, byte for byte else.
bool same_value(CK_ATTRIBUTE_TYPE type, ByteView one, ByteView other);

/// A key as the core takes it.
struct Material {
    KeyHalf half = KeyHalf::secret;
    KeySpec spec;
    Secret bytes; ///< raw, PKCS #8 or SubjectPublicKeyInfo
};

/// From the attributes of C_CreateObject. Throws Fault (CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_VALUE_INVALID,
/// CKR_TEMPLATE_INCONSISTENT).
Material material_of(const Attributes& attributes);
/// Takes the value attributes out: they are the module's from now on.
void forget_material(Attributes& attributes);

/// A value attribute of a private or secret key that may be read, from the exported key. None: the key has no such value.
std::optional<Secret> material_value(CK_ATTRIBUTE_TYPE type, const Attributes& attributes, const Key& key);

} // namespace hsm::pkcs11
