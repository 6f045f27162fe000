// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module/features.hpp"

#include <array>

namespace hsm::module {

namespace {

struct Need {
    KeyType type;
    Feature feature;
};

constexpr std::array needs{
    Need{KeyType::ec, Feature::elliptic_curves},    Need{KeyType::ed25519, Feature::elliptic_curves},
    Need{KeyType::ed448, Feature::elliptic_curves}, Need{KeyType::x25519, Feature::elliptic_curves},
    Need{KeyType::x448, Feature::elliptic_curves},  Need{KeyType::ml_dsa, Feature::post_quantum},
    Need{KeyType::ml_kem, Feature::post_quantum},   Need{KeyType::slh_dsa, Feature::post_quantum},
};

} // namespace

void need_feature(Module& module, Feature feature) {
    if (module.features() & static_cast<std::uint32_t>(feature)) return;
    throw Error(Status::not_supported, "this module has not the feature " +
                                           feature_names(static_cast<std::uint32_t>(feature)) +
                                           "; enable it with a feature certificate (fet)");
}

void need_feature(Module& module, KeyType type) {
    for (const auto& need : needs)
        if (need.type == type) return need_feature(module, need.feature);
}

} // namespace hsm::module
