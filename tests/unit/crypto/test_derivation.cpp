// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/operations.hpp"
#include "support/expect_error.hpp"

#include <catch2/catch_test_macros.hpp>

namespace hsm::crypto {
namespace {

using hsm::test::status_of;
using Kind = KdfSegment::Kind;

Mechanism mechanism_of(MechanismId id, Hash hash = Hash::none) {
    Mechanism mechanism;
    mechanism.id = id;
    mechanism.hash = hash;
    return mechanism;
}

KeyPtr generic(ByteView bytes) { return import_secret(KeyType::generic, bytes); }

} // namespace

TEST_CASE("segments of SP 800-108 have one encoding", "[crypto][derivation]") {
    const std::vector<KdfSegment> segments{
        {.kind = Kind::bytes, .bytes = view("label")},
        {.kind = Kind::iteration, .width = 16, .little_endian = true, .bytes = {}},
        {.kind = Kind::length, .width = 64, .sum = KdfSegment::Sum::blocks, .bytes = {}},
    };
    const auto encoded = encode_segments(segments);
    const auto again = decode_segments(encoded);
    REQUIRE(again.size() == segments.size());
    CHECK(text(again[0].bytes) == "label");
    CHECK(again[1].little_endian);
    CHECK(again[2].sum == KdfSegment::Sum::blocks);
    CHECK(encode_segments(again) == encoded);
    for (std::size_t cut = 0; cut < encoded.size(); ++cut) {
        const auto whole = cut == 13 || cut == 21; // where a segment ends
        CHECK((status_of([&] { (void)decode_segments(ByteView(encoded).first(cut)); }) == Status::ok) == whole);
    }
    for (const auto& bad : {KdfSegment{.kind = Kind::counter, .width = 12, .bytes = {}},
                            KdfSegment{.kind = Kind::counter, .width = 0, .bytes = {}},
                            KdfSegment{.kind = Kind::counter, .width = 40, .bytes = {}},
                            KdfSegment{.kind = Kind::length, .width = 72, .bytes = {}},
                            KdfSegment{.kind = static_cast<Kind>(9), .bytes = {}},
                            KdfSegment{.kind = Kind::bytes, .width = 8, .bytes = {}}})
        CHECK(status_of([&] { (void)encode_segments({&bad, 1}); }) == Status::mechanism_params_invalid);
    CHECK(status_of([] { (void)encode_segments({}); }) == Status::mechanism_params_invalid);
}

TEST_CASE("segments that make no sense in their mode", "[crypto][derivation]") {
    const auto key = generic(view("a key of some length"));
    const auto deriving = [&](MechanismId id, const std::vector<KdfSegment>& segments, std::uint32_t length = 32) {
        auto mechanism = mechanism_of(id, Hash::sha256);
        const auto encoded = encode_segments(segments);
        mechanism.segments = encoded;
        mechanism.length = length;
        return status_of([&] { (void)derive(*key, mechanism); });
    };
    constexpr auto bad = Status::mechanism_params_invalid;
    const KdfSegment counter{.kind = Kind::iteration, .width = 8, .bytes = {}};
    const KdfSegment chain{.kind = Kind::iteration, .bytes = {}};
    const KdfSegment optional{.kind = Kind::counter, .width = 8, .bytes = {}};
    const KdfSegment length{.kind = Kind::length, .width = 8, .bytes = {}};
    using enum MechanismId;
    CHECK(deriving(sp800_108_counter, {counter}) == Status::ok);
    CHECK(deriving(sp800_108_counter, {counter, counter}) == bad);
    CHECK(deriving(sp800_108_counter, {counter, optional}) == bad);
    CHECK(deriving(sp800_108_counter, {chain}) == bad);
    CHECK(deriving(sp800_108_counter, {length}) == bad);
    CHECK(deriving(sp800_108_feedback, {chain}) == Status::ok);
    CHECK(deriving(sp800_108_feedback, {chain, optional, length}, 31) == Status::ok);
    CHECK(deriving(sp800_108_feedback, {chain, optional, length}) == bad); // 256 bits in 8
    CHECK(deriving(sp800_108_feedback, {counter}) == bad);
    CHECK(deriving(sp800_108_pipeline, {chain, optional}) == Status::ok);
    CHECK(deriving(sp800_108_pipeline, {chain, optional, optional}) == bad);
    CHECK(deriving(sp800_108_counter, {counter}, 255 * 32) == Status::ok);
    CHECK(deriving(sp800_108_counter, {counter}, 255 * 32 + 1) == bad); // the counter is at its end
    auto both = mechanism_of(sp800_108_counter, Hash::sha256);
    const auto encoded = encode_segments({&counter, 1});
    both.segments = encoded;
    both.label = view("label");
    both.length = 16;
    CHECK(status_of([&] { (void)derive(*key, both); }) == bad);
}

TEST_CASE("the order and the byte order of segments count", "[crypto][derivation]") {
    const auto key = generic(view("a key of some length"));
    const auto derived = [&](const std::vector<KdfSegment>& segments) {
        auto mechanism = mechanism_of(MechanismId::sp800_108_counter, Hash::sha256);
        const auto encoded = encode_segments(segments);
        mechanism.segments = encoded;
        mechanism.length = 40;
        return to_hex(derive(*key, mechanism).view());
    };
    const KdfSegment big{.kind = Kind::iteration, .width = 32, .bytes = {}};
    const KdfSegment little{.kind = Kind::iteration, .width = 32, .little_endian = true, .bytes = {}};
    const KdfSegment data{.kind = Kind::bytes, .bytes = view("data")};
    // The PRF is HMAC: each order by hand.
    auto hmac = mechanism_of(MechanismId::hmac, Hash::sha256);
    const auto tag = [&](std::string_view hex) {
        Bytes out;
        sign(*key, hmac, from_hex(hex), out);
        return to_hex(out);
    };
    CHECK(derived({big, data}) == tag("0000000164617461") + tag("0000000264617461").substr(0, 16));
    CHECK(derived({little, data}) == tag("0100000064617461") + tag("0200000064617461").substr(0, 16));
    CHECK(derived({data, big}) == tag("6461746100000001") + tag("6461746100000002").substr(0, 16));
    const KdfSegment keys{.kind = Kind::length, .width = 16, .bytes = {}};
    const KdfSegment blocks{.kind = Kind::length, .width = 16, .sum = KdfSegment::Sum::blocks, .bytes = {}};
    CHECK(derived({big, keys}) == tag("000000010140") + tag("000000020140").substr(0, 16));
    CHECK(derived({big, blocks}) == tag("000000010200") + tag("000000020200").substr(0, 16));
}

TEST_CASE("derivations refuse what they cannot do", "[crypto][derivation]") {
    const auto key = generic(Bytes(16, 1));
    const auto second = generic(Bytes(16, 2));
    constexpr auto bad = Status::mechanism_params_invalid;
    const auto deriving = [&](const Mechanism& m, const Key* other = nullptr) {
        return status_of([&] { (void)derive(*key, m, other); });
    };
    using enum MechanismId;
    CHECK(deriving(mechanism_of(concatenate_keys)) == bad);
    CHECK(deriving(mechanism_of(concatenate_keys), second.get()) == Status::ok);
    CHECK(deriving(mechanism_of(concatenate_data), second.get()) == bad); // takes none
    CHECK(deriving(mechanism_of(xor_data)) == bad);
    auto bits = mechanism_of(extract_bits);
    CHECK(deriving(bits) == bad);
    bits.length = 16;
    CHECK(deriving(bits) == Status::ok);
    bits.length = 17;
    CHECK(deriving(bits) == bad);
    bits.length = 1;
    bits.offset = 128;
    CHECK(deriving(bits) == bad);
    auto hashed = mechanism_of(digest_key, Hash::sha256);
    hashed.length = 33;
    CHECK(deriving(hashed) == bad);
    hashed.hash = Hash::shake128;
    CHECK(deriving(hashed) == Status::ok);
    auto extract = mechanism_of(hkdf_extract, Hash::sha256);
    extract.length = 16;
    CHECK(deriving(extract) == bad);
    extract.length = 32;
    extract.iv = view("salt");
    CHECK(deriving(extract, second.get()) == bad); // a salt and a salt
    auto master = mechanism_of(tls12_master_secret, Hash::sha256);
    CHECK(deriving(master) == bad);
    const Bytes randoms(64);
    master.context = randoms;
    CHECK(deriving(master) == Status::ok);
    master.length = 32;
    CHECK(deriving(master) == bad);
    master.length = 0;
    master.label = view("label");
    CHECK(deriving(master) == bad);
    const auto ec = generate(parse_key_spec("P-256"), false);
    CHECK(status_of([&] { (void)derive(*key, mechanism_of(concatenate_keys), ec.get()); }) == Status::key_type_mismatch);
    const auto aes = import_secret(KeyType::aes, Bytes(16));
    auto data = mechanism_of(ecb_encrypt_data);
    CHECK(status_of([&] { (void)derive(*aes, data); }) == bad);
    data.context = ByteView(randoms).first(15);
    CHECK(status_of([&] { (void)derive(*aes, data); }) == Status::invalid_data);
}

TEST_CASE("key wrap with other initial values", "[crypto][derivation]") {
    const auto aes = import_secret(KeyType::aes, Bytes(16, 3));
    const Bytes data(24, 7);
    using enum MechanismId;
    struct Row {
        MechanismId id;
        std::size_t iv;
        std::size_t size;
        std::size_t wrapped;
    };
    for (const auto& row : {Row{key_wrap, 8, 24, 32}, Row{key_wrap_pad, 4, 21, 32}, Row{key_wrap_pad, 4, 8, 16},
                            Row{key_wrap_pkcs7, 8, 24, 40}, Row{key_wrap_pkcs7, 8, 23, 32}, Row{key_wrap_pkcs7, 0, 8, 24}}) {
        CAPTURE(row.size, row.iv);
        auto mechanism = mechanism_of(row.id);
        const Bytes iv(row.iv, 0x5a);
        mechanism.iv = iv;
        Bytes out;
        Bytes back;
        encrypt(*aes, mechanism, ByteView(data).first(row.size), out);
        CHECK(out.size() == row.wrapped);
        decrypt(*aes, mechanism, out, back);
        CHECK(back == to_bytes(ByteView(data).first(row.size)));
        auto wrong = iv.empty() ? Bytes(8, 1) : iv;
        wrong[0] ^= 1;
        mechanism.iv = wrong;
        CHECK(status_of([&] { decrypt(*aes, mechanism, out, back); }) == Status::invalid_data);
        const Bytes odd(5);
        mechanism.iv = odd;
        CHECK(status_of([&] { encrypt(*aes, mechanism, ByteView(data).first(row.size), out); }) ==
              Status::mechanism_params_invalid);
    }
    Bytes out;
    CHECK(status_of([&] { encrypt(*aes, mechanism_of(key_wrap_pkcs7), ByteView(data).first(7), out); }) ==
          Status::invalid_data);
}

TEST_CASE("RSA with AES key wrap", "[crypto][derivation]") {
    const auto rsa = generate(parse_key_spec("RSA-2048"), false);
    auto mechanism = mechanism_of(MechanismId::rsa_aes_key_wrap, Hash::sha256);
    const auto private_key = generate(parse_key_spec("P-256"), false);
    const auto pkcs8 = material(*private_key);
    for (const std::uint32_t bits : {0u, 128u, 192u, 256u}) {
        mechanism.length = bits;
        auto wrapped = wrap(*rsa, mechanism, pkcs8.view());
        CHECK(wrapped.size() == 256 + (pkcs8.size() + 7) / 8 * 8 + 8);
        CHECK(to_hex(unwrap(*rsa, mechanism, wrapped).view()) == to_hex(pkcs8.view()));
        for (const std::size_t at : {std::size_t{0}, std::size_t{300}}) {
            wrapped[at] ^= 1;
            CHECK(status_of([&] { (void)unwrap(*rsa, mechanism, wrapped); }) == Status::invalid_data);
            wrapped[at] ^= 1;
        }
        CHECK(status_of([&] { (void)unwrap(*rsa, mechanism, ByteView(wrapped).first(256)); }) == Status::invalid_data);
    }
    mechanism.length = 100;
    CHECK(status_of([&] { (void)wrap(*rsa, mechanism, pkcs8.view()); }) == Status::mechanism_params_invalid);
    Bytes out;
    CHECK(status_of([&] { encrypt(*rsa, mechanism, view("x"), out); }) == Status::mechanism_invalid);
}

} // namespace hsm::crypto
