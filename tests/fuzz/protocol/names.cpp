// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/hsm.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

// What people type, and signatures in DER. The first byte of the input chooses.

namespace {

using namespace hsm;

void key_spec(std::string_view text) {
    const auto spec = parse_key_spec(text);
    if (parse_key_spec(to_string(spec)) != spec) std::abort();
}

void signature(ByteView der, std::size_t order_bytes) {
    const auto plain = signature_from_der(der, order_bytes);
    if (plain.size() != 2 * order_bytes) std::abort();
    const auto again = signature_to_der(plain);
    if (!std::ranges::equal(again, der)) std::abort(); // DER has one encoding
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    try {
        switch (data[0]) {
        case 0: key_spec(text); break;
        case 1: (void)parse_mechanism(text); break;
        case 2: (void)parse_hash(text); break;
        case 3: (void)parse_world_mode(text); break;
        case 4: (void)parse_cipher_suite(text); break;
        default: signature(view(text), data[0]); break;
        }
    } catch (const Error& error) {
        if (error.status() != Status::invalid_argument && error.status() != Status::invalid_data) std::abort();
    }
    return 0;
}
