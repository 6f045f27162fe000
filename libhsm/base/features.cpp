// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/feature.hpp>

#include <algorithm>
#include <array>

// The features that there are.

namespace hsm {

namespace {

constexpr std::array rows{
    FeatureRow{Feature::elliptic_curves, "EllipticCurve", "keys on elliptic curves"},
    FeatureRow{Feature::post_quantum, "PostQuantum", "ML-DSA, ML-KEM and SLH-DSA keys"},
    FeatureRow{Feature::remote_operator, "RemoteOperator", "card sets that may be presented from afar"},
};

constexpr std::uint32_t number(Feature feature) { return static_cast<std::uint32_t>(feature); }

} // namespace

std::span<const FeatureRow> feature_table() noexcept { return rows; }

std::uint32_t parse_features(std::string_view text) {
    std::uint32_t features = 0;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto word = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        const auto row =
            std::find_if(rows.begin(), rows.end(), [&](const FeatureRow& each) { return each.name == word; });
        if (row == rows.end())
            throw Error(Status::invalid_argument,
                        "there is no feature '" + std::string(word) + "'; there are " + feature_names(UINT32_MAX));
        features |= number(row->feature);
    }
    return features;
}

std::string feature_names(std::uint32_t features) {
    std::string names;
    for (const auto& row : rows) {
        if (!(features & number(row.feature))) continue;
        if (!names.empty()) names += ',';
        names += row.name;
    }
    return names;
}

} // namespace hsm
