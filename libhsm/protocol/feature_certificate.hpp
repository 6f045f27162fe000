// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/values.hpp"

/// \file
/// Feature certificates, as they are signed and as they travel (DER). The text around it is for people.

namespace hsm::protocol {

struct FeatureBody {
    std::uint32_t version = 1;
    Esn esn;
    std::uint32_t features = 0; ///< bits of Feature
    bool dynamic = false;
    Bytes serial;
    std::int64_t issued = 0;
    HSM_FIELDS(version, esn, features, dynamic, serial, issued)
};

/// Signed is "libhsm-feature" || body, by the issuer's default signature (default_signature of its key).
struct FeatureCertificate {
    std::string magic = "libhsm-feature";
    std::uint32_t version = 1;
    Bytes body; ///< DER of FeatureBody
    Bytes signature;
    HSM_FIELDS(magic, version, body, signature)
};

[[nodiscard]] inline Bytes feature_to_sign(ByteView body) {
    Bytes text = to_bytes(view(FeatureCertificate{}.magic));
    text.insert(text.end(), body.begin(), body.end());
    return text;
}

} // namespace hsm::protocol
