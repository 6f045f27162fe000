// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/exercise.hpp"
#include "kat/keys.hpp"
#include "kat/vectors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>

/// \file
/// Digests, MACs, ciphers and key wrap against .vec files: ours in the tree, and the cryptographic library's.

namespace hsm::kat {
namespace {

Mechanism mechanism_of(MechanismId id) {
    Mechanism mechanism;
    mechanism.id = id;
    return mechanism;
}

/// "X(Y)" gives X; the part in brackets goes to \p inside.
std::string split_name(const std::string& name, std::string& inside) {
    const auto open = name.find('(');
    inside = open == std::string::npos ? "" : name.substr(open + 1, name.rfind(')') - open - 1);
    return name.substr(0, open);
}

void run_digests(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        const auto hash = hash_named(c.section);
        if (!hash) {
            tally.skip(c.section);
            continue;
        }
        tally.result(c.where(), try_digest(*hash, c.hex("In"), c.hex("Out")));
    }
}

void run_macs(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        std::string inside;
        const auto scheme = split_name(c.section, inside);
        const auto raw = c.hex("Key");
        const auto iv = c.hex("IV");
        const auto tag = c.hex("Out");
        Mechanism mechanism;
        crypto::KeyPtr key;
        if (scheme == "HMAC") {
            mechanism.id = MechanismId::hmac;
            const auto hash = hash_named(inside);
            if (hash) {
                mechanism.hash = *hash;
                key = secret_key(KeyType::generic, raw);
            }
        } else if (scheme == "TLS12-MAC") {
            mechanism.id = MechanismId::tls12_mac;
            mechanism.hash = hash_named(inside).value();
            key = secret_key(KeyType::generic, raw);
        } else {
            mechanism.id = scheme == "CMAC" ? MechanismId::cmac : MechanismId::gmac;
            key = cipher_key(inside, raw);
        }
        if (key == nullptr) {
            tally.skip(c.section);
            continue;
        }
        mechanism.iv = iv;
        mechanism.label = view(c.str("Label"));
        mechanism.length = static_cast<std::uint32_t>(tag.size());
        tally.result(c.where(), try_mac(*key, mechanism, c.hex("In"), tag));
        if (tag.size() < 14) continue;
        mechanism.length = 8; // a cut tag is the beginning of the whole one
        tally.result(c.where() + " cut", try_mac(*key, mechanism, c.hex("In"), ByteView(tag).first(8)));
    }
}

void run_aead(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        const auto iv = c.hex("Nonce");
        const auto aad = c.hex("AD");
        const auto in = c.hex("In");
        const auto out = c.hex("Out");
        Mechanism mechanism;
        crypto::KeyPtr key;
        if (c.section == "ChaCha20Poly1305") {
            mechanism.id = MechanismId::chacha20_poly1305;
            if (iv.size() == 12) key = secret_key(KeyType::chacha20, c.hex("Key"));
        } else {
            const auto slash = c.section.find('/');
            mechanism.id = c.section.compare(slash + 1, 3, "GCM") == 0 ? MechanismId::gcm : MechanismId::ccm;
            key = cipher_key(c.section.substr(0, slash), c.hex("Key"));
            mechanism.length = static_cast<std::uint32_t>(out.size() - in.size());
        }
        if (key == nullptr) {
            tally.skip(c.section + (iv.size() == 12 ? "" : ", nonce of " + std::to_string(iv.size())));
            continue;
        }
        mechanism.iv = iv;
        mechanism.aad = aad;
        tally.result(c.where(), try_cipher(*key, mechanism, in, out));
        auto wrong = out;
        wrong.back() ^= 1;
        tally.result(c.where() + " changed", try_undecryptable(*key, mechanism, wrong));
    }
}

void run_blocks(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        const auto key = c.has("Iterations") ? nullptr : cipher_key(c.section, c.hex("Key"));
        if (key == nullptr) {
            tally.skip(c.section);
            continue;
        }
        tally.result(c.where(), try_cipher(*key, mechanism_of(MechanismId::ecb), c.hex("In"), c.hex("Out")));
    }
}

void run_cbc(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        const auto slash = c.section.find('/');
        const auto padding = c.section.substr(slash);
        const bool padded = padding == "/CBC/PKCS7";
        const auto key = cipher_key(c.section.substr(0, slash), c.hex("Key"));
        if (key == nullptr || (!padded && padding != "/CBC/NoPadding")) {
            tally.skip(c.section);
            continue;
        }
        auto mechanism = mechanism_of(padded ? MechanismId::cbc_pad : MechanismId::cbc);
        const auto iv = c.hex("Nonce");
        mechanism.iv = iv;
        tally.result(c.where(), try_cipher(*key, mechanism, c.hex("In"), c.hex("Out")));
    }
}

/// The library's third form of ciphertext stealing to the first one, which is ours: the last two parts change places.
Bytes first_form(const Bytes& third, std::size_t block) {
    if (third.size() <= block) return third;
    const auto rest = third.size() % block == 0 ? block : third.size() % block;
    Bytes out(third.begin(), third.end() - static_cast<std::ptrdiff_t>(block + rest));
    out.insert(out.end(), third.end() - static_cast<std::ptrdiff_t>(rest), third.end());
    out.insert(out.end(), third.end() - static_cast<std::ptrdiff_t>(block + rest),
               third.end() - static_cast<std::ptrdiff_t>(rest));
    return out;
}

/// CFB, OFB and ciphertext stealing: "AES-128/CFB(8)", "OFB(DES)", "DES/CBC/CTS".
void run_feedback(Tally& tally, const std::string& path) {
    struct ModeName {
        std::string_view text;
        MechanismId id;
    };
    static constexpr std::array<ModeName, 5> names{{
        {"/CFB(8)", MechanismId::cfb8},
        {"/CFB", MechanismId::cfb128},
        {"/CBC/CTS", MechanismId::cbc_cts},
        {"/CBC/CS1", MechanismId::cbc_cts},
        {"/XTS", MechanismId::xts},
    }};
    for (const auto& c : read_vec(path, "Out")) {
        const auto slash = std::min(c.section.find('/'), c.section.size());
        const auto mode = std::ranges::find(names, std::string_view(c.section).substr(slash), &ModeName::text);
        const bool ofb = c.section.starts_with("OFB(");
        if (!ofb && mode == names.end()) continue;
        if (!tally.take()) continue;
        std::string inside;
        split_name(c.section, inside);
        const auto cipher = c.section.substr(0, slash);
        const bool xts = !ofb && mode->id == MechanismId::xts;
        const auto key = xts ? (cipher.starts_with("AES-") ? secret_key(KeyType::aes_xts, c.hex("Key")) : nullptr)
                             : cipher_key(ofb ? inside : cipher, c.hex("Key"));
        if (key == nullptr || c.has("Seek") || (xts && c.hex("Nonce").size() != 16)) {
            tally.skip(c.section);
            continue;
        }
        auto mechanism = mechanism_of(ofb ? MechanismId::ofb : mode->id);
        const auto iv = c.hex("Nonce");
        mechanism.iv = iv;
        auto out = c.hex("Out");
        const std::size_t block = key->spec().type == KeyType::aes ? 16 : 8;
        if (c.section.ends_with("/CTS")) out = first_form(out, block);
        tally.result(c.where(), try_cipher(*key, mechanism, c.hex("In"), out));
    }
}

/// A vector from the middle of a key stream: what comes before it is zeros.
std::string try_seek(const crypto::Key& key, const Mechanism& mechanism, std::size_t seek, ByteView in,
                     ByteView out) {
    Bytes data(seek);
    data.insert(data.end(), in.begin(), in.end());
    Bytes whole;
    if (const auto status = status_of([&] { crypto::encrypt(key, mechanism, data, whole); });
        status != Status::ok) {
        return "status " + std::to_string(static_cast<int>(status));
    }
    whole.erase(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(seek));
    if (!std::equal(whole.begin(), whole.end(), out.begin(), out.end())) return "the key stream differs";
    return try_cipher(key, mechanism, {}, {});
}

constexpr std::size_t longest_seek = std::size_t{1} << 20;

void run_ctr(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        std::string inside;
        split_name(c.section, inside);
        const auto comma = inside.find(',');
        const auto key = cipher_key(inside.substr(0, comma), c.hex("Key"));
        const std::size_t seek = c.has("Seek") ? std::stoull(c.str("Seek")) : 0;
        if (key == nullptr || seek > longest_seek) {
            tally.skip(c.section + (key == nullptr ? "" : ", seeking far"));
            continue;
        }
        const std::size_t block = key->spec().type == KeyType::aes ? 16 : 8;
        auto iv = c.hex("Nonce");
        if (iv.size() < block) iv.resize(block); // a short nonce is filled with a zero counter
        auto mechanism = mechanism_of(MechanismId::ctr);
        mechanism.iv = iv;
        if (comma != std::string::npos) {
            mechanism.length = static_cast<std::uint32_t>(std::stoul(inside.substr(comma + 1)) * 8);
        }
        const auto out = c.hex("Out");
        auto in = c.hex("In");
        if (in.empty()) in.resize(out.size());
        Bytes ignored;
        if (comma != std::string::npos && seek == 0 &&
            status_of([&] { crypto::encrypt(*key, mechanism, in, ignored); }) == Status::invalid_data) {
            tally.skip("a narrow counter that wraps around: refused");
            continue;
        }
        tally.result(c.where(), seek == 0 ? try_cipher(*key, mechanism, in, out)
                                          : try_seek(*key, mechanism, seek, in, out));
    }
}

void run_stream(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Out")) {
        if (!tally.take()) continue;
        const bool rc4 = c.section == "RC4";
        auto iv = c.hex("Nonce");
        if (!rc4 && iv.empty()) iv.resize(8);
        auto raw = c.hex("Key");
        const bool fits = rc4 || (c.section == "ChaCha(20)" && (iv.size() == 8 || iv.size() == 12));
        const auto key = !fits ? nullptr : secret_key(rc4 ? KeyType::rc4 : KeyType::chacha20, raw);
        const std::size_t seek = c.has("Seek") ? std::stoull(c.str("Seek")) : 0;
        if (key == nullptr || seek > longest_seek) {
            tally.skip(c.section + (fits ? ", seeking far or a key of " + std::to_string(raw.size()) : ""));
            continue;
        }
        auto mechanism = mechanism_of(MechanismId::stream);
        mechanism.iv = iv;
        const auto out = c.hex("Out");
        auto in = c.hex("In");
        if (in.empty()) in.resize(out.size());
        tally.result(c.where(), seek == 0 ? try_cipher(*key, mechanism, in, out)
                                          : try_seek(*key, mechanism, seek, in, out));
    }
}

void run_key_wrap(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Output")) {
        if (!tally.take()) continue;
        const bool rfc3394 = c.has("KEK");
        const auto key = cipher_key("AES", c.hex(rfc3394 ? "KEK" : "Key"));
        const auto mechanism =
            mechanism_of(c.section == "KWP" ? MechanismId::key_wrap_pad : MechanismId::key_wrap);
        const auto in = c.hex(rfc3394 ? "Key" : "Input");
        const auto out = c.hex("Output");
        if (c.section == "KW" && in.size() < 16) {
            tally.skip("KW of 8 bytes, which RFC 3394 does not define");
            continue;
        }
        tally.result(c.where(), try_cipher(*key, mechanism, in, out));
        auto wrong = out;
        wrong[3] ^= 0x80;
        tally.result(c.where() + " changed", try_undecryptable(*key, mechanism, wrong));
    }
}

void run_bad_key_wrap(Tally& tally, const std::string& path) {
    for (const auto& c : read_vec(path, "Input")) {
        if (!tally.take()) continue;
        const auto key = cipher_key("AES", c.hex("Key"));
        const auto mechanism =
            mechanism_of(c.section == "KWP" ? MechanismId::key_wrap_pad : MechanismId::key_wrap);
        tally.result(c.where(), try_undecryptable(*key, mechanism, c.hex("Input")));
    }
}

} // namespace

TEST_CASE("digests", "[kat]") {
    Tally tally("digests", 1185);
    run_digests(tally, own_vectors() + "digest.vec");
    for (const auto* name : {"md4", "md5", "sha1", "sha2_32", "sha2_64", "sha3", "shake"}) {
        run_digests(tally, botan_vectors() + "hash/" + name + ".vec");
    }
    tally.finish();
}

TEST_CASE("MACs", "[kat]") {
    Tally tally("HMAC, CMAC, GMAC", 490);
    run_macs(tally, own_vectors() + "mac.vec");
    for (const auto* name : {"hmac", "cmac", "gmac"})
        run_macs(tally, botan_vectors() + "mac/" + name + ".vec");
    tally.finish();
}

TEST_CASE("authenticated encryption", "[kat]") {
    Tally tally("GCM, CCM, ChaCha20-Poly1305", 440);
    run_aead(tally, own_vectors() + "aead.vec");
    for (const auto* name : {"gcm", "ccm", "chacha20poly1305"}) {
        run_aead(tally, botan_vectors() + "aead/" + name + ".vec");
    }
    tally.finish();
}

TEST_CASE("block ciphers and modes", "[kat]") {
    Tally tally("ECB, CBC, CFB, OFB, XTS, CTR, RC4, ChaCha20", 2700);
    run_blocks(tally, botan_vectors() + "block/aes.vec");
    run_blocks(tally, botan_vectors() + "block/des.vec");
    run_cbc(tally, own_vectors() + "cbc.vec");
    run_cbc(tally, botan_vectors() + "modes/cbc.vec");
    run_feedback(tally, own_vectors() + "modes.vec");
    run_feedback(tally, botan_vectors() + "modes/cbc.vec");
    run_feedback(tally, botan_vectors() + "modes/cfb.vec");
    run_feedback(tally, botan_vectors() + "stream/ofb.vec");
    run_feedback(tally, botan_vectors() + "modes/xts.vec");
    run_ctr(tally, own_vectors() + "ctr.vec");
    run_ctr(tally, botan_vectors() + "stream/ctr.vec");
    run_stream(tally, botan_vectors() + "stream/rc4.vec");
    run_stream(tally, botan_vectors() + "stream/chacha.vec");
    tally.finish();
}

TEST_CASE("key wrap", "[kat]") {
    Tally tally("KW, KWP", 295);
    run_key_wrap(tally, own_vectors() + "key_wrap.vec");
    run_key_wrap(tally, botan_vectors() + "keywrap/rfc3394.vec");
    run_key_wrap(tally, botan_vectors() + "keywrap/nist_key_wrap.vec");
    run_bad_key_wrap(tally, botan_vectors() + "keywrap/nist_key_wrap_invalid.vec");
    tally.finish();
}

} // namespace hsm::kat
