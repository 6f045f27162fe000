// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/shares.hpp"

#include "crypto/botan_errors.hpp"
#include "crypto/rng.hpp"

#include <botan/tss.h>

#include <algorithm>
#include <bitset>

/// \file
/// Botan's polynomial coefficients are not scrubbed when it is done with them (3.7 and 3.13); before 3.13 its
/// field arithmetic uses tables indexed by secrets. Both are accepted: splitting happens in a ceremony.

namespace hsm::crypto {
namespace {

constexpr std::size_t secret_size = 32;
constexpr std::size_t number_offset =
    20; ///< of the share number in Botan's encoding: id(16), hash, k, length(2)

} // namespace

std::vector<Share> split(unsigned k, unsigned n, const Secret& secret, ByteView id16) {
    if (k < 1 || k > n || n > max_shares) {
        throw Error(Status::invalid_argument,
                    "a quorum needs 1 <= K <= N <= 64; got " + std::to_string(k) + "/" + std::to_string(n));
    }
    if (secret.size() != secret_size || id16.size() > 16) {
        throw Error(Status::invalid_argument,
                    "only secrets of 32 bytes with marks of up to 16 bytes are shared");
    }
    return translated(Status::invalid_argument, [&] {
        std::vector<Share> shares(n);
        if (k == 1) { // Botan refuses it; any one share then is the secret
            for (unsigned i = 0; i < n; ++i) shares[i] = {i + 1, secret.clone()};
            return shares;
        }
        const auto parts = Botan::RTSS_Share::split(static_cast<std::uint8_t>(k),
                                                    static_cast<std::uint8_t>(n), secret.view().data(),
                                                    secret_size, to_bytes(id16), "None", system_random());
        for (unsigned i = 0; i < n; ++i) shares[i] = {i + 1, Secret(ByteView(parts[i].data()))};
        return shares;
    });
}

Secret combine(unsigned k, std::span<const Share> shares) {
    if (k < 1 || k > max_shares) throw Error(Status::invalid_argument, "a quorum needs 1 to 64 shares");
    std::bitset<max_shares + 1> seen;
    for (const auto& share : shares) {
        if (share.number < 1 || share.number > max_shares) {
            throw Error(Status::invalid_data, "there is no share number " + std::to_string(share.number));
        }
        if (seen.test(share.number)) {
            throw Error(Status::share_duplicate,
                        "share " + std::to_string(share.number) + " was given twice");
        }
        seen.set(share.number);
    }
    if (shares.size() < k) {
        throw Error(Status::token_incomplete,
                    std::to_string(shares.size()) + " of " + std::to_string(k) + " shares were given");
    }
    if (k == 1) {
        if (shares[0].bytes.size() != secret_size)
            throw Error(Status::invalid_data, "the share has the wrong length");
        return shares[0].bytes.clone();
    }
    return translated(Status::invalid_data, [&] {
        std::vector<Botan::RTSS_Share> parts;
        for (const auto& share : shares.first(k)) {
            const auto bytes = share.bytes.view();
            if (bytes.size() <= number_offset || bytes[number_offset] != share.number) {
                throw Error(Status::invalid_data, "the share is not the one that its number says");
            }
            parts.emplace_back(bytes.data(), bytes.size());
        }
        Secret secret{ByteView(Botan::RTSS_Share::reconstruct(parts))};
        if (secret.size() != secret_size)
            throw Error(Status::invalid_data, "the shares hold another kind of secret");
        return secret;
    });
}

} // namespace hsm::crypto
