// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/nvram.hpp"
#include "module/objects.hpp"

#include <hsm/nvram_area.hpp>

/// \file
/// Uses of keys that are counted in NVRAM (UseLimit::Kind::nonvolatile). A use is counted, durably, before the
/// operation runs: results returned <= uses counted <= uses tried, over all threads, processes and crashes, and never
/// more than the limit.

namespace hsm::module {

class Context;
class Module;

/// The administrators' keys that this client has loaded and whose cards are still there.
[[nodiscard]] std::vector<Hash256> certifiers(Context& context);
/// Whether \p wanted is among them; K_NSO stands for K_NV as well.
[[nodiscard]] bool has_authority(const std::vector<Hash256>& present, ByteView wanted, const Snapshot& state);
/// K_NV or K_NSO. Throws needs_certifier.
void require_nvram_authority(Context& context, const Snapshot& state);

/// Throws invalid_argument.
void check_area_name(std::string_view name);
/// Throws nvram_full unless there is room for areas of these bytes.
void require_room(const NvramTable& table, std::uint64_t bytes);
/// A name that is free, made from the key's identity.
[[nodiscard]] std::string free_name(const NvramTable& table, char first, const Hash256& key);
/// The change that makes this area.
[[nodiscard]] NvramChange allocation(NvramArea area, Bytes contents);
/// A counter's area, to be read by everybody and freed by the administrators.
[[nodiscard]] NvramArea counter_area(std::string name, const Hash256& key, const Snapshot& state);

/// The limit of an ACL that is counted in NVRAM; null when there is none.
[[nodiscard]] const UseLimit* counted_limit(const Acl& acl) noexcept;
/// Throws access_denied when the ACL counts in NVRAM of another module.
void check_counted_here(Context& context, const Acl& acl);
/// Gives a new key its counter: the one that its limits name or that is its own, a prepared one, or, with the
/// administrators, a new one. Completes the limits. Durable when it returns.
void claim_counter(Context& context, const Snapshot& state, Acl& acl, const Hash256& key);

/// Whether a use is left. What is told may change at any time.
[[nodiscard]] bool use_left(Module& module, const UseLimit& limit, const Hash256& key);
/// Counts a use, durably; false when none is left. The key's object takes as many as it reserves, into \p stock.
/// Throws bad_state when the counter was erased.
[[nodiscard]] bool count_use(Module& module, const UseLimit& limit, const KeyObject& key,
                             std::atomic<std::uint64_t>& stock);
/// The state of the limit.
[[nodiscard]] KeyUse key_use(Module& module, const UseLimit& limit, const Hash256& key);

} // namespace hsm::module
