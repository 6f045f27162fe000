// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/random.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/rng.hpp"

namespace hsm::crypto {

void random(std::span<std::uint8_t> out) {
    translated(Status::module_failed, [&] { system_random().randomize(out.data(), out.size()); });
}

Secret random_secret(std::size_t size) {
    Secret secret(size);
    random(secret.mutable_view());
    return secret;
}

Bytes random_bytes(std::size_t size) {
    Bytes bytes(size);
    random(bytes);
    return bytes;
}

} // namespace hsm::crypto
