// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/key_files.hpp>

#include "crypto/key.hpp"
#include "soft/file_schemes.hpp"

namespace hsm {

namespace {

using base::der::Reader;

/// Whether the bytes begin as a PrivateKeyInfo does: after a wrong passphrase that is improbable.
bool is_private_key(ByteView der) {
    try {
        Reader reader(der, Status::invalid_data);
        auto info = reader.enter(base::der::tag_sequence);
        (void)info.unsigned_integer();
        auto algorithm = info.enter(base::der::tag_sequence);
        (void)soft::oid_of(algorithm);
        (void)info.octets(base::der::tag_octet_string);
        reader.finish();
        return true;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

Secret decrypt_pkcs8(ByteView encrypted, const Secret& passphrase) {
    Reader reader(encrypted, Status::invalid_data);
    auto info = reader.enter(base::der::tag_sequence);
    const auto algorithm = info.enter(base::der::tag_sequence);
    const auto data = info.octets(base::der::tag_octet_string);
    info.finish();
    reader.finish();
    auto plain = soft::decrypt_by(algorithm, soft::FilePassphrase(passphrase), data);
    if (!is_private_key(plain.view())) soft::wrong_file_passphrase();
    return plain;
}

Bytes public_info_of(ByteView pkcs8) { return crypto::public_info(*crypto::import_private(pkcs8)); }

} // namespace hsm
