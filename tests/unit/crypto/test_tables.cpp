// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/scheme.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace hsm {
namespace {

using test::status_of;

} // namespace

TEST_CASE("every hash of the table is there or says so", "[crypto][tables]") {
    Bytes out;
    for (const auto& row : hash_table()) {
        const auto status = status_of([&] { crypto::digest(row.hash, view("abc"), out); });
        CHECK(status == (row.botan_name.empty() ? Status::not_supported : Status::ok));
        if (status == Status::ok) CHECK(out.size() == row.size);
        CHECK(parse_hash(row.name) == row.hash);
    }
    CHECK(parse_hash("sha256") == Hash::sha256);
    CHECK(parse_hash("sha3_384") == Hash::sha3_384);
    CHECK(parse_hash("SHA512/256") == Hash::sha512_256);
    CHECK(status_of([] { (void)parse_hash("sha2"); }) == Status::invalid_argument);
    CHECK(status_of([] { (void)hash_row(Hash::none); }) == Status::mechanism_params_invalid);
    CHECK(status_of([] { (void)hash_row(static_cast<Hash>(200)); }) == Status::mechanism_params_invalid);
}

TEST_CASE("key specifications as text", "[crypto][tables]") {
    for (const auto& row : param_set_table()) {
        const auto spec = parse_key_spec(row.name);
        CHECK(spec.params == row.params);
        CHECK(spec.type == row.type);
        CHECK(to_string(spec) == row.name);
        if (!row.alias.empty()) CHECK(parse_key_spec(row.alias) == spec);
    }
    for (const auto* text :
         {"RSA-3072", "AES-256", "DES3-192", "HMAC-256", "DSA-2048", "DH-2048", "RC4-128"}) {
        CHECK(to_string(parse_key_spec(text)) == text);
    }
    for (const auto* text : {"Ed25519", "Ed448", "X25519", "X448", "DES", "ChaCha20"}) {
        CHECK(to_string(parse_key_spec(text)) == text);
    }
    CHECK(parse_key_spec("rsa-2048") == KeySpec{KeyType::rsa, 2048, ParamSet::none, 0});
    CHECK(parse_key_spec("nistp256").params == ParamSet::p256);
    CHECK(parse_key_spec("generic-256").type == KeyType::generic);
    for (const auto* bad :
         {"", "RSA", "RSA-", "RSA-x", "RSA-1", "AES-129", "P-257", "none", "none-0", "DES3-64"}) {
        CHECK(status_of([&] { (void)parse_key_spec(bad); }) == Status::invalid_argument);
    }
}

TEST_CASE("mechanisms as text", "[crypto][tables]") {
    for (const auto& row : mechanism_table()) {
        CHECK(parse_mechanism(row.name).id == row.id);
        CHECK(&mechanism_row(row.id) == &row);
    }
    const auto pss = parse_mechanism("RSA-PSS/SHA-384");
    CHECK(pss.hash == Hash::sha384);
    CHECK(pss.length == salt_is_hash);
    CHECK(parse_mechanism("ecdsa/SHA-512/256").hash == Hash::sha512_256);
    CHECK(parse_mechanism("Ed25519").id == MechanismId::eddsa);
    CHECK(status_of([] { (void)parse_mechanism("MD5"); }) == Status::invalid_argument);
    CHECK(status_of([] { (void)mechanism_row(MechanismId::none); }) == Status::mechanism_invalid);
    CHECK(status_of([] { (void)mechanism_row(static_cast<MechanismId>(4711)); }) ==
          Status::mechanism_invalid);
    CHECK(action_name(Action::export_plain) == "export-plain");
    CHECK(action_name(static_cast<Action>(99)) == "unknown");
}

TEST_CASE("no action of a mechanism is without code", "[crypto][tables]") {
    // An action that the table grants reaches a scheme: a null function would crash here instead of throwing.
    const auto public_of = [](KeyType type) -> crypto::KeyPtr {
        for (const auto& row : param_set_table()) {
            if (row.type == type && type != KeyType::slh_dsa) {
                return crypto::generate({type, 0, row.params, 0}, false);
            }
        }
        switch (type) {
        case KeyType::rsa: return crypto::generate({type, 1024, ParamSet::none, 0}, false);
        case KeyType::dsa: return crypto::generate({type, 1024, ParamSet::none, 0}, false);
        case KeyType::slh_dsa: return crypto::generate({type, 0, ParamSet::slh_dsa_sha2_128f, 0}, false);
        case KeyType::des3: return crypto::generate({type, 192, ParamSet::none, 0}, false);
        case KeyType::aes_xts: return crypto::generate({type, 256, ParamSet::none, 0}, false);
        case KeyType::aes:
        case KeyType::rc4:
        case KeyType::generic: return crypto::generate({type, 128, ParamSet::none, 0}, false);
        default: return crypto::generate({type, 0, ParamSet::none, 0}, false);
        }
    };
    for (const auto& type : key_type_table()) {
        if (type.type == KeyType::none) continue;
        const auto key = public_of(type.type);
        for (const auto& row : mechanism_table()) {
            if ((row.key_types & bit(type.type)) == 0) continue;
            Mechanism mechanism;
            mechanism.id = row.id;
            if (row.needs_hash) mechanism.hash = Hash::sha256;
            Bytes out;
            const auto can = [&](Action action) { return (row.actions & bit(action)) != 0; };
            INFO(type.name << " " << row.name);
            if (can(Action::sign)) (void)status_of([&] { crypto::sign(*key, mechanism, view("x"), out); });
            if (can(Action::verify))
                (void)status_of([&] { (void)crypto::verify(*key, mechanism, view("x"), out); });
            if (can(Action::encrypt))
                (void)status_of([&] { crypto::encrypt(*key, mechanism, view("x"), out); });
            if (can(Action::decrypt))
                (void)status_of([&] { crypto::decrypt(*key, mechanism, view("x"), out); });
            if (can(Action::wrap)) (void)status_of([&] { (void)crypto::wrap(*key, mechanism, view("x")); });
            if (can(Action::derive)) (void)status_of([&] { (void)crypto::derive(*key, mechanism); });
            if (can(Action::encapsulate))
                (void)status_of([&] { (void)crypto::encapsulate(*key, mechanism); });
            for (const auto action : {Action::sign, Action::verify, Action::encrypt, Action::decrypt}) {
                if (!can(action)) continue;
                CHECK(status_of([&] { (void)crypto::output_bound(*key, mechanism, action, 16); }) ==
                      Status::ok);
                const auto status =
                    status_of([&] { (void)crypto::open_stream(key.get(), mechanism, action); });
                if (!row.multi_part) CHECK(status == Status::mechanism_invalid);
            }
        }
    }
}

} // namespace hsm
