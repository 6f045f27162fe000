// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "source.hpp"

#include <span>

/// \file
/// The rules of the house that a program can check. Each looks at one file and says what is wrong, one line each.

namespace hsm::test {

using Findings = std::vector<std::string>;

/// Who may include whom (docs/architecture.md, "a folder a layer").
Findings check_layers(const Source& source);
/// 700 lines a file, 80 lines a function.
Findings check_sizes(const Source& source);
/// The SPDX header, and #pragma once in headers.
Findings check_headers(const Source& source);
/// Words that are in no name of a file or type.
Findings check_names(const Source& source);
/// A Permit comes only from module/authorise.cpp.
Findings check_permits(const Source& source);
/// Key material is read only in module/ and crypto/.
Findings check_material(const Source& source);
/// The environment is read only by base/environment.
Findings check_environment(const Source& source);
/// No package registry, no mirror, no machine's own path.
Findings check_places(const Source& source);

struct Check {
    std::string_view name;
    Findings (*run)(const Source&);
};

std::span<const Check> all_checks();

} // namespace hsm::test
