// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "attribute_table.hpp"
#include "token.hpp"

/// \file
/// What a new object is made of: the template, the defaults, and what the standard says that the token adds.

namespace hsm::pkcs11 {

/// Who makes it.
struct Maker {
    Token& token;
    bool read_write; ///< the session
};

/// How a key came to be, for the attributes that say so.
struct Origin {
    Way way = way_create;
    CK_MECHANISM_TYPE mechanism = CK_UNAVAILABLE_INFORMATION; ///< of a generated key
    const Attributes* base = nullptr; ///< of a derived key
};

/// Checks a template and completes it. \p object_class and \p key_type: what the function makes; none: the template says.
/// Throws Fault: CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_VALUE_INVALID,
/// CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN, CKR_TOKEN_WRITE_PROTECTED.
Attributes complete(Attributes given, std::optional<CK_OBJECT_CLASS> object_class, std::optional<CK_KEY_TYPE> key_type,
                    const Origin& origin, const Maker& maker);

/// What a key that another program stored is like, as far as its class and type tell; CKA_CLASS and CKA_KEY_TYPE are there.
void complete_foreign_key(Attributes& attributes, bool generated);

/// Whether this session may make, change or destroy such an object: token objects need a read-write session, private ones
/// the user. Throws Fault (CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN, CKR_TOKEN_WRITE_PROTECTED).
void check_may_write(bool token_object, bool private_object, const Maker& maker);

/// Adds what a key in the module says of itself: public components, lengths, check value.
void describe_key(Attributes& attributes, const Key& key, const Settings& settings);

/// A template inside a wrapping or deriving key must agree with the new key's: adds what is missing. Throws Fault
/// (CKR_TEMPLATE_INCONSISTENT).
void apply_template(Attributes& given, ByteView inner);

/// C_SetAttributeValue and C_CopyObject: the object's attributes with \p changes. Throws Fault (CKR_ATTRIBUTE_READ_ONLY,
/// CKR_ATTRIBUTE_TYPE_INVALID).
Attributes changed(const Attributes& old, const Attributes& changes, bool copying, const Maker& maker);

/// Whether \p after asks another ACL than \p before.
bool usage_differs(const Attributes& before, const Attributes& after);

} // namespace hsm::pkcs11
