// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/mechanism.hpp>

namespace Botan {
class MessageAuthenticationCode;
}

/// \file
/// SP 800-108r1: the three modes over any order of segments. Our own loop, because Botan's takes the iv of feedback mode
/// for a part of the context, and knows one order. Reentrant.

namespace hsm::crypto {

enum class Sp800108Mode : std::uint8_t { counter, feedback, pipeline };

/// \p prf is keyed by the caller. The iv is feedback mode's alone. Throws mechanism_params_invalid for segments that make
/// no sense in the mode, and when a number does not fit its width.
void sp800_108(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, std::span<const KdfSegment> segments,
               ByteView iv, std::span<std::uint8_t> out);

/// The usual form: [i] || label || 00 || context || [L], 32 bits each.
void sp800_108(Sp800108Mode mode, Botan::MessageAuthenticationCode& prf, ByteView label, ByteView context,
               ByteView iv, std::span<std::uint8_t> out);

} // namespace hsm::crypto
