// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "kat/vectors.hpp"
#include "trial.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>

/// \file
/// Project Wycheproof's files.

namespace hsm::test {

/// One test, and the group that it stands in.
struct Wycheproof {
    const nlohmann::json& group;
    const nlohmann::json& test;
    std::string where; ///< file:number
    bool valid = false;

    [[nodiscard]] ByteString hex(const char* name) const; ///< of the test; empty if it has none
    [[nodiscard]] CK_ULONG number(const char* name) const;
    [[nodiscard]] std::string text_of_group(const char* name) const; ///< likewise
    [[nodiscard]] bool flagged(const char* flag) const;
};

ByteString hex_of(const nlohmann::json& object, const char* name);
/// A number without leading zeros.
ByteString number_of(const nlohmann::json& object, const char* name);

/// Calls \p run for the tests of the files whose names begin and end so. Where either answer is right, only
/// with \p acceptable.
void for_each_test(kat::Tally& tally, const std::string& start, const std::string& ending, bool acceptable,
                   const std::function<void(const Wycheproof&)>& run);
inline void for_each_test(kat::Tally& tally, const std::string& start, const std::string& ending,
                          const std::function<void(const Wycheproof&)>& run) {
    for_each_test(tally, start, ending, false, run);
}

} // namespace hsm::test
