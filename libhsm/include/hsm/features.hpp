// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/client.hpp>
#include <hsm/feature.hpp>
#include <hsm/key.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

/// \file
/// Features of a module, and the certificates that enable them. A module has all of them until it is given an issuer,
/// once and for good; from then on it has those that certificates of this issuer grant to its serial number. There is
/// no vendor behind this: the issuer is whoever rules over the modules, and signs with a key of a Security World.
///
/// A static certificate is kept by the module. A dynamic one lies in the directory of dynamic certificates
/// (Locations::certs) and holds for programs that are started while it is there.

namespace hsm {

/// What a certificate says.
struct FeatureGrant {
    std::uint32_t features = 0; ///< bits of Feature
    Esn esn;
    bool dynamic = false;
    std::string serial;      ///< of the certificate, hexadecimal
    std::int64_t issued = 0; ///< seconds since 1970, UTC
};

/// What a module has.
struct ModuleFeatures {
    bool restricted = false; ///< false: everything, and the rest says nothing
    Bytes issuer;            ///< SubjectPublicKeyInfo
    std::uint32_t fixed = 0, dynamic = 0;
};

[[nodiscard]] HSM_API ModuleFeatures features(const Client& client, std::uint32_t module);
/// Once, in pre-initialisation, and for good: also beyond leaving a world. Throws already_exists.
HSM_API void set_feature_issuer(Client& client, std::uint32_t module, ByteView public_info);
/// Shows the module a certificate file. Throws invalid_argument for a static certificate in the dynamic directory, and
/// for a dynamic one elsewhere; untrusted when the issuer did not sign it for this module; bad_state for a module
/// without an issuer.
HSM_API FeatureGrant enable_feature(Client& client, std::uint32_t module, const std::filesystem::path& certificate);

/// The certificate's text, signed with \p issuer, a key pair that may sign. Serial and time are filled in when empty.
[[nodiscard]] HSM_API std::string issue_feature_certificate(const Client& client, const Key& issuer,
                                                            FeatureGrant grant);
/// Reads a certificate, without checking its signature. Throws invalid_data.
[[nodiscard]] HSM_API FeatureGrant read_feature_certificate(std::string_view text);

} // namespace hsm
