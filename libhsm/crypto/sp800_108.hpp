// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

namespace Botan {
class MessageAuthenticationCode;
}

/// \file
/// SP 800-108r1 with a 32-bit counter and a 32-bit length: [i] || label || 00 || context || [L]. Our own
/// loop, because Botan's takes the iv of feedback mode for a part of the context. Reentrant.

namespace hsm::crypto {

enum class Sp800108Mode : std::uint8_t { counter, feedback, pipeline };

/// \p prf is keyed by the caller. The iv is feedback mode's alone.
void sp800_108(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, ByteView label, ByteView context,
               ByteView iv, std::span<std::uint8_t> out);

} // namespace hsm::crypto
