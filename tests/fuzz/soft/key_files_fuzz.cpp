// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/key_files.hpp>

#include <cstdint>
#include <cstdlib>

// Encrypted PKCS #8 and PKCS #12 files: whatever is in them, there is a key or an error that says why not.

namespace {

using namespace hsm;

template <class Work>
void attempt(Work&& work) {
    try {
        work();
    } catch (const Error& error) {
        if (error.status() == Status::internal) std::abort();
    }
}

/// An INTEGER of three octets and more may be a number of iterations that takes seconds.
bool may_be_slow(const std::uint8_t* data, std::size_t size) {
    for (std::size_t i = 0; i + 1 < size; ++i)
        if (data[i] == 2 && data[i + 1] >= 3 && data[i + 1] <= 9) return true;
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (may_be_slow(data, size)) return 0;
    static const auto passphrase = Secret::from_text("Schl\xc3\xbcssel");
    const ByteView file(data, size);
    attempt([&] { (void)decrypt_pkcs8(file, passphrase); });
    attempt([&] {
        const auto found = read_pkcs12(file, passphrase);
        if (!is_pkcs12(file) && size > 12) std::abort();
        for (const auto& key : found.keys) attempt([&] { (void)public_info_of(key.pkcs8.view()); });
    });
    return 0;
}
