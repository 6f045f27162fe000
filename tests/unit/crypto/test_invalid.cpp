// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/operations.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>

/// \file
/// What operations refuse, and with which status.

namespace hsm::crypto {
namespace {

using test::status_of;

Mechanism mechanism_of(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

const Bytes& zeros() {
    static const Bytes bytes(256);
    return bytes;
}

} // namespace

TEST_CASE("mechanism, key and action must fit", "[crypto][invalid]") {
    const auto aes = import_secret(KeyType::aes, Bytes(16));
    const auto rsa = generate(parse_key_spec("RSA-1024"), false);
    Bytes out;
    CHECK(status_of([&] { sign(*aes, mechanism_of(MechanismId::rsa_pkcs1), {}, out); }) ==
          Status::key_type_mismatch);
    CHECK(status_of([&] { sign(*aes, mechanism_of(MechanismId::ecb), {}, out); }) ==
          Status::mechanism_invalid);
    CHECK(status_of([&] { sign(*aes, mechanism_of(MechanismId::none), {}, out); }) ==
          Status::mechanism_invalid);
    CHECK(status_of([&] { encrypt(*rsa, mechanism_of(MechanismId::rsa_pss, Hash::sha1), {}, out); }) ==
          Status::mechanism_invalid);
    CHECK(status_of([&] { sign(*rsa, mechanism_of(MechanismId::rsa_pss), {}, out); }) ==
          Status::mechanism_params_invalid);
    CHECK(status_of([&] { (void)derive(*aes, mechanism_of(MechanismId::ecdh)); }) ==
          Status::key_type_mismatch);
    CHECK(status_of([&] { (void)encapsulate(*aes, mechanism_of(MechanismId::ml_kem)); }) ==
          Status::key_type_mismatch);
    CHECK(status_of([&] { (void)encapsulate(*aes, mechanism_of(MechanismId::gcm)); }) ==
          Status::mechanism_invalid);
    CHECK(status_of([&] { (void)open_stream(nullptr, mechanism_of(MechanismId::cbc), Action::encrypt); }) ==
          Status::invalid_argument);
    CHECK(status_of([&] { (void)wrap(*aes, mechanism_of(MechanismId::cmac), zeros()); }) ==
          Status::mechanism_invalid);
}

TEST_CASE("RSA limits", "[crypto][invalid]") {
    const auto rsa = generate(parse_key_spec("RSA-1024"), false);
    Bytes out;
    const auto signing = [&](Mechanism m, std::size_t size) {
        return status_of([&] { sign(*rsa, m, Bytes(size, 1), out); });
    };
    CHECK(signing(mechanism_of(MechanismId::rsa_pkcs1), 117) == Status::ok);
    CHECK(signing(mechanism_of(MechanismId::rsa_pkcs1), 118) == Status::invalid_data);
    CHECK(signing(mechanism_of(MechanismId::rsa_raw), 128) == Status::ok);
    CHECK(signing(mechanism_of(MechanismId::rsa_raw), 129) == Status::invalid_data);
    auto pss = mechanism_of(MechanismId::rsa_pss, Hash::sha512);
    CHECK(signing(pss, 1) == Status::ok); // salt of 0
    pss.length = salt_is_hash;
    CHECK(signing(pss, 1) == Status::key_size_range);
    pss.prehashed = true;
    pss.length = 1;
    CHECK(signing(pss, 63) == Status::invalid_data);
    CHECK(signing(pss, 64) == Status::ok);
    auto oaep = mechanism_of(MechanismId::rsa_oaep, Hash::sha256);
    CHECK(status_of([&] { encrypt(*rsa, oaep, Bytes(62), out); }) == Status::ok);
    CHECK(status_of([&] { encrypt(*rsa, oaep, Bytes(63), out); }) == Status::invalid_data);
    oaep.hash = Hash::sha512;
    CHECK(status_of([&] { encrypt(*rsa, oaep, {}, out); }) == Status::key_size_range);
    oaep.hash = Hash::sha256;
    const Bytes above(128, 0xff); // not below the modulus
    CHECK(status_of([&] { decrypt(*rsa, oaep, above, out); }) == Status::invalid_data);
    CHECK(status_of([&] { decrypt(*rsa, mechanism_of(MechanismId::rsa_raw), above, out); }) ==
          Status::invalid_data);
    CHECK_FALSE(verify(*rsa, mechanism_of(MechanismId::rsa_pkcs1), view("x"), above));
    CHECK_FALSE(verify(*rsa, mechanism_of(MechanismId::rsa_pkcs1), view("x"), {}));
}

TEST_CASE("cipher parameters", "[crypto][invalid]") {
    const auto aes = import_secret(KeyType::aes, Bytes(16));
    Bytes out;
    const auto encrypting = [&](MechanismId id, std::size_t iv, std::uint32_t length, std::size_t size) {
        auto mechanism = mechanism_of(id);
        mechanism.iv = ByteView(zeros()).first(iv);
        mechanism.length = length;
        return status_of([&] { encrypt(*aes, mechanism, ByteView(zeros()).first(size), out); });
    };
    struct Row {
        MechanismId id;
        std::size_t iv;
        std::uint32_t length;
        std::size_t size;
        Status expected;
    };
    using enum MechanismId;
    constexpr auto params = Status::mechanism_params_invalid;
    constexpr std::array<Row, 28> rows{{
        {ecb, 0, 0, 16, Status::ok},
        {ecb, 0, 0, 15, Status::invalid_data},
        {cbc, 16, 0, 32, Status::ok},
        {cbc, 16, 0, 31, Status::invalid_data},
        {cbc, 15, 0, 32, params},
        {cbc, 0, 0, 32, params},
        {cbc_pad, 16, 0, 31, Status::ok},
        {ctr, 16, 0, 5, Status::ok},
        {ctr, 16, 32, 5, Status::ok},
        {ctr, 16, 129, 5, params},
        {ctr, 16, 31, 5, Status::ok},
        {ctr, 16, 1, 32, Status::ok},
        {ctr, 16, 1, 33, Status::invalid_data}, // two blocks, and the counter is back
        {ctr, 12, 0, 5, params},
        {gcm, 12, 0, 5, Status::ok},
        {gcm, 1, 4, 5, Status::ok},
        {gcm, 12, 8, 5, Status::ok},
        {gcm, 12, 5, 5, params},
        {gcm, 12, 17, 5, params},
        {gcm, 0, 16, 5, params},
        {ccm, 7, 4, 5, Status::ok},
        {ccm, 13, 16, 5, Status::ok},
        {ccm, 6, 16, 5, params},
        {ccm, 14, 16, 5, params},
        {ccm, 12, 5, 5, params},
        {key_wrap, 0, 0, 8, Status::invalid_data},
        {key_wrap, 0, 0, 17, Status::invalid_data},
        {key_wrap_pad, 0, 0, 0, Status::invalid_data},
    }};
    for (const auto& row : rows) {
        INFO(mechanism_row(row.id).name << " iv " << row.iv << " length " << row.length << " size "
                                        << row.size);
        CHECK(encrypting(row.id, row.iv, row.length, row.size) == row.expected);
    }
    const auto two_keys = import_secret(KeyType::aes_xts, Bytes(32));
    auto tweaked = mechanism_of(MechanismId::xts);
    CHECK(status_of([&] { encrypt(*two_keys, tweaked, ByteView(zeros()).first(16), out); }) == params);
    tweaked.iv = ByteView(zeros()).first(16);
    CHECK(status_of([&] { encrypt(*two_keys, tweaked, ByteView(zeros()).first(16), out); }) == Status::ok);
    CHECK(status_of([&] { encrypt(*two_keys, tweaked, ByteView(zeros()).first(15), out); }) == Status::invalid_data);
    CHECK(status_of([] { (void)import_secret(KeyType::aes_xts, Bytes(48)); }) == Status::key_size_range);
    // What is too short to be a ciphertext is undecryptable like any other.
    for (const auto id : {cbc_pad, gcm, ccm, key_wrap, key_wrap_pad}) {
        auto mechanism = mechanism_of(id);
        mechanism.iv = ByteView(zeros()).first(id == cbc_pad ? 16 : 12);
        for (const std::size_t size : {0, 1, 3, 15}) {
            CHECK(status_of([&] { decrypt(*aes, mechanism, ByteView(zeros()).first(size), out); }) ==
                  Status::invalid_data);
        }
    }
}

TEST_CASE("a ciphertext of the user that was changed is invalid data, in one piece and in parts", "[crypto][invalid]") {
    struct Row {
        const char* key;
        MechanismId id;
        std::size_t iv;
        std::uint32_t length; ///< of the tag
    };
    using enum MechanismId;
    for (const auto& row : {Row{"AES-128", gcm, 12, 16}, Row{"AES-128", gcm, 12, 4}, Row{"AES-256", ccm, 12, 8},
                            Row{"ChaCha20", chacha20_poly1305, 12, 0}, Row{"AES-128", key_wrap, 0, 0},
                            Row{"AES-128", key_wrap_pad, 0, 0}}) {
        INFO(mechanism_row(row.id).name << " tag " << row.length);
        const auto key = generate(parse_key_spec(row.key));
        auto mechanism = mechanism_of(row.id);
        mechanism.iv = ByteView(zeros()).first(row.iv);
        mechanism.length = row.length;
        Bytes sealed, out;
        encrypt(*key, mechanism, ByteView(zeros()).first(24), sealed);
        decrypt(*key, mechanism, sealed, out);
        CHECK(out == Bytes(24));
        sealed.back() ^= 1;
        CHECK(status_of([&] { decrypt(*key, mechanism, sealed, out); }) == Status::invalid_data);
        if (row.id == key_wrap || row.id == key_wrap_pad) continue; // in one piece only
        const auto stream = open_stream(key.get(), mechanism, Action::decrypt);
        CHECK(status_of([&] {
                  stream->update(sealed, out);
                  stream->finish(out);
              }) == Status::invalid_data);
    }
}

TEST_CASE("MAC and KDF parameters", "[crypto][invalid]") {
    const auto key = import_secret(KeyType::generic, Bytes(20));
    const auto aes = import_secret(KeyType::aes, Bytes(16));
    Bytes out;
    auto hmac = mechanism_of(MechanismId::hmac, Hash::sha256);
    hmac.length = 33;
    CHECK(status_of([&] { sign(*key, hmac, {}, out); }) == Status::mechanism_params_invalid);
    hmac.length = 10;
    sign(*key, hmac, {}, out);
    CHECK(out.size() == 10);
    CHECK(status_of([&] { sign(*key, mechanism_of(MechanismId::hmac, Hash::shake128), {}, out); }) ==
          Status::mechanism_params_invalid);
    auto gmac = mechanism_of(MechanismId::gmac);
    CHECK(status_of([&] { sign(*aes, gmac, {}, out); }) == Status::mechanism_params_invalid);
    gmac.iv = ByteView(zeros()).first(12);
    gmac.length = 11;
    CHECK(status_of([&] { sign(*aes, gmac, {}, out); }) == Status::mechanism_params_invalid);

    const auto deriving = [&](Mechanism m, std::uint32_t length) {
        m.length = length;
        return status_of([&] { (void)derive(*key, m); });
    };
    const auto hkdf = mechanism_of(MechanismId::hkdf, Hash::sha256);
    CHECK(deriving(hkdf, 0) == Status::mechanism_params_invalid);
    CHECK(deriving(hkdf, 255 * 32) == Status::ok);
    CHECK(deriving(hkdf, 255 * 32 + 1) == Status::mechanism_params_invalid);
    CHECK(deriving(mechanism_of(MechanismId::pbkdf2, Hash::sha256), 16) == Status::mechanism_params_invalid);
    CHECK(deriving(mechanism_of(MechanismId::sp800_108_counter), 16) == Status::mechanism_params_invalid);
    // A long HMAC key is hashed first (RFC 2104): the same tag as with the hash of it.
    const Bytes long_key(5000, 0x61);
    Bytes hashed;
    digest(Hash::sha256, long_key, hashed);
    Bytes other;
    hmac.length = 0;
    sign(*import_secret(KeyType::generic, long_key), hmac, view("data"), out);
    sign(*import_secret(KeyType::generic, hashed), hmac, view("data"), other);
    CHECK(out == other);
}

TEST_CASE("contexts and pre-hashes that do not exist", "[crypto][invalid]") {
    Bytes out;
    const Bytes long_context(256, 'x');
    for (const auto* name : {"Ed25519", "Ed448", "ML-DSA-44", "SLH-DSA-SHAKE-128f"}) {
        INFO(name);
        const auto key = generate(parse_key_spec(name), false);
        const auto signing = [&](const Mechanism& m) { return status_of([&] { sign(*key, m, view("x"), out); }); };
        auto mechanism = default_signature(key->spec());
        mechanism.context = ByteView(long_context).first(255);
        CHECK(signing(mechanism) == Status::ok);
        CHECK(verify(*key, mechanism, view("x"), out));
        mechanism.context = ByteView(long_context).first(254);
        CHECK_FALSE(verify(*key, mechanism, view("x"), out));
        mechanism.context = long_context;
        CHECK(signing(mechanism) == Status::mechanism_params_invalid);
        CHECK(status_of([&] { (void)open_stream(key.get(), mechanism, Action::sign); }) ==
              Status::mechanism_params_invalid);
        mechanism.context = {};
        const bool eddsa = mechanism.id == MechanismId::eddsa;
        mechanism.hash = eddsa ? Hash::sha256 : Hash::md5;
        CHECK(signing(mechanism) == Status::mechanism_params_invalid);
        if (eddsa) continue;
        mechanism.hash = Hash::sha256;
        mechanism.prehashed = true;
        CHECK(signing(mechanism) == Status::invalid_data); // not as long as the hash
    }
    const auto ed448 = generate(parse_key_spec("Ed448"), false);
    auto mechanism = default_signature(ed448->spec());
    mechanism.empty_context = true;
    CHECK(status_of([&] { sign(*ed448, mechanism, view("x"), out); }) == Status::mechanism_params_invalid);
    // Ed25519ctx with an empty context is another scheme than Ed25519.
    const auto ed25519 = generate(parse_key_spec("Ed25519"), false);
    sign(*ed25519, mechanism, view("x"), out);
    CHECK(verify(*ed25519, mechanism, view("x"), out));
    mechanism.empty_context = false;
    CHECK_FALSE(verify(*ed25519, mechanism, view("x"), out));
}

TEST_CASE("streams refuse calls out of order", "[crypto][invalid]") {
    const auto key = import_secret(KeyType::generic, Bytes(20));
    const auto hmac = mechanism_of(MechanismId::hmac, Hash::sha256);
    Bytes out;
    const auto stream = open_stream(key.get(), hmac, Action::sign);
    stream->update(view("x"), out);
    CHECK(status_of([&] { (void)stream->clone(); }) == Status::not_supported);
    stream->finish(out);
    CHECK(status_of([&] { stream->finish(out); }) == Status::bad_state);
    CHECK(status_of([&] { stream->update(view("x"), out); }) == Status::bad_state);
    CHECK(status_of([&] { (void)stream->finish_verify(out); }) == Status::bad_state);
    CHECK(status_of([&] { (void)stream->clone(); }) == Status::bad_state);
    const auto digest = open_stream(nullptr, mechanism_of(MechanismId::digest, Hash::sha256), Action::sign);
    CHECK(status_of([&] { (void)digest->finish_verify(out); }) == Status::bad_state);
}

TEST_CASE("ECDH with a hash is the KDF of ANSI X9.63", "[crypto]") {
    const auto a = generate(parse_key_spec("P-256"), false);
    const auto b = generate(parse_key_spec("P-256"), false);
    const auto spki = public_info(*b);
    auto mechanism = mechanism_of(MechanismId::ecdh);
    mechanism.context = ByteView(spki).last(65);
    const auto secret = derive(*a, mechanism);
    mechanism.hash = Hash::sha256;
    mechanism.label = view("info");
    mechanism.length = 40;
    const auto derived = derive(*a, mechanism);
    Bytes expected;
    for (std::uint8_t i = 1; i <= 2; ++i) { // Hash(Z || counter || SharedInfo)
        Bytes input = to_bytes(secret.view());
        input.insert(input.end(), {0, 0, 0, i});
        input.insert(input.end(), {'i', 'n', 'f', 'o'});
        const auto block = sha256(input);
        expected.insert(expected.end(), block.begin(), block.end());
    }
    CHECK(to_hex(derived.view()) == to_hex(ByteView(expected).first(40)));
}

} // namespace hsm::crypto
