// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/error.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// \file
/// What a module may be restricted in. (Certificates: features.hpp.)

namespace hsm {

/// Numbers are bits in certificates; they never change.
enum class Feature : std::uint32_t {
    elliptic_curves = 1, ///< keys on elliptic curves: ECDSA, ECDH, Ed25519, X25519, ...
    post_quantum = 2,    ///< ML-DSA, ML-KEM and SLH-DSA keys
    remote_operator = 4, ///< card sets that may be presented from afar
};

struct FeatureRow {
    Feature feature;
    std::string_view name; ///< "EllipticCurve", as in certificates
    std::string_view text;
};
HSM_API std::span<const FeatureRow> feature_table() noexcept;
/// Names with commas between them, as bits. Throws invalid_argument with the choices.
HSM_API std::uint32_t parse_features(std::string_view text);
HSM_API std::string feature_names(std::uint32_t features);

} // namespace hsm
