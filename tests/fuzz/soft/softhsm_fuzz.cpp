// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/softhsm.hpp>

#include <cstdint>
#include <cstdlib>

// Files of SoftHSM: attributes or invalid_data.

using namespace hsm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Secret key(32);
    try {
        for (const auto& attribute : read_softhsm_file({data, size})) {
            if (attribute.kind == SoftHsmAttribute::Kind::bytes && attribute.bytes.size() > size) std::abort();
            if (attribute.type == softhsm_user_pin) (void)open_softhsm_token(attribute.bytes.view(), key);
            if (attribute.kind == SoftHsmAttribute::Kind::bytes) (void)decrypt_softhsm(key, attribute.bytes.view());
        }
    } catch (const Error& error) {
        if (error.status() != Status::invalid_data && error.status() != Status::passphrase_wrong) std::abort();
    }
    return 0;
}
