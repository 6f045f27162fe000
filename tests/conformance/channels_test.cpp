// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "conformance/raw_key.hpp"
#include "conformance/table.hpp"

#include <numeric>
#include <optional>

// An operation in parts gives what the operation in one piece gives, for every mechanism that has parts.

using namespace hsm;
using namespace hsm::test;

namespace {

struct Parameters {
    Mechanism mechanism;
    Bytes iv, aad;
};

/// Plausible parameters for a row.
Parameters parameters(const MechanismRow& row, KeyType type) {
    Parameters p;
    p.mechanism.id = row.id;
    if (row.needs_hash) p.mechanism.hash = Hash::sha256;
    const bool eight = type == KeyType::des || type == KeyType::des3;
    if (row.takes_iv && type != KeyType::rc4) {
        const bool nonce = row.id == MechanismId::gcm || row.id == MechanismId::ccm ||
                           row.id == MechanismId::gmac || row.id == MechanismId::chacha20_poly1305 ||
                           row.id == MechanismId::stream;
        p.iv = Bytes(nonce ? 12 : eight ? 8 : 16, 3);
    }
    if (row.id == MechanismId::gcm || row.id == MechanismId::ccm || row.id == MechanismId::chacha20_poly1305)
        p.aad = Bytes(20, 9);
    if (row.id == MechanismId::ccm) p.mechanism.length = 16;
    if (row.id == MechanismId::rsa_pss) p.mechanism.length = salt_is_hash;
    p.mechanism.iv = p.iv;
    p.mechanism.aad = p.aad;
    return p;
}

/// Feeds data to an open channel in pieces of growing size.
void feed(Channel& channel, ByteView data, Bytes& out) {
    for (std::size_t at = 0, size = 0; at < data.size(); ++size) {
        const auto part = data.subspan(at, std::min(size, data.size() - at));
        channel.update(part, out);
        at += part.size();
    }
}

std::vector<std::string> specs_for(const MechanismRow& row) {
    const std::pair<KeyType, const char*> samples[] = {{KeyType::rsa, "RSA-2048"},
                                                       {KeyType::ec, "P-256"},
                                                       {KeyType::ed25519, "Ed25519"},
                                                       {KeyType::ed448, "Ed448"},
                                                       {KeyType::ml_dsa, "ML-DSA-44"},
                                                       {KeyType::slh_dsa, "SLH-DSA-SHA2-128f"},
                                                       {KeyType::aes, "AES-192"},
                                                       {KeyType::des3, "DES3-192"},
                                                       {KeyType::des, "DES-64"},
                                                       {KeyType::rc4, "RC4-128"},
                                                       {KeyType::chacha20, "ChaCha20-256"},
                                                       {KeyType::generic, "HMAC-256"}};
    std::vector<std::string> specs;
    for (const auto& [type, name] : samples)
        if (row.key_types & bit(type)) specs.emplace_back(name);
    return specs;
}

Usage everything() {
    Usage usage;
    usage.actions = bit(Action::sign) | bit(Action::verify) | bit(Action::encrypt) | bit(Action::decrypt);
    return usage;
}

} // namespace

TEST_CASE("parts give what one piece gives", "[channel]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    Bytes data(200 * 16);                                 // whole blocks, for the modes that need them
    std::iota(data.begin(), data.end(), std::uint8_t{1}); // a zero in front would not change what ECDSA signs
    int tried = 0;
    for (const auto& row : mechanism_table()) {
        if (!row.multi_part || row.id == MechanismId::digest) continue;
        for (const auto& spec : specs_for(row)) {
            CAPTURE(row.name, spec, uri);
            const auto key = ready.world.generate_session(parse_key_spec(spec), everything());
            const auto p = parameters(row, key.spec().type);
            auto input = ByteView(data);
            // Without a hash these sign what fits into one value.
            if (!row.needs_hash && (row.id == MechanismId::rsa_pkcs1 || row.id == MechanismId::ecdsa ||
                                    row.id == MechanismId::dsa))
                input = input.first(32);
            ++tried;
            if (row.actions & bit(Action::sign)) {
                auto channel = key.open(Action::sign, p.mechanism);
                Bytes signature;
                feed(channel, input, signature);
                CHECK(signature.empty());
                channel.finish(signature);
                CHECK(key.verify(p.mechanism, input, signature));
                auto verifier = key.open(Action::verify, p.mechanism);
                Bytes none;
                feed(verifier, input, none);
                CHECK(none.empty());
                CHECK(verifier.finish_verify(key.sign(p.mechanism, input)));
                auto wrong = key.open(Action::verify, p.mechanism);
                feed(wrong, input.subspan(1), none);
                CHECK_FALSE(wrong.finish_verify(signature));
                auto forged = signature;
                forged[forged.size() / 2] ^= 1;
                auto damaged = key.open(Action::verify, p.mechanism);
                feed(damaged, input, none);
                CHECK_FALSE(damaged.finish_verify(forged));
            } else if (spec != "RSA-2048") {
                auto encrypter = key.open(Action::encrypt, p.mechanism);
                Bytes ciphertext, plaintext;
                feed(encrypter, input, ciphertext);
                encrypter.finish(ciphertext);
                CHECK(ciphertext == key.encrypt(p.mechanism, input));
                auto decrypter = key.open(Action::decrypt, p.mechanism);
                feed(decrypter, ciphertext, plaintext);
                const bool sealed = row.id == MechanismId::gcm || row.id == MechanismId::ccm ||
                                    row.id == MechanismId::chacha20_poly1305;
                if (sealed) CHECK(plaintext.empty()); // nothing before the tag was checked
                decrypter.finish(plaintext);
                CHECK(plaintext == to_bytes(input));
                if (!sealed) continue;
                ciphertext[5] ^= 1;
                auto damaged = key.open(Action::decrypt, p.mechanism);
                Bytes out;
                feed(damaged, ciphertext, out);
                CHECK(status_of([&] { damaged.finish(out); }) != Status::ok);
                CHECK(out.empty());
            }
        }
    }
    CHECK(tried > 25);
    for (const auto& row : hash_table()) {
        if (row.botan_name.empty()) continue;
        CAPTURE(row.name);
        auto channel = ready.client.open_digest(row.hash);
        Bytes out;
        feed(channel, data, out);
        channel.finish(out);
        CHECK(out == ready.client.digest(row.hash, data));
        CHECK(out.size() == row.size);
    }
}

TEST_CASE("channels in the wrong order, after their end, and after their key", "[channel]") {
    const auto uri = each_connection();
    ReadyHome ready(uri);
    auto key = ready.world.generate_session(parse_key_spec("HMAC-256"), everything());
    Mechanism hmac;
    hmac.id = MechanismId::hmac;
    hmac.hash = Hash::sha256;
    Bytes out;
    auto channel = key.open(Action::sign, hmac);
    channel.finish(out);
    CHECK(out == key.sign(hmac, {}));
    CHECK(status_of([&] { channel.finish(out); }) == Status::invalid_handle);
    CHECK(status_of([&] { channel.update(view("x"), out); }) == Status::invalid_handle);
    CHECK(status_of([&] { (void)channel.finish_verify(view("x")); }) == Status::invalid_handle);
    auto signer = key.open(Action::sign, hmac);
    CHECK(status_of([&] { (void)signer.finish_verify(view("x")); }) == Status::bad_state);
    CHECK(status_of([&] { signer.finish(out); }) == Status::invalid_handle); // the mistake ended it
    auto verifier = key.open(Action::verify, hmac);
    out.clear();
    CHECK(status_of([&] { verifier.finish(out); }) == Status::bad_state);
    CHECK(out.empty());
    // A channel is done with the key's ACL when it opens, and outlives the handle, not the module's clearing.
    const auto expected = key.sign(hmac, view("abc"));
    auto open = key.open(Action::sign, hmac), cleared = key.open(Action::sign, hmac);
    key = {};
    open.update(view("abc"), out);
    open.finish(out);
    CHECK(out == expected);
    ready.client.clear(1, ModuleMode::operational);
    CHECK(status_of([&] { cleared.update(view("abc"), out); }) == Status::module_cleared);
    // Moving leaves one channel.
    auto digest = ready.client.open_digest(Hash::sha256);
    digest.update(view("abc"), out);
    auto moved = std::move(digest);
    out.clear();
    moved.finish(out);
    CHECK(out == ready.client.digest(Hash::sha256, view("abc")));
    CHECK(ready.client.module(1).objects == 0);
}
