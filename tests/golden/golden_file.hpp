// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <hsm/bytes.hpp>

#include <string>

/// \file
/// The golden files, tests/data/golden. A file that is there is never written again; with HSM_GOLDEN_WRITE=1 in the
/// environment a missing one, for a new format, is made.

namespace hsm::golden {

/// The bytes of the golden file \p name; \p encoded are what this version writes. Fails the test case when there is
/// no such file.
Bytes golden_file(const std::string& name, ByteView encoded);

/// The same for a line "KEY HEX" of the golden list \p name.
Bytes golden_line(const std::string& name, const std::string& key, ByteView encoded);

} // namespace hsm::golden
