// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/encoding.hpp>

#include "base/der.hpp"
#include "client/algorithm_oids.hpp"

#include <algorithm>
#include <bit>

/// \file
/// Components to SubjectPublicKeyInfo and PKCS #8 and back. Everything is written from its end, into a buffer that is
/// large enough beforehand and wiped with what it held.

namespace hsm {

namespace {

using base::der::Reader;
using base::der::tag_context;
using base::der::tag_integer;
using base::der::tag_octet_string;
using base::der::tag_sequence;
using base::der::Writer;

constexpr base::der::Tag tag_bit_string = 0x03, tag_null = 0x05, tag_oid = 0x06, tag_printable = 0x13, tag_seed = 0x80;

[[noreturn]] void refuse(const std::string& why) { throw Error(Status::invalid_data, why); }

[[noreturn]] void refuse_type(KeyType type) {
    throw Error(Status::key_type_mismatch, std::string(key_type_row(type).name) + " keys have no such encoding");
}

ByteView stripped(ByteView number) {
    while (!number.empty() && number.front() == 0) number = number.subspan(1);
    return number;
}

/// Writes an INTEGER; an empty number is zero.
void put_number(Writer& out, ByteView number) {
    number = stripped(number);
    if (!number.empty() && number.front() < 0x80) return out.octets(tag_integer, number);
    Secret padded(number.size() + 1);
    std::copy(number.begin(), number.end(), padded.mutable_view().begin() + 1);
    out.octets(tag_integer, padded.view());
}

ByteView take_number(Reader& in) {
    const auto content = in.octets(tag_integer);
    if (content.empty()) in.refuse("a number without octets");
    if (content.front() >= 0x80) in.refuse("a negative number where none can be");
    return stripped(content);
}

void put_oid(Writer& out, std::string_view hex) { out.octets(tag_oid, from_hex(hex)); }

const client::CurveRow& curve_row(const KeySpec& spec) {
    for (const auto& row : client::curve_rows)
        if (row.type == spec.type && row.params == spec.params) return row;
    refuse("the key names no curve that libhsm has");
}

const client::RawSizeRow& raw_size(ParamSet params) {
    for (const auto& row : client::raw_sizes)
        if (row.params == params) return row;
    refuse("the key names no parameter set");
}

bool is_montgomery_or_edwards(KeyType type) {
    return type == KeyType::ed25519 || type == KeyType::ed448 || type == KeyType::x25519 || type == KeyType::x448;
}

bool has_raw_sizes(KeyType type) {
    return type == KeyType::ml_dsa || type == KeyType::ml_kem || type == KeyType::slh_dsa;
}

void require(ByteView part, std::string_view name) {
    if (stripped(part).empty()) refuse("the key lacks " + std::string(name));
}

void require_size(ByteView part, std::size_t size, std::string_view name) {
    if (part.size() != size)
        refuse("the " + std::string(name) + " has " + std::to_string(part.size()) + " bytes and not " + std::to_string(size));
}

// ---- AlgorithmIdentifier ------------------------------------------------------------------------------------------

bool is_x942(const PublicComponents& key) { return key.spec.type == KeyType::dh && !stripped(key.q).empty(); }

/// Contents of the parameters: p, q, g (DSA); p, g (PKCS #3); p, g, q (X9.42).
void put_group(Writer& out, const PublicComponents& key) {
    require(key.p, "the prime");
    require(key.g, "the base");
    const auto mark = out.written();
    if (is_x942(key)) put_number(out, key.q);
    put_number(out, key.g);
    if (key.spec.type == KeyType::dsa) {
        require(key.q, "the subprime");
        put_number(out, key.q);
    }
    put_number(out, key.p);
    out.header(tag_sequence, out.written() - mark);
}

std::string_view oid_of(const PublicComponents& key) {
    if (is_x942(key)) return client::x942_dh_oid;
    for (const auto& row : client::algorithm_oids)
        if (row.type == key.spec.type && (row.params == ParamSet::none || row.params == key.spec.params)) return row.oid;
    if (has_raw_sizes(key.spec.type)) refuse("the key names no parameter set");
    refuse_type(key.spec.type);
}

void put_algorithm(Writer& out, const PublicComponents& key) {
    const auto oid = oid_of(key);
    const auto mark = out.written();
    switch (key.spec.type) {
    case KeyType::rsa: out.octets(tag_null, {}); break;
    case KeyType::dsa:
    case KeyType::dh: put_group(out, key); break;
    case KeyType::ec: put_oid(out, curve_row(key.spec).oid); break;
    default: break;
    }
    put_oid(out, oid);
    out.header(tag_sequence, out.written() - mark);
}

void read_group(Reader& in, std::string_view oid, PublicComponents& key) {
    auto group = in.enter(tag_sequence);
    key.p = to_bytes(take_number(group));
    if (key.spec.type == KeyType::dsa) key.q = to_bytes(take_number(group));
    key.g = to_bytes(take_number(group));
    if (oid == client::x942_dh_oid) key.q = to_bytes(take_number(group));
    // PKCS #3 may give the length of the private value, X9.42 how the group was made.
    if (key.spec.type == KeyType::dsa) group.finish();
}

void read_algorithm(Reader& outer, PublicComponents& key) {
    auto in = outer.enter(tag_sequence);
    const auto oid = to_hex(in.octets(tag_oid));
    for (const auto& row : client::algorithm_oids) {
        if (row.oid != oid) continue;
        key.spec.type = row.type;
        key.spec.params = row.params;
    }
    switch (key.spec.type) {
    case KeyType::none: throw Error(Status::not_supported, "the key is of a type that libhsm does not have");
    case KeyType::dsa:
    case KeyType::dh: read_group(in, oid, key); break;
    case KeyType::ec: key.spec = spec_of_ec_parameters(in.element()); break;
    case KeyType::rsa:
        if (!in.at_end()) (void)in.element(); // NULL; RSASSA-PSS has its own parameters
        break;
    default: break;
    }
    in.finish();
}

// ---- Public keys --------------------------------------------------------------------------------------------------

std::size_t room_for(const PublicComponents& key) {
    return 128 + key.n.size() + key.e.size() + key.p.size() + key.q.size() + key.g.size() + key.y.size();
}

Bytes written(const Bytes& buffer, const Writer& out) {
    return {buffer.end() - static_cast<std::ptrdiff_t>(out.written()), buffer.end()};
}

/// The contents of the BIT STRING, without its first octet.
Bytes public_value(const PublicComponents& key) {
    const auto type = key.spec.type;
    if (is_montgomery_or_edwards(type)) require_size(key.y, curve_row(key.spec).bytes, "public value");
    if (has_raw_sizes(type)) require_size(key.y, raw_size(key.spec.params).public_bytes, "public value");
    if (type != KeyType::rsa && type != KeyType::dsa && type != KeyType::dh) {
        require(key.y, "its public value");
        return key.y;
    }
    Bytes buffer(room_for(key));
    Writer out(buffer);
    if (type == KeyType::rsa) {
        require(key.n, "the modulus");
        require(key.e, "the public exponent");
        put_number(out, key.e);
        put_number(out, key.n);
        out.header(tag_sequence, out.written());
    } else {
        require(key.y, "its public value");
        put_number(out, key.y);
    }
    return written(buffer, out);
}

std::uint32_t bits_of(ByteView number) {
    number = stripped(number);
    if (number.empty()) return 0;
    return static_cast<std::uint32_t>(number.size() * 8 - 8 + static_cast<std::size_t>(std::bit_width(number[0])));
}

void read_rsa_public(Reader& in, PublicComponents& key) {
    key.n = to_bytes(take_number(in));
    key.e = to_bytes(take_number(in));
    key.spec.bits = bits_of(key.n);
}

} // namespace

Bytes spki_from(const PublicComponents& key) {
    (void)oid_of(key); // the type is what is wrong first
    auto value = public_value(key);
    value.insert(value.begin(), 0); // no unused bits
    Bytes buffer(room_for(key) + value.size());
    Writer out(buffer);
    out.octets(tag_bit_string, value);
    put_algorithm(out, key);
    out.header(tag_sequence, out.written());
    return written(buffer, out);
}

PublicComponents components_of_spki(ByteView spki) {
    PublicComponents key;
    Reader reader(spki, Status::invalid_data);
    auto outer = reader.enter(tag_sequence);
    read_algorithm(outer, key);
    const auto bits = outer.octets(tag_bit_string);
    outer.finish();
    reader.finish();
    if (bits.size() < 2 || bits[0] != 0) outer.refuse("the public value is not whole bytes");
    Reader value(bits.subspan(1), Status::invalid_data);
    if (key.spec.type == KeyType::rsa) {
        auto numbers = value.enter(tag_sequence);
        read_rsa_public(numbers, key);
        numbers.finish();
        value.finish();
    } else if (key.spec.type == KeyType::dsa || key.spec.type == KeyType::dh) {
        key.y = to_bytes(take_number(value));
        key.spec.bits = bits_of(key.p);
        value.finish();
    } else {
        key.y = to_bytes(bits.subspan(1));
        if (is_montgomery_or_edwards(key.spec.type)) require_size(key.y, curve_row(key.spec).bytes, "public value");
        if (has_raw_sizes(key.spec.type)) require_size(key.y, raw_size(key.spec.params).public_bytes, "public value");
    }
    return key;
}

// ---- Private keys -------------------------------------------------------------------------------------------------

namespace {

void put_rsa(Writer& out, const PrivateComponents& key) {
    require(key.pub.n, "the modulus");
    const auto mark = out.written();
    for (const auto* part : {&key.qinv, &key.dq, &key.dp, &key.q, &key.p, &key.d}) put_number(out, part->view());
    put_number(out, key.pub.e);
    put_number(out, key.pub.n);
    out.integer(std::uint64_t{0});
    out.header(tag_sequence, out.written() - mark);
}

void put_ec(Writer& out, const PrivateComponents& key) {
    const auto size = curve_row(key.pub.spec).bytes;
    const auto x = stripped(key.x.view());
    if (x.empty() || x.size() > size) refuse("the private value is not one of this curve");
    Secret padded(size);
    std::copy(x.begin(), x.end(), padded.mutable_view().end() - static_cast<std::ptrdiff_t>(x.size()));
    const auto mark = out.written();
    if (!key.pub.y.empty()) {
        Bytes point{0};
        point.insert(point.end(), key.pub.y.begin(), key.pub.y.end());
        const auto inner = out.written();
        out.octets(tag_bit_string, point);
        out.header(tag_context(1), out.written() - inner);
    }
    out.octets(tag_octet_string, padded.view());
    out.integer(std::uint64_t{1});
    out.header(tag_sequence, out.written() - mark);
}

/// RFC 9881 and RFC 9935: seed [0], expandedKey OCTET STRING, or both in a SEQUENCE.
void put_lattice(Writer& out, const PrivateComponents& key) {
    const auto& row = raw_size(key.pub.spec.params);
    if (!key.seed.empty()) require_size(key.seed.view(), row.seed_bytes, "seed");
    if (!key.expanded.empty()) require_size(key.expanded.view(), row.expanded_bytes, "expanded key");
    if (key.seed.empty() && key.expanded.empty()) refuse("the key lacks its private value");
    if (key.expanded.empty()) return out.octets(tag_seed, key.seed.view());
    const auto mark = out.written();
    out.octets(tag_octet_string, key.expanded.view());
    if (key.seed.empty()) return;
    out.octets(tag_octet_string, key.seed.view());
    out.header(tag_sequence, out.written() - mark);
}

void put_raw(Writer& out, const PrivateComponents& key) {
    require_size(key.x.view(), curve_row(key.pub.spec).bytes, "private value");
    out.octets(tag_octet_string, key.x.view());
}

void put_private(Writer& out, const PrivateComponents& key) {
    switch (key.pub.spec.type) {
    case KeyType::rsa: return put_rsa(out, key);
    case KeyType::ec: return put_ec(out, key);
    case KeyType::dsa:
    case KeyType::dh: require(key.x.view(), "its private value"); return put_number(out, key.x.view());
    case KeyType::ml_dsa:
    case KeyType::ml_kem: return put_lattice(out, key);
    case KeyType::slh_dsa: {
        // RFC 9909: the bare bytes, which the OCTET STRING of PKCS #8 holds without another one.
        require_size(key.expanded.view(), raw_size(key.pub.spec.params).expanded_bytes, "private value");
        return out.octets(tag_octet_string, key.expanded.view());
    }
    default: break;
    }
    if (!is_montgomery_or_edwards(key.pub.spec.type)) refuse_type(key.pub.spec.type);
    put_raw(out, key);
}

void read_rsa(Reader& value, PrivateComponents& key) {
    auto in = value.enter(tag_sequence);
    if (in.unsigned_integer() > 1) in.refuse("an RSA key of an unknown version");
    read_rsa_public(in, key.pub);
    for (auto* part : {&key.d, &key.p, &key.q, &key.dp, &key.dq, &key.qinv}) *part = Secret(take_number(in));
    if (!in.at_end()) throw Error(Status::not_supported, "RSA keys with more than two primes are not supported");
    value.finish();
}

void read_ec(Reader& value, PrivateComponents& key) {
    auto in = value.enter(tag_sequence);
    if (in.unsigned_integer() != 1) in.refuse("an EC key of an unknown version");
    key.x = Secret(in.octets(tag_octet_string));
    if (in.peek() == tag_context(0)) {
        auto params = in.enter(tag_context(0));
        if (spec_of_ec_parameters(params.element()).params != key.pub.spec.params) in.refuse("the key names two curves");
        params.finish();
    }
    if (in.peek() == tag_context(1)) {
        auto point = in.enter(tag_context(1));
        const auto bits = point.octets(tag_bit_string);
        point.finish();
        if (bits.size() < 2 || bits[0] != 0) in.refuse("the public value is not whole bytes");
        key.pub.y = to_bytes(bits.subspan(1));
    }
    in.finish();
    value.finish();
}

void read_lattice(ByteView bits, PrivateComponents& key) {
    const auto& row = raw_size(key.pub.spec.params);
    if (bits.size() == row.seed_bytes) {
        key.seed = Secret(bits);
        return;
    }
    Reader value(bits, Status::invalid_data);
    const auto tag = value.peek();
    if (tag == tag_seed) {
        key.seed = Secret(value.octets(tag_seed));
    } else if (tag == tag_octet_string) {
        key.expanded = Secret(value.octets(tag_octet_string));
    } else {
        auto both = value.enter(tag_sequence);
        key.seed = Secret(both.octets(tag_octet_string));
        key.expanded = Secret(both.octets(tag_octet_string));
        both.finish();
    }
    value.finish();
    if (!key.seed.empty()) require_size(key.seed.view(), row.seed_bytes, "seed");
    if (!key.expanded.empty()) require_size(key.expanded.view(), row.expanded_bytes, "expanded key");
}

void read_private(ByteView bits, PrivateComponents& key) {
    Reader value(bits, Status::invalid_data);
    switch (key.pub.spec.type) {
    case KeyType::rsa: return read_rsa(value, key);
    case KeyType::ec: return read_ec(value, key);
    case KeyType::dsa:
    case KeyType::dh:
        key.x = Secret(take_number(value));
        key.pub.spec.bits = bits_of(key.pub.p);
        return value.finish();
    case KeyType::ml_dsa:
    case KeyType::ml_kem: return read_lattice(bits, key);
    case KeyType::slh_dsa:
        require_size(bits, raw_size(key.pub.spec.params).expanded_bytes, "private value");
        key.expanded = Secret(bits);
        return;
    default: break;
    }
    key.x = Secret(value.octets(tag_octet_string));
    value.finish();
    require_size(key.x.view(), curve_row(key.pub.spec).bytes, "private value");
}

} // namespace

Secret pkcs8_from(const PrivateComponents& key) {
    auto room = 256 + room_for(key.pub);
    for (const auto* part : {&key.d, &key.p, &key.q, &key.dp, &key.dq, &key.qinv, &key.x, &key.seed, &key.expanded})
        room += part->size() + 8;
    Secret buffer(room);
    Writer out(buffer.mutable_view());
    put_private(out, key);
    if (key.pub.spec.type != KeyType::slh_dsa) out.header(tag_octet_string, out.written());
    put_algorithm(out, key.pub);
    out.integer(std::uint64_t{0});
    out.header(tag_sequence, out.written());
    return Secret(buffer.view().last(out.written()));
}

PrivateComponents components_of_pkcs8(ByteView pkcs8) {
    PrivateComponents key;
    Reader reader(pkcs8, Status::invalid_data);
    auto outer = reader.enter(tag_sequence);
    if (outer.unsigned_integer() > 1) outer.refuse("an unknown version of PKCS #8");
    read_algorithm(outer, key.pub);
    const auto bits = outer.octets(tag_octet_string);
    reader.finish(); // attributes and the public key may follow inside
    read_private(bits, key);
    return key;
}

// ---- Parameters ---------------------------------------------------------------------------------------------------

Bytes ec_parameters(const KeySpec& spec) {
    if (spec.type != KeyType::ec && !is_montgomery_or_edwards(spec.type)) refuse_type(spec.type);
    const auto oid = from_hex(curve_row(spec).oid);
    Bytes buffer(oid.size() + 8);
    Writer out(buffer);
    out.octets(tag_oid, oid);
    return written(buffer, out);
}

KeySpec spec_of_ec_parameters(ByteView der) {
    Reader reader(der, Status::invalid_data);
    const auto tag = reader.peek();
    if (tag == tag_sequence)
        throw Error(Status::not_supported, "curves given by explicit parameters are not supported; name the curve");
    if (tag != tag_oid && tag != tag_printable) reader.fail("neither the object identifier nor the name of a curve");
    const auto content = reader.octets(tag);
    reader.finish();
    const auto oid = tag == tag_oid ? to_hex(content) : std::string();
    for (const auto& row : client::curve_rows) {
        const bool same = tag == tag_oid ? oid == row.oid || (!row.other_oid.empty() && oid == row.other_oid)
                                         : !row.name.empty() && text(content) == row.name;
        if (same) return {row.type, 0, row.params, 0};
    }
    if (tag == tag_printable) {
        for (const auto& row : param_set_table()) {
            const bool same = text(content) == row.name || text(content) == row.botan_name ||
                              (!row.alias.empty() && text(content) == row.alias);
            if (row.type == KeyType::ec && same) return {row.type, 0, row.params, 0};
        }
    }
    throw Error(Status::not_supported, "libhsm does not have the curve that the key names");
}

Bytes domain_parameters(const PublicComponents& key) {
    if (key.spec.type != KeyType::dsa && key.spec.type != KeyType::dh) refuse_type(key.spec.type);
    Bytes buffer(room_for(key));
    Writer out(buffer);
    PublicComponents group = key;
    if (key.spec.type == KeyType::dh) group.q.clear();
    put_group(out, group);
    return written(buffer, out);
}

Bytes octet_string(ByteView content) {
    Bytes buffer(base::der::element_size(tag_octet_string, content.size()));
    Writer out(buffer);
    out.octets(tag_octet_string, content);
    return buffer;
}

ByteView octet_string_content(ByteView der) {
    Reader reader(der, Status::invalid_data);
    const auto content = reader.octets(tag_octet_string);
    reader.finish();
    return content;
}

} // namespace hsm
