// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

// Each script in programs/ drives a real program with the built PKCS #11 module; a new script is a new test
// by itself. HSM_PKCS11_MODULE runs them with another module, HSM_INTEROP=name only one of them.

namespace hsm::test {

namespace {

struct Outcome {
    int exit = -1;
    std::string output;
};

Outcome run(const std::string& command) {
    Outcome outcome;
    auto* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) outcome.output += static_cast<char>(c);
    const int status = ::pclose(pipe);
    outcome.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
}

std::vector<std::filesystem::path> scripts() {
    std::vector<std::filesystem::path> found;
    const char* only = std::getenv("HSM_INTEROP");
    const auto folder = std::filesystem::path(HSM_SOURCE_ROOT) / "tests/interop/programs";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".sh") continue;
        if (only == nullptr || entry.path().stem() == only) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

std::filesystem::path module_path() {
    const char* set = std::getenv("HSM_PKCS11_MODULE");
    if (set != nullptr && *set != '\0') return set;
    return std::filesystem::path(HSM_BUILD_ROOT) / "adapters/pkcs11/libhsm-pkcs11.so";
}

} // namespace

TEST_CASE("Programs that people use work with the PKCS #11 module", "[pkcs11][interop]") {
    if (!std::filesystem::exists(module_path())) SKIP("the module is not built: " + module_path().string());
    const auto script = GENERATE(from_range(scripts()));
    DYNAMIC_SECTION(script.stem().string()) {
        const auto outcome = run("HSM_PKCS11_MODULE='" + module_path().string() + "' timeout 240 bash '" +
                                 script.string() + "' 2>&1");
        INFO(outcome.output);
        if (outcome.exit == 77) SKIP(script.stem().string() + ": " + outcome.output);
        CHECK(outcome.exit == 0);
    }
}

} // namespace hsm::test
