// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/codec.hpp>
#include <base/log.hpp>
#include <base/path_text.hpp>

#include "support/expect_error.hpp"
#include "temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

using namespace hsm;
using namespace hsm::base;

static_assert(!log::may_be_logged<Secret> && !log::may_be_logged<const Secret&> &&
              !log::may_be_logged<ByteView>);
static_assert(log::may_be_logged<int> && log::may_be_logged<std::string>);
static_assert(!fmt::is_formattable<Secret>::value, "nothing formats a secret");

namespace {

void set_variable(const char* name, const std::string& value) {
#if defined(_WIN32)
    _putenv_s(name, value.c_str());
#else
    value.empty() ? unsetenv(name) : setenv(name, value.c_str(), 1);
#endif
}

// The log as an environment asks for it; silent again afterwards.
class LogSettings {
public:
    explicit LogSettings(std::vector<std::pair<const char*, std::string>> variables) {
        clear();
        for (const auto& [name, value] : variables) set_variable(name, value);
        log::reopen();
    }
    LogSettings(const LogSettings&) = delete;
    LogSettings& operator=(const LogSettings&) = delete;
    ~LogSettings() {
        clear();
        log::reopen();
    }

private:
    static void clear() {
        for (const char* name :
             {"LIBHSM_LOG", "NFLOG_SEVERITY", "NFLOG_FILE", "NFLOG_DETAIL", "NFAST_LOGDIR"})
            set_variable(name, "");
    }
};

std::string contents(const Path& path) {
    std::ifstream file(path); // as text: lines end as the system has it
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
}

std::size_t line_count(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

} // namespace

TEST_CASE("the log is off unless the environment asks for it") {
    const LogSettings settings({});
    CHECK_FALSE(log::enabled(log::Severity::fatal));
}

TEST_CASE("severities are named as NFLOG_SEVERITY has them") {
    CHECK(log::parse_severity("FATAL") == log::Severity::fatal);
    CHECK(log::parse_severity("severe") == log::Severity::severe);
    CHECK(log::parse_severity("Notification") == log::Severity::notice);
    CHECK(log::parse_severity("DEBUG1") == log::Severity::debug1);
    CHECK(log::parse_severity("DEBUG10") == log::Severity::debug10);
    for (const char* bad : {"", "DEBUG0", "DEBUG11", "WARN", "7"})
        CHECK(log::parse_severity(bad) == log::Severity::off);
}

TEST_CASE("messages go to NFLOG_FILE from its severity on") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "log.txt";
    {
        const LogSettings settings({{"NFLOG_FILE", to_utf8(file)}, {"NFLOG_DETAIL", "0"}});
        log::warning("number {} of {}", 1, std::string("three"));
        log::notice("not this");
        log::error("line\nbreaks\rand \x1b[31mcolours are no way to forge a line");
    }
    CHECK(contents(file) ==
          "WARNING: number 1 of three\nERROR: line breaks and  [31mcolours are no way to forge a line\n");
    {
        const LogSettings settings(
            {{"NFLOG_FILE", to_utf8(file)}, {"NFLOG_DETAIL", "0"}, {"NFLOG_SEVERITY", "DEBUG2"}});
        log::debug(2, "appended");
        log::debug(3, "not this");
    }
    CHECK(contents(file).ends_with("\nDEBUG2: appended\n"));
    CHECK(line_count(contents(file)) == 3);
    {
        const LogSettings settings(
            {{"NFLOG_FILE", to_utf8(file)}, {"NFLOG_SEVERITY", "DEBUG2"}, {"LIBHSM_LOG", "FATAL"}});
        log::error("LIBHSM_LOG wins");
        log::set_severity(log::Severity::debug10);
        CHECK(log::enabled(log::Severity::debug10));
    }
    CHECK(line_count(contents(file)) == 3);
}

TEST_CASE("NFAST_LOGDIR gets a file for each process, with date, time and process") {
    const test::TemporaryDirectory directory;
    {
        const LogSettings settings({{"NFAST_LOGDIR", to_utf8(directory.path())}});
        log::severe("here");
    }
    std::vector<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
        files.push_back(entry.path());
    REQUIRE(files.size() == 1);
    CHECK(to_utf8(files[0].filename()).starts_with("libhsm-"));
    const auto line = contents(files[0]);
    CHECK(line.starts_with("20"));
    CHECK(line.ends_with("] SEVERE: here\n"));
}

TEST_CASE("a log that cannot be written disturbs nobody") {
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "file") << "x";
    const LogSettings settings(
        {{"NFLOG_FILE", to_utf8(directory / "file" / "below")}, {"NFLOG_SEVERITY", "FATAL"}});
    log::error("not even tried");
    SUCCEED();
}

TEST_CASE("errors about planted secrets do not carry them into the log") {
    const std::string planted = "Zq7-planted-secret";
    const test::TemporaryDirectory directory;
    const auto file = directory / "log.txt";
    {
        const LogSettings settings({{"NFLOG_FILE", to_utf8(file)}, {"NFLOG_SEVERITY", "DEBUG10"}});
        const auto try_all = [&](auto action) { log::error("failed: {}", test::message_of(action)); };
        try_all([&] { from_hex(planted); });
        try_all([&] { hash_from_hex(planted); });
        try_all([&] { static_cast<void>(decode<std::uint64_t>(view(planted))); });
        try_all([&] { static_cast<void>(decode<Bytes>(view(planted))); });
        try_all([&] { static_cast<void>(encode(planted + "\xff")); });
        const auto secret = encode_secret(Secret::from_text(planted));
        try_all([&] { static_cast<void>(decode<Secret>(secret.view().first(5))); });
        try_all([&] { static_cast<void>(decode<std::string>(secret.view())); });
    }
    const auto log = contents(file);
    CHECK(line_count(log) == 7);
    CHECK(log.find("planted") == std::string::npos);
    CHECK(log.find(to_hex(view(planted))) == std::string::npos);
}

TEST_CASE("threads log whole lines", "[threaded]") {
    const test::TemporaryDirectory directory;
    const auto file = directory / "log.txt";
    {
        const LogSettings settings(
            {{"NFLOG_FILE", to_utf8(file)}, {"NFLOG_DETAIL", "0"}, {"NFLOG_SEVERITY", "NOTIFICATION"}});
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([t] {
                for (int i = 0; i < 200; ++i) log::notice("thread {} says {}", t, std::string(50, 'x'));
            });
    }
    std::istringstream lines(contents(file));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
        REQUIRE(line.size() == std::string("NOTIFICATION: thread 0 says ").size() + 50);
    CHECK(count == 800);
}
