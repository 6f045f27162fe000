// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "module.hpp"
#include "script.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

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

TEST_CASE("Every function meets every wrong argument", "[pkcs11][scripts]") {
    // These take no argument that could be wrong in more ways than their own cases have.
    constexpr std::array<std::string_view, 5> elsewhere{"C_Initialize", "C_Finalize", "C_AsyncComplete", "C_AsyncGetID", "C_AsyncJoin"};
    std::ifstream in(std::filesystem::path(HSM_SOURCE_ROOT) / "tests/data/pkcs11/negative/sweep.txt");
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    REQUIRE_FALSE(text.empty());
#define HSM_SWEPT(name, arguments)                                                                           \
    if (std::ranges::find(elsewhere, #name) == elsewhere.end() &&                                            \
        text.find(#name " ") == std::string::npos)                                                           \
        FAIL_CHECK(#name " is not in sweep.txt");
    HSM_P11_FUNCTIONS(HSM_SWEPT)
#undef HSM_SWEPT
    SUCCEED();
}

} // namespace hsm::test
