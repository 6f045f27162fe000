// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "crypto/key.hpp"
#include "protocol/records.hpp"

/// \file
/// Signed statements: the world's facts, key generation, module state. Reentrant.

namespace hsm::module {

/// The signing key of a suite's K_NSO, K_RA and K_NV.
[[nodiscard]] KeySpec signing_spec(CipherSuite suite);

[[nodiscard]] protocol::Certificate certify(const crypto::Key& signer, protocol::CertificateKind kind, Bytes body);
/// False unless \p signer signed exactly this kind and body.
[[nodiscard]] bool certified(const crypto::Key& signer, const protocol::Certificate& certificate,
                             protocol::CertificateKind kind);

} // namespace hsm::module
