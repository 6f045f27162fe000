// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/directories.hpp>
#include <base/path_text.hpp>

#include "support/expect_error.hpp"
#include "temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>

using namespace hsm;
using namespace hsm::base;
using test::message_of;
using test::status_of;

namespace {

using Variables = std::map<std::string, std::string>;

EnvironmentLookup table(Variables variables) {
    return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
}

#if defined(_WIN32)
const std::string root = "C:";
#else
const std::string root;
#endif

std::string at(const std::string& path) { return root + path; }
std::string shown(const Path& path) { return to_generic_utf8(path); }

Directories resolve(Variables variables, bool service = false) {
    return resolve_directories(table(std::move(variables)), service);
}

} // namespace

TEST_CASE("everything lies under LIBHSM_HOME") {
    const auto d = resolve({{"LIBHSM_HOME", at("/h/")}});
    CHECK(shown(d.home) == at("/h"));
    CHECK(shown(d.modules) == at("/h/modules"));
    CHECK(shown(d.kmdata) == at("/h/kmdata"));
    CHECK(shown(d.kmlocal) == at("/h/kmdata/local"));
    CHECK(shown(d.certs) == at("/h/femcerts"));
    CHECK(shown(d.logs) == at("/h/log"));
    CHECK(shown(d.sockets) == at("/h/sockets"));
}

TEST_CASE("NFAST_HOME implies the rest unless LIBHSM_HOME or a name of its own rules") {
    CHECK(shown(resolve({{"NFAST_HOME", at("/n")}}).kmlocal) == at("/n/kmdata/local"));
    CHECK(shown(resolve({{"NFAST_HOME", at("/n")}}).modules) == at("/n/modules"));
    const auto both = resolve({{"NFAST_HOME", at("/n")}, {"LIBHSM_HOME", at("/h")}});
    CHECK(shown(both.home) == at("/h"));
    CHECK(shown(both.kmdata) == at("/h/kmdata"));
    const auto named = resolve({{"NFAST_HOME", at("/n")},
                                {"LIBHSM_HOME", at("/h")},
                                {"NFAST_KMDATA", at("/k")},
                                {"NFAST_CERTDIR", at("/c")},
                                {"NFAST_LOGDIR", at("/l")}});
    CHECK(shown(named.kmdata) == at("/k"));
    CHECK(shown(named.kmlocal) == at("/k/local"));
    CHECK(shown(named.certs) == at("/c"));
    CHECK(shown(named.logs) == at("/l"));
    CHECK(shown(named.modules) == at("/h/modules"));
    const auto local = resolve({{"LIBHSM_HOME", at("/h")}, {"NFAST_KMLOCAL", at("/elsewhere/local")}});
    CHECK(shown(local.kmlocal) == at("/elsewhere/local"));
    CHECK(shown(local.kmdata) == at("/h/kmdata"));
}

#if defined(_WIN32)

TEST_CASE("the default home is below the application data") {
    CHECK(shown(resolve({{"LOCALAPPDATA", at("/a")}, {"PROGRAMDATA", at("/p")}}).home) == at("/a/libhsm"));
    CHECK(shown(resolve({{"LOCALAPPDATA", at("/a")}, {"PROGRAMDATA", at("/p")}}, true).home) ==
          at("/p/libhsm"));
    CHECK(status_of([] { resolve({}); }) == Status::invalid_argument);
}

#else

TEST_CASE("the default home is a person's or the service's") {
    CHECK(shown(resolve({{"HOME", "/home/a"}}).home) == "/home/a/.local/share/libhsm");
    CHECK(shown(resolve({{"HOME", "/home/a"}, {"XDG_DATA_HOME", "/x/"}}).home) == "/x/libhsm");
    CHECK(shown(resolve({{"HOME", "/home/a"}, {"XDG_DATA_HOME", "x"}}).home) ==
          "/home/a/.local/share/libhsm");
    CHECK(shown(resolve({{"HOME", "/home/a"}, {"XDG_DATA_HOME", "/x"}}, true).home) == "/var/lib/libhsm");
    CHECK(status_of([] { resolve({}); }) == Status::invalid_argument);
    CHECK(runs_as_service(table({})));
}

#endif

TEST_CASE("relative paths are refused by name") {
    for (const char* name :
         {"LIBHSM_HOME", "NFAST_HOME", "NFAST_KMDATA", "NFAST_KMLOCAL", "NFAST_CERTDIR", "NFAST_LOGDIR"}) {
        Variables variables = {{"LIBHSM_HOME", at("/h")}};
        variables[name] = "some/where";
        CHECK(status_of([&] { resolve(variables); }) == Status::invalid_argument);
        CHECK(message_of([&] { resolve(variables); }).find(name) != std::string::npos);
    }
}

TEST_CASE("the modules' state never lies in the key management data") {
    for (const Variables& variables :
         {Variables{{"LIBHSM_HOME", at("/h")}, {"NFAST_KMDATA", at("/h")}},
          Variables{{"LIBHSM_HOME", at("/k/h")}, {"NFAST_KMDATA", at("/k")}},
          Variables{{"LIBHSM_HOME", at("/k/h")}, {"NFAST_KMDATA", at("/k/h/../")}},
          Variables{{"LIBHSM_HOME", at("/h")}, {"NFAST_KMDATA", at("/h/modules")}},
          Variables{{"LIBHSM_HOME", at("/h")}, {"NFAST_KMLOCAL", at("/h")}}}) {
        CHECK(status_of([&] { resolve(variables); }) == Status::invalid_argument);
        CHECK(message_of([&] { resolve(variables); }).find("NFAST_KMDATA") != std::string::npos);
    }
    CHECK(shown(resolve({{"LIBHSM_HOME", at("/h")}, {"NFAST_KMDATA", at("/h/mod")}}).kmdata) == at("/h/mod"));
}

TEST_CASE("directories that do not exist yet, or are plain, are accepted") {
    const test::TemporaryDirectory home;
    const auto d = resolve({{"LIBHSM_HOME", to_utf8(home.path())}});
    check_directories(real_file_system(), d);
    std::filesystem::create_directories(d.kmlocal);
    check_directories(real_file_system(), d);
    std::filesystem::remove_all(d.kmdata);
    write_atomically(real_file_system(), d.kmdata, view("x"), FileMode::private_file, IfExists::replace);
    CHECK(status_of([&] { check_directories(real_file_system(), d); }) == Status::invalid_argument);
}

#if !defined(_WIN32)

TEST_CASE("a kmdata that is a symbolic link is refused") {
    const test::TemporaryDirectory home;
    const auto d = resolve({{"LIBHSM_HOME", to_utf8(home.path())}});
    std::filesystem::create_directories(home / "real");
    std::filesystem::create_directory_symlink(home / "real", d.kmdata);
    CHECK(status_of([&] { check_directories(real_file_system(), d); }) == Status::invalid_argument);
    CHECK(message_of([&] { check_directories(real_file_system(), d); }).find("symbolic link") !=
          std::string::npos);
}

TEST_CASE("modules that lie in kmdata through a link are refused") {
    const test::TemporaryDirectory home;
    const auto d = resolve({{"LIBHSM_HOME", to_utf8(home.path())}});
    std::filesystem::create_directories(d.kmdata / "inside");
    std::filesystem::create_directory_symlink(d.kmdata / "inside", d.modules);
    CHECK(status_of([&] { check_directories(real_file_system(), d); }) == Status::invalid_argument);
}

#endif
