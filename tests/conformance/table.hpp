// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "support/expect_error.hpp"

#include <hsm/hsm.hpp>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace hsm::test {

/// The URI to open: the test case runs once for each way to reach the modules.
inline std::string each_connection() { return GENERATE(as<std::string>{}, "", "loopback:"); }

/// The rows of tests/data/conformance/<name>: words between blanks; '#' begins a comment.
inline std::vector<std::vector<std::string>> table(const std::string& name) {
    const auto path = std::string(HSM_SOURCE_ROOT) + "/tests/data/conformance/" + name;
    std::ifstream in(path);
    if (!in) throw std::runtime_error("no table " + path);
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::vector<std::string> row;
        for (std::string word; words >> word;) row.push_back(word);
        if (!row.empty()) rows.push_back(std::move(row));
    }
    return rows;
}

inline std::string status_name(Status status) { return std::string(status_row(status).name); }

/// The name of what \p action throws, "ok" when nothing.
template <class Action>
std::string outcome_of(Action action) {
    return status_name(status_of(action));
}

} // namespace hsm::test
