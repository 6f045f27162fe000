// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"

#include <catch2/catch_test_macros.hpp>

// Keys made from keys: who may, and that nothing gets out by a derivation that may not get out by itself.

using namespace hsm;
using namespace hsm::test;

namespace {

constexpr auto derives = bit(Action::derive);
constexpr auto plain = bit(Action::export_plain);
constexpr auto wrapped = bit(Action::export_wrapped);
const Bytes base_bytes(16, 0x33);
const Bytes data(16, 0x0f);

Mechanism mechanism_of(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    if (id == MechanismId::extract_bits || id == MechanismId::hkdf) mechanism.length = 16;
    mechanism.context = data;
    return mechanism;
}

/// Every derivation that can be undone, by the table.
std::vector<Mechanism> invertible() {
    std::vector<Mechanism> out;
    for (const auto& row : mechanism_table())
        if (row.invertible) out.push_back(mechanism_of(row.id));
    return out;
}

protocol::DeriveKey derivation(KeyHandle base, const Mechanism& mechanism, const Acl& acl, std::uint32_t bits = 128) {
    return {base, mechanism, {KeyType::generic, bits, ParamSet::none, 0}, acl, {}};
}

} // namespace

TEST_CASE("a derivation that can be undone gives no more than its base", "[derivation]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    struct Row {
        std::uint32_t base, second, wanted;
        Status expected;
    };
    constexpr auto no = Status::access_denied;
    constexpr std::array<Row, 10> rows{{
        {derives, derives, 0, Status::ok},
        {derives, derives, derives, Status::ok},
        {derives, derives, plain, no},
        {derives, derives, wrapped, no},
        {derives | plain, derives | plain, plain, Status::ok},
        {derives | plain, derives | plain, wrapped, no},
        {derives | wrapped, derives | wrapped, wrapped, Status::ok},
        {derives | wrapped, derives | wrapped, plain | wrapped, no},
        {derives | plain, derives, plain, no},          // the second key may not leave
        {derives, derives | plain | wrapped, plain, no}, // the base may not
    }};
    CHECK(invertible().size() == 5);
    for (auto mechanism : invertible()) {
        const bool two = mechanism.id == MechanismId::concatenate_keys;
        for (const auto& row : rows) {
            CAPTURE(mechanism_row(mechanism.id).name, row.base, row.second, row.wanted, uri);
            if (!two && row.base != row.second) continue;
            const auto base = raw.import_secret(KeyType::generic, base_bytes, one_group(row.base));
            if (two) mechanism.second = raw.import_secret(KeyType::generic, base_bytes, one_group(row.second));
            CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, one_group(row.wanted))); }) == row.expected);
            protocol::DeriveKeys several{base, mechanism, {}, 0};
            several.parts.push_back({{KeyType::generic, 64, ParamSet::none, 0}, one_group(0), {}});
            several.parts.push_back({{KeyType::generic, 64, ParamSet::none, 0}, one_group(row.wanted), {}});
            CHECK(status_of([&] { (void)raw.call(several); }) == row.expected);
        }
    }
}

TEST_CASE("a base whose way out is limited gives its results none", "[derivation]") {
    ReadyHome ready(each_connection());
    const Raw raw(ready.client);
    auto acl = one_group(derives);
    acl.groups.push_back(one_group(plain, {limit_of(UseLimit::Kind::authorisation, 1)}).groups[0]);
    const auto base = raw.import_secret(KeyType::generic, base_bytes, acl);
    const auto mechanism = mechanism_of(MechanismId::concatenate_data);
    CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, one_group(plain))); }) == Status::access_denied);
    const auto once = one_group(plain, {limit_of(UseLimit::Kind::authorisation, 1)});
    CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, once)); }) == Status::access_denied);
    auto trusted = one_group(derives);
    trusted.groups[0].actions.push_back({wrapped, {}, {}, {}, true});
    const auto careful = raw.import_secret(KeyType::generic, base_bytes, trusted);
    CHECK(status_of([&] { (void)raw.call(derivation(careful, mechanism, one_group(wrapped))); }) == Status::access_denied);
    CHECK(status_of([&] { (void)raw.call(derivation(careful, mechanism, trusted)); }) == Status::ok);
}

TEST_CASE("a secret base is not given away in small pieces", "[derivation]") {
    ReadyHome ready(each_connection());
    const Raw raw(ready.client);
    for (auto mechanism : invertible()) {
        if (mechanism.id == MechanismId::concatenate_keys) continue;
        CAPTURE(mechanism_row(mechanism.id).name);
        const auto base = raw.import_secret(KeyType::generic, base_bytes, one_group(derives));
        const auto open = raw.import_secret(KeyType::generic, base_bytes, one_group(derives | plain));
        for (const std::uint32_t bits : {8u, 56u}) {
            mechanism.length = bits / 8;
            CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, {}, bits)); }) == Status::key_size_range);
            CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, {}, 0)); }) == Status::key_size_range);
            CHECK(status_of([&] { (void)raw.call(derivation(open, mechanism, {}, bits)); }) == Status::ok);
        }
        mechanism.length = 8;
        CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, {}, 64)); }) == Status::ok);
    }
}

TEST_CASE("one-way derivations are the owner's business", "[derivation]") {
    ReadyHome ready(each_connection());
    const Raw raw(ready.client);
    const auto base = raw.import_secret(KeyType::generic, base_bytes, one_group(derives));
    for (const auto id : {MechanismId::hkdf, MechanismId::digest_key}) {
        const auto made = raw.call(derivation(base, mechanism_of(id, Hash::sha256), one_group(plain)));
        CHECK(raw.call(protocol::ExportKey{made.key}).material.size() == 16);
    }
}

TEST_CASE("the second key needs the permission too", "[derivation]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    for (const auto id : {MechanismId::concatenate_keys, MechanismId::hkdf, MechanismId::hkdf_extract}) {
        CAPTURE(mechanism_row(id).name, uri);
        auto mechanism = mechanism_of(id, Hash::sha256);
        if (id == MechanismId::concatenate_keys) mechanism.hash = Hash::none;
        mechanism.context = {};
        const auto base = raw.import_secret(KeyType::generic, base_bytes, one_group(derives));
        const auto status_with = [&](const Acl& acl) {
            mechanism.second = raw.import_secret(KeyType::generic, data, acl);
            return status_of([&] { (void)raw.call(derivation(base, mechanism, {})); });
        };
        CHECK(status_with(one_group(derives)) == Status::ok);
        CHECK(status_with(one_group(every_action & ~derives)) == Status::access_denied);
        CHECK(status_with(one_group(derives, {limit_of(UseLimit::Kind::authorisation, 0)})) == Status::limit_reached);
        raw.destroy(mechanism.second);
        CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, {})); }) == Status::invalid_handle);
    }
    auto mechanism = mechanism_of(MechanismId::xor_data);
    const auto base = raw.import_secret(KeyType::generic, base_bytes, one_group(derives));
    mechanism.second = base;
    CHECK(status_of([&] { (void)raw.call(derivation(base, mechanism, {})); }) == Status::mechanism_params_invalid);
}

TEST_CASE("several keys of one derivation", "[derivation]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    const Raw raw(ready.client);
    const auto premaster_bytes = [] {
        Bytes bytes(48, 7);
        bytes[0] = 3;
        bytes[1] = 3;
        return bytes;
    }();
    const Bytes randoms(64, 0x21);
    Usage usage;
    usage.actions = derives | plain;
    auto world = ready.world;
    const auto premaster =
        world.import_session(KeyHalf::secret, {KeyType::generic, 0, ParamSet::none, 0}, Secret(premaster_bytes), usage);

    Mechanism mechanism;
    mechanism.id = MechanismId::tls12_master_secret;
    mechanism.hash = Hash::sha256;
    mechanism.context = randoms;
    const DerivedPart master_part{{KeyType::generic, 384, ParamSet::none, 0}, usage};
    const auto master = premaster.derive_all(mechanism, {&master_part, 1}, 2);
    REQUIRE(master.keys.size() == 1);
    CHECK(to_hex(master.bytes) == "0303");

    mechanism.id = MechanismId::tls12_key_block;
    std::vector<DerivedPart> parts;
    for (const std::uint32_t bits : {256u, 256u, 128u, 128u})
        parts.push_back({{bits == 128 ? KeyType::aes : KeyType::generic, bits, ParamSet::none, 0}, usage});
    const auto made = master.keys[0].derive_all(mechanism, parts, 8);
    REQUIRE(made.keys.size() == 4);
    CHECK(made.bytes.size() == 8);
    auto prf = mechanism;
    prf.id = MechanismId::tls12_prf;
    prf.label = view("key expansion");
    prf.length = 104;
    const auto block = master.keys[0].derive(prf, {KeyType::generic, 0, ParamSet::none, 0}, usage).export_plain();
    std::string together;
    for (const auto& key : made.keys) together += to_hex(key.export_plain().view());
    CHECK(together + to_hex(made.bytes) == to_hex(block.view()));

    // What does not leave in the clear.
    CHECK(status_of([&] { (void)master.keys[0].derive_all(mechanism, parts, 65); }) == Status::access_denied);
    CHECK(status_of([&] { (void)master.keys[0].derive_all(prf, parts, 8); }) == Status::access_denied);
    CHECK(status_of([&] { (void)master.keys[0].derive_all(mechanism, {}, 8); }) == Status::invalid_argument);
    mechanism.id = MechanismId::tls12_master_secret;
    CHECK(status_of([&] { (void)premaster.derive_all(mechanism, {&master_part, 1}, 3); }) == Status::access_denied);
    const auto shorter = world.import_session(KeyHalf::secret, {KeyType::generic, 0, ParamSet::none, 0},
                                              Secret(Bytes(32, 1)), usage);
    CHECK(status_of([&] { (void)shorter.derive_all(mechanism, {&master_part, 1}, 2); }) == Status::invalid_argument);
    // More than the derivation gives.
    mechanism.context = {};
    mechanism.id = MechanismId::digest_key;
    CHECK(status_of([&] { (void)premaster.derive_all(mechanism, parts); }) == Status::mechanism_params_invalid);
}

TEST_CASE("private keys travel under AES with associated data", "[derivation]") {
    ReadyHome ready(each_connection());
    auto world = ready.world;
    Usage carrying;
    carrying.actions = bit(Action::wrap) | bit(Action::unwrap);
    Usage leaving;
    leaving.actions = bit(Action::sign) | wrapped | plain;
    const auto kek = world.generate_session(parse_key_spec("AES-256"), carrying);
    const auto rsa = world.generate_session(parse_key_spec("RSA-2048"), carrying);
    const Bytes iv(16, 5);
    for (const auto* name : {"P-256", "RSA-1024", "Ed25519", "ML-DSA-44"}) {
        const auto key = world.generate_session(parse_key_spec(name), leaving);
        for (const auto id : {MechanismId::gcm, MechanismId::ccm, MechanismId::cbc_pad, MechanismId::key_wrap_pad,
                              MechanismId::key_wrap_pkcs7, MechanismId::cfb128, MechanismId::rsa_aes_key_wrap}) {
            CAPTURE(name, mechanism_row(id).name);
            const bool sealed = id == MechanismId::gcm || id == MechanismId::ccm;
            const auto& carrier = id == MechanismId::rsa_aes_key_wrap ? rsa : kek;
            Mechanism mechanism;
            mechanism.id = id;
            if (sealed) mechanism.iv = ByteView(iv).first(12);
            if (id == MechanismId::cbc_pad || id == MechanismId::cfb128) mechanism.iv = iv;
            if (sealed) mechanism.aad = view("bound to this");
            if (id == MechanismId::rsa_aes_key_wrap) mechanism.hash = Hash::sha256;
            const auto bytes = carrier.wrap(mechanism, key);
            const KeySpec spec{key.spec().type, 0, ParamSet::none, 0};
            CHECK(carrier.unwrap(mechanism, bytes, spec, KeyHalf::private_key, leaving).id() == key.id());
            mechanism.aad = view("bound to that");
            if (sealed)
                CHECK(status_of([&] { (void)carrier.unwrap(mechanism, bytes, spec, KeyHalf::private_key, leaving); }) ==
                      Status::invalid_data);
        }
    }
}
