// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "stage.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/internal/catch_test_registry.hpp>

#include <algorithm>
#include <sstream>

/// \file
/// Every file of cases/ is a test case.

namespace hsm::test {

namespace {

/// The exit code that the case wants of the command at \p step: it stands in the lines after it.
int wanted_exit(const std::vector<Step>& steps, std::size_t step) {
    for (auto i = step + 1; i < steps.size() && steps[i].verb != "$"; ++i) {
        if (steps[i].verb == "exit") return std::stoi(steps[i].words.at(0));
    }
    return 0;
}

void play_case(const fs::path& path) {
    const auto file = read_case(path);
#if defined(_WIN32)
    if (file.posix_only) SKIP("needs a POSIX system");
#endif
    Stage stage(file.name);
    for (std::size_t i = 0; i < file.steps.size(); ++i) {
        const auto& step = file.steps[i];
        INFO(path.filename().string() << ":" << step.line << ": " << step.verb << " " << step.rest);
        try {
            if (step.verb == "$") {
                stage.command = step.rest;
                stage.run(step.words, wanted_exit(file.steps, i));
            } else if (step.verb != "exit") {
                play(stage, step);
            }
            CHECK(true);
            if (stage.skip) SKIP("this system does not let us " << step.verb);
        } catch (const std::exception& error) {
            INFO("after: $ " << stage.command << "\n--- exit " << stage.last.exit << "\n--- standard output\n"
                             << stage.last.out << "--- standard error\n"
                             << stage.last.err << "--- terminal\n"
                             << stage.last.screen);
            FAIL(error.what());
        }
    }
}

class CaseInvoker : public Catch::ITestInvoker {
public:
    explicit CaseInvoker(fs::path path) : path_(std::move(path)) {}
    void invoke() const override { play_case(path_); }

private:
    fs::path path_;
};

/// Registers all cases before main, as the macros do for test cases written in C++.
struct Registration {
    Registration() {
        std::vector<fs::path> paths;
        std::error_code failure;
        for (const auto& entry :
             fs::directory_iterator(fs::path(HSM_SOURCE_ROOT) / "tests" / "cli" / "cases", failure)) {
            if (entry.path().extension() == ".case") paths.push_back(entry.path());
        }
        std::sort(paths.begin(), paths.end());
        for (const auto& path : paths) {
            names.push_back("cli: " + path.stem().string());
            const Catch::AutoReg registered(Catch::Detail::make_unique<CaseInvoker>(path),
                                            CATCH_INTERNAL_LINEINFO, "", {names.back(), "[cli]"});
        }
    }
    std::vector<std::string> names;
};
const Registration registration;

} // namespace

TEST_CASE("cli: there are cases") { CHECK(registration.names.size() >= 20); }

TEST_CASE("cli: each utility runs under its own name") {
    Stage stage("own-names");
    stage.run({"hsm", "completion", "bash"}, 0);
    const auto marker = stage.last.out.rfind("complete -F _hsm hsm ");
    REQUIRE(marker != std::string::npos);
    std::istringstream names(stage.last.out.substr(marker + 21));
    std::size_t count = 0;
    for (std::string name; names >> name; ++count) {
        CAPTURE(name);
        CHECK_NOTHROW(stage.run({name, "--version"}, 0));
        CHECK(stage.last.out.starts_with(name + " (libhsm) "));
    }
    CHECK(count >= 12);
}

} // namespace hsm::test
