// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/key.hpp"
#include "support/expect_error.hpp"

#include <hsm/encoding.hpp>

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace hsm;
using namespace hsm::test;

namespace {

/// Every type, the slow ones left out.
constexpr const char* specs[] = {"RSA-1024",   "DSA-1024",  "FFDHE-2048", "P-192",      "P-224",          "P-256",
                                 "P-384",      "P-521",     "secp256k1",  "BP-256",     "BP-320",         "BP-384",
                                 "BP-512",     "Ed25519",   "Ed448",      "X25519",     "X448",           "ML-DSA-44",
                                 "ML-DSA-65",  "ML-DSA-87", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024",
                                 "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHA2-256f"};

Secret number(std::uint64_t value) {
    Secret out(8);
    for (std::size_t i = 8; i-- > 0; value >>= 8) out.mutable_view()[i] = static_cast<std::uint8_t>(value);
    return out;
}

} // namespace

TEST_CASE("keys come apart into components and together again", "[client][components]") {
    for (const auto* name : specs) {
        CAPTURE(name);
        const auto key = crypto::generate(parse_key_spec(name), false);
        const auto spki = crypto::public_info(*key);
        const auto pub = components_of_spki(spki);
        CHECK(pub.spec.type == key->spec().type);
        if (pub.spec.type != KeyType::dh) CHECK(pub.spec.params == key->spec().params);
        CHECK(to_hex(spki_from(pub)) == to_hex(spki));

        auto parts = components_of_pkcs8(crypto::export_material(*key).view());
        CHECK(crypto::import_private(pkcs8_from(parts).view())->id() == key->id());
        // What a program that has numbers only can give.
        parts.pub.y.clear();
        CHECK(crypto::import_private(pkcs8_from(parts).view())->id() == key->id());
        if (!parts.seed.empty()) {
            auto whole = std::exchange(parts.expanded, {});
            CHECK(!whole.empty());
            CHECK(crypto::import_private(pkcs8_from(parts).view())->id() == key->id());
            const auto seed = std::exchange(parts.seed, {});
            CHECK(status_of([&] { (void)pkcs8_from(parts); }) == Status::invalid_data);
            parts.expanded = std::move(whole);
            for (const std::size_t at : {std::size_t{0}, std::size_t{400}, parts.expanded.size() - 1}) {
                auto wrong = components_of_pkcs8(pkcs8_from(parts).view());
                wrong.seed = seed.clone();
                CHECK(crypto::import_private(pkcs8_from(wrong).view())->id() == key->id());
                wrong.expanded.mutable_view()[at] ^= 1;
                CHECK(status_of([&] { (void)crypto::import_private(pkcs8_from(wrong).view()); }) == Status::invalid_data);
            }
            const auto expanded = crypto::import_private(pkcs8_from(parts).view());
            CHECK(expanded->id() == key->id());
            CHECK(crypto::restore(key->spec(), KeyHalf::private_key, crypto::material(*expanded).view())->id() == key->id());
            const auto again = components_of_pkcs8(crypto::export_material(*expanded).view());
            CHECK(again.seed.empty());
            CHECK(to_hex(again.expanded.view()) == to_hex(parts.expanded.view()));
        }
    }
}

TEST_CASE("RSA keys with missing parts are completed", "[client][components]") {
    const auto key = crypto::generate(parse_key_spec("RSA-1024"), false);
    const auto whole = components_of_pkcs8(crypto::export_material(*key).view());
    const auto with = [&](bool e, bool d, bool primes) {
        PrivateComponents parts;
        parts.pub.spec.type = KeyType::rsa;
        parts.pub.n = whole.pub.n;
        if (e) parts.pub.e = whole.pub.e;
        if (d) parts.d = whole.d.clone();
        if (primes) {
            parts.p = whole.p.clone();
            parts.q = whole.q.clone();
        }
        return parts;
    };
    for (const auto& parts : {with(true, true, false), with(true, true, true), with(true, false, true), with(false, true, true)}) {
        const auto made = crypto::import_private(pkcs8_from(parts).view());
        CHECK(made->id() == key->id());
        const auto again = components_of_pkcs8(crypto::export_material(*made).view());
        CHECK(again.pub.e == whole.pub.e);
        CHECK(again.p.size() == whole.p.size());
    }
    const auto importing = [](const PrivateComponents& parts) {
        return status_of([&] { (void)crypto::import_private(pkcs8_from(parts).view()); });
    };
    CHECK(importing(with(false, false, true)) == Status::invalid_data);
    CHECK(importing(with(true, false, false)) == Status::invalid_data);
    auto wrong = with(true, true, false);
    wrong.d.mutable_view()[0] ^= 1;
    CHECK(importing(wrong) == Status::invalid_data);
    auto foreign = with(true, true, true);
    foreign.p = number(65537);
    CHECK(importing(foreign) == Status::invalid_data);
    auto even = with(true, true, false);
    even.pub.n.back() &= 0xfe;
    CHECK(importing(even) == Status::invalid_data);
}

TEST_CASE("compressed points are points", "[client][components]") {
    const auto key = crypto::generate(parse_key_spec("P-256"), false);
    auto pub = components_of_spki(crypto::public_info(*key));
    REQUIRE(pub.y.size() == 65);
    const std::uint8_t head = (pub.y.back() & 1) != 0 ? 3 : 2;
    pub.y.resize(33);
    pub.y[0] = head;
    CHECK(crypto::import_public(spki_from(pub))->id() == key->id());
    pub.y[0] = 5;
    CHECK(status_of([&] { (void)crypto::import_public(spki_from(pub)); }) == Status::invalid_data);
}

TEST_CASE("components that make no key are refused", "[client][components]") {
    PublicComponents pub;
    CHECK(status_of([&] { (void)spki_from(pub); }) == Status::key_type_mismatch);
    pub.spec.type = KeyType::aes;
    pub.y = Bytes(16);
    CHECK(status_of([&] { (void)spki_from(pub); }) == Status::key_type_mismatch);
    pub.spec = parse_key_spec("Ed25519");
    pub.y = Bytes(31);
    CHECK(status_of([&] { (void)spki_from(pub); }) == Status::invalid_data);
    pub.spec = parse_key_spec("ML-DSA-44");
    CHECK(status_of([&] { (void)spki_from(pub); }) == Status::invalid_data);
    pub.spec.params = ParamSet::none;
    CHECK(status_of([&] { (void)spki_from(pub); }) == Status::invalid_data);
    pub.spec = {KeyType::rsa, 0, ParamSet::none, 0};
    pub.n = Bytes(128, 0xff);
    CHECK(status_of([&] { (void)spki_from(pub); }) == Status::invalid_data);
    PrivateComponents parts;
    parts.pub.spec = parse_key_spec("P-256");
    CHECK(status_of([&] { (void)pkcs8_from(parts); }) == Status::invalid_data);
    parts.x = Secret(Bytes(33, 1));
    CHECK(status_of([&] { (void)pkcs8_from(parts); }) == Status::invalid_data);
    for (const auto* bad : {"", "30", "3000", "0500", "3005060100030100", "300706052b8104002203"}) {
        CAPTURE(bad);
        CHECK(status_of([&] { (void)components_of_spki(from_hex(bad)); }) == Status::invalid_data);
        CHECK(status_of([&] { (void)components_of_pkcs8(from_hex(bad)); }) == Status::invalid_data);
    }
}

TEST_CASE("curves by identifier and by name", "[client][components]") {
    for (const auto* name : specs) {
        const auto spec = parse_key_spec(name);
        const bool curve = spec.type == KeyType::ec || (spec.type >= KeyType::ed25519 && spec.type <= KeyType::x448);
        CAPTURE(name);
        if (!curve) {
            CHECK(status_of([&] { (void)ec_parameters(spec); }) == Status::key_type_mismatch);
            continue;
        }
        CHECK(spec_of_ec_parameters(ec_parameters(spec)) == spec);
    }
    CHECK(to_hex(ec_parameters(parse_key_spec("P-256"))) == "06082a8648ce3d030107");
    const auto named = [](std::string_view text) {
        Bytes der{0x13, static_cast<std::uint8_t>(text.size())};
        der.insert(der.end(), text.begin(), text.end());
        return spec_of_ec_parameters(der);
    };
    CHECK(named("edwards25519").type == KeyType::ed25519);
    CHECK(named("edwards448").type == KeyType::ed448);
    CHECK(named("curve25519").type == KeyType::x25519);
    CHECK(named("secp384r1").params == ParamSet::p384);
    CHECK(spec_of_ec_parameters(from_hex("06092b06010401da470f01")).type == KeyType::ed25519);
    CHECK(status_of([&] { (void)named("secp112r1"); }) == Status::not_supported);
    CHECK(status_of([] { (void)spec_of_ec_parameters(from_hex("3000")); }) == Status::not_supported);
    CHECK(status_of([] { (void)spec_of_ec_parameters(from_hex("0500")); }) == Status::invalid_data);
    CHECK(status_of([] { (void)spec_of_ec_parameters({}); }) == Status::invalid_data);
}

TEST_CASE("points in their OCTET STRING", "[client][components]") {
    const Bytes point(200, 4);
    CHECK(to_bytes(octet_string_content(octet_string(point))) == point);
    CHECK(to_hex(octet_string({})) == "0400");
    for (const auto* bad : {"", "04", "0401", "040100ff", "0300"}) {
        CAPTURE(bad);
        CHECK(status_of([&] { (void)octet_string_content(from_hex(bad)); }) == Status::invalid_data);
    }
}

TEST_CASE("keys in a given group", "[client][components]") {
    for (const auto* name : {"DSA-1024", "FFDHE-2048"}) {
        CAPTURE(name);
        const auto first = crypto::generate(parse_key_spec(name), false);
        const auto pub = components_of_spki(crypto::public_info(*first));
        const auto domain = domain_parameters(pub);
        const auto second = crypto::generate({pub.spec.type, 0, ParamSet::none, 0}, true, domain);
        const auto other = components_of_spki(crypto::public_info(*second));
        CHECK(other.p == pub.p);
        CHECK(other.g == pub.g);
        CHECK(other.y != pub.y);
        CHECK(second->spec() == first->spec());
        auto broken = domain;
        broken[broken.size() / 2] ^= 1;
        CHECK(status_of([&] { (void)crypto::generate({pub.spec.type, 0, ParamSet::none, 0}, true, broken); }) != Status::ok);
    }
    CHECK(status_of([] { (void)crypto::generate(parse_key_spec("P-256"), true, Bytes{0x30, 0}); }) == Status::invalid_argument);
    CHECK(status_of([] { (void)domain_parameters(PublicComponents{}); }) == Status::key_type_mismatch);
}
