// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/codec.hpp"
#include "client/algorithm_oids.hpp"
#include "client/state.hpp"

#include <hsm/key.hpp>

#include <algorithm>

// The encodings of keys and signatures that applications exchange: enough of them to tell types apart and to convert,
// without touching material.

namespace hsm {

namespace {

constexpr base::der::Tag tag_oid = 0x06, tag_integer = 0x02;

Bytes der_integer(ByteView number) {
    while (!number.empty() && number.front() == 0) number = number.subspan(1);
    Bytes out{tag_integer};
    const bool pad = number.empty() || (number.front() & 0x80);
    const auto size = number.size() + (pad ? 1 : 0);
    if (size >= 0x80) throw Error(Status::invalid_data, "the signature is too long to be one of ECDSA or DSA");
    out.push_back(static_cast<std::uint8_t>(size));
    if (pad) out.push_back(0);
    out.insert(out.end(), number.begin(), number.end());
    return out;
}

} // namespace

namespace client {

KeyType type_of_encoded(KeyHalf half, ByteView der) {
    try {
        base::der::Reader reader(der, Status::invalid_data);
        auto outer = reader.enter(base::der::tag_sequence);
        if (half == KeyHalf::private_key) (void)outer.unsigned_integer();
        auto algorithm = outer.enter(base::der::tag_sequence);
        const auto oid = to_hex(algorithm.octets(tag_oid));
        for (const auto& row : algorithm_oids)
            if (row.oid == oid) return row.type;
    } catch (const Error&) {
        throw Error(Status::invalid_data, half == KeyHalf::private_key
                                              ? "the private key is not an unencrypted PKCS #8 PrivateKeyInfo; convert it with "
                                                "'openssl pkcs8 -topk8 -nocrypt -outform DER'"
                                              : "the public key is not a SubjectPublicKeyInfo; convert it with 'openssl pkey "
                                                "-pubin -outform DER'");
    }
    throw Error(Status::not_supported, "the key is of a type that libhsm does not have");
}

} // namespace client

Bytes signature_to_der(ByteView r_and_s) {
    if (r_and_s.empty() || r_and_s.size() % 2 != 0)
        throw Error(Status::invalid_data, "a signature r || s has an even number of bytes");
    const auto half = r_and_s.size() / 2;
    auto body = der_integer(r_and_s.first(half));
    const auto s = der_integer(r_and_s.subspan(half));
    body.insert(body.end(), s.begin(), s.end());
    if (body.size() > 0xff) throw Error(Status::invalid_data, "the signature is too long to be one of ECDSA or DSA");
    Bytes out{base::der::tag_sequence};
    if (body.size() >= 0x80) out.push_back(0x81);
    out.push_back(static_cast<std::uint8_t>(body.size()));
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

Bytes signature_from_der(ByteView der, std::size_t order_bytes) {
    base::der::Reader reader(der, Status::invalid_data);
    auto sequence = reader.enter(base::der::tag_sequence);
    Bytes out(2 * order_bytes);
    for (int i = 0; i < 2; ++i) {
        auto number = sequence.octets(tag_integer);
        if (number.empty() || (number.front() & 0x80))
            throw Error(Status::invalid_data, "a number in the signature is negative or empty");
        if (number.size() > 1 && number.front() == 0) {
            number = number.subspan(1);
            if (!(number.front() & 0x80)) throw Error(Status::invalid_data, "a number in the signature is not minimal");
        }
        if (number.size() > order_bytes) throw Error(Status::invalid_data, "a number in the signature is longer than the order");
        std::copy(number.begin(), number.end(), out.begin() + static_cast<std::ptrdiff_t>((i + 1) * order_bytes - number.size()));
    }
    sequence.finish();
    reader.finish();
    return out;
}

} // namespace hsm
