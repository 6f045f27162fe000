// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "base/log.hpp"
#include "client/state.hpp"
#include "protocol/administration.hpp"
#include "protocol/feature_certificate.hpp"
#include "protocol/record_codec.hpp"

#include <hsm/features.hpp>

#include <algorithm>
#include <iterator>
#include <sstream>

// Feature certificates: the text, and showing them to a module.

namespace hsm {

namespace {

constexpr std::uint64_t max_certificate = 64 << 10;
constexpr std::string_view hex_line = "libhsm-hex-certificate";

Bytes certificate_of(std::string_view text) {
    std::istringstream in{std::string(text)};
    std::string line, hex;
    bool found = false;
    while (std::getline(in, line)) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (found)
            std::copy_if(line.begin(), line.end(), std::back_inserter(hex), [](char c) { return c != ' '; });
        else
            found = line == hex_line;
    }
    const bool good = found && !hex.empty() && hex.size() % 2 == 0 &&
                      hex.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (!good)
        throw Error(Status::invalid_data, "this is no feature certificate: a line \"" + std::string(hex_line) +
                                              "\" with hexadecimal digits after it is missing");
    return from_hex(hex);
}

FeatureGrant grant_of(const Bytes& der) {
    try {
        const auto certificate = protocol::read_record<protocol::FeatureCertificate>(der, "the feature certificate");
        const auto body = base::decode<protocol::FeatureBody>(certificate.body);
        return {body.features, body.esn, body.dynamic, to_hex(body.serial), body.issued};
    } catch (const Error& error) {
        if (error.status() == Status::record_newer) throw;
        throw Error(Status::invalid_data, error.message());
    }
}

/// Whether the file lies in the directory of dynamic certificates, by whatever name.
bool is_dynamic_place(const Locations& locations, const std::filesystem::path& file) {
    if (locations.certs.empty()) return false;
    std::error_code ignored;
    const auto directory = std::filesystem::weakly_canonical(std::filesystem::absolute(file).parent_path(), ignored);
    return directory == std::filesystem::weakly_canonical(locations.certs, ignored);
}

std::string text_of(base::FileSystem& files, const std::filesystem::path& file) {
    const auto bytes = files.read(file, max_certificate);
    if (!bytes) throw Error(Status::not_found, "there is no file '" + file.string() + "'");
    return std::string(text(*bytes));
}

} // namespace

ModuleFeatures features(const Client& client, std::uint32_t module) {
    auto reply = client.state()->link->call(module, protocol::ListFeatures{});
    return {!reply.issuer.empty(), std::move(reply.issuer), reply.fixed, reply.dynamic};
}

void set_feature_issuer(Client& client, std::uint32_t module, ByteView public_info) {
    (void)client.state()->link->call(module, protocol::SetFeatureIssuer{to_bytes(public_info)});
}

FeatureGrant enable_feature(Client& client, std::uint32_t module, const std::filesystem::path& file) {
    auto& state = *client.state();
    const auto der = certificate_of(text_of(*state.files, file));
    auto grant = grant_of(der);
    const bool dynamic_place = is_dynamic_place(state.locations, file);
    if (!grant.dynamic && dynamic_place)
        throw Error(Status::invalid_argument,
                    "this is a static feature certificate, and it lies in the directory of dynamic ones, '" +
                        state.locations.certs.string() + "'; move it to another directory");
    if (grant.dynamic && !dynamic_place)
        throw Error(Status::invalid_argument, "this is a dynamic feature certificate; put it into '" +
                                                  state.locations.certs.string() + "', where every program looks");
    (void)state.link->call(module, protocol::EnableFeature{der});
    return grant;
}

std::string issue_feature_certificate(const Client& client, const Key& issuer, FeatureGrant grant) {
    if (grant.features == 0) throw Error(Status::invalid_argument, "name the features to certify");
    protocol::FeatureBody body;
    body.esn = grant.esn;
    body.features = grant.features;
    body.dynamic = grant.dynamic;
    body.serial = grant.serial.empty() ? client.random(8, issuer.module()) : from_hex(grant.serial);
    body.issued = grant.issued ? grant.issued : client.state()->clock->utc_seconds();
    protocol::FeatureCertificate certificate;
    certificate.body = base::encode(body);
    certificate.signature = issuer.sign(default_signature(issuer.spec()), protocol::feature_to_sign(certificate.body));
    const auto hex = to_hex(base::encode(certificate));
    std::string out = "Feature: " + feature_names(grant.features) +
                      "\nKind: " + (grant.dynamic ? "dynamic" : "static") + "\nESN: " + grant.esn +
                      "\nSerial No.: " + to_hex(body.serial) + "\nIssued: " + std::to_string(body.issued) +
                      "\nIssuer: " + to_hex(issuer.id()) + "\n" + std::string(hex_line) + "\n";
    constexpr std::size_t width = 64;
    for (std::size_t at = 0; at < hex.size(); at += width) out += hex.substr(at, width) + "\n";
    return out;
}

FeatureGrant read_feature_certificate(std::string_view text) { return grant_of(certificate_of(text)); }

void client::present_features(Client::State& client, const ModuleFacts& module) {
    auto& files = *client.files;
    const auto& certs = client.locations.certs;
    try {
        if (!files.info(certs)) return;
        if (client.link->call(module.number, protocol::ListFeatures{}).issuer.empty()) return;
        for (const auto& name : files.list(certs)) {
            try {
                const auto der = certificate_of(text_of(files, certs / name));
                const auto grant = grant_of(der);
                if (!grant.dynamic)
                    base::log::warning(
                        "'{}' is a static feature certificate in the directory of dynamic ones; it is passed over",
                        name);
                else if (grant.esn == module.esn)
                    (void)client.link->call(module.number, protocol::EnableFeature{der});
            } catch (const Error& error) {
                base::log::warning("the feature certificate '{}' is of no use: {}", name, error.what());
            }
        }
    } catch (const Error& error) {
        base::log::warning("the feature certificates in '{}' cannot be read: {}", certs.string(), error.what());
    }
}

} // namespace hsm
