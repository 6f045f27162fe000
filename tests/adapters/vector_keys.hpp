// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "kat/vectors.hpp"
#include "trial.hpp"
#include "vector_names.hpp"

/// \file
/// Templates for C_CreateObject from the numbers that vectors give: text, decimal or with 0x.

namespace hsm::test {

/// A secret key with every use, whose value can be read.
Template secret_key(CK_KEY_TYPE type, const ByteString& value);
/// A template for a generic secret that is derived; \p length 0: none is named.
Template derived_secret(CK_ULONG length);
Template public_key(CK_KEY_TYPE type);
Template private_key(CK_KEY_TYPE type);

/// A value in hexadecimal; empty if the case has none.
ByteString bytes(const kat::Case& c, const char* name);

ByteString number_bytes(const std::string& number);                     ///< without leading zeros
ByteString number_bytes(const std::string& number, std::size_t length); ///< filled with zeros in front
std::size_t number_bits(const std::string& number);

/// Two primes and the exponent; the other numbers are computed here.
Template rsa_private(const std::string& p, const std::string& q, const std::string& e);
Template rsa_public(const std::string& n, const std::string& e);
/// The modulus of two primes, in hexadecimal with 0x.
std::string rsa_modulus(const std::string& p, const std::string& q);
/// CKK_DSA, or CKK_DH, which has no \p q.
Template group_private(CK_KEY_TYPE type, const std::string& p, const std::string& q, const std::string& g,
                       const std::string& x);
Template group_public(CK_KEY_TYPE type, const std::string& p, const std::string& q, const std::string& g,
                      const std::string& y);
Template ec_private(const Curve& curve, const std::string& x);
Template ec_public(const Curve& curve, const std::string& x, const std::string& y);
/// Ed25519, Ed448: by the length of the value.
Template edwards_private(const ByteString& value);
Template edwards_public(const ByteString& value, std::size_t length);
/// X25519, X448: likewise.
Template montgomery_private(const ByteString& value);
/// ML-DSA, ML-KEM, SLH-DSA. \p value is CKA_SEED or CKA_VALUE.
Template set_private(CK_KEY_TYPE type, CK_ULONG set, CK_ATTRIBUTE_TYPE what, const ByteString& value);
Template set_public(CK_KEY_TYPE type, CK_ULONG set, const ByteString& value);

} // namespace hsm::test
