// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include <hsm/client.hpp>
#include <hsm/version.hpp>

#include "base/directories.hpp"
#include "base/environment.hpp"
#include "client/state.hpp"
#include "server/in_process.hpp"

#include "hsm-version.hpp"

// The composition root: the only place that knows both ends of a connection.

namespace hsm {

namespace {

Locations locations_for(const Locations& wanted) {
    Locations found;
    const bool complete = !wanted.modules.empty() && !wanted.kmdata.empty() && !wanted.kmlocal.empty() && !wanted.home.empty();
    base::Directories directories;
    if (!complete) {
        directories = base::resolve_directories();
        if (!wanted.home.empty()) {
            directories.home = wanted.home;
            directories.modules = wanted.home / "modules";
            directories.kmdata = wanted.home / "kmdata";
            directories.kmlocal = directories.kmdata / "local";
            directories.certs = wanted.home / "femcerts";
        }
    }
    const auto pick = [](const base::Path& asked, const base::Path& otherwise) { return asked.empty() ? otherwise : asked; };
    found.home = pick(wanted.home, directories.home);
    found.modules = pick(wanted.modules, directories.modules);
    found.kmdata = pick(wanted.kmdata, directories.kmdata);
    found.kmlocal = pick(wanted.kmlocal, wanted.kmdata.empty() ? directories.kmlocal : wanted.kmdata / "local");
    found.certs = pick(wanted.certs, directories.certs);
    directories.home = found.home;
    directories.modules = found.modules;
    directories.kmdata = found.kmdata;
    directories.kmlocal = found.kmlocal;
    base::check_directories(base::real_file_system(), directories);
    return found;
}

} // namespace

Client Client::open(const OpenOptions& options) {
    auto locations = locations_for(options.locations);
    const module::Platform platform{&base::real_file_system(), &base::real_clock()};
    auto modules = std::make_shared<server::Modules>(platform, locations.modules);
    std::unique_ptr<protocol::Connection> connection;
    if (options.uri.empty()) connection = server::connect_in_process(std::move(modules));
    else if (options.uri == "loopback:") connection = server::connect_loopback(std::move(modules));
    else
        throw Error(Status::invalid_argument, "'" + options.uri + "' is not a service that this version can reach; leave it empty "
                                              "for modules in this process");
    auto state = client::make_state(std::move(connection), std::move(locations), *platform.files, *platform.clock,
                                    options.start_passphrase);
    state->tokens_file = options.tokens_file;
    if (state->tokens_file.empty()) state->tokens_file = base::environment("NFAST_NFKM_TOKENSFILE").value_or("");
    return Client(std::move(state));
}

std::string_view crypto_version() noexcept { return "Botan " HSM_BOTAN_VERSION; }

} // namespace hsm
