// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"
#include "protocol/values.hpp"

#include <hsm/nvram_area.hpp>

/// \file
/// How the values of NVRAM travel and lie on the disk.

namespace hsm {

template <>
struct Fields<NvramRule> {
    static auto of(auto& r) noexcept { return std::tie(r.certifier, r.rights, r.limit); }
};

template <>
struct Fields<NvramArea> {
    static auto of(auto& a) noexcept { return std::tie(a.name, a.kind, a.size, a.rules, a.key, a.value); }
};

template <>
struct Fields<NvramFacts> {
    static auto of(auto& f) noexcept { return std::tie(f.capacity, f.used, f.areas); }
};

template <>
struct Fields<KeyUse> {
    static auto of(auto& u) noexcept { return std::tie(u.area, u.limit, u.used, u.erased); }
};

template <>
struct base::EnumRange<NvramKind> {
    static constexpr bool contains(NvramKind v) noexcept { return v >= NvramKind::data && v <= NvramKind::key; }
};

} // namespace hsm
