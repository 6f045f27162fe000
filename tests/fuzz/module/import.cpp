// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "fuzz_home.hpp"

// Keys from elsewhere: PKCS #8, SubjectPublicKeyInfo, raw secrets. The first byte says which half, the second the type of
// a secret key. What is accepted can be used, and comes back the same.

using namespace hsm;
using namespace hsm::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto half = static_cast<KeyHalf>(data[0] % 3);
    const Secret material(ByteView(data + 2, size - 2));
    KeySpec spec;
    if (half == KeyHalf::secret) spec.type = static_cast<KeyType>(20 + data[1] % 6);
    Usage usage;
    usage.actions = bit(Action::export_plain);
    try {
        const auto key = Home::instance().world->import_session(half, spec, material, usage);
        if (half == KeyHalf::public_key) return 0;
        const auto again = Home::instance().world->import_session(half, key.spec(), key.export_plain(), usage);
        if (again.spec() != key.spec() || again.public_info() != key.public_info()) std::abort();
    } catch (const Error& error) {
        if (error.status() == Status::internal) std::abort();
    }
    return 0;
}
