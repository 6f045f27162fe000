// SPDX-FileCopyrightText: 2026 The libhsm authors
// SPDX-License-Identifier: BSD-2-Clause
#include "kat/vectors.hpp"
#include "vector_keys.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

// Digests, codes, ciphers and key wrap against .vec files, ours and the cryptographic library's, through the
// C interface.

namespace hsm::test {

namespace {

using kat::Case;
using kat::read_vec;
using kat::Tally;

/// "X(Y)" gives X, and Y as \p inside.
std::string scheme_of(const std::string& section, std::string& inside) {
    const auto open = section.find('(');
    inside = open == std::string::npos ? "" : section.substr(open + 1, section.rfind(')') - open - 1);
    return section.substr(0, open);
}

/// All cases of our file, if there is one, and of the library's.
template <class Run>
void each(Tally& tally, const std::string& own, const std::vector<std::string>& files, const char* last,
          Run&& run) {
    std::vector<std::string> paths;
    if (!own.empty()) paths.push_back(kat::own_vectors() + own + ".vec");
    for (const auto& file : files) paths.push_back(kat::botan_vectors() + file + ".vec");
    for (const auto& path : paths)
        for (const auto& c : read_vec(path, last))
            if (tally.take()) run(c);
}

/// The parameter of a cipher: what \p iv is for it.
class CipherParameter {
public:
    CipherParameter(const CipherNames& names, ByteString iv, CK_ULONG counter_bits = 128)
        : iv_(std::move(iv)), mechanism_(names.mechanism) {
        switch (names.iv) {
        case Iv::none: break;
        case Iv::bytes: point_at(data(iv_), size(iv_)); break;
        case Iv::counter:
            counter_.ulCounterBits = counter_bits;
            std::copy_n(iv_.begin(), std::min<std::size_t>(16, iv_.size()), counter_.cb);
            point_at(&counter_, sizeof counter_);
            break;
        case Iv::chacha20:
            chacha_ = {zeros_, iv_.size() == 8 ? 64u : 32u, data(iv_), size(iv_) * 8};
            point_at(&chacha_, sizeof chacha_);
        }
    }
    operator CK_MECHANISM&() { return mechanism_; } // NOLINT(google-explicit-constructor)

private:
    void point_at(void* at, std::size_t length) {
        mechanism_.pParameter = at;
        mechanism_.ulParameterLen = static_cast<CK_ULONG>(length);
    }
    ByteString iv_;
    CK_BYTE zeros_[8] = {};
    CK_AES_CTR_PARAMS counter_ = {};
    CK_CHACHA20_PARAMS chacha_ = {};
    Mechanism mechanism_;
};

/// A vector from the middle of a key stream: what comes before it is zeros.
void move_to(std::size_t seek, ByteString& in, ByteString& out, Trial& trial, CK_MECHANISM& mechanism,
             CK_OBJECT_HANDLE key) {
    if (seek == 0) return;
    in.insert(in.begin(), seek, CK_BYTE{0});
    ByteString before(seek + 64);
    auto length = size(before);
    ByteString zeros(seek);
    HSM_REQUIRE_OK(p11().C_EncryptInit(trial.session, &mechanism, key));
    HSM_REQUIRE_OK(p11().C_Encrypt(trial.session, data(zeros), size(zeros), before.data(), &length));
    out.insert(out.begin(), before.begin(), before.begin() + static_cast<std::ptrdiff_t>(seek));
}

constexpr std::size_t longest_seek = std::size_t{1} << 16;

/// The library's third form of ciphertext stealing to the first one: the last two parts change places.
ByteString first_form(const ByteString& third) {
    constexpr std::size_t block = 16;
    if (third.size() <= block) return third;
    const auto rest = third.size() % block == 0 ? block : third.size() % block;
    const auto middle = third.end() - static_cast<std::ptrdiff_t>(block + rest),
               last = third.end() - static_cast<std::ptrdiff_t>(rest);
    ByteString out(third.begin(), middle);
    out.insert(out.end(), last, third.end());
    out.insert(out.end(), middle, last);
    return out;
}

void try_cipher(Trial& trial, Tally& tally, const Case& c, const std::string& cipher, const std::string& mode,
                CK_ULONG counter_bits) {
    const auto* names = cipher_named(cipher, mode);
    const auto raw = bytes(c, "Key");
    const auto type = mode == "XTS" ? CKK_AES_XTS : cipher_key_type(cipher, raw.size());
    const std::size_t seek = c.has("Seek") ? std::stoull(c.str("Seek")) : 0;
    if (names == nullptr || type == no_number || seek > longest_seek || c.has("Iterations"))
        return tally.skip(c.section + (names == nullptr ? "" : ", this size or place"));
    auto iv = bytes(c, "Nonce");
    if (names->iv == Iv::counter) iv.resize(16); // a short nonce is filled with a zero counter
    if (names->iv == Iv::chacha20 && iv.empty()) iv.resize(8);
    const bool odd_iv = (names->iv == Iv::chacha20 && iv.size() != 8 && iv.size() != 12) ||
                        (mode == "XTS" && iv.size() != 16);
    if (odd_iv) return tally.skip(c.section + ", a nonce of " + std::to_string(iv.size()));
    const auto key = trial.import(secret_key(type, raw));
    if (!key.ok()) return tally.skip(c.section + ", key: " + key.why());
    auto in = bytes(c, "In"), out = bytes(c, "Out");
    if (in.empty() && (names->iv == Iv::chacha20 || cipher == "RC4" || mode == "CTR")) in.resize(out.size());
    if (mode == "CBC/CTS") out = first_form(out);
    CipherParameter parameter(*names, iv, counter_bits);
    move_to(seek, in, out, trial, parameter, key);
    if (counter_bits < 128) {
        // A counter that wraps around within the vector is refused: the nonce would be used again.
        CK_ULONG length = size(out) + 16;
        ByteString room(length);
        HSM_REQUIRE_OK(p11().C_EncryptInit(trial.session, &static_cast<CK_MECHANISM&>(parameter), key));
        if (p11().C_Encrypt(trial.session, data(in), size(in), room.data(), &length) == CKR_DATA_LEN_RANGE)
            return tally.skip("a narrow counter that wraps around");
    }
    tally.result(c.where(), trial.cipher(parameter, key, in, out));
}

} // namespace

TEST_CASE("Vectors: digests, also of keys", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 digests", 2060);
    each(tally, "digest",
         {"hash/md5", "hash/sha1", "hash/sha2_32", "hash/sha2_64", "hash/sha3", "hash/shake"}, "Out",
         [&](const Case& c) {
             // "SHAKE-128(1120)": bits of output, which only a derivation can choose.
             const auto* names =
                 hash_named(c.section.starts_with("SHAKE-") ? c.section.substr(0, 9) : c.section);
             if (names == nullptr) return tally.skip(c.section);
             const auto in = bytes(c, "In"), out = bytes(c, "Out");
             if (names->digest != no_number) {
                 Mechanism mechanism(names->digest);
                 tally.result(c.where(), trial.digest(mechanism, in, out));
             }
             if (in.empty() || in.size() > 4096 || out.size() > 4096) return;
             const auto base = trial.import(secret_key(CKK_GENERIC_SECRET, in));
             Mechanism derivation(names->derivation);
             tally.result(c.where() + " of a key",
                          trial.derive(derivation, base, derived_secret(size(out)), out));
         });
    tally.finish();
}

TEST_CASE("Vectors: codes", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 codes", 730);
    each(tally, "mac", {"mac/hmac", "mac/cmac", "mac/gmac"}, "Out", [&](const Case& c) {
        std::string inside;
        const auto scheme = scheme_of(c.section, inside);
        const auto raw = bytes(c, "Key"), in = bytes(c, "In"), out = bytes(c, "Out");
        const auto* hash = hash_named(inside);
        const auto* cipher = cipher_named(inside, scheme);
        const bool keyed_hash = scheme == "HMAC" || scheme == "TLS12-MAC";
        const auto type = keyed_hash ? CKK_GENERIC_SECRET : cipher_key_type(inside, raw.size());
        if ((keyed_hash ? hash == nullptr || hash->hmac == no_number : cipher == nullptr) ||
            type == no_number || raw.empty())
            return tally.skip(c.section + (raw.empty() ? ", an empty key" : ""));
        const auto key = trial.import(secret_key(type, raw));
        if (!key.ok()) return tally.skip(c.section + ", key: " + key.why());
        if (scheme == "TLS12-MAC") {
            const bool server = c.str("Label") == "server finished";
            CK_TLS_MAC_PARAMS parameters = {hash->digest, size(out), server ? 1u : 2u};
            for (const auto number : {CKM_TLS12_MAC, CKM_TLS_MAC}) {
                Mechanism mechanism(number, &parameters);
                tally.result(c.where(), trial.sign(mechanism, key, in, out));
                tally.result(c.where(), trial.verify(mechanism, key, in, out, true));
            }
            return;
        }
        Mechanism whole(keyed_hash ? hash->hmac : cipher->mechanism,
                        scheme == "GMAC" ? bytes(c, "IV") : ByteString{});
        auto changed = out;
        changed.front() ^= 1;
        tally.result(c.where(), trial.sign(whole, key, in, out));
        tally.result(c.where() + " verify", trial.verify(whole, key, in, out, true));
        tally.result(c.where() + " changed", trial.verify(whole, key, in, changed, false));
        if (scheme == "GMAC" || out.size() < 8) return;
        // A cut code is the beginning of the whole one.
        CK_ULONG length = 7;
        Mechanism cut(keyed_hash ? hash->hmac_general : CK_MECHANISM_TYPE{CKM_AES_CMAC_GENERAL}, &length);
        if (scheme == "CMAC" && type != CKK_AES) cut.mechanism = CKM_DES3_CMAC_GENERAL;
        tally.result(c.where() + " cut", trial.sign(cut, key, in, {out.begin(), out.begin() + 7}));
    });
    tally.finish();
}

TEST_CASE("Vectors: authenticated encryption, also of messages", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 authenticated encryption", 750);
    each(tally, "aead", {"aead/gcm", "aead/ccm", "aead/chacha20poly1305"}, "Out", [&](const Case& c) {
        const bool chacha = c.section == "ChaCha20Poly1305";
        const bool ccm = c.section.find("/CCM") != std::string::npos;
        const auto raw = bytes(c, "Key"), aad = bytes(c, "AD"), in = bytes(c, "In"), out = bytes(c, "Out");
        auto iv = bytes(c, "Nonce");
        const auto type =
            chacha ? CKK_CHACHA20 : cipher_key_type(c.section.substr(0, c.section.find('/')), raw.size());
        if (type == no_number || (chacha && iv.size() != 12))
            return tally.skip(c.section + (chacha ? ", a nonce of " + std::to_string(iv.size()) : ""));
        const auto key = trial.import(secret_key(type, raw));
        if (!key.ok()) return tally.skip(c.section + ", key: " + key.why());
        ByteString tag(out.size() - in.size());
        CK_GCM_PARAMS gcm = {data(iv), size(iv), size(iv) * 8, data(aad), size(aad), size(tag) * 8};
        CK_CCM_PARAMS with_length = {size(in), data(iv), size(iv), data(aad), size(aad), size(tag)};
        CK_SALSA20_CHACHA20_POLY1305_PARAMS poly = {data(iv), size(iv), data(aad), size(aad)};
        Mechanism of_gcm(CKM_AES_GCM, &gcm), of_ccm(CKM_AES_CCM, &with_length),
            of_poly(CKM_CHACHA20_POLY1305, &poly);
        CK_MECHANISM& mechanism = chacha ? of_poly : ccm ? of_ccm : of_gcm;
        auto changed = out;
        changed.back() ^= 1;
        tally.result(c.where(), trial.cipher(mechanism, key, in, out));
        tally.result(c.where() + " changed", trial.undecryptable(mechanism, key, changed));
        CK_GCM_MESSAGE_PARAMS gcm_message = {data(iv),        size(iv),  0,
                                             CKG_NO_GENERATE, data(tag), size(tag) * 8};
        CK_CCM_MESSAGE_PARAMS ccm_message = {size(in),        data(iv),  size(iv), 0,
                                             CKG_NO_GENERATE, data(tag), size(tag)};
        CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS poly_message = {data(iv), size(iv), data(tag)};
        MessageParameter message = {&gcm_message, sizeof gcm_message, data(tag), tag.size()};
        if (ccm) message = {&ccm_message, sizeof ccm_message, data(tag), tag.size()};
        if (chacha) message = {&poly_message, sizeof poly_message, data(tag), tag.size()};
        tally.result(c.where() + " message",
                     trial.message(mechanism.mechanism, key, message, aad, in, out, true));
        tally.result(c.where() + " changed message",
                     trial.message(mechanism.mechanism, key, message, aad, in, changed, false));
    });
    tally.finish();
}

TEST_CASE("Vectors: block ciphers, modes and stream ciphers", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 ciphers", 2020);
    each(tally, "cbc",
         {"block/aes", "block/des", "modes/cbc", "modes/cfb", "modes/xts", "stream/rc4", "stream/chacha"},
         "Out", [&](const Case& c) {
             const auto slash = c.section.find('/');
             const auto mode = slash == std::string::npos ? "" : c.section.substr(slash + 1);
             try_cipher(trial, tally, c, c.section.substr(0, slash), mode, 128);
         });
    each(tally, "modes", {"stream/ofb"}, "Out", [&](const Case& c) {
        std::string inside;
        if (scheme_of(c.section, inside) == "OFB") return try_cipher(trial, tally, c, inside, "OFB", 128);
        const auto slash = c.section.find('/');
        try_cipher(trial, tally, c, c.section.substr(0, slash), c.section.substr(slash + 1), 128);
    });
    each(
        tally, "ctr", {"stream/ctr"}, "Out", [&](const Case& c) { // "CTR-BE(AES-128,4)": bytes of the counter
            std::string inside;
            (void)scheme_of(c.section, inside);
            const auto comma = inside.find(',');
            const CK_ULONG bits = comma == std::string::npos ? 128 : std::stoul(inside.substr(comma + 1)) * 8;
            try_cipher(trial, tally, c, inside.substr(0, comma), "CTR", bits);
        });
    tally.finish();
}

TEST_CASE("Vectors: key wrap", "[pkcs11][vectors]") {
    Trial trial;
    Tally tally("pkcs11 key wrap", 710);
    const auto wrapped = [&](const Case& c, const ByteString& raw, const ByteString& in,
                             const ByteString& out) {
        const auto key = trial.import(secret_key(CKK_AES, raw));
        if (c.section == "KW" && in.size() < 16)
            return tally.skip("KW of 8 bytes, which RFC 3394 does not define");
        const auto numbers = c.section == "KWP"
                                 ? std::vector<CK_MECHANISM_TYPE>{CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD}
                                 : std::vector<CK_MECHANISM_TYPE>{CKM_AES_KEY_WRAP};
        for (const auto number : numbers) {
            Mechanism mechanism(number);
            auto wrong = out;
            wrong[3] ^= 0x80;
            tally.result(c.where(), trial.cipher(mechanism, key, in, out));
            tally.result(c.where() + " changed", trial.undecryptable(mechanism, key, wrong));
            // As what it is for: a key comes in and goes out again.
            auto made = secret_key(CKK_GENERIC_SECRET, {}).without(CKA_VALUE);
            CK_OBJECT_HANDLE inner = 0;
            const auto rv = p11().C_UnwrapKey(trial.session, &mechanism, key, data(out), size(out),
                                              made.data(), made.count(), &inner);
            if (rv != CKR_OK) {
                tally.fail(c.where() + " unwrap", rv_name(rv));
                continue;
            }
            ByteString again(out.size() + 16);
            auto length = size(again);
            const auto back = p11().C_WrapKey(trial.session, &mechanism, key, inner, again.data(), &length);
            again.resize(back == CKR_OK ? length : 0);
            const bool same = trial.session.value(inner, CKA_VALUE) == in && again == out;
            (void)p11().C_DestroyObject(trial.session, inner);
            tally.result(c.where() + " unwrap",
                         same ? "" : "another key, or wraps to " + hex_text(again) + " " + rv_name(back));
        }
    };
    each(tally, "key_wrap", {"keywrap/nist_key_wrap"}, "Output",
         [&](const Case& c) { wrapped(c, bytes(c, "Key"), bytes(c, "Input"), bytes(c, "Output")); });
    each(tally, "", {"keywrap/rfc3394"}, "Output",
         [&](const Case& c) { wrapped(c, bytes(c, "KEK"), bytes(c, "Key"), bytes(c, "Output")); });
    each(tally, "", {"keywrap/nist_key_wrap_invalid"}, "Input", [&](const Case& c) {
        const auto key = trial.import(secret_key(CKK_AES, bytes(c, "Key")));
        Mechanism mechanism(c.section == "KWP" ? CKM_AES_KEY_WRAP_KWP : CKM_AES_KEY_WRAP);
        tally.result(c.where(), trial.undecryptable(mechanism, key, bytes(c, "Input")));
    });
    // With padding as CBC has it: the same as KW, held to vectors above, of what was padded by hand.
    each(tally, "", {"keywrap/nist_key_wrap"}, "Output", [&](const Case& c) {
        if (c.section != "KW" || bytes(c, "Input").size() < 16) return;
        const auto key = trial.import(secret_key(CKK_AES, bytes(c, "Key")));
        auto in = bytes(c, "Input");
        in.resize(in.size() - 3);
        auto padded = in;
        padded.insert(padded.end(), 3, CK_BYTE{3});
        Mechanism plain(CKM_AES_KEY_WRAP), with_padding(CKM_AES_KEY_WRAP_PKCS7);
        ByteString out(padded.size() + 8);
        auto length = size(out);
        HSM_REQUIRE_OK(p11().C_EncryptInit(trial.session, &plain, key));
        HSM_REQUIRE_OK(p11().C_Encrypt(trial.session, data(padded), size(padded), out.data(), &length));
        tally.result(c.where() + " PKCS #7", trial.cipher(with_padding, key, in, out));
    });
    tally.finish();
}

} // namespace hsm::test
