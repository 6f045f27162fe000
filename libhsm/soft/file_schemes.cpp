// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "soft/file_schemes.hpp"

#include "crypto/key_file_ciphers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace hsm::soft {

namespace {

using base::der::Reader;
using crypto::FileCipher;

constexpr std::string_view oid_pbes2 = "2a864886f70d01050d", oid_pbkdf2 = "2a864886f70d01050c";

struct HashOid {
    std::string_view oid;
    Hash hash;
};
constexpr std::array hash_oids{
    HashOid{"2b0e03021a", Hash::sha1},
    HashOid{"608648016503040201", Hash::sha256},
    HashOid{"608648016503040202", Hash::sha384},
    HashOid{"608648016503040203", Hash::sha512},
    HashOid{"608648016503040204", Hash::sha224},
    HashOid{"2a864886f70d0207", Hash::sha1}, // HMAC from here on
    HashOid{"2a864886f70d0208", Hash::sha224},
    HashOid{"2a864886f70d0209", Hash::sha256},
    HashOid{"2a864886f70d020a", Hash::sha384},
    HashOid{"2a864886f70d020b", Hash::sha512},
};

/// Ciphers of PBES2, and schemes of RFC 7292 appendix C.
struct CipherOid {
    std::string_view oid;
    FileCipher cipher;
    std::uint8_t key_size;
};
constexpr std::array cipher_oids{
    CipherOid{"608648016503040102", FileCipher::aes, 16},
    CipherOid{"608648016503040116", FileCipher::aes, 24},
    CipherOid{"60864801650304012a", FileCipher::aes, 32},
    CipherOid{"2a864886f70d0307", FileCipher::des3, 24},
};
constexpr std::array scheme_oids{
    CipherOid{"2a864886f70d010c0103", FileCipher::des3, 24},
    CipherOid{"2a864886f70d010c0104", FileCipher::des3, 16},
    CipherOid{"2a864886f70d010c0105", FileCipher::rc2, 16},
    CipherOid{"2a864886f70d010c0106", FileCipher::rc2, 5},
};

[[noreturn]] void unsupported(std::string_view what, const std::string& oid) {
    throw Error(Status::not_supported, "the key file uses " + std::string(what) + " that libhsm does not have (OID " + oid +
                                           " in hexadecimal); write it anew with AES-256 and PBKDF2");
}

template <class Rows>
const CipherOid* row_of(const Rows& rows, std::string_view oid) {
    const auto row = std::ranges::find(rows, oid, &CipherOid::oid);
    return row == rows.end() ? nullptr : &*row;
}

/// Once the structure was read, what goes wrong is the passphrase.
Secret decrypt(FileCipher cipher, const Secret& key, ByteView iv, ByteView data) {
    try {
        return crypto::decrypt_file(cipher, key.view(), iv, data);
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data) throw;
        wrong_file_passphrase();
    }
}

Secret decrypt_pbes2(Reader parameters, const FilePassphrase& passphrase, ByteView data) {
    auto kdf = parameters.enter(base::der::tag_sequence);
    auto scheme = parameters.enter(base::der::tag_sequence);
    const auto oid = oid_of(scheme);
    const auto* row = row_of(cipher_oids, oid);
    if (row == nullptr) unsupported("a cipher", oid);
    const auto iv = scheme.octets(base::der::tag_octet_string);
    const auto key = pbkdf2_by(kdf, passphrase, row->key_size);
    if (key.size() != row->key_size) throw Error(Status::invalid_data, "the key file has a key of an impossible length");
    return decrypt(row->cipher, key, iv, data);
}

Secret decrypt_pkcs12(const CipherOid& row, Reader parameters, const FilePassphrase& passphrase, ByteView data) {
    const auto salt = parameters.octets(base::der::tag_octet_string);
    const auto rounds = parameters.unsigned_integer();
    const auto derive = [&](crypto::Pkcs12Purpose purpose, std::size_t size) {
        return crypto::pkcs12_derive(Hash::sha1, purpose, passphrase.utf16(), salt, rounds, size);
    };
    const auto key = derive(crypto::Pkcs12Purpose::key, row.key_size), iv = derive(crypto::Pkcs12Purpose::iv, 8);
    return decrypt(row.cipher, key, iv.view(), data);
}

} // namespace

FilePassphrase::FilePassphrase(const Secret& utf8) : utf8_(utf8.clone()) {
    const auto bytes = utf8.view();
    if (!base::der::is_utf8(bytes)) throw Error(Status::invalid_data, "the passphrase is not UTF-8");
    Secret wide(2 * bytes.size() + 2);
    const auto out = wide.mutable_view();
    std::size_t used = 0;
    const auto put = [&](std::uint32_t unit) {
        out[used++] = static_cast<std::uint8_t>(unit >> 8);
        out[used++] = static_cast<std::uint8_t>(unit);
    };
    for (std::size_t i = 0; i < bytes.size();) {
        const auto lead = bytes[i++];
        const int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        std::uint32_t code = more == 0 ? lead : lead & (0x3fu >> more);
        for (int n = 0; n < more; ++n) code = code << 6 | (bytes[i++] & 0x3fu);
        if (code < 0x10000) {
            put(code);
        } else {
            put(0xd800 + ((code - 0x10000) >> 10));
            put(0xdc00 + ((code - 0x10000) & 0x3ff));
        }
    }
    utf16_ = Secret(wide.view().first(used + 2));
}

void wrong_file_passphrase() {
    throw Error(Status::passphrase_wrong, "the passphrase of the key file is wrong, or the file is damaged");
}

std::string oid_of(Reader& reader) { return to_hex(reader.octets(tag_oid)); }

Hash hash_of(const std::string& oid) {
    const auto row = std::ranges::find(hash_oids, oid, &HashOid::oid);
    if (row == hash_oids.end()) unsupported("a hash", oid);
    return row->hash;
}

Secret pbkdf2_by(Reader algorithm, const FilePassphrase& passphrase, std::size_t size) {
    if (const auto oid = oid_of(algorithm); oid != oid_pbkdf2) unsupported("a key derivation", oid);
    auto parameters = algorithm.enter(base::der::tag_sequence);
    const auto salt = parameters.octets(base::der::tag_octet_string);
    const auto rounds = parameters.unsigned_integer();
    if (parameters.peek() == base::der::tag_integer) {
        const auto given = parameters.unsigned_integer();
        if (given == 0 || given > 64) throw Error(Status::invalid_data, "the key file has a key of an impossible length");
        size = static_cast<std::size_t>(given);
    }
    auto hash = Hash::sha1;
    if (!parameters.at_end()) {
        auto prf = parameters.enter(base::der::tag_sequence);
        hash = hash_of(oid_of(prf));
    }
    return crypto::file_pbkdf2(hash, passphrase.utf8(), salt, rounds, size);
}

Secret decrypt_by(Reader algorithm, const FilePassphrase& passphrase, ByteView data) {
    const auto oid = oid_of(algorithm);
    if (oid == oid_pbes2) return decrypt_pbes2(algorithm.enter(base::der::tag_sequence), passphrase, data);
    const auto* row = row_of(scheme_oids, oid);
    if (row == nullptr) unsupported("an encryption", oid);
    return decrypt_pkcs12(*row, algorithm.enter(base::der::tag_sequence), passphrase, data);
}

} // namespace hsm::soft
