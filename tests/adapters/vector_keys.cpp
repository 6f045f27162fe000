// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "vector_keys.hpp"

#include <botan/bigint.h>
#include <botan/numthry.h>

namespace hsm::test {

namespace {

using Botan::BigInt;

BigInt number(const std::string& text) { return BigInt(text.empty() ? "0" : text); }

ByteString bytes_of_number(const BigInt& value) { return value.serialize<ByteString>(value.bytes()); }

constexpr const char* ed25519_oid = "06032b6570";
constexpr const char* ed448_oid = "06032b6571";
constexpr const char* x25519_oid = "06032b656e";
constexpr const char* x448_oid = "06032b656f";

Template group(Template key, CK_KEY_TYPE type, const std::string& p, const std::string& q,
               const std::string& g) {
    key.bytes(CKA_PRIME, number_bytes(p)).bytes(CKA_BASE, number_bytes(g));
    if (type == CKK_DSA) key.bytes(CKA_SUBPRIME, number_bytes(q));
    return key;
}

} // namespace

Template secret_key(CK_KEY_TYPE type, const ByteString& value) {
    Template key;
    key.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, type).bytes(CKA_VALUE, value);
    for (const auto use : {CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE})
        key.boolean(use, true);
    return key.boolean(CKA_EXTRACTABLE, true).boolean(CKA_SENSITIVE, false);
}

Template derived_secret(CK_ULONG length) {
    Template made;
    made.number(CKA_CLASS, CKO_SECRET_KEY)
        .number(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .boolean(CKA_SENSITIVE, false)
        .boolean(CKA_EXTRACTABLE, true);
    if (length != 0) made.number(CKA_VALUE_LEN, length);
    return made;
}

Template public_key(CK_KEY_TYPE type) {
    Template key;
    return key.number(CKA_CLASS, CKO_PUBLIC_KEY).number(CKA_KEY_TYPE, type);
}

Template private_key(CK_KEY_TYPE type) {
    Template key;
    return key.number(CKA_CLASS, CKO_PRIVATE_KEY).number(CKA_KEY_TYPE, type);
}

ByteString bytes(const kat::Case& c, const char* name) {
    const auto value = c.hex(name);
    return {value.begin(), value.end()};
}

ByteString number_bytes(const std::string& text) { return bytes_of_number(number(text)); }

ByteString number_bytes(const std::string& text, std::size_t length) {
    return number(text).serialize<ByteString>(length);
}

std::size_t number_bits(const std::string& text) { return number(text).bits(); }

Template rsa_private(const std::string& p_text, const std::string& q_text, const std::string& e_text) {
    const auto p = number(p_text), q = number(q_text), e = number(e_text);
    const auto d = Botan::inverse_mod(e, (p - 1) * (q - 1));
    return private_key(CKK_RSA)
        .bytes(CKA_MODULUS, bytes_of_number(p * q))
        .bytes(CKA_PUBLIC_EXPONENT, bytes_of_number(e))
        .bytes(CKA_PRIVATE_EXPONENT, bytes_of_number(d))
        .bytes(CKA_PRIME_1, bytes_of_number(p))
        .bytes(CKA_PRIME_2, bytes_of_number(q))
        .bytes(CKA_EXPONENT_1, bytes_of_number(d % (p - 1)))
        .bytes(CKA_EXPONENT_2, bytes_of_number(d % (q - 1)))
        .bytes(CKA_COEFFICIENT, bytes_of_number(Botan::inverse_mod(q, p)))
        .boolean(CKA_SIGN, true)
        .boolean(CKA_SIGN_RECOVER, true)
        .boolean(CKA_DECRYPT, true);
}

Template rsa_public(const std::string& n, const std::string& e) {
    return public_key(CKK_RSA)
        .bytes(CKA_MODULUS, number_bytes(n))
        .bytes(CKA_PUBLIC_EXPONENT, number_bytes(e))
        .boolean(CKA_VERIFY, true)
        .boolean(CKA_VERIFY_RECOVER, true)
        .boolean(CKA_ENCRYPT, true);
}

std::string rsa_modulus(const std::string& p, const std::string& q) {
    return (number(p) * number(q)).to_hex_string();
}

Template group_private(CK_KEY_TYPE type, const std::string& p, const std::string& q, const std::string& g,
                       const std::string& x) {
    return group(private_key(type), type, p, q, g).bytes(CKA_VALUE, number_bytes(x));
}

Template group_public(CK_KEY_TYPE type, const std::string& p, const std::string& q, const std::string& g,
                      const std::string& y) {
    return group(public_key(type), type, p, q, g).bytes(CKA_VALUE, number_bytes(y));
}

Template ec_private(const Curve& curve, const std::string& x) {
    return private_key(CKK_EC)
        .bytes(CKA_EC_PARAMS, from_hex_text(curve.oid))
        .bytes(CKA_VALUE, number_bytes(x))
        .boolean(CKA_SIGN, true)
        .boolean(CKA_DERIVE, true);
}

Template ec_public(const Curve& curve, const std::string& x, const std::string& y) {
    ByteString point{4};
    for (const auto& coordinate : {number_bytes(x, curve.bytes), number_bytes(y, curve.bytes)})
        point.insert(point.end(), coordinate.begin(), coordinate.end());
    return public_key(CKK_EC).bytes(CKA_EC_PARAMS, from_hex_text(curve.oid)).bytes(CKA_EC_POINT, point);
}

Template edwards_private(const ByteString& value) {
    return private_key(CKK_EC_EDWARDS)
        .bytes(CKA_EC_PARAMS, from_hex_text(value.size() == 57 ? ed448_oid : ed25519_oid))
        .bytes(CKA_VALUE, value)
        .boolean(CKA_SIGN, true);
}

Template edwards_public(const ByteString& value, std::size_t length) {
    return public_key(CKK_EC_EDWARDS)
        .bytes(CKA_EC_PARAMS, from_hex_text(length == 57 ? ed448_oid : ed25519_oid))
        .bytes(CKA_EC_POINT, value)
        .boolean(CKA_VERIFY, true);
}

Template montgomery_private(const ByteString& value) {
    return private_key(CKK_EC_MONTGOMERY)
        .bytes(CKA_EC_PARAMS, from_hex_text(value.size() == 56 ? x448_oid : x25519_oid))
        .bytes(CKA_VALUE, value)
        .boolean(CKA_DERIVE, true);
}

Template set_private(CK_KEY_TYPE type, CK_ULONG set, CK_ATTRIBUTE_TYPE what, const ByteString& value) {
    return private_key(type).number(CKA_PARAMETER_SET, set).bytes(what, value);
}

Template set_public(CK_KEY_TYPE type, CK_ULONG set, const ByteString& value) {
    return public_key(type).number(CKA_PARAMETER_SET, set).bytes(CKA_VALUE, value);
}

} // namespace hsm::test
