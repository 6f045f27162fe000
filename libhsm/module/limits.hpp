// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "module/home.hpp"

#include <hsm/acl.hpp>

#include <vector>

/// \file
/// Counters of UseLimit::Kind::global: per module, over all processes and restarts, until the module is cleared. A use is
/// durable before the operation runs, so it costs a durable write. (Counters that survive clearing are NVRAM's.)

namespace hsm::module {

/// Thread-safe.
class Limits {
public:
    explicit Limits(Home& home) : home_(home) {}

    void restore(); ///< first opener: page from the file
    void forget();  ///< clearing: every count starts again. The caller holds Rank::state

    /// One counter and how far it may go.
    struct Use {
        const UseLimit* limit = nullptr;
        const Hash256* key = nullptr;
    };
    /// Counts one use of each, or of none: false when one is exhausted. Durable when it returns. Throws nvram_full.
    [[nodiscard]] bool take(const std::vector<Use>& uses);

private:
    [[nodiscard]] PageLimit& row(std::uint64_t low, std::uint64_t high);
    void save();

    Home& home_;
};

} // namespace hsm::module
