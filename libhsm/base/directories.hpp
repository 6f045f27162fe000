// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <base/environment.hpp>
#include <base/file_system.hpp>

/// \file
/// Where everything lives.

namespace hsm::base {

/// Absolute, normal paths; nothing of it needs to exist.
struct Directories {
    Path home;    ///< $LIBHSM_HOME, else $NFAST_HOME, else the default below
    Path modules; ///< home/modules: the modules' own state; never under kmdata, never copied with it
    Path kmdata;  ///< $NFAST_KMDATA, else home/kmdata: key management data
    Path kmlocal; ///< $NFAST_KMLOCAL, else kmdata/local: the records of the world
    Path certs;   ///< $NFAST_CERTDIR, else home/femcerts
    Path logs;    ///< $NFAST_LOGDIR, else home/log
    Path sockets; ///< home/sockets
};

/// True when this process counts as a service: its user is root or a system account (id under 1000), or has
/// no home directory. On Windows: it runs in session 0. Reentrant.
bool runs_as_service(const EnvironmentLookup& lookup);

/// Each NFAST_ variable rules for the directory it names; all else lies under one home, by default
/// $XDG_DATA_HOME/libhsm (or ~/.local/share/libhsm) for a person and /var/lib/libhsm for a service; on
/// Windows %LOCALAPPDATA%\libhsm and %PROGRAMDATA%\libhsm. Throws invalid_argument, naming the variable, for
/// a relative path and when the modules' state would lie under the key management data. Touches no file.
/// Reentrant.
Directories resolve_directories(const EnvironmentLookup& lookup = environment);
Directories resolve_directories(const EnvironmentLookup& lookup, bool service);

/// Throws invalid_argument when kmdata is a symbolic link or no directory (a link would let whoever owns it
/// swap all key management data in one step), or when the modules' state lies under kmdata once links are
/// followed. What does not exist is fine. Thread-safe.
void check_directories(FileSystem& fs, const Directories& directories);

} // namespace hsm::base
