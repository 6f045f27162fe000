// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"
#include "protocol/administration.hpp"
#include "support/scripted_authoriser.hpp"

#include <algorithm>

// Features of a module, and the certificates that enable them.

using namespace hsm;
using namespace hsm::test;

namespace {

constexpr auto elliptic = static_cast<std::uint32_t>(Feature::elliptic_curves);
constexpr auto quantum = static_cast<std::uint32_t>(Feature::post_quantum);

/// Module 1 in a world, whose key "issuer" rules over the features of module 2.
struct Restricted {
    explicit Restricted(const std::string& uri)
        : ready(uri),
          issuer(ready.world.generate(request_for("issuer", "RSA-2048"), Protector::module_key())) {
        (void)ready.client.create_module();
        set_feature_issuer(ready.client, 2, issuer.public_info());
        ScriptedAuthoriser person(ready.client, ready.acs);
        (void)ready.client.load_world(2, person, ready.world.facts().hknso);
        ready.client.remove_card(2, 0);
    }
    std::string certificate(std::uint32_t features, bool dynamic, const Esn& esn) {
        FeatureGrant grant;
        grant.features = features;
        grant.esn = esn;
        grant.dynamic = dynamic;
        return issue_feature_certificate(ready.client, issuer, grant);
    }
    std::string certificate(std::uint32_t features, bool dynamic) {
        return certificate(features, dynamic, ready.client.module(2).esn);
    }
    base::Path write(const std::string& directory, const std::string& name, const std::string& text) {
        const auto path = ready.home.path() / directory;
        std::filesystem::create_directories(path);
        write_file(path / name, view(text));
        return path / name;
    }
    static Status makes(Client& client, std::string_view spec) {
        return status_of([&] { (void)client.world().generate_session(parse_key_spec(spec), {}, 2); });
    }

    ReadyHome ready;
    Key issuer;
};

} // namespace

TEST_CASE("a module with an issuer has the features that are certified to it, and no others", "[features]") {
    const auto uri = each_connection();
    Restricted home(uri);
    auto& client = home.ready.client;
    CHECK_FALSE(features(client, 1).restricted);
    CHECK(features(client, 2).restricted);
    for (const auto* spec : {"P-256", "Ed25519", "X25519", "ML-DSA-44", "ML-KEM-768"}) {
        CAPTURE(spec);
        CHECK(Restricted::makes(client, spec) == Status::not_supported);
        CHECK(status_of([&] { (void)home.ready.world.generate_session(parse_key_spec(spec), {}, 1); }) ==
              Status::ok);
    }
    CHECK(Restricted::makes(client, "AES-256") == Status::ok);
    CHECK(Restricted::makes(client, "RSA-2048") == Status::ok);
    // Neither imported, nor loaded, nor unwrapped.
    const auto key = home.ready.world.generate(request_for("k", "P-256"), Protector::module_key(1));
    CHECK(status_of([&] { (void)home.ready.world.load("simple", "k", silent(), 2); }) ==
          Status::not_supported);
    protocol::ImportKey import;
    import.half = KeyHalf::public_key;
    import.material = Secret(key.public_info());
    CHECK(status_of([&] { (void)client.state()->link->call(2, import); }) == Status::not_supported);
    auto remote = set_of("remote", 1, 1);
    remote.remoteable = true;
    CHECK(status_of([&] { (void)home.ready.world.create_card_set(2, remote, silent()); }) ==
          Status::not_supported);

    const auto grant =
        enable_feature(client, 2, home.write("certs", "ec", home.certificate(elliptic, false)));
    CHECK(grant.features == elliptic);
    CHECK(features(client, 2).fixed == elliptic);
    CHECK(Restricted::makes(client, "P-256") == Status::ok);
    CHECK(Restricted::makes(client, "ML-DSA-44") == Status::not_supported);
    CHECK_NOTHROW(home.ready.world.load("simple", "k", silent(), 2));
    // Kept: by other processes, later ones, and beyond the world.
    auto other = home.ready.home.open();
    CHECK(Restricted::makes(other, "P-256") == Status::ok);
    client.clear(2, ModuleMode::pre_initialisation);
    client.factory(2);
    CHECK(features(client, 2).fixed == elliptic);
    CHECK(status_of([&] { set_feature_issuer(client, 2, home.issuer.public_info()); }) ==
          Status::already_exists);
    CHECK(status_of([&] { set_feature_issuer(client, 1, home.issuer.public_info()); }) ==
          Status::wrong_module_state);
}

TEST_CASE("dynamic certificates lie in their directory, static ones do not", "[features]") {
    const auto uri = each_connection();
    Restricted home(uri);
    home.ready.home.use_certificates(home.ready.home.path() / "femcerts");
    auto client = home.ready.home.open();
    const auto fixed_there = home.write("femcerts", "fixed", home.certificate(elliptic, false));
    CHECK(status_of([&] { (void)enable_feature(client, 2, fixed_there); }) == Status::invalid_argument);
    const auto dynamic_elsewhere = home.write("elsewhere", "dynamic", home.certificate(quantum, true));
    CHECK(status_of([&] { (void)enable_feature(client, 2, dynamic_elsewhere); }) == Status::invalid_argument);
    // A program that starts finds the dynamic ones, and passes over the others.
    (void)home.write("femcerts", "good", home.certificate(quantum, true));
    (void)home.write("femcerts", "other-module",
                     home.certificate(elliptic, true, home.ready.client.module(1).esn));
    (void)home.write("femcerts", "nonsense", "nonsense");
    CHECK(Restricted::makes(client, "ML-DSA-44") == Status::not_supported); // it was started before
    {
        auto later = home.ready.home.open();
        CHECK(features(later, 2).dynamic == quantum);
        CHECK(features(later, 2).fixed == 0);
        CHECK(Restricted::makes(later, "ML-DSA-44") == Status::ok);
        CHECK(Restricted::makes(later, "P-256") == Status::not_supported);
        CHECK_NOTHROW(enable_feature(later, 2, home.ready.home.path() / "femcerts" / "good"));
    }
    std::filesystem::remove(home.ready.home.path() / "femcerts" / "good");
    auto without = home.ready.home.open();
    CHECK(Restricted::makes(without, "ML-DSA-44") == Status::not_supported);
}

TEST_CASE("a feature certificate is what its issuer signed, for this module", "[features][tamper]") {
    const auto uri = each_connection();
    Restricted home(uri);
    auto& client = home.ready.client;
    const auto enable = [&](const std::string& text, std::uint32_t module = 2) {
        return status_of([&] { (void)enable_feature(client, module, home.write("certs", "c", text)); });
    };
    const auto good = home.certificate(elliptic, false);
    const auto grant = read_feature_certificate(good);
    CHECK(grant.features == elliptic);
    CHECK(grant.esn == client.module(2).esn);
    CHECK_FALSE(grant.dynamic);
    CHECK(enable(good, 1) == Status::bad_state); // it has everything
    CHECK(enable(home.certificate(elliptic, false, client.module(1).esn)) == Status::untrusted);
    const auto stranger =
        home.ready.world.generate(request_for("stranger", "RSA-2048"), Protector::module_key());
    FeatureGrant forged;
    forged.features = elliptic;
    forged.esn = client.module(2).esn;
    CHECK(enable(issue_feature_certificate(client, stranger, forged)) == Status::untrusted);
    CHECK(enable("") == Status::invalid_data);
    CHECK(enable("libhsm-hex-certificate\n") == Status::invalid_data);
    CHECK(enable("libhsm-hex-certificate\n00ff\n") == Status::invalid_data);
    const auto hex = good.find("certificate\n") + 12;
    for (std::size_t i = hex; i < good.size(); i += 11) {
        if (good[i] == '\n') continue;
        auto changed = good;
        changed[i] = changed[i] == '0' ? '1' : '0';
        CAPTURE(i);
        CHECK(enable(changed) != Status::ok);
    }
    CHECK(features(client, 2).fixed == 0);
    // What stands above the digits is for people.
    auto boasting = good;
    boasting.replace(boasting.find("EllipticCurve"), 13, "PostQuantum");
    CHECK(enable(boasting) == Status::ok);
    CHECK(features(client, 2).fixed == elliptic);
    CHECK(status_of([&] { (void)parse_features("EllipticCurve,Nothing"); }) == Status::invalid_argument);
    CHECK(parse_features(feature_names(elliptic | quantum)) == (elliptic | quantum));
}
