// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/secret.hpp>

/// \file
/// BER as some programs write key files, in the form that our strict reader takes. Reentrant.

namespace hsm::soft {

/// The same with definite, shortest lengths, and with octet strings in one piece. Throws invalid_data for what is no BER.
Secret with_definite_lengths(ByteView ber);

} // namespace hsm::soft
