// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "token.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

// Botan's own vectors through the C interface: in one call, and in parts of seven bytes.

namespace hsm::test {

namespace {

using kat::read_vec;
using kat::Tally;

CK_ULONG size(const ByteString& bytes) { return static_cast<CK_ULONG>(bytes.size()); }

CK_BYTE_PTR data(const ByteString& bytes) {
    static CK_BYTE nothing = 0;
    return bytes.empty() ? &nothing : const_cast<CK_BYTE_PTR>(bytes.data());
}

ByteString bytes(const kat::Case& c, const char* name) {
    const auto value = c.hex(name);
    return {value.begin(), value.end()};
}

struct Names {
    std::string name;
    CK_MECHANISM_TYPE mechanism;
};

const Names* row_named(const std::vector<Names>& rows, const std::string& name) {
    const auto at = std::ranges::find(rows, name, &Names::name);
    return at == rows.end() ? nullptr : &*at;
}

/// Feeds \p in by sevens to a C_DigestUpdate or a C_SignUpdate.
CK_RV feed(CK_C_SignUpdate update, CK_SESSION_HANDLE session, const ByteString& in) {
    CK_RV rv = CKR_OK;
    for (std::size_t at = 0; at < in.size() && rv == CKR_OK; at += 7)
        rv = update(session, data(in) + at, static_cast<CK_ULONG>(std::min<std::size_t>(7, in.size() - at)));
    return rv;
}

std::string compare(CK_RV rv, const ByteString& room, CK_ULONG length, const ByteString& expected) {
    if (rv != CKR_OK) return rv_name(rv);
    const ByteString got(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(length));
    return got == expected ? std::string() : "gives " + hex_text(got);
}

std::string try_digest(CK_SESSION_HANDLE session, CK_MECHANISM& mechanism, const ByteString& in,
                       const ByteString& out) {
    ByteString room(128);
    auto length = size(room);
    auto rv = p11().C_DigestInit(session, &mechanism);
    if (rv == CKR_OK) rv = p11().C_Digest(session, data(in), size(in), room.data(), &length);
    if (const auto problem = compare(rv, room, length, out); !problem.empty()) return problem;
    length = size(room);
    rv = p11().C_DigestInit(session, &mechanism);
    if (rv == CKR_OK) rv = feed(p11().C_DigestUpdate, session, in);
    if (rv == CKR_OK) rv = p11().C_DigestFinal(session, room.data(), &length);
    const auto problem = compare(rv, room, length, out);
    return problem.empty() ? problem : "in parts: " + problem;
}

std::string try_sign(CK_SESSION_HANDLE session, CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key,
                     const ByteString& in, const ByteString& out) {
    ByteString room(256);
    auto length = size(room);
    auto rv = p11().C_SignInit(session, &mechanism, key);
    if (rv == CKR_OK) rv = p11().C_Sign(session, data(in), size(in), room.data(), &length);
    if (const auto problem = compare(rv, room, length, out); !problem.empty()) return problem;
    length = size(room);
    rv = p11().C_SignInit(session, &mechanism, key);
    if (rv == CKR_OK) rv = feed(p11().C_SignUpdate, session, in);
    if (rv == CKR_OK) rv = p11().C_SignFinal(session, room.data(), &length);
    const auto problem = compare(rv, room, length, out);
    return problem.empty() ? problem : "in parts: " + problem;
}

} // namespace

TEST_CASE("Botan's vectors: digests", "[pkcs11][vectors]") {
    UserToken token;
    Tally tally("pkcs11 digests", 400);
    const std::vector<Names> rows = {
        {"SHA-1", CKM_SHA_1},
        {"SHA-160", CKM_SHA_1},
        {"SHA-224", CKM_SHA224},
        {"SHA-256", CKM_SHA256},
        {"SHA-384", CKM_SHA384},
        {"SHA-512", CKM_SHA512},
        {"SHA-512-256", CKM_SHA512_256},
        {"SHA-3(224)", CKM_SHA3_224},
        {"SHA-3(256)", CKM_SHA3_256},
        {"SHA-3(384)", CKM_SHA3_384},
        {"SHA-3(512)", CKM_SHA3_512},
    };
    for (const auto* file : {"sha1.vec", "sha2_32.vec", "sha2_64.vec", "sha3.vec"}) {
        for (const auto& c : read_vec(kat::botan_vectors() + "hash/" + file, "Out")) {
            const auto* row = row_named(rows, c.section);
            if (row == nullptr) {
                tally.skip(c.section);
                continue;
            }
            if (!tally.take()) continue;
            Mechanism mechanism(row->mechanism);
            tally.result(c.where(), try_digest(token.session, mechanism, bytes(c, "In"), bytes(c, "Out")));
        }
    }
    tally.finish();
}

TEST_CASE("Botan's vectors: message authentication codes", "[pkcs11][vectors]") {
    UserToken token;
    Tally tally("pkcs11 macs", 60);
    const std::vector<Names> rows = {
        {"HMAC(SHA-1)", CKM_SHA_1_HMAC},         {"HMAC(SHA-224)", CKM_SHA224_HMAC},
        {"HMAC(SHA-256)", CKM_SHA256_HMAC},      {"HMAC(SHA-384)", CKM_SHA384_HMAC},
        {"HMAC(SHA-512)", CKM_SHA512_HMAC},      {"HMAC(SHA-3(224))", CKM_SHA3_224_HMAC},
        {"HMAC(SHA-3(256))", CKM_SHA3_256_HMAC}, {"HMAC(SHA-3(384))", CKM_SHA3_384_HMAC},
        {"HMAC(SHA-3(512))", CKM_SHA3_512_HMAC}, {"CMAC(AES-128)", CKM_AES_CMAC},
        {"CMAC(AES-192)", CKM_AES_CMAC},         {"CMAC(AES-256)", CKM_AES_CMAC},
    };
    for (const auto* file : {"hmac.vec", "cmac.vec"}) {
        for (const auto& c : read_vec(kat::botan_vectors() + "mac/" + file, "Out")) {
            const auto* row = row_named(rows, c.section);
            if (row == nullptr || bytes(c, "Key").empty()) {
                tally.skip(row == nullptr ? c.section : "no key");
                continue;
            }
            if (!tally.take()) continue;
            Template key;
            key.number(CKA_CLASS, CKO_SECRET_KEY)
                .number(CKA_KEY_TYPE, row->mechanism == CKM_AES_CMAC ? CKK_AES : CKK_GENERIC_SECRET)
                .bytes(CKA_VALUE, bytes(c, "Key"))
                .boolean(CKA_SIGN, true);
            Mechanism mechanism(row->mechanism);
            tally.result(c.where(), try_sign(token.session, mechanism, token.session.create(key),
                                             bytes(c, "In"), bytes(c, "Out")));
        }
    }
    tally.finish();
}

TEST_CASE("Botan's vectors: Ed25519", "[pkcs11][vectors]") {
    UserToken token;
    Tally tally("pkcs11 ed25519", 500);
    for (const auto& c :
         read_vec(kat::botan_vectors() + "pubkey/ed25519.vec", "Signature", kat::Values::kept)) {
        if (c.section != "Pure" && c.section != "Ed25519ph") {
            tally.skip(c.section);
            continue;
        }
        if (!tally.take()) continue;
        auto seed = bytes(c, "Privkey");
        seed.resize(32); // some are followed by the public key
        Template key;
        key.number(CKA_CLASS, CKO_PRIVATE_KEY)
            .number(CKA_KEY_TYPE, CKK_EC_EDWARDS)
            .bytes(CKA_EC_PARAMS, from_hex_text("06032b6570"))
            .bytes(CKA_VALUE, seed)
            .boolean(CKA_SIGN, true);
        CK_EDDSA_PARAMS parameters = {CK_TRUE, 0, nullptr};
        Mechanism pure(CKM_EDDSA), prehashed(CKM_EDDSA, &parameters);
        tally.result(c.where(), try_sign(token.session, c.section == "Pure" ? pure : prehashed,
                                         token.session.create(key), bytes(c, "Msg"), bytes(c, "Signature")));
    }
    tally.finish();
}

} // namespace hsm::test
