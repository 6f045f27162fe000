// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

// Verifies a signature with Botan alone: nothing of libhsm is in this program. scripts/demo uses it as the second
// opinion on algorithms that the openssl program does not know.
//
// usage: verify-with-botan PUBLIC.pem FILE SIGNATURE [PADDING]
// PADDING is Botan's: "" for ML-DSA, SLH-DSA and Ed25519, "PSS(SHA-256)" for RSA, "SHA-256" for ECDSA (r || s).
// Exit code: 0 valid, 1 not valid, 2 anything else.

#include <botan/pk_keys.h>
#include <botan/pubkey.h>
#include <botan/x509_key.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::ifstream opened(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + name);
    return file;
}

bool verify(const std::string& key_name, const std::string& file_name, const std::string& signature_name,
            const std::string& padding) {
    const auto key = Botan::X509::load_key(key_name);
    auto signature_file = opened(signature_name);
    const std::vector<std::uint8_t> signature{std::istreambuf_iterator<char>(signature_file), {}};

    Botan::PK_Verifier verifier(*key, padding);
    auto file = opened(file_name);
    std::array<char, 65536> piece;
    while (file.read(piece.data(), piece.size()), file.gcount() > 0)
        verifier.update(reinterpret_cast<const std::uint8_t*>(piece.data()), static_cast<std::size_t>(file.gcount()));

    const bool valid = verifier.check_signature(signature);
    std::cout << key->algo_name() << " signature " << (valid ? "valid" : "INVALID") << '\n';
    return valid;
}

} // namespace

int main(int count, char** arguments) try {
    if (count < 4 || count > 5) {
        std::cerr << "usage: verify-with-botan PUBLIC.pem FILE SIGNATURE [PADDING]\n";
        return 2;
    }
    return verify(arguments[1], arguments[2], arguments[3], count == 5 ? arguments[4] : "") ? 0 : 1;
} catch (const std::exception& error) {
    std::cerr << "verify-with-botan: " << error.what() << '\n';
    return 2;
}
