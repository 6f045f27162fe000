// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/key_files.hpp>

#include "crypto/key_file_ciphers.hpp"
#include "soft/definite_lengths.hpp"
#include "soft/file_schemes.hpp"

#include <optional>

// PKCS #12 (RFC 7292): an envelope with a MAC around sequences of bags, each of which may be encrypted.

namespace hsm {

namespace {

using base::der::Reader;
using base::der::tag_context;
using base::der::tag_octet_string;
using base::der::tag_sequence;
using soft::oid_of;
using soft::FilePassphrase;

constexpr std::string_view oid_data = "2a864886f70d010701", oid_encrypted = "2a864886f70d010706";
constexpr std::string_view oid_pbmac1 = "2a864886f70d01050e";
constexpr std::string_view oid_key_bag = "2a864886f70d010c0a0101", oid_shrouded_bag = "2a864886f70d010c0a0102",
                           oid_certificate_bag = "2a864886f70d010c0a0103", oid_nested_bag = "2a864886f70d010c0a0106";
constexpr std::string_view oid_x509 = "2a864886f70d01091601";
constexpr std::string_view oid_friendly_name = "2a864886f70d010914", oid_local_id = "2a864886f70d010915";
constexpr base::der::Tag tag_bmp_string = 0x1e, tag_implicit_0 = 0x80;
constexpr int most_nesting = 4;

/// UTF-16 with the most significant byte first, to UTF-8. What is no character becomes '?'.
std::string utf8_of(ByteView wide) {
    std::string text;
    for (std::size_t i = 0; i + 1 < wide.size(); i += 2) {
        std::uint32_t code = static_cast<std::uint32_t>(wide[i]) << 8 | wide[i + 1];
        if (code >= 0xd800 && code < 0xdc00 && i + 3 < wide.size() && (wide[i + 2] & 0xfc) == 0xdc) {
            code = 0x10000 + ((code & 0x3ff) << 10) + ((wide[i + 2] & 3u) << 8 | wide[i + 3]);
            i += 2;
        }
        if (code == 0) continue;
        if (code >= 0xd800 && code < 0xe000) code = '?';
        const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr std::uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
        text.push_back(static_cast<char>(leads[more] | code >> 6 * more));
        for (int n = more; n-- > 0;) text.push_back(static_cast<char>(0x80 | (code >> 6 * n & 0x3f)));
    }
    return text;
}

class Pkcs12Reader {
public:
    Pkcs12Reader(const FilePassphrase& passphrase, Pkcs12Contents& out) : passphrase_(passphrase), out_(out) {}

    /// AuthenticatedSafe: a sequence of ContentInfo.
    void safes(Reader reader) {
        auto list = reader.enter(tag_sequence);
        reader.finish();
        while (!list.at_end()) safe(list.enter(tag_sequence));
    }

private:
    void safe(Reader info) {
        const auto oid = oid_of(info);
        auto content = info.enter(tag_context(0));
        if (oid == oid_data) {
            bags(Reader(content.octets(tag_octet_string), Status::invalid_data), 0);
        } else if (oid == oid_encrypted) {
            const auto plain = decrypt(content.enter(tag_sequence));
            const auto definite = soft::with_definite_lengths(plain.view());
            bags(Reader(definite.view(), Status::invalid_data), 0);
        } else {
            throw Error(Status::not_supported, "the PKCS #12 file is encrypted with a public key; write it anew with a passphrase");
        }
    }

    Secret decrypt(Reader encrypted) {
        (void)encrypted.unsigned_integer();
        auto info = encrypted.enter(tag_sequence);
        (void)oid_of(info);
        const auto algorithm = info.enter(tag_sequence);
        if (info.peek() == tag_implicit_0) return soft::decrypt_by(algorithm, passphrase_, info.octets(tag_implicit_0));
        Bytes data; // in pieces
        for (auto pieces = info.enter(tag_context(0)); !pieces.at_end();) {
            const auto piece = pieces.octets(tag_octet_string);
            data.insert(data.end(), piece.begin(), piece.end());
        }
        return soft::decrypt_by(algorithm, passphrase_, data);
    }

    void bags(Reader reader, int depth) {
        if (depth > most_nesting) throw Error(Status::invalid_data, "the PKCS #12 file is nested too deeply");
        auto list = reader.enter(tag_sequence);
        while (!list.at_end()) bag(list.enter(tag_sequence), depth);
    }

    void bag(Reader reader, int depth) {
        const auto oid = oid_of(reader);
        auto value = reader.enter(tag_context(0));
        if (oid == oid_nested_bag) return bags(value, depth + 1);
        if (oid == oid_key_bag || oid == oid_shrouded_bag) {
            FileKey key;
            key.pkcs8 = oid == oid_key_bag ? Secret(value.element()) : unshroud(value.enter(tag_sequence));
            names(reader, key.name, key.id);
            out_.keys.push_back(std::move(key));
        } else if (oid == oid_certificate_bag) {
            auto certificate = value.enter(tag_sequence);
            if (oid_of(certificate) != oid_x509) return;
            FileCertificate found;
            found.der = to_bytes(certificate.enter(tag_context(0)).octets(tag_octet_string));
            names(reader, found.name, found.id);
            out_.certificates.push_back(std::move(found));
        }
    }

    Secret unshroud(Reader info) {
        const auto algorithm = info.enter(tag_sequence);
        return soft::decrypt_by(algorithm, passphrase_, info.octets(tag_octet_string));
    }

    static void names(Reader& bag, std::string& name, Bytes& id) {
        if (bag.at_end()) return;
        auto attributes = bag.enter(soft::tag_set);
        while (!attributes.at_end()) {
            auto attribute = attributes.enter(tag_sequence);
            const auto oid = oid_of(attribute);
            auto values = attribute.enter(soft::tag_set);
            if (oid == oid_friendly_name && values.peek() == tag_bmp_string) name = utf8_of(values.octets(tag_bmp_string));
            if (oid == oid_local_id && values.peek() == tag_octet_string) id = to_bytes(values.octets(tag_octet_string));
        }
    }

    const FilePassphrase& passphrase_;
    Pkcs12Contents& out_;
};

/// Whether the MAC over \p content is right with the passphrase.
bool verifies(Reader mac, ByteView content, const FilePassphrase& passphrase, ByteView utf16) {
    auto info = mac.enter(tag_sequence);
    auto algorithm = info.enter(tag_sequence);
    const auto expected = info.octets(tag_octet_string);
    const auto salt = mac.octets(tag_octet_string);
    const auto rounds = mac.at_end() ? std::uint64_t{1} : mac.unsigned_integer();
    const auto oid = oid_of(algorithm);
    if (oid == oid_pbmac1) { // RFC 9579
        auto parameters = algorithm.enter(tag_sequence);
        const auto kdf = parameters.enter(tag_sequence);
        auto scheme = parameters.enter(tag_sequence);
        const auto hash = soft::hash_of(oid_of(scheme));
        const auto key = soft::pbkdf2_by(kdf, passphrase, hash_row(hash).size);
        return equal_in_constant_time(crypto::file_hmac(hash, key.view(), content), expected);
    }
    const auto hash = soft::hash_of(oid);
    const auto key = crypto::pkcs12_derive(hash, crypto::Pkcs12Purpose::mac, utf16, salt, rounds, hash_row(hash).size);
    return equal_in_constant_time(crypto::file_hmac(hash, key.view(), content), expected);
}

Pkcs12Contents read(ByteView file, const Secret& passphrase) {
    Reader reader(file, Status::invalid_data);
    auto pfx = reader.enter(tag_sequence);
    reader.finish();
    if (pfx.unsigned_integer() != 3) throw Error(Status::invalid_data, "the file is not PKCS #12 of version 3");
    auto info = pfx.enter(tag_sequence);
    if (oid_of(info) != oid_data)
        throw Error(Status::not_supported, "the PKCS #12 file is signed with a public key; write it anew with a passphrase");
    auto content_reader = info.enter(tag_context(0));
    const auto content = content_reader.octets(tag_octet_string);
    const FilePassphrase words(passphrase);
    const bool protected_by_mac = !pfx.at_end();
    if (protected_by_mac) {
        const auto mac = pfx.enter(tag_sequence);
        // No passphrase is an empty one for some programs, and none at all for others.
        const bool right = verifies(mac, content, words, words.utf16()) ||
                           (passphrase.empty() && verifies(mac, content, words, {}));
        if (!right) soft::wrong_file_passphrase();
    }
    Pkcs12Contents out;
    const auto definite = soft::with_definite_lengths(content);
    try {
        Pkcs12Reader(words, out).safes(Reader(definite.view(), Status::invalid_data));
    } catch (const Error& error) {
        // Without a MAC, nonsense in what was decrypted comes from a wrong passphrase.
        if (!protected_by_mac && error.status() == Status::invalid_data) soft::wrong_file_passphrase();
        throw;
    }
    return out;
}

} // namespace

bool is_pkcs12(ByteView file) noexcept {
    // SEQUENCE of some length, INTEGER 3, SEQUENCE.
    if (file.size() < 8 || file[0] != 0x30) return false;
    const std::size_t at = file[1] <= 0x80 ? 2 : 2 + (file[1] & 0x7fu);
    return file.size() > at + 3 && file[at] == 2 && file[at + 1] == 1 && file[at + 2] == 3 && file[at + 3] == 0x30;
}

Pkcs12Contents read_pkcs12(ByteView file, const Secret& passphrase) {
    return read(soft::with_definite_lengths(file).view(), passphrase);
}

} // namespace hsm
