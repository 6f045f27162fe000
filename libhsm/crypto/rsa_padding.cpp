// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/rsa_padding.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/random.hpp"
#include "crypto/scheme.hpp"

#include <algorithm>

namespace hsm::crypto {
namespace {

/// All ones if the byte is zero, else zero; no branch.
constexpr std::uint32_t mask_zero(std::uint32_t x) { return ((x | (0u - x)) >> 31) - 1u; }
constexpr std::uint32_t mask_equal(std::uint32_t a, std::uint32_t b) { return mask_zero(a ^ b); }

/// Keeps the compiler from turning mask arithmetic into jumps.
std::uint32_t opaque(std::uint32_t x) {
    volatile std::uint32_t copy = x;
    return copy;
}

/// OIDs of the hash functions, as they end the AlgorithmIdentifier of a DigestInfo.
struct DigestInfoRow {
    Hash hash;
    std::string_view oid; ///< DER, with tag and length
};

using namespace std::string_view_literals;

constexpr std::array<DigestInfoRow, 13> digest_infos{{
    {Hash::md4, "\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x04"sv},
    {Hash::md5, "\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05"sv},
    {Hash::sha1, "\x06\x05\x2b\x0e\x03\x02\x1a"sv},
    {Hash::sha224, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04"sv},
    {Hash::sha256, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv},
    {Hash::sha384, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv},
    {Hash::sha512, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv},
    {Hash::sha512_224, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x05"sv},
    {Hash::sha512_256, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x06"sv},
    {Hash::sha3_224, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x07"sv},
    {Hash::sha3_256, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x08"sv},
    {Hash::sha3_384, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x09"sv},
    {Hash::sha3_512, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x0a"sv},
}};

/// SEQUENCE { SEQUENCE { oid, NULL }, OCTET STRING value }; all lengths are below 128.
Bytes digest_info(Hash hash, ByteView value) {
    for (const auto& row : digest_infos) {
        if (row.hash != hash) continue;
        const auto algorithm = static_cast<std::uint8_t>(row.oid.size() + 2);
        Bytes der{0x30, static_cast<std::uint8_t>(algorithm + 4 + value.size()), 0x30, algorithm};
        const auto oid = view(row.oid);
        der.insert(der.end(), oid.begin(), oid.end());
        der.insert(der.end(), {0x05, 0x00, 0x04, static_cast<std::uint8_t>(value.size())});
        der.insert(der.end(), value.begin(), value.end());
        return der;
    }
    throw Error(Status::not_supported,
                std::string(hash_row(hash).name) + " has no PKCS #1 signature encoding");
}

/// MGF1 (B.2.1), exclusive-ored into \p out.
void mask_with_mgf1(Hash hash, ByteView seed, std::span<std::uint8_t> out) {
    std::uint32_t counter = 0;
    for (std::size_t done = 0; done < out.size(); ++counter) {
        const std::array<std::uint8_t, 4> c{
            static_cast<std::uint8_t>(counter >> 24), static_cast<std::uint8_t>(counter >> 16),
            static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
        auto block = hash_of(hash, {seed, c});
        for (std::size_t i = 0; i < block.size && done < out.size(); ++i) out[done++] ^= block.bytes[i];
        wipe(block.bytes);
    }
}

void require_hash_size(Hash hash, ByteView value) {
    if (value.size() != hash_row(hash).size) {
        throw Error(Status::invalid_data, "the data is not as long as the hash value to sign");
    }
}

} // namespace

Bytes encode_pkcs1_signature(Hash hash, ByteView value, std::size_t size) {
    Bytes info;
    if (hash != Hash::none) {
        require_hash_size(hash, value);
        info = digest_info(hash, value);
        value = info;
    }
    if (value.size() + 11 > size) {
        throw Error(Status::invalid_data,
                    "the data to sign is longer than the key allows (modulus - 11 bytes)");
    }
    Bytes encoded(size, 0xff);
    encoded[0] = 0;
    encoded[1] = 1;
    encoded[size - value.size() - 1] = 0;
    std::copy(value.begin(), value.end(), encoded.end() - static_cast<std::ptrdiff_t>(value.size()));
    return encoded;
}

Bytes encode_pss(Hash hash, Hash mgf_hash, ByteView value, ByteView salt, std::size_t modulus_bits) {
    require_hash_size(hash, value);
    const auto em_bits = modulus_bits - 1;
    const auto em_size = (em_bits + 7) / 8;
    const auto hash_size = value.size();
    if (em_size < hash_size + salt.size() + 2) {
        throw Error(Status::key_size_range, "the key is too small for this hash and salt length");
    }
    static constexpr std::array<std::uint8_t, 8> zeros{};
    const auto h = hash_of(hash, {zeros, value, salt});
    const auto db_size = em_size - hash_size - 1;
    Bytes encoded(em_size);
    encoded[db_size - salt.size() - 1] = 0x01;
    std::copy(salt.begin(), salt.end(), encoded.begin() + static_cast<std::ptrdiff_t>(db_size - salt.size()));
    mask_with_mgf1(mgf_hash, h.view(), std::span(encoded).first(db_size));
    encoded[0] = static_cast<std::uint8_t>(encoded[0] & (0xffu >> (8 * em_size - em_bits)));
    std::copy(h.view().begin(), h.view().end(), encoded.begin() + static_cast<std::ptrdiff_t>(db_size));
    encoded.back() = 0xbc;
    return encoded;
}

bool verify_pss(Hash hash, Hash mgf_hash, ByteView value, std::size_t salt_size, ByteView encoded,
                std::size_t modulus_bits) {
    require_hash_size(hash, value);
    const auto em_bits = modulus_bits - 1;
    const auto em_size = (em_bits + 7) / 8;
    const auto hash_size = value.size();
    // With 8n + 1 modulus bits the encoded message is a byte shorter than the modulus.
    for (; encoded.size() > em_size; encoded = encoded.subspan(1)) {
        if (encoded[0] != 0) return false;
    }
    if (em_size < hash_size + salt_size + 2 || encoded.back() != 0xbc) return false;
    const auto db_size = em_size - hash_size - 1;
    const auto top = static_cast<std::uint8_t>(0xffu >> (8 * em_size - em_bits));
    if ((encoded[0] & static_cast<std::uint8_t>(~top)) != 0) return false;
    const auto h = encoded.subspan(db_size, hash_size);
    Bytes db = to_bytes(encoded.first(db_size));
    mask_with_mgf1(mgf_hash, h, db);
    db[0] &= top;
    const auto zeros = db_size - salt_size - 1;
    if (std::any_of(db.begin(), db.begin() + static_cast<std::ptrdiff_t>(zeros),
                    [](auto b) { return b != 0; })) {
        return false;
    }
    if (db[zeros] != 0x01) return false;
    static constexpr std::array<std::uint8_t, 8> eight{};
    const auto expected = hash_of(hash, {eight, value, ByteView(db).subspan(zeros + 1)});
    return equal_in_constant_time(expected.view(), h);
}

Bytes encode_pkcs1_encryption(ByteView data, std::size_t size) {
    if (data.size() + 11 > size) {
        throw Error(Status::invalid_data, "the data is longer than the key can encrypt (modulus - 11 bytes)");
    }
    const auto filler = size - 3 - data.size();
    Bytes encoded(size);
    encoded[1] = 2;
    random(std::span(encoded).subspan(2, filler));
    for (std::size_t i = 2; i < 2 + filler; ++i) {
        while (encoded[i] == 0) random(std::span(encoded).subspan(i, 1));
    }
    std::copy(data.begin(), data.end(), encoded.end() - static_cast<std::ptrdiff_t>(data.size()));
    return encoded;
}

void decode_pkcs1_encryption(ByteView encoded, Bytes& out) {
    const auto size = encoded.size();
    std::uint32_t bad = ~mask_zero(encoded[0]) | ~mask_equal(encoded[1], 2);
    std::uint32_t searching = ~0u;
    std::uint32_t start = 0;
    for (std::uint32_t i = 2; i < size; ++i) {
        const auto zero = mask_zero(encoded[i]);
        start |= searching & zero & (i + 1);
        bad |= searching & zero & (0u - static_cast<std::uint32_t>(i < 10)); // fewer than 8 bytes of filler
        searching &= ~zero;
    }
    if ((opaque(bad) | searching) != 0) throw_undecryptable();
    out.assign(encoded.begin() + static_cast<std::ptrdiff_t>(start), encoded.end());
}

Bytes encode_oaep(Hash hash, Hash mgf_hash, ByteView label, ByteView data, std::size_t size) {
    const std::size_t hash_size = hash_row(hash).size;
    if (size < 2 * hash_size + 2) {
        throw Error(Status::key_size_range, "the key is too small for OAEP with this hash");
    }
    if (data.size() > size - 2 * hash_size - 2) {
        throw Error(Status::invalid_data, "the data is longer than the key can encrypt (" +
                                              std::to_string(size - 2 * hash_size - 2) + " bytes)");
    }
    Bytes encoded(size);
    const auto seed = std::span(encoded).subspan(1, hash_size);
    const auto db = std::span(encoded).subspan(1 + hash_size);
    const auto label_hash = hash_of(hash, {label});
    std::copy(label_hash.view().begin(), label_hash.view().end(), db.begin());
    db[db.size() - data.size() - 1] = 0x01;
    std::copy(data.begin(), data.end(), db.end() - static_cast<std::ptrdiff_t>(data.size()));
    random(seed);
    mask_with_mgf1(mgf_hash, seed, db);
    mask_with_mgf1(mgf_hash, db, seed);
    return encoded;
}

void decode_oaep(Hash hash, Hash mgf_hash, ByteView label, ByteView encoded, Bytes& out) {
    const std::size_t hash_size = hash_row(hash).size;
    if (encoded.size() < 2 * hash_size + 2) {
        throw Error(Status::key_size_range, "the key is too small for OAEP with this hash");
    }
    Secret plain(encoded);
    const auto bytes = plain.mutable_view();
    const auto seed = bytes.subspan(1, hash_size);
    const auto db = bytes.subspan(1 + hash_size);
    mask_with_mgf1(mgf_hash, db, seed);
    mask_with_mgf1(mgf_hash, seed, db);
    const auto label_hash = hash_of(hash, {label});
    // RFC 8017 7.1.2: the cause of a failure must not show, in the message or in the time.
    std::uint32_t bad = ~mask_zero(bytes[0]);
    for (std::size_t i = 0; i < hash_size; ++i) bad |= ~mask_equal(db[i], label_hash.bytes[i]);
    std::uint32_t searching = ~0u;
    std::uint32_t start = 0;
    for (std::uint32_t i = static_cast<std::uint32_t>(hash_size); i < db.size(); ++i) {
        const auto one = mask_equal(db[i], 1);
        const auto zero = mask_zero(db[i]);
        start |= searching & one & (i + 1);
        bad |= searching & ~one & ~zero;
        searching &= ~one;
    }
    if ((opaque(bad) | searching) != 0) throw_undecryptable();
    out.assign(db.begin() + static_cast<std::ptrdiff_t>(start), db.end());
}

} // namespace hsm::crypto
