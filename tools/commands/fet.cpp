// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause

#include "command_line.hpp"
#include "commands/all.hpp"
#include "console.hpp"
#include "encoding.hpp"
#include "facts_json.hpp"
#include "files.hpp"
#include "session.hpp"

#include <hsm/features.hpp>

#include <fmt/format.h>

namespace hsm::tools {

namespace {

struct Request {
    bool show_only = false, reset = false, dynamic = false, json = false;
    std::optional<std::uint32_t> module;
    std::optional<std::string> certificate, issuer, issue, esn, key, output;
};

std::string_view state_of(const ModuleFeatures& has, Feature feature) {
    const auto bit = static_cast<std::uint32_t>(feature);
    if (!has.restricted) return "unrestricted";
    if (has.fixed & bit) return "static";
    return has.dynamic & bit ? "dynamic" : "off";
}

void show(const Client& client, const std::vector<ModuleFacts>& modules, bool json) {
    auto list = Json::list();
    for (const auto& module : modules) {
        const auto has = features(client, module.number);
        auto row = Json::object(), each = Json::object();
        if (!json) print("Module #{} (ESN {}):\n", module.number, escaped(module.esn));
        for (const auto& feature : feature_table()) {
            const auto state = state_of(has, feature.feature);
            if (json)
                each.set(feature.name, state);
            else
                print(" {:<16} {:<14} {}\n", feature.name, state, feature.text);
        }
        row.set("module", module.number)
            .set("esn", module.esn)
            .set("restricted", has.restricted)
            .set("features", std::move(each));
        list.add(std::move(row));
    }
    if (json) list.print();
}

/// A SubjectPublicKeyInfo from a PEM or DER file.
Bytes read_public_key(const std::string& file) {
    const auto bytes = InputFile(file).all(1 << 20);
    const auto pem = from_pem(bytes);
    const auto der = pem ? pem->data.view() : ByteView(bytes);
    if (classify_key(der) != KeyFile::public_key)
        throw Error(Status::invalid_data,
                    fmt::format("{} holds no public key; hsm export writes one", escaped(file)));
    return to_bytes(der);
}

Exit issue(const Request& request, Ceremony& ceremony) {
    auto client = open_client();
    const auto world = client.world();
    ceremony.start(client);
    const auto facts = find_key(world, *request.key);
    const auto key = world.load(facts.app, facts.ident, ceremony, request.module.value_or(1));
    FeatureGrant grant;
    grant.features = parse_features(*request.issue);
    grant.esn = *request.esn;
    grant.dynamic = request.dynamic;
    OutputFile out(*request.output, Privacy::shared, false);
    out.write(view(issue_feature_certificate(client, key, grant)));
    out.commit();
    return Exit::done;
}

} // namespace

Exit run_fet(CommandLine& line) {
    Request request;
    Ceremony ceremony;
    line.group("What to do (default: show)");
    line.flag("-n,--show-only", request.show_only, "show the features of the modules");
    line.value("-c,--cert", "FILE", request.certificate, "enable the feature certificate in this file");
    line.value("--set-issuer", "FILE", request.issuer,
               "from now on, for good: the module has only what this public key (PEM or DER) certifies");
    line.value("--issue", "FEATURE,...", request.issue, "sign a certificate for these features");
    line.group("Options");
    line.value("-m,--module", "N", request.module, "this module (to show: every one; else 1)");
    line.flag("-r,--reset-module", request.reset, "with --cert: clear the module afterwards");
    line.value("--esn", "ESN", request.esn, "with --issue: the module that it is for");
    line.value("--key", "KEY", request.key, "with --issue: the issuer's key in this world");
    line.flag("--dynamic", request.dynamic,
              "with --issue: valid only while it lies in the directory of dynamic certificates");
    line.value("-o,--output", "FILE", request.output, "with --issue: where to (-: standard output)");
    line.flag("--json", request.json, "print JSON");
    ceremony.declare(line);
    line.text("A module without an issuer has every feature. Static certificates are given here by their "
              "path, and must not\n"
              "lie in the directory of dynamic ones ($NFAST_CERTDIR, else femcerts in the home directory), "
              "where every\n"
              "program looks when it starts.");
    line.parse();
    const int ways = (request.show_only ? 1 : 0) + (request.certificate ? 1 : 0) + (request.issuer ? 1 : 0) +
                     (request.issue ? 1 : 0);
    if (ways > 1) line.refuse("choose one of --show-only, --cert, --set-issuer and --issue");
    if (request.issue.has_value() != (request.esn && request.key && request.output) ||
        (!request.issue && (request.esn || request.key || request.output || request.dynamic)))
        line.refuse("--issue needs --esn, --key and --output, and they need it");
    if (request.reset && !request.certificate) line.refuse("--reset-module belongs to --cert");
    if (request.issue) return issue(request, ceremony);

    auto client = open_client();
    const auto module = request.module.value_or(1);
    if (request.issuer) {
        const auto facts = client.module(module);
        need_pre_initialisation(facts);
        const auto info = read_public_key(*request.issuer);
        ceremony.start(client);
        ceremony.confirm(fmt::format(
            "Module #{} will have only the features that the owner of this key certifies, for good.",
            module));
        set_feature_issuer(client, module, info);
    } else if (request.certificate) {
        const auto grant = enable_feature(client, module, to_path(*request.certificate));
        if (request.reset) client.clear(module, client.module(module).mode);
        if (!request.json)
            print("module #{}: {} enabled ({})\n", module, feature_names(grant.features),
                  grant.dynamic ? "dynamic" : "static");
    }
    const bool all = !request.module && !request.issuer && !request.certificate;
    if (request.json || (!request.issuer && !request.certificate))
        show(client, all ? client.modules() : std::vector<ModuleFacts>{client.module(module)}, request.json);
    return Exit::done;
}

} // namespace hsm::tools
