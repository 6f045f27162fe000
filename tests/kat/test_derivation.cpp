// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "crypto/xwing.hpp"
#include "kat/exercise.hpp"
#include "kat/keys.hpp"
#include "kat/vectors.hpp"

#include <botan/kdf.h>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>

/// \file
/// Key derivation, Diffie-Hellman and X-Wing against .vec files.

namespace hsm::kat {
namespace {

struct KdfRow {
    std::string_view name; ///< as the vector files spell it
    MechanismId id;
};

constexpr std::array<KdfRow, 10> kdfs{{
    {"HKDF(HMAC(", MechanismId::hkdf},
    {"HKDF-Extract(HMAC(", MechanismId::hkdf_extract},
    {"HKDF-Expand(HMAC(", MechanismId::hkdf_expand},
    {"SP800-108-Counter(", MechanismId::sp800_108_counter},
    {"SP800-108-Feedback(", MechanismId::sp800_108_feedback},
    {"SP800-108-Pipeline(", MechanismId::sp800_108_pipeline},
    {"SP800-56A(", MechanismId::sp800_56c_one_step},
    {"SP800-56C(HMAC(", MechanismId::sp800_56c_two_step},
    {"PBKDF2(HMAC(", MechanismId::pbkdf2},
    {"TLS-12-PRF(HMAC(", MechanismId::tls12_prf},
}};

bool is_sp800_108(MechanismId id) {
    return id == MechanismId::sp800_108_counter || id == MechanismId::sp800_108_feedback ||
           id == MechanismId::sp800_108_pipeline;
}

/// ",16,24)" at the end of a section: bits of the counter and of the length; 32 when they are not given.
std::pair<std::uint8_t, std::uint8_t> widths_of(const std::string& section) {
    const auto comma = section.find(',');
    if (comma == std::string::npos) return {32, 32};
    const auto second = section.find(',', comma + 1);
    return {static_cast<std::uint8_t>(std::stoul(section.substr(comma + 1))),
            static_cast<std::uint8_t>(std::stoul(section.substr(second + 1)))};
}

/// The usual order of the segments, with other widths.
Bytes segments_of(const Mechanism& mechanism, std::pair<std::uint8_t, std::uint8_t> widths) {
    using Kind = KdfSegment::Kind;
    static constexpr std::array<std::uint8_t, 1> zero{};
    const bool counts = mechanism.id == MechanismId::sp800_108_counter;
    std::vector<KdfSegment> segments;
    segments.push_back({.kind = Kind::iteration, .width = counts ? widths.first : std::uint8_t{0}, .bytes = {}});
    if (!counts) segments.push_back({.kind = Kind::counter, .width = widths.first, .bytes = {}});
    for (const auto bytes : {mechanism.label, ByteView(zero), mechanism.context})
        segments.push_back({.kind = Kind::bytes, .bytes = bytes});
    segments.push_back({.kind = Kind::length, .width = widths.second, .bytes = {}});
    return encode_segments(segments);
}

/// The hash between the innermost "HMAC(" (or the given start) and its bracket.
std::optional<Hash> hash_inside(const std::string& whole) {
    const auto section = whole.substr(0, whole.find(','));
    const auto hmac = section.find("HMAC(");
    auto start = hmac == std::string::npos ? section.find('(') + 1 : hmac + 5;
    auto inner = section.substr(start);
    while (!inner.empty() && inner.back() == ')' && !hash_named(inner)) inner.pop_back();
    return hash_named(inner);
}

/// The prf, key and parameters of a case; null if libhsm does not have them.
crypto::KeyPtr prepare(const Case& c, Mechanism& mechanism, ByteView secret) {
    for (const auto& row : kdfs) {
        if (!c.section.starts_with(row.name)) continue;
        mechanism.id = row.id;
        if (is_sp800_108(row.id) && c.section.find("CMAC(") != std::string::npos) {
            const auto start = c.section.find("CMAC(") + 5;
            return cipher_key(c.section.substr(start, c.section.find(')') - start), secret);
        }
        const auto hash = hash_inside(c.section);
        if (!hash) return nullptr;
        mechanism.hash = *hash;
        return secret_key(KeyType::generic, secret);
    }
    return nullptr;
}

void run_kdf(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Output")) {
        if (!tally.take()) continue;
        const auto output = c.hex("Output");
        auto salt = c.hex("Salt");
        const auto label = c.hex("Label");
        const bool pbkdf2 = c.has("Passphrase");
        const auto secret = pbkdf2 ? to_bytes(view(c.str("Passphrase"))) : c.hex("Secret");
        Mechanism mechanism;
        const auto key = prepare(c, mechanism, secret);
        if (key == nullptr) {
            tally.skip(c.section);
            continue;
        }
        mechanism.length = static_cast<std::uint32_t>(output.size());
        Bytes segments;
        const bool hmac_form = c.section.find("HMAC(") != std::string::npos;
        if (is_sp800_108(mechanism.id)) {
            mechanism.label = label;
            mechanism.context = salt;
            if (mechanism.id == MechanismId::sp800_108_feedback) {
                // The vectors' salt is iv || context, the iv as long as the PRF, when it is long enough.
                const std::size_t prf = mechanism.hash == Hash::none
                                            ? (key->spec().type == KeyType::aes ? 16u : 8u)
                                            : hash_row(mechanism.hash).size;
                const auto iv = salt.size() >= prf ? prf : 0;
                mechanism.iv = ByteView(salt).first(iv);
                mechanism.context = ByteView(salt).subspan(iv);
            }
            const auto widths = widths_of(c.section);
            segments = segments_of(mechanism, widths);
            if (widths == std::pair<std::uint8_t, std::uint8_t>{32, 32})
                tally.result(c.where() + " label and context", try_derive(*key, mechanism, output));
            mechanism.segments = segments;
            mechanism.label = {};
            mechanism.context = {};
        } else if (mechanism.id == MechanismId::hkdf_expand) {
            mechanism.context = salt; // as the file has it
        } else if (mechanism.id == MechanismId::tls12_prf) {
            mechanism.label = label;
            mechanism.context = salt;
        } else {
            if (mechanism.id == MechanismId::sp800_56c_one_step && hmac_form && salt.empty()) {
                salt.resize(hash_row(mechanism.hash).block); // the default salt, spelt out
            }
            mechanism.iv = salt;
            mechanism.context = label;
            if (pbkdf2) mechanism.iterations = static_cast<std::uint32_t>(std::stoul(c.str("Iterations")));
        }
        tally.result(c.where(), try_derive(*key, mechanism, output));
    }
}

/// Our own file: one section a mechanism, by libhsm's names.
void run_bytes(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Output")) {
        if (!tally.take()) continue;
        auto mechanism = parse_mechanism(c.section);
        const auto context = c.hex("Context");
        const auto salt = c.hex("Salt");
        mechanism.hash = c.has("Hash") ? parse_hash(c.str("Hash")) : Hash::none;
        mechanism.context = context;
        mechanism.iv = salt;
        if (c.has("Length")) mechanism.length = static_cast<std::uint32_t>(std::stoul(c.str("Length")));
        if (c.has("Offset")) mechanism.offset = static_cast<std::uint32_t>(std::stoul(c.str("Offset")));
        const bool encrypts = c.section.ends_with("ENCRYPT-DATA");
        const auto key = secret_key(encrypts ? KeyType::aes : KeyType::generic, c.hex("Base"));
        crypto::KeyPtr second;
        if (c.has("Second")) second = secret_key(KeyType::generic, c.hex("Second"));
        tally.result(c.where(), try_derive(*key, mechanism, c.hex("Output"), second.get()));
    }
}

/// Agreement with a KDF is the KDF over the agreed secret: the KDFs have vectors of their own.
void run_agreement_kdf(Tally& tally) {
    for (const auto* name : {"P-256", "P-521", "X25519", "X448", "FFDHE-2048"}) {
        if (!tally.take()) continue;
        const auto key = crypto::generate(parse_key_spec(name), false);
        const auto other = crypto::generate(parse_key_spec(name), false);
        const auto peer = public_value(*other);
        Mechanism raw;
        raw.id = key->spec().type == KeyType::dh ? MechanismId::dh : MechanismId::ecdh;
        raw.context = peer;
        const auto secret = crypto::derive(*key, raw);
        for (const auto hash : {Hash::sha1, Hash::sha256, Hash::sha384, Hash::sha3_256}) {
            for (const std::uint32_t length : {16u, 32u, 100u}) {
                auto mechanism = raw;
                mechanism.hash = hash;
                mechanism.length = length;
                mechanism.label = view("shared info");
                mechanism.kdf = AgreementKdf::one_step;
                Mechanism one_step;
                one_step.id = MechanismId::sp800_56c_one_step;
                one_step.hash = hash;
                one_step.length = length;
                one_step.context = mechanism.label;
                const auto base = secret_key(KeyType::generic, secret.view());
                tally.result(name, try_derive(*key, mechanism, crypto::derive(*base, one_step).view()));
                mechanism.kdf = AgreementKdf::x963;
                Bytes expected(length);
                Botan::KDF::create_or_throw("KDF2(" + std::string(hash_row(hash).botan_name) + ")")
                    ->derive_key(std::span(expected), secret.view(), ByteView{}, mechanism.label);
                tally.result(name, try_derive(*key, mechanism, expected));
            }
        }
        auto cut = raw;
        cut.length = 16; // the end of the secret
        tally.result(name, try_derive(*key, cut, secret.view().last(16)));
    }
}

void run_ecdh(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "K")) {
        if (!tally.take()) continue;
        const auto curve = curve_named(c.section);
        if (!curve || c.has("KDF")) {
            tally.skip(c.section);
            continue;
        }
        const auto key = ec_private(*curve, c.str("Secret"));
        const auto peer = c.hex("CounterKey");
        Mechanism mechanism;
        mechanism.context = peer;
        for (const auto id : {MechanismId::ecdh, MechanismId::ecdh_cofactor}) {
            mechanism.id = id;
            tally.result(c.where(), try_derive(*key, mechanism, c.hex("K")));
        }
    }
}

void run_montgomery(Tally& tally, const std::string& path, KeyType type) {
    for (const auto& c : read_vec(path, "K")) {
        if (!tally.take()) continue;
        const auto key = raw_private({type, 0, ParamSet::none, 0}, c.hex("Secret"));
        const auto peer = c.hex("CounterKey");
        Mechanism mechanism;
        mechanism.id = MechanismId::ecdh;
        mechanism.context = peer;
        const auto shared = c.hex("K");
        if (std::all_of(shared.begin(), shared.end(),
                        [](auto b) { return b == 0; })) { // a peer of small order
            const auto status = status_of([&] { (void)crypto::derive(*key, mechanism); });
            tally.result(c.where(),
                         status == Status::mechanism_params_invalid ? "" : "a zero secret was accepted");
            continue;
        }
        tally.result(c.where(), try_derive(*key, mechanism, shared));
    }
}

void run_dh(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "K")) {
        if (!tally.take()) continue;
        const auto key = dh_private(c.str("P"), c.str("Q"), c.str("G"), c.str("X"));
        if (key == nullptr) {
            tally.skip("size");
            continue;
        }
        const auto peer = number_bytes(c.str("Y"));
        Mechanism mechanism;
        mechanism.id = MechanismId::dh;
        mechanism.context = peer;
        if (c.has("KDF")) { // KDF2(SHA-1)
            mechanism.hash = Hash::sha1;
            mechanism.length = static_cast<std::uint32_t>(c.hex("K").size());
        }
        tally.result(c.where(), try_derive(*key, mechanism, c.hex("K")));
    }
}

} // namespace

TEST_CASE("key derivation", "[kat]") {
    Tally tally("HKDF, SP 800-108, SP 800-56C, PBKDF2, TLS, PKCS #11", 2250);
    run_kdf(tally, own_vectors() + "kdf.vec");
    run_bytes(tally, own_vectors() + "derive_bytes.vec");
    for (const auto* name :
         {"hkdf", "sp800_108_ctr", "sp800_108_fb", "sp800_108_pipe", "sp800_56a", "sp800_56c", "tls_prf"}) {
        run_kdf(tally, botan_vectors() + "kdf/" + name + ".vec");
    }
    run_kdf(tally, botan_vectors() + "pbkdf/pbkdf2.vec");
    tally.finish();
}

TEST_CASE("agreement", "[kat]") {
    Tally tally("ECDH, X25519, X448, DH", 800);
    run_ecdh(tally, botan_vectors() + "pubkey/ecdh.vec");
    run_montgomery(tally, botan_vectors() + "pubkey/x25519.vec", KeyType::x25519);
    run_montgomery(tally, botan_vectors() + "pubkey/x448.vec", KeyType::x448);
    run_dh(tally, botan_vectors() + "pubkey/dh.vec");
    run_agreement_kdf(tally);
    tally.finish();
}

TEST_CASE("X-Wing", "[kat]") {
    Tally tally("X-Wing", 3);
    for (const auto& c : read_vec(own_vectors() + "xwing.vec", "SS")) {
        if (!tally.take()) continue;
        const Secret seed(c.hex("SK"));
        const auto public_key = crypto::xwing_public(seed);
        const auto made = crypto::xwing_encapsulate(public_key, Secret(c.hex("ESeed")));
        CHECK(to_hex(public_key).starts_with(c.str("PKStart")));
        CHECK(to_hex(made.ciphertext).starts_with(c.str("CTStart")));
        CHECK(to_hex(made.shared.view()) == c.str("SS"));
        CHECK(to_hex(crypto::xwing_decapsulate(seed, made.ciphertext).view()) == c.str("SS"));
        tally.ran();
    }
    tally.finish();
}

} // namespace hsm::kat
