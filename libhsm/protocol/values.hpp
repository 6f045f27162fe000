// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "base/codec.hpp"
#include "base/codec_values.hpp"

#include <hsm/facts.hpp>

/// \file
/// How the public value structs travel in frames and lie in records: their fields in order, and which values a decoder
/// accepts.

namespace hsm {

template <>
struct Fields<AcsQuora> {
    static auto of(auto& q) noexcept { return std::tie(q.k, q.n, q.load, q.recovery, q.passphrase, q.nvram); }
};

template <>
struct Fields<WorldOptions> {
    static auto of(auto& o) noexcept {
        return std::tie(o.mode, o.suite, o.quora, o.recovery, o.passphrase_recovery, o.warn_short_passphrases,
                        o.test_parameters);
    }
};

template <>
struct Fields<WorldFacts> {
    static auto of(auto& f) noexcept {
        return std::tie(f.mode, f.suite, f.quora, f.recovery, f.passphrase_recovery, f.warn_short_passphrases,
                        f.test_parameters, f.create_time, f.acs_generation, f.hknso, f.hkm, f.hkre, f.hkra, f.hkp, f.hknv,
                        f.token_nso, f.token_load, f.token_recovery, f.token_passphrase, f.token_nvram);
    }
};

template <>
struct Fields<ModuleFacts> {
    static auto of(auto& f) noexcept {
        return std::tie(f.number, f.esn, f.mode, f.failure, f.enrolled, f.hknso, f.hkml, f.slots, f.objects, f.commands,
                        f.pending_swap, f.protected_start, f.test_parameters, f.version, f.crypto_version);
    }
};

template <>
struct Fields<SlotFacts> {
    static auto of(auto& f) noexcept {
        return std::tie(f.slot, f.state, f.card_path, f.serial, f.set, f.share, f.k, f.n, f.set_name, f.card_name,
                        f.has_passphrase, f.problem);
    }
};

namespace base {

template <>
struct EnumRange<WorldMode> {
    static constexpr bool contains(WorldMode v) noexcept {
        return v >= WorldMode::unrestricted && v <= WorldMode::common_criteria_cmts;
    }
};
template <>
struct EnumRange<CipherSuite> {
    static constexpr bool contains(CipherSuite v) noexcept {
        return v >= CipherSuite::ecp521_xwing_aes256 && v <= CipherSuite::mldsa87_xwing_aes256;
    }
};
template <>
struct EnumRange<AdminRole> {
    static constexpr bool contains(AdminRole v) noexcept { return v >= AdminRole::nso && v <= AdminRole::nvram; }
};
template <>
struct EnumRange<ModuleMode> {
    static constexpr bool contains(ModuleMode v) noexcept {
        return v >= ModuleMode::operational && v <= ModuleMode::failed;
    }
};
template <>
struct EnumRange<SlotState> {
    static constexpr bool contains(SlotState v) noexcept { return v <= SlotState::damaged; }
};

} // namespace base
} // namespace hsm
