// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module.hpp"
#include "script.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>

// A new file in tests/data/pkcs11/scripts or negative is a new test by itself. HSM_P11_CASE=text runs the
// cases whose file or name has the text in it.

namespace hsm::test {

TEST_CASE("Sequences of calls give what the standard says", "[pkcs11][scripts]") {
    (void)loaded_module();
    std::vector<std::filesystem::path> files;
    for (const auto* folder : {"scripts", "negative"}) {
        const auto path = std::filesystem::path(HSM_SOURCE_ROOT) / "tests/data/pkcs11" / folder;
        for (const auto& entry : std::filesystem::directory_iterator(path))
            if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    const char* only = std::getenv("HSM_P11_CASE");
    std::size_t run = 0;
    for (const auto& file : files) {
        for (const auto& script_case : read_script(file)) {
            const auto name = file.filename().string() + ": " + script_case.name;
            if (only != nullptr && name.find(only) == std::string::npos) continue;
            run_case(script_case);
            ++run;
        }
    }
    CHECK(run > 0);
}

} // namespace hsm::test
