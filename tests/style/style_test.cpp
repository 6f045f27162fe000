// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "checks.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

// The tree against the rules of the house, and the rules against samples that break them.

using namespace hsm::test;

namespace {

std::string text_of(const Findings& findings) {
    std::string text;
    for (const auto& finding : findings) text += "\n  " + finding;
    return text;
}

} // namespace

TEST_CASE("the tree keeps the rules of the house", "[style]") {
    const auto sources = read_sources(HSM_SOURCE_ROOT);
    REQUIRE(sources.size() > 100);
    for (const auto& check : all_checks()) {
        DYNAMIC_SECTION(check.name) {
            for (const auto& source : sources)
                if (const auto findings = check.run(source); !findings.empty())
                    FAIL_CHECK(source.path << text_of(findings));
        }
    }
}

// A sample begins with a line "<check> <path that it pretends to have> <number of findings>".
TEST_CASE("every rule finds what breaks it", "[style]") {
    std::map<std::string_view, int> bad, good;
    for (const auto& entry : std::filesystem::directory_iterator(HSM_SOURCE_ROOT "/tests/data/style")) {
        const auto text = read_text(entry.path());
        std::istringstream first(text.substr(0, text.find('\n')));
        std::string name, path;
        std::size_t expected = 0;
        first >> name >> path >> expected;
        CAPTURE(entry.path().filename().string(), path);
        const auto checks = all_checks();
        const auto check = std::find_if(checks.begin(), checks.end(), [&](const Check& c) { return c.name == name; });
        REQUIRE(check != checks.end());
        const Source source{path, text.substr(text.find('\n') + 1)};
        const auto findings = check->run(source);
        INFO(text_of(findings));
        CHECK(findings.size() == expected);
        ++(expected == 0 ? good : bad)[check->name];
    }
    for (const auto& check : all_checks()) {
        CAPTURE(check.name);
        CHECK(bad[check.name] > 0);
        CHECK(good[check.name] > 0);
    }
}

TEST_CASE("what is ours is read, and what was made or fetched is not", "[style]") {
    const auto root = std::filesystem::temp_directory_path() / ("hsm-style-" + std::to_string(std::random_device()()));
    const auto put = [&root](const std::string& path) {
        std::filesystem::create_directories((root / path).parent_path());
        std::ofstream(root / path) << "see /roo" << "t/secret\n";
    };
    for (const auto* ours : {"docs/formats.md", "docs/apiary.md", "libhsm/base/a.cpp", "README.md", ".ci/run"}) put(ours);
    for (const auto* other : {"docs/api/index.html", "docs/api/search/all.js", "build/a.cpp", "build-asan/b.cpp", "tests/data/c.txt",
                              "subprojects/packagecache/d.txt", ".git/config", "other/e.txt"})
        put(other);
    std::vector<std::string> read;
    for (const auto& source : read_sources(root)) read.push_back(source.path);
    std::filesystem::remove_all(root);
    CHECK(read == std::vector<std::string>{".ci/run", "README.md", "docs/apiary.md", "docs/formats.md", "libhsm/base/a.cpp"});
}

TEST_CASE("a file that is too long, and a function that is too long, are found", "[style]") {
    const auto lines = [](std::size_t n) {
        std::string text;
        for (std::size_t i = 0; i < n; ++i) text += "    work();\n";
        return text;
    };
    CHECK(check_sizes({"libhsm/base/a.cpp", lines(700)}).empty());
    CHECK(check_sizes({"libhsm/base/a.cpp", lines(701)}).size() == 1);
    CHECK(check_sizes({"libhsm/base/a.cpp", "namespace a {\nvoid f(int x) {\n" + lines(78) + "}\n}\n"}).empty());
    CHECK(check_sizes({"libhsm/base/a.cpp", "namespace a {\nvoid f(int x) {\n" + lines(79) + "}\n}\n"}).size() == 1);
    CHECK(check_sizes({"libhsm/base/a.cpp", "struct A : B {\nA(int b) noexcept\n: b_{b} {\n" + lines(90) + "}\n};\n"}).size() == 1);
    CHECK(check_sizes({"libhsm/base/a.cpp", "constexpr int table[] = {\n" + lines(90) + "};\n"}).empty());
    CHECK(check_sizes({"libhsm/base/a.cpp", "class A final : public B<C> {\n" + lines(90) + "};\n"}).empty());
}
