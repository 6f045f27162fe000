// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <base/directories.hpp>

#include <base/path_text.hpp>

#include <algorithm>
#include <system_error>

#if defined(_WIN32)
#include <windows.h>
#else
#include <unistd.h>
#endif

namespace hsm::base {

namespace {

// "a/b/" and "a/./b" become "a/b", so that paths can be compared and extended.
Path normal(const Path& path) {
    auto result = path.lexically_normal();
    if (!result.has_filename() && result.has_relative_path()) result = result.parent_path();
    return result;
}

std::optional<Path> absolute(const EnvironmentLookup& lookup, const char* name) {
    const auto value = lookup(name);
    if (!value || value->empty()) return std::nullopt;
    const auto path = path_from_utf8(*value);
    if (!path.is_absolute())
        throw Error(Status::invalid_argument, std::string(name) + " is the relative path \"" + *value +
                                                  "\"; set it to an absolute one");
    return normal(path);
}

bool lies_under(const Path& path, const Path& directory) {
    return std::mismatch(path.begin(), path.end(), directory.begin(), directory.end()).second ==
           directory.end();
}

#if defined(_WIN32)

Path default_home(const EnvironmentLookup& lookup, bool service) {
    const char* const name = service ? "PROGRAMDATA" : "LOCALAPPDATA";
    if (const auto base = absolute(lookup, name)) return *base / "libhsm";
    throw Error(Status::invalid_argument,
                std::string(name) + " is not set; set LIBHSM_HOME to a directory for libhsm");
}

#else

Path default_home(const EnvironmentLookup& lookup, bool service) {
    if (service) return "/var/lib/libhsm";
    // The XDG specification has a relative $XDG_DATA_HOME ignored.
    if (const auto xdg = lookup("XDG_DATA_HOME"); xdg && xdg->starts_with('/'))
        return normal(*xdg) / "libhsm";
    if (const auto home = absolute(lookup, "HOME")) return *home / ".local" / "share" / "libhsm";
    throw Error(Status::invalid_argument,
                "neither HOME nor LIBHSM_HOME is set; set LIBHSM_HOME to a directory for libhsm");
}

#endif

[[noreturn]] void refuse_modules_under_kmdata(const Directories& d) {
    throw Error(Status::invalid_argument,
                "the modules' own state (" + to_utf8(d.modules) + ") would lie in the key management data (" +
                    to_utf8(d.kmdata) +
                    ") and be copied with it; set NFAST_KMDATA to a directory beside it, or "
                    "LIBHSM_HOME to one outside");
}

} // namespace

bool runs_as_service([[maybe_unused]] const EnvironmentLookup& lookup) {
#if defined(_WIN32)
    DWORD session = 1;
    return ProcessIdToSessionId(GetCurrentProcessId(), &session) != 0 && session == 0;
#else
    return geteuid() < 1000 || !lookup("HOME");
#endif
}

Directories resolve_directories(const EnvironmentLookup& lookup) {
    return resolve_directories(lookup, runs_as_service(lookup));
}

Directories resolve_directories(const EnvironmentLookup& lookup, bool service) {
    Directories d;
    const auto own_home = absolute(lookup, "LIBHSM_HOME");
    const auto nfast_home = absolute(lookup, "NFAST_HOME");
    d.home = own_home ? *own_home : nfast_home ? *nfast_home : default_home(lookup, service);
    const auto named_or = [&](const char* name, const Path& otherwise) {
        return absolute(lookup, name).value_or(otherwise);
    };
    d.kmdata = named_or("NFAST_KMDATA", d.home / "kmdata");
    d.kmlocal = named_or("NFAST_KMLOCAL", d.kmdata / "local");
    d.certs = named_or("NFAST_CERTDIR", d.home / "femcerts");
    d.logs = named_or("NFAST_LOGDIR", d.home / "log");
    d.modules = d.home / "modules";
    d.sockets = d.home / "sockets";
    if (lies_under(d.modules, d.kmdata) || lies_under(d.modules, d.kmlocal)) refuse_modules_under_kmdata(d);
    return d;
}

void check_directories(FileSystem& fs, const Directories& d) {
    if (const auto info = fs.info(d.kmdata)) {
        if (info->kind == FileInfo::Kind::symlink)
            throw Error(Status::invalid_argument,
                        to_utf8(d.kmdata) + " is a symbolic link; set NFAST_KMDATA to the directory that it "
                                            "points to");
        if (info->kind != FileInfo::Kind::directory)
            throw Error(Status::invalid_argument,
                        to_utf8(d.kmdata) + " is not a directory; set NFAST_KMDATA to a directory");
    }
    std::error_code ignored;
    const auto modules = std::filesystem::weakly_canonical(d.modules, ignored);
    for (const auto& data : {d.kmdata, d.kmlocal}) {
        const auto canonical = std::filesystem::weakly_canonical(data, ignored);
        if (!modules.empty() && !canonical.empty() && lies_under(modules, canonical))
            refuse_modules_under_kmdata(d);
    }
}

} // namespace hsm::base
