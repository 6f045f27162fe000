// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "protocol/records.hpp"

/// \file
/// What a softcard's record says, before any module has looked at it. Reentrant.

namespace hsm::protocol {

/// The value of an extension; null when it is not there.
[[nodiscard]] const Bytes* find_extension(const Extensions& extensions, std::uint32_t id) noexcept;
/// Replaces or adds one.
void set_extension(Extensions& extensions, std::uint32_t id, bool critical, Bytes value);

/// Decodes the record. Throws record_damaged, and record_newer for an extension that this version must not pass over.
[[nodiscard]] SoftcardRecord read_softcard(ByteView bytes, std::string_view what);

/// Failures are left at zero: only a module knows them.
[[nodiscard]] TokenFacts token_facts(const SoftcardRecord& record);
[[nodiscard]] SoftcardFacts softcard_facts(const SoftcardRecord& record);

/// Earlier tokens of the same serial number, the latest first.
[[nodiscard]] std::vector<Hash256> replaced_tokens(const SoftcardRecord& record);

} // namespace hsm::protocol
